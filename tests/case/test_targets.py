"""Targets: limits as quantities or as numbers in the unit of their figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from microgrid import load_case
from microgrid.errors import InputError
from tests.conftest import grid, load, make_case, solve, write_case

ASSETS = {"load": load(10), "grid": grid(0.2)}


@pytest.mark.parametrize(
    ("name", "stated", "number"),
    [
        ("peak_import_kw", "0.02 MW", 20.0),
        ("peak_import_kw", 20, 20.0),
        ("self_sufficiency_fraction", "90 %", 0.9),
        ("self_sufficiency_fraction", "0.9", 0.9),
        ("cost", "2 kEUR", 2000.0),
        ("cost_eur", "2 EUR", 2.0),
        ("cost_per_m2", "300 ct/m2", 3.0),
        ("emissions_kgco2", "1 t", 1000.0),
        ("north.import_kwh", "1 MWh", 1000.0),
        ("left_out_kwh", 0, 0.0),
    ],
)
def test_a_limit_is_in_the_unit_of_its_figure(name: str, stated: Any, number: float) -> None:
    """A quantity in a larger unit, taken as a bare number, would be met or missed by a factor of 1000."""
    limits = make_case(ASSETS, targets={name: {"max": stated}}).targets[name]
    assert (limits.min, limits.max) == (None, pytest.approx(number))


@pytest.mark.parametrize(
    ("name", "limits", "field", "words"),
    [
        ("peak_import_kw", {"max": "20 kWh"}, "max", "wrong dimension"),
        ("peak_import_kw", {"max": "20"}, "max", "unit is missing"),
        ("cost", {"min": "5 GBP"}, "min", "in GBP, while amounts are counted in EUR"),
        ("unknown", {"max": "20 kW"}, "max", "wrong dimension"),
        ("cost", {"min": "3 kEUR", "max": 2000}, "min", "contradicts another value"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_in_its_place(
    tmp_path: Path, name: str, limits: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        load_case(write_case(tmp_path, ASSETS, targets={name: limits}))
    assert caught.value.problems[0].field == f"targets.{name}.{field}"
    assert caught.value.problems[0].line is not None


def test_a_target_stated_as_a_quantity_is_checked() -> None:
    """10 kW at 0.2 EUR for an hour: 2 EUR, above 150 cents and below 0.01 MW."""
    targets = {"cost": {"max": "150 ct"}, "peak_import_kw": {"max": "0.01 MW"}}
    cost, peak = solve(ASSETS, targets=targets).summary.targets
    assert (cost.figure, cost.max, cost.met) == ("cost_eur", 1.5, False)
    assert (peak.max, peak.met) == (10.0, True)
