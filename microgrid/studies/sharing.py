"""Energy community: the producers' feed-in is shared among the participants, whose bills are compared."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from microgrid.contract.ledger import COST, Amount, tabulate
from microgrid.contract.plan import to_digits
from microgrid.documents.currencies import stated_money
from microgrid.documents.validation import placed, validate
from microgrid.documents.yaml_file import Document, load_yaml
from microgrid.errors import InputError, Problem
from microgrid.formats.timed_table import TIME, Table
from microgrid.horizon import FloatArray, Horizon, IntArray
from microgrid.report.write_result import stamps
from microgrid.series.context import Reading
from microgrid.studies.billing import metered_power
from microgrid.studies.community import Community, Member
from microgrid.tariff import sharing
from microgrid.tariff.bill import bill
from microgrid.tariff.charges.charge import Meter
from microgrid.tariff.rates import expand
from microgrid.tariff.reading import load_tariff

_GRID = "shared energy: network and taxes"
_ENERGY = "shared energy"
_AMOUNTS = ("bill_before", "bill_after", "paid_for_shared", "saved", "revenue", "before", "after")
# Payees of a bill.
TARIFF = "tariff and network"
COMMUNITY = "community"


@dataclass(frozen=True, eq=False)
class Sharing:
    """Result of sharing in a community, as tables; all energies in kWh, all amounts in ``currency``.

    participants: participant, consumption_kwh, shared_kwh, bill_before, bill_after, paid_for_shared,
        saved = before - after - paid; bill_after: amount of the tariff and of the network on shared energy.
    producers: producer, produced_kwh, shared_kwh, surplus_kwh, revenue.
    bills: participant, month, payee, item, before, after.
    intervals: time (local start), produced_kwh, surplus_kwh, and <participant>_shared_kwh of each participant.
    """

    name: str
    participants: pd.DataFrame
    producers: pd.DataFrame
    bills: pd.DataFrame
    intervals: pd.DataFrame
    currency: str

    def totals(self) -> dict[str, float | None]:
        """Sums, self-consumption = shared / produced, self-sufficiency = shared / consumed; None for a divisor of 0."""
        sums = {str(name): math.fsum(column) for name, column in self.participants.iloc[:, 1:].items()}
        sold = {str(name): math.fsum(column) for name, column in self.producers.iloc[:, 1:].items()}
        found = {**sums, **sold, "shared_kwh": sums["shared_kwh"]}  # both tables have a column of this name
        rounded: dict[str, float | None] = {name: float(to_digits(value)) for name, value in found.items()}
        for name, whole in (("self_consumption", "produced_kwh"), ("self_sufficiency", "consumption_kwh")):
            rounded[f"{name}_fraction"] = found["shared_kwh"] / found[whole] if found[whole] > 0 else None
        return rounded

    def written_totals(self) -> dict[str, float | None]:
        """Totals with the code of the currency in the names of amounts."""
        return {self._written(name): value for name, value in self.totals().items()}

    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name, and the totals as one of them, with the code of the currency in the names of amounts."""
        totals = pd.DataFrame(list(self.written_totals().items()), columns=["figure", "value"])
        own = {name: getattr(self, name) for name in ("participants", "producers", "bills", "intervals")}
        return {**{name: table.rename(columns=self._written) for name, table in own.items()}, "totals": totals}

    def _written(self, name: str) -> str:
        return f"{name}_{self.currency.lower()}" if name in _AMOUNTS else name


def share_energy(path: str | Path) -> Sharing:
    """Share the feed-in of the producers of a community file, and bill each participant without it and with it.

    With sharing, lines per kWh are computed from import - shared; ``network_items`` and all other lines (peaks,
    subscription, overruns) from the metered import. Taxes and the least amount that is billed follow from these lines.
    Bills are computed in the steps of each meter; within an interval, shared energy is distributed like the import. The
    network and taxes on shared energy, beyond the ``network_items``, are added. Feed-in of a participant is not on its
    bill; it is shared if the participant is a producer too.

    Args:
        path: path of the community file (YAML); all paths in it must stay within its folder.

    Raises:
        InputError: an error in the community file, a meter, a tariff or the coefficients, with its place.
    """
    document = load_yaml(Path(path), Path(path).as_posix())
    money = stated_money(document)
    with money.in_force():
        return _share(document, validate(Community, document.data, document))


