"""Carbon intensity of a generation mix, from the emission factor of each technology."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from microgrid.errors import InputError, Problem
from microgrid.formats.timed_table import Table
from microgrid.formats.unit_names import unit_of
from microgrid.horizon import FloatArray
from microgrid.repairs import RepairLog

# Life-cycle emissions [gCO2eq/kWh]; for their sources see ``carbon_intensity``.
LIFE_CYCLE: Mapping[str, float] = {
    "coal": 820.0,
    "hard_coal": 820.0,
    "lignite": 820.0,
    "gas": 490.0,
    "oil": 650.0,
    "biomass": 230.0,
    "bioenergy": 230.0,
    "solar": 45.0,
    "geothermal": 38.0,
    "hydro": 24.0,
    "hydro_run_of_river": 24.0,
    "hydro_reservoir": 24.0,
    "marine": 17.0,
    "nuclear": 12.0,
    "wind": 11.0,
    "wind_onshore": 11.0,
    "wind_offshore": 12.0,
}
# Power that is no generation: load, forecasts, exchanges, and stores, whose energy was generated before.
_OTHER = frozenset({"consumption", "residual_load", "pumping", "physical_exchange", "hydro_pumped_storage",
                    "energy_storage", "battery_charging", "battery_discharging", "total"})  # fmt: skip
_OTHER_BEGIN = ("exchange_", "forecast_")
_OTHER_END = ("_consumption", "_forecast_day_ahead")
_MEGA = {"W": 1e-6, "kW": 1e-3, "MW": 1.0}
_RENAME = "rename its columns: 'columns: {nuclear_mw: NAME}'"
_OWN_USE = 0.02  # share of all generation
_PART = "_of_which_"  # marks a part of another column, which counts as a whole


def carbon_intensity(
    table: Table, factors: Mapping[str, float] | None = None, log: RepairLog | None = None
) -> FloatArray:
    """intensity[row] = sum of factor x power / sum of power over all technologies, (rows,) [gCO2eq/kWh].

    table: has a column such as ``<technology>_mw`` for each technology; load, forecasts, exchanges, pumping and stores
    do not count, nor do parts of a column (``gas_of_which_turbine_mw``). factors: emission factor of each technology
    [gCO2eq/kWh], ``LIFE_CYCLE`` if left out. log: gets the number of values of own use. A row that lacks one of the
    values, or has no generation at all, is NaN.

    ``LIFE_CYCLE`` holds the medians of IPCC AR5, Working Group III (2014), Annex III, Table A.III.2: coal 820
    (pulverised coal, here for lignite too), gas 490 (combined cycle), biomass 230 (dedicated, here for all bioenergy),
    geothermal 38, hydropower 24, ocean 17, nuclear 12, wind 11 onshore (and where it is not stated) and 12
    offshore; solar 45 lies between photovoltaics in plants, 48, and on roofs, 41. Oil is not in that table: 650 is
    from the UK Parliamentary Office of Science and Technology, POSTnote 268 (2006), "Carbon footprint of electricity
    generation".

    Raises:
        InputError: a technology without a factor, a factor below 0 or not finite, no generation in the table, or
            negative generation beyond own use.
    """
    known = LIFE_CYCLE if factors is None else factors
    counted = technologies(table)
    if unknown := [name for name in counted if name not in known]:
        raise InputError(
            Problem(
                "no emission factor for " + ", ".join(unknown),
                file=table.name,
                expected="a factor for each of " + ", ".join(counted),
                remedy="state a factor in gCO2eq/kWh, with its source, or leave the column out",
            )
        )
    factor = np.array([known[name] for name in counted], dtype=float)
    wrong = [name for name, value in zip(counted, factor, strict=True) if not (np.isfinite(value) and value >= 0)]
    if wrong:
        raise InputError(
            Problem(f"impossible emission factor of {wrong[0]}", value=str(known[wrong[0]]), expected="0 or more")
        )
    power = np.column_stack([table.column(column, holes=True) * mega for column, mega in counted.values()])
    power = _without_own_use(table, power, list(counted.values()), log)
    total = power.sum(axis=1)
    return np.asarray(np.divide(power @ factor, total, out=np.full(len(total), np.nan), where=total > 0))


def technologies(table: Table) -> dict[str, tuple[str, float]]:
    """Technology -> its column in a table of generation, and the number of MW in one unit of that column.

    Raises:
        InputError: no generation, a technology without a unit, or a technology beside its own parts.
    """
    found: dict[str, tuple[str, float]] = {}
    for column in map(str, table.frame.columns):
        unit = unit_of(column)
        name = column.lower().removesuffix(f"_{unit.lower()}")
        stated = unit in _MEGA and name != column.lower()  # a unit in brackets does not count
        if stated and _is_generation(name):
            found[name] = column, _MEGA[unit]
        elif not stated and re.split(r"[^a-z_]", name)[0].strip("_") in LIFE_CYCLE:
            expected = f"a name such as {re.split(r'[^a-z_]', name)[0].strip('_')}_mw"
            raise InputError(Problem("generation without a unit", table.name, None, column, column, expected))
    if not found:
        raise InputError(
            Problem("no generation in this table", table.name, expected="columns such as nuclear_mw", remedy=_RENAME)
        )
    for whole in ("wind", "hydro"):
        parts = [name for name in found if name.startswith(f"{whole}_")]
        if whole in found and parts:
            remedy = f"leave out {found[whole][0]}, or the columns of its parts"
            value = ", ".join(found[name][0] for name in (whole, *parts))
            raise InputError(Problem("a technology beside its own parts", table.name, None, None, value, None, remedy))
    return found


def _without_own_use(
    table: Table, power: FloatArray, columns: Sequence[tuple[str, float]], log: RepairLog | None
) -> FloatArray:
    """Power, (rows, technologies), with 0 for the own use of idle plants: negative values of up to 2 % of the total.

    Raises:
        InputError: a value that is more negative.
    """
    with np.errstate(invalid="ignore"):
        too_much = power < -_OWN_USE * np.nansum(np.abs(power), axis=1, keepdims=True)
        drawn = (power < 0) & ~too_much
    if too_much.any():
        row, at = (int(found[0]) for found in np.nonzero(too_much))
        raise InputError(
            Problem(
                "negative generation",
                table.name,
                table.line(row),
                columns[at][0],
                f"{power[row, at]:g} MW",
                "0 or more; columns of stores and exchanges are left out if their names show what they are",
                "correct it, or leave the column out",
            )
        )
    if log is not None:
        detail = f"negative by up to {_OWN_USE:.0%} of all generation: own use of the plants, counted as 0"
        log.add(table.label, "generation", "own use", int(drawn.sum()), detail)
    return np.where(drawn, 0.0, power)


def _is_generation(name: str) -> bool:
    """Whether the name of a column, without its unit, is that of generation."""
    return not (name in _OTHER or _PART in name or name.startswith(_OTHER_BEGIN) or name.endswith(_OTHER_END))
