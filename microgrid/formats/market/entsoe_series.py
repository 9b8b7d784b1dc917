"""Parts common to the CSV and the XML of ENTSO-E: types of generation, options, series in one table."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from microgrid.formats.intervals import Recorded
from microgrid.formats.market.operator_csv import recorded
from microgrid.formats.source import Source
from microgrid.horizon import FloatArray, IntArray
from microgrid.parameters import Parameters

NO_SEQUENCE = ("", "Without Sequence")
RESOLUTIONS = {"PT15M": 900, "PT30M": 1800, "PT60M": 3600, "PT1H": 3600}

# Codes of asset types (ENTSO-E, EDI library, PsrType), with the names on the website, as files have either.
TYPES = {
    "B01": ("Biomass", "biomass"), "B02": ("Fossil Brown coal/Lignite", "lignite"),
    "B03": ("Fossil Coal-derived gas", "coal_derived_gas"), "B04": ("Fossil Gas", "gas"),
    "B05": ("Fossil Hard coal", "hard_coal"), "B06": ("Fossil Oil", "oil"), "B07": ("Fossil Oil shale", "oil_shale"),
    "B08": ("Fossil Peat", "peat"), "B09": ("Geothermal", "geothermal"),
    "B10": ("Hydro Pumped Storage", "hydro_pumped_storage"),
    "B11": ("Hydro Run-of-river and pondage", "hydro_run_of_river"),
    "B12": ("Hydro Water Reservoir", "hydro_reservoir"), "B13": ("Marine", "marine"), "B14": ("Nuclear", "nuclear"),
    "B15": ("Other renewable", "other_renewable"), "B16": ("Solar", "solar"), "B17": ("Waste", "waste"),
    "B18": ("Wind Offshore", "wind_offshore"), "B19": ("Wind Onshore", "wind_onshore"), "B20": ("Other", "other"),
    "B25": ("Energy storage", "energy_storage"),
}  # fmt: skip


class Options(Parameters):
    """Options for a file with several series: area, auction sequence, length of the intervals."""

    area: str | None = None
    sequence: str | int | None = None
    resolution: Literal["PT15M", "PT30M", "PT60M"] | None = None


def accepted_names(
    source: Source, names: Collection[str], wanted: str | int | None, option: str, neutral: Collection[str] = ()
) -> set[str]:
    """Names that are read: the wanted one, by itself or by a part of it, and neutral ones.

    Raises:
        InputError: none of several names, or an unknown one, is chosen; the error lists the names.
    """
    known = sorted(set(names) - set(neutral))
    if wanted is None and len(known) < 2:
        return set(names)
    found = {name for name in known if wanted is not None and str(wanted) in (name, *re.split(r"[| ]", name)[1:])}
    if not found:
        raise source.error(
            f"more than one {option} in this file" if wanted is None else f"no such {option}",
            field=f"format.{option}",
            value=wanted,
            expected="one of " + ", ".join(known[:20]) if known else f"a file that names its {option}",
            remedy=f"state the option {option!r}",
        )
    return found | set(neutral)


def power_column(name: str, use: str = "") -> str:
    """Name of the column of a type of generation [MW]; use: suffix such as "_consumption"."""
    return f"{name}{use}_mw"


def price_column(source: Source, currency: str, count: int) -> str:
    """Name of the column of a price in its currency per MWh; a currency other than EUR is logged."""
    name = f"price_{currency.lower()}_per_mwh"
    if currency != "EUR":
        source.log.add(source.label, name, "other currency", count, f"prices are in {currency}, not converted")
    return name


def join_series(source: Source, parts: Sequence[tuple[str, IntArray, IntArray, FloatArray, IntArray]]) -> Recorded:
    """Put series (name, begin, end, values, line) side by side; an InputError for two values of one interval."""
    frames = [
        pd.DataFrame({"name": name, "begin": begin, "end": end, "value": values, "line": line})
        for name, begin, end, values, line in parts
    ]
    if not frames:
        raise source.error("no values in this file", remedy="export the data again")
    rows = pd.concat(frames, ignore_index=True)
    same = rows.drop_duplicates(["name", "begin", "end", "value"])
    source.log.add(
        source.label, "time", "doubled rows", len(rows) - len(same), "repeat another row; one of each is kept"
    )
    wrong = same[same.duplicated(["name", "begin", "end"])]
    if len(wrong):
        at = int(wrong["line"].iloc[0])
        name = wrong["name"].iloc[0]
        remedy = "state the option area, sequence or resolution"
        raise source.error("two values for one interval", line=at, field=name, remedy=remedy)
    row = same.groupby(["begin", "end"], sort=True).ngroup().to_numpy()
    first = same.iloc[np.unique(row, return_index=True)[1]]
    columns = {}
    for name in same["name"].unique():
        columns[name] = np.full(len(first), np.nan)
        columns[name][row[same["name"] == name]] = same["value"][same["name"] == name]
    begin, end, line = (first[key].to_numpy().astype(np.int64) for key in ("begin", "end", "line"))
    return recorded(source, begin, end, columns, line)