def _share(document: Document, community: Community) -> Sharing:
    books = _Books(document, community)
    fed_in = {name: books.curve("producers", name, own) for name, own in community.producers.items()}
    drawn = {name: books.curve("participants", name, own) for name, own in community.participants.items()}
    generation = np.array([curve.energy_kwh for curve in fed_in.values()])
    consumption = np.array([curve.energy_kwh for curve in drawn.values()])
    shared = books.shared_kwh(generation.sum(axis=0), consumption)
    sold = sharing.among_producers(generation, shared.sum(axis=0))
    bills = [_bills(books, name, drawn[name], own) for name, own in zip(drawn, shared, strict=True)]
    lines = pd.concat(bills, ignore_index=True)
    return Sharing(
        community.name,
        _participants(list(drawn), consumption, shared, lines),
        _producers(community, generation, sold),
        lines,
        _intervals(books, generation, shared),
        community.currency,
    )


class _Books:
    """Files of a community, and the intervals that all of them have in common."""

    def __init__(self, document: Document, community: Community) -> None:
        self.document = document
        self.community = community
        self.points: IntArray | None = None
        # Tables are read before the horizon is known; of this one, only the time zone counts.
        self.reading = Reading(Path(document.name).parent, self.horizon(np.array([], dtype=np.int64)))

    def horizon(self, points: IntArray) -> Horizon:
        """Horizon of the steps between instants [s since 1970, UTC], on the calendar of the community."""
        instants = pd.DatetimeIndex(pd.to_datetime(points, unit="s", utc=True))
        return Horizon(instants, self.community.timezone, self.community.country)

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Context in which errors are reported at a field of the community file."""
        try:
            yield
        except InputError as error:
            file, line = self.document.place(path)
            field = ".".join(map(str, path))
            raise InputError(placed(problem, file, line, field) for problem in error.problems) from None

    def curve(self, group: str, name: str, own: Member) -> sharing.Curve:
        """Read the curve of a meter."""
        with self.at(group, name, "meter"):
            table = self.reading.table(own.meter, own.format)
            per_interval = self._steps_per_interval(table)
        with self.at(group, name, "column"):
            horizon = self.horizon(table.points)
            return sharing.Curve(metered_power(table, own.column, own.unit, own.scale), horizon, per_interval)

    def shared_kwh(self, generation_kwh: FloatArray, consumption_kwh: FloatArray) -> FloatArray:
        """Energy that each participant gets in each interval by the community's key [kWh], (J, N)."""
        community = self.community
        names = list(community.participants)
        if community.key == "static":
            coefficients = np.array([own.share or 0.0 for own in community.participants.values()])
            return sharing.by_coefficients(generation_kwh, consumption_kwh, coefficients)
        if community.key == "own":
            return sharing.by_coefficients(generation_kwh, consumption_kwh, self._coefficients(names))
        if community.key == "priority":
            order = [names.index(name) for name in community.priority]
            return sharing.in_order(generation_kwh, consumption_kwh[order])[np.argsort(order)]
        rule = sharing.pro_rata if community.key == "dynamic" else sharing.in_equal_parts
        return rule(generation_kwh, consumption_kwh)

    def _coefficients(self, names: list[str]) -> FloatArray:
        """Coefficients of each participant in each interval, (J, N)."""
        assert self.community.shares is not None
        with self.at("shares", "file"):
            own = self.community.shares
            table = self.reading.table(own.file, own.format, own.columns)
            if self._steps_per_interval(table) != 1:
                raise InputError(
                    Problem("shorter steps than the interval", table.name, expected="one row per interval")
                )
            return sharing.read_coefficients(table, names)

    def _steps_per_interval(self, table: Table) -> int:
        """Number of rows of a table in an interval; an InputError if they do not fit those of the first meter."""
        timezone = self.community.timezone
        count = sharing.steps_per_interval(table, self.community.interval_hours, timezone)
        own = table.points[::count]
        self.points = own if self.points is None else self.points
        if not np.array_equal(own, self.points):
            span, expected = (sharing.span(points, timezone) for points in (own, self.points))
            raise InputError(Problem("other intervals than the first meter", table.name, value=span, expected=expected))
        return count


