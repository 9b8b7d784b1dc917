"""Account lines of a store's content: the worth of its drawdown, and the price of content outside its window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from microgrid.contract.ledger import INCONVENIENCE, STORE_DRAWDOWN, Amount, Entry, State, Term
from microgrid.contract.ports import PortSeries
from microgrid.contract.variables import add_rows, add_variable
from microgrid.horizon import FloatArray
from microgrid.parameters import refuse
from microgrid.physics.reservoir import DECISIONS, STATE, Reservoir

_OUTSIDE = "state of charge outside its window"
_USED_UP = "stored energy used up"


def check_end(end: float | None, end_value: float | None) -> None:
    """Refuse a store with both a least end state and a value of its end state.

    Raises:
        PydanticCustomError: both are stated.
    """
    if end is not None and end_value is not None:
        refuse("end_value", end_value, "either end (a least state) or end_value (a price)", "leave one of them out")


def lines_of(store: Reservoir, block: Any) -> list[Entry]:
    """Account lines of a store on a block, to which the variables that they need are added.

    return_price h[t] outside[t], where  min - outside <= E[t+1]  or  E[t+1] <= max + outside;
    end_value (E[0] - E[N]) for a stated start; a cyclic store ends as it began.
    """
    found = _way_back(store, block)
    if store.end_value_per_kwh is not None and store.start_kwh is not None:
        state = block.component(STATE)
        horizon = store.horizon
        last = np.array([horizon.steps - 1])
        left = add_variable(block, horizon, "left_kwh", ["end"], upper=store.window_kwh[1][-1], step=last)
        add_rows(block, "left", left.all - state.at([horizon.steps]), equal=0.0, step=last, unit="kWh")
        price = _at_end(store, store.end_value_per_kwh)
        found.append(Entry(STORE_DRAWDOWN, _USED_UP, (Term(None, price * store.start_kwh), Term(left, -price))))
    return found


def _way_back(store: Reservoir, block: Any) -> list[Entry]:
    """Account line of content outside the window, with its variable, and its rule where the state may be outside."""
    lower, upper = (limit[1:] for limit in store.window_kwh)
    furthest = (store.min_kwh - lower) + (upper - store.max_kwh)
    at = np.flatnonzero(furthest)
    if not len(at):
        return []
    state = block.component(STATE).end
    outside = add_variable(block, store.horizon, "outside_kwh", upper=furthest)
    below = bool((lower < store.min_kwh).any())
    inward = (state if below else -state) + outside
    add_rows(block, "window", inward.at(at), lower=store.min_kwh if below else -store.max_kwh, step=at, unit="kWh")
    price = store.return_price_per_kwh_hour * store.horizon.step_hours
    return [Entry(INCONVENIENCE, _OUTSIDE, (Term(outside, price),))]


def amounts_of(store: Reservoir, decisions: Mapping[str, FloatArray]) -> list[Amount]:
    """Account lines of a store that follow from its states at the steps' ends alone."""
    state = decisions[STATE]
    found = []
    if store.begins_outside:
        price = store.return_price_per_kwh_hour * store.horizon.step_hours
        scale = float(price.max()) * store.max_kwh
        found.append(Amount(INCONVENIENCE, _OUTSIDE, price * _outside_kwh(store, state), scale=scale))
    if store.end_value_per_kwh is not None and store.start_kwh is not None:
        used_up = _at_end(store, store.end_value_per_kwh * (store.start_kwh - float(state[-1])))
        scale = store.end_value_per_kwh * store.max_kwh
        found.append(Amount(STORE_DRAWDOWN, _USED_UP, used_up, scale=scale))
    return found


def state_of(store: Reservoir, block: Any) -> State:
    """Content of a store on a block, with the worth of a kWh of it where a window or the horizon ends."""
    return State(block.component(STATE), store.end_value_per_kwh)


def beside_of(store: Reservoir, decisions: Mapping[str, FloatArray]) -> PortSeries:
    """Content at the steps' ends, inflow = gain x charge_efficiency x charge, and distance from the window at begins.

    The distance is None for a store that does not begin outside its window.
    """
    charge, _, state = (decisions[name] for name in DECISIONS)
    began = np.append(store.start_of(state), state[:-1])
    outside = _outside_kwh(store, began) if store.begins_outside else None
    inflow = store.gain_hours * store.charge_efficiency * charge
    return PortSeries(stored_kwh=state, inflow_kwh=inflow, outside_kwh=outside)


def _outside_kwh(store: Reservoir, state_kwh: FloatArray) -> FloatArray:
    """Distance of each state from the window, zero within it [kWh], (N,)."""
    return np.maximum(store.min_kwh - state_kwh, 0) + np.maximum(state_kwh - store.max_kwh, 0)


def _at_end(store: Reservoir, amount: float) -> FloatArray:
    """Series that is an amount in the last step and zero before, (N,)."""
    found = np.zeros(store.horizon.steps)
    found[-1] = amount
    return found
