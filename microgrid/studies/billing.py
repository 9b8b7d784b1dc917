"""Billing: the bill of a meter's readings by a tariff, without a model and without a solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from microgrid.case.schema import Site
from microgrid.contract.ledger import tabulate
from microgrid.contract.plan import to_digits
from microgrid.documents.currencies import stated_money
from microgrid.documents.validation import validate
from microgrid.documents.yaml_file import Document
from microgrid.errors import InputError, Problem
from microgrid.formats.column_units import refuse_contradiction, stated_unit, values_in
from microgrid.formats.registry import form_of, read_file
from microgrid.formats.source import Source, is_file
from microgrid.formats.timed_table import TIME, Table
from microgrid.horizon import FloatArray, Horizon
from microgrid.repairs import RepairLog
from microgrid.report.tables.bill import read_bill, written_bill
from microgrid.series.context import Reading
from microgrid.tariff.bill import bill
from microgrid.tariff.charges.charge import Meter
from microgrid.tariff.rates import Rates, expand
from microgrid.tariff.reading import load_tariff, open_tariff
from microgrid.tariff.schema.tariff import Tariff
from microgrid.units import same_dimension


@dataclass(frozen=True, eq=False)
class MeterBill:
    """Bill of a meter.

    lines: columns month, item, quantity (kWh, kW, h; money for a tax; missing for a line without one), unit,
    unit_price = amount / quantity, the mean of the month, and amount; currency: ISO code of both.
    """

    lines: pd.DataFrame
    currency: str

    def written(self) -> pd.DataFrame:
        """The lines with their names as in a file: ``amount_gbp``, ``unit_price_gbp``."""
        return written_bill(self.lines, self.currency)


def bill_meter(
    meter: str | Path,
    tariff: str | Path,
    *,
    timezone: str,
    country: str = "",
    import_column: str | None = None,
    export_column: str | None = None,
    format: str | None = None,
    options: Mapping[str, Any] | None = None,
    columns: Mapping[str, object] | None = None,
    unit: str = "",
    scale: float = 1.0,
) -> MeterBill:
    """Bill a metered series by month and line, in the currency that the tariff states, EUR if it states none.

    The bill is computed by the code with which the audit recomputes the bill of a schedule: energy = price x power x
    hours, peaks, overruns, shares.

    Args:
        meter: a CSV or Parquet file with a column ``time`` (start of each interval) and the readings: means of power
            (``import_kw``, ``_w``, ``_mw``) or energies of the intervals (``import_kwh``, ``_wh``, ``_mwh``).
        tariff: a tariff file, named as in a case; its series are read from its own folder.
        timezone: time zone of the site, whose calendar the tariff follows; stamps without an offset are local time.
        country: country whose public holidays count, "" for none.
        import_column: column of import; by default the one that begins with "import" or "consumption".
        export_column: column of export; by default the one that begins with "export" or "production", if any.
        format: format of the file, if it is no plain table: a name, or "auto".
        options: options of the format, which is recognised ("auto") if it is not stated.
        columns: new name -> name in the file, or {column, unit, scale}.
        unit: unit of both columns, if their names do not end in it.
        scale: factor of every reading.

    Raises:
        InputError: an error in either file, with its place.
    """
    log = RepairLog()
    path = Path(meter)
    site = {"timezone": timezone, **({"country": country} if country else {})}
    validate(Site, site, Document("--timezone, --country", site, {}))
    if not is_file(path):
        raise InputError(Problem("no such file", file=path.as_posix(), expected="a file of readings"))
    source = Source(path, path.as_posix(), path.name, timezone, log)
    table = read_file(source, form_of(source, format, options), columns)
    horizon = Horizon(pd.DatetimeIndex(pd.to_datetime(table.points, unit="s", utc=True)), timezone, country)
    drawn = metered_power(table, import_column or _named(table, "import", "consumption"), unit, scale)
    given = export_column or _named(table, "export", "production")
    fed_in = metered_power(table, given, unit, scale) if given else np.zeros(horizon.steps)
    file = Path(tariff)
    reading = Reading(file.parent, horizon, log)
    reading.money = stated_money(open_tariff(file.name, reading.folder, reading.files))
    with reading.money.in_force():
        terms = load_tariff(file.name, reading)
    refuse_undecided(terms, file.name)
    rates = expand(terms, horizon)
    return MeterBill(_lines(Meter(drawn, fed_in, horizon), rates), reading.money.currency)


def _lines(meter: Meter, rates: Rates) -> pd.DataFrame:
    amounts = [("meter", amount) for amount in bill(meter, rates)]
    ledger = tabulate(amounts, meter.horizon)
    ledger["amount"] = to_digits(ledger["amount"])
    lines = read_bill(ledger)
    return lines[["month", "item", "quantity", "unit", "unit_price", "amount"]]


def refuse_undecided(tariff: Tariff, name: str) -> None:
    """Raise an InputError if a tariff has powers to be decided, or prices of power that a meter cannot measure."""
    for power, size in tariff.sizes().items():
        if size.open:
            raise InputError(Problem("a power that is to be optimized", name, field=power, expected="a fixed power"))
    for line in tariff.export:
        if line.of:
            expected = "lines for the export of the whole meter"
            raise InputError(Problem("a price for one asset's export", name, field=line.item, expected=expected))


def _named(table: Table, word: str, other: str) -> str:
    """Name of the only column that begins with ``word`` or ``other``; "" if there is none."""
    names = [str(column) for column in table.frame.columns if column != TIME]
    found = [name for name in names if name.startswith(word)] or [name for name in names if name.startswith(other)]
    if len(found) > 1 or (not found and word == "import"):
        raise InputError(
            Problem(
                f"{len(found)} columns begin with {word!r}",
                file=table.name,
                value=", ".join(map(str, _most(table.frame.columns))),
                expected=f"one column such as {word}_kw or {word}_kwh",
                remedy=f"name the column: --{word}-column, or --column {word}_kwh=NAME",
            )
        )
    return found[0] if found else ""


def _most(names: Iterable[object]) -> list[object]:
    return list(names)[:8]


def metered_power(table: Table, column: str, unit: str = "", scale: float = 1.0) -> FloatArray:
    """Mean power of each interval, reading x scale [kW], (rows,); an energy is divided by the length of its interval.

    Raises:
        InputError: no such column, a unit of neither power nor energy, or a negative reading.
    """
    if column not in table.frame.columns:
        table.column(column)  # raises the error of an unknown name, before one of its unit
    refuse_contradiction(table, column, unit)
    if not any(same_dimension(unit or stated_unit(table, column), metered) for metered in ("kW", "kWh")):
        raise InputError(
            Problem(
                "neither a power nor an energy",
                file=table.name,
                field=column,
                value=unit,
                expected="a column name that ends in its unit, such as _kw or _kwh",
                remedy="state what the readings are: unit kWh for energy of each interval, kW for power",
            )
        )
    values = values_in(table, column, "kW", unit) * scale
    if (values < 0).any():
        row = int(np.flatnonzero(values < 0)[0])
        raise InputError(
            Problem(
                f"{int((values < 0).sum())} reading(s) below zero",
                file=table.name,
                line=table.line(row),
                field=column,
                value=f"{values[row]:g} kW",
                expected="import and export in columns of their own, both positive",
            )
        )
    return values