def _bills(books: _Books, name: str, curve: sharing.Curve, shared_kwh: FloatArray) -> pd.DataFrame:
    """Lines of a participant's bill by month, without and with sharing."""
    community = books.community
    horizon = curve.horizon
    own = community.participants[name]
    shared_kw = curve.shared_kw(shared_kwh)
    with books.at("participants", name, "tariff"):
        tariff = load_tariff(own.tariff, replace(books.reading, horizon=horizon))
        rates = expand(tariff, horizon)
    energy = [line.item for line in tariff.energy]
    for number, item in enumerate(own.network_items):
        with books.at("participants", name, "network_items", number):
            if item not in energy:
                raise InputError(Problem("no energy line of the tariff", value=item, expected=", ".join(energy)))
    nothing = np.zeros(horizon.steps)
    metered, supplied = (Meter(power, nothing, horizon) for power in (curve.power_kw, curve.power_kw - shared_kw))
    prices = {_GRID: community.shared_grid_price_per_kwh, _ENERGY: community.shared_price_per_kwh}
    added = [Amount(COST, item, price * shared_kw * horizon.step_hours) for item, price in prices.items()]
    before = [*bill(metered, rates), *(Amount(COST, item, nothing) for item in prices)]
    after = [*bill(metered, rates, supplied, own.network_items), *added]
    table, then = (tabulate([(name, amount) for amount in lines], horizon) for lines in (before, after))
    payee = np.where(np.arange(len(table)) < len(table) - len(horizon.months), TARIFF, COMMUNITY)
    labels = {"participant": name, "month": table["month"], "payee": payee, "item": table["item"]}
    return pd.DataFrame({**labels, "before": to_digits(table["amount"]), "after": to_digits(then["amount"])})


def _participants(names: list[str], drawn_kwh: FloatArray, got_kwh: FloatArray, lines: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, drawn, got in zip(names, drawn_kwh, got_kwh, strict=True):
        mine = lines[lines["participant"] == name]
        paid = mine["payee"] == COMMUNITY
        before, after, extra = (
            float(to_digits(math.fsum(amounts), mine["after"]))
            for amounts in (mine["before"], mine["after"][~paid], mine["after"][paid])
        )
        saved = float(to_digits(before - after - extra, [before, after, extra]))
        rows.append((name, *to_digits([drawn.sum(), got.sum()]), before, after, extra, saved))
    amounts = ["bill_before", "bill_after", "paid_for_shared", "saved"]
    return pd.DataFrame(rows, columns=["participant", "consumption_kwh", "shared_kwh", *amounts])


def _producers(community: Community, generation_kwh: FloatArray, sold_kwh: FloatArray) -> pd.DataFrame:
    surplus = np.array([own.surplus_price_per_kwh for own in community.producers.values()])
    produced, sold = generation_kwh.sum(axis=1), sold_kwh.sum(axis=1)
    revenue = sold * community.shared_price_per_kwh + (produced - sold) * surplus
    figures = {"produced_kwh": produced, "shared_kwh": sold, "surplus_kwh": produced - sold, "revenue": revenue}
    return pd.DataFrame({"producer": list(community.producers), **{k: to_digits(v) for k, v in figures.items()}})


def _intervals(books: _Books, generation_kwh: FloatArray, shared_kwh: FloatArray) -> pd.DataFrame:
    assert books.points is not None
    produced = generation_kwh.sum(axis=0)
    names = books.community.participants
    figures = {"produced_kwh": produced, "surplus_kwh": (produced - shared_kwh.sum(axis=0)).clip(0)}
    figures |= {f"{name}_shared_kwh": own for name, own in zip(names, shared_kwh, strict=True)}
    return pd.DataFrame({TIME: stamps(books.horizon(books.points)), **{k: to_digits(v) for k, v in figures.items()}})
