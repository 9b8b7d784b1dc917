"""Quantities with their units at the edge, canonical floats inside."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid import units


@pytest.mark.parametrize(
    ("text", "canonical", "expected"),
    [
        ("0.3 MW", "kW", 300),
        ("300kW", "kW", 300),
        ("1.5 MWh", "kWh", 1500),
        ("3.6 MJ", "kWh", 1),
        ("15 min", "h", 0.25),
        ("95 %", "", 0.95),
        ("0.95", "", 0.95),
        (0.95, "", 0.95),
        ("0.1 %/h", "1/h", 0.001),
        ("2.4 %/d", "1/h", 0.001),
        ("100 EUR/t", "EUR/kg", 0.1),
        ("100 EUR/MWh", "EUR/kWh", 0.1),
        ("12 ct/kWh", "EUR/kWh", 0.12),
        ("25 EUR/month", "EUR/year", 300),
        ("60 g/kWh", "kg/kWh", 0.06),
        ("60 gCO2/kWh", "kg/kWh", 0.06),
        ("20 degC", "degC", 20),
        ("293.15 K", "degC", 20),
        ("2 K", "K", 2),
        ("0.9 ha", "m2", 9000),
        ("9000 m^2", "m2", 9000),
        ("10 W/m2", "kW/m2", 0.01),
        ("200 kW/min", "kW/h", 12000),
        ("30 EUR/kW/year", "EUR/kW/year", 30),
        ("-5 kW", "kW", -5),
        ("+5e1 kW", "kW", 50),
        (".5 kW", "kW", 0.5),
        ("1_000 kW", "kW", 1000),
        (" 5  kW ", "kW", 5),
        ("5 €/kWh", "EUR/kWh", 5),
        ("3 m/s", "m/s", 3),
        ("10.8 km/h", "m/s", 3),
    ],
)
def test_quantities_in_canonical_units(text: object, canonical: str, expected: float) -> None:
    """By hand, unit by unit."""
    assert units.parse(text, canonical) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "canonical", "reason"),
    [
        (300, "kW", "unit is missing"),
        ("300", "kW", "unit is missing"),
        ("300 kWh", "kW", "wrong dimension"),
        ("5 EUR/kW", "EUR/kWh", "wrong dimension"),
        ("5 kW", "", "wrong dimension"),
        ("20 K", "kW", "wrong dimension"),
        ("5 kwh", "kWh", "unknown unit"),
        ("5 parsec", "kW", "unknown unit"),
        ("5 kW kW", "kW", "unknown unit"),
        ("kW", "kW", "not a quantity"),
        ("", "kW", "not a quantity"),
        ("5,5 kW", "kW", "unknown unit"),
        (True, "", "not a quantity"),
        (None, "kW", "not a quantity"),
        ([5], "kW", "not a quantity"),
        ("nan kW", "kW", "not a quantity"),
        (float("nan"), "", "finite"),
        (float("inf"), "", "finite"),
        ("1e999 kW", "kW", "finite"),
        (10**400, "", "finite"),
        ("5 kW**99999999", "kW", "unknown unit"),
        ("5 (((((kW", "kW", "unknown unit"),
        ("5 __import__('os')", "kW", "unknown unit"),
        ("5 " + "m*" * 3000 + "m", "kW", "unknown unit|wrong dimension"),
    ],
)
def test_what_is_no_such_quantity(text: object, canonical: str, reason: str) -> None:
    """Refused with its reason; nothing of it is evaluated."""
    with pytest.raises(ValueError, match=reason):
        units.parse(text, canonical)


def test_every_example_in_a_message_is_itself_accepted() -> None:
    """What the message recommends has to work."""
    for canonical in units._EXAMPLES:
        for part in units.example(canonical).split(" or "):
            assert math.isfinite(units.parse(part, canonical))


@given(st.floats(-1e6, 1e6, allow_nan=False))
def test_prefixes_scale(number: float) -> None:
    """x MW = 1000 x kW = 1e6 x W."""
    assert units.parse(f"{number!r} MW", "kW") == pytest.approx(1000 * number, rel=1e-12)
    assert units.parse(f"{number * 1e6!r} W", "kW") == pytest.approx(1000 * number, rel=1e-12)


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    """Nothing but ValueError."""
    try:
        found = units.parse(text, "kW")
    except ValueError:
        return
    assert math.isfinite(found)
