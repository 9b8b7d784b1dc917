"""What the test file of each kind states of it, for the tests that every kind has to pass.

EXAMPLE: keys of the kind in a day of 24 h beside a load and a connection, in which each of its decisions is used.
BESIDE: name -> asset that it needs besides, such as a demand for heat; none if it is left out.
STEADY: name -> assets among which the kind is ``x``, of eight hours with constant inputs (or inputs that change on full
    two hours) that leave nothing to be decided within them; a sentence with the reason where no such case exists; if
    left out, the example with constant series beside a load and two prices.
drawn: function of a number of steps -> strategy of its keys on random sites of 6 h; a sentence with the reason where it
    cannot stand there; if left out, the example with constant series.
"""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType
from typing import Any

from hypothesis import strategies as st

from tests.conftest import grid, kw, load

NIGHT_AND_DAY = [
    {"price": "0.1 EUR/kWh", "hours": ["00:00-04:00"]},
    {"price": "0.3 EUR/kWh", "otherwise": True},
]


def two_prices() -> dict[str, Any]:
    """0.1 EUR/kWh before 04:00, 0.3 after."""
    connection = grid(peaks=[{"item": "peak", "price": "2 EUR/kW"}], carbon="60 g/kWh")
    connection["tariff"]["energy"] = [{"item": "energy", "periods": NIGHT_AND_DAY}]
    return connection


def must_take_sun(power: float) -> dict[str, Any]:
    return {"kind": "solar", "capacity": f"{power} kW", "profile": "1", "must_take": True}


def tested(kind: str) -> ModuleType:
    """The test file of a kind."""
    name = f"tests.assets.test_{kind}"
    assert importlib.util.find_spec(name), f"the kind {kind!r} has no test file test_{kind}.py"
    return importlib.import_module(name)


def example(kind: str) -> dict[str, Any]:
    """The example in the kind's test file."""
    return {"kind": kind, **tested(kind).EXAMPLE}


def beside(kind: str) -> dict[str, Any]:
    """What the example needs besides."""
    return dict(getattr(tested(kind), "BESIDE", {}))


def constant(spec: Any) -> Any:
    """Keys of an asset in which each series is its first value at all times."""
    if isinstance(spec, dict) and isinstance(spec.get("values"), list):
        return f"{spec['values'][0]} {spec.get('unit', '')}".strip()
    if isinstance(spec, dict):
        return {key: constant(value) for key, value in spec.items()}
    return [constant(value) for value in spec] if isinstance(spec, list) else spec


def steady(kind: str) -> dict[str, dict[str, Any]] | str:
    """Cases for the length of the step, or the reason why there are none."""
    of_the_example = {"x": example(kind), **beside(kind), "demand": load(10), "connection": two_prices()}
    found: dict[str, dict[str, Any]] | str = getattr(tested(kind), "STEADY", {"example": constant(of_the_example)})
    return found


def draws(kind: str, count: int) -> st.SearchStrategy[dict[str, Any]] | str:
    """Keys of a kind on a random site of ``count`` steps, or the reason why it cannot stand there."""
    stated = getattr(tested(kind), "drawn", None)
    if stated is None:
        return st.just(constant(example(kind)))
    return stated if isinstance(stated, str) else stated(count).map(lambda keys: {"kind": kind, **keys})


# Parts of strategies


def rounded(low: float, high: float, digits: int = 2) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda x: round(x, digits))


def listed(values: st.SearchStrategy[float], count: int) -> st.SearchStrategy[list[float]]:
    return st.lists(values, min_size=count, max_size=count)


def share(low: float = 0.0, high: float = 1.0) -> st.SearchStrategy[float]:
    return rounded(low, high)


def powers(count: int) -> st.SearchStrategy[dict[str, Any]]:
    """A power in each step, 0 to 30 kW."""
    return listed(rounded(0, 30), count).map(lambda values: kw(*values))


def shares(count: int) -> st.SearchStrategy[dict[str, Any]]:
    """A profile, 0 to 1."""
    return listed(share(), count).map(lambda values: {"values": values})
