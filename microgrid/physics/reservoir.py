"""A store of energy: state on N+1 points, losses per hour compounded over steps of any length."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from microgrid.contract.asset import Check, outside
from microgrid.contract.ledger import Exclusive, Term
from microgrid.contract.size import limit_by
from microgrid.contract.variables import add_rows, add_variable
from microgrid.horizon import FloatArray, Horizon

if TYPE_CHECKING:
    from microgrid.contract.linear import Variable

STATE = "state_of_charge_kwh"
DECISIONS = ("charge_kw", "discharge_kw", STATE)
_PASSES = 200


@dataclass(frozen=True)
class Reservoir:
    """E' = charge_efficiency * charge - discharge / discharge_efficiency - idle_loss - loss_rate * E.

    With constant power over a step of h hours that is, exactly,

        E[t+1] = retention * E[t] + gain * (charge_efficiency * c[t] - d[t] / discharge_efficiency - idle_loss)

    with retention = (1 - self_discharge)^h and gain = (1 - retention) / loss_rate, which is h where nothing leaks.
    So a step of 1 h and four of 15 min end in the same state.

    start_kwh: state at the first point, None for cyclic (the last point's state, which is then free);
    end_min_kwh: least state at the last point, None for no limit beyond min_kwh; ramp: limit on the change of net
    power [kW/h].

    A measured start may lie outside the window of min_kwh and max_kwh. Then the state may lie as far outside as it
    would at rest, and no further. return_price: cost of each kWh outside the window for an hour; end_value: worth of
    each kWh at the last point (``microgrid.physics.store_lines``).
    """

    horizon: Horizon
    min_kwh: float
    max_kwh: float
    charge_max_kw: float
    discharge_max_kw: float
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    self_discharge_per_hour: float = 0.0
    idle_loss_kw: float = 0.0
    start_kwh: float | None = None
    end_min_kwh: float | None = None
    ramp_kw_per_hour: float | None = None
    end_value_per_kwh: float | None = None
    return_price_per_kwh_hour: float = 0.0

    @cached_property
    def retention(self) -> FloatArray:
        """Share of the stored energy that is left after each step, shape (N,)."""
        return np.asarray((1.0 - self.self_discharge_per_hour) ** self.horizon.step_hours)

    @cached_property
    def gain_hours(self) -> FloatArray:
        """Energy at the end of each step per kW put in during it [h], shape (N,)."""
        if self.self_discharge_per_hour == 0.0:
            return self.horizon.step_hours
        rate = -np.log1p(-self.self_discharge_per_hour)
        return np.asarray((1.0 - self.retention) / rate)

    @cached_property
    def ramp_kw(self) -> FloatArray:
        """Greatest change of net power between the means of neighbouring steps [kW], shape (N - 1,)."""
        hours = self.horizon.step_hours
        return (self.ramp_kw_per_hour or 0.0) * (hours[1:] + hours[:-1]) / 2

    def add_to(
        self, block: Any, energy: Variable | None = None, power: Variable | None = None
    ) -> tuple[list[Term], Exclusive]:
        """Add the store to a block; return the terms of its net supply, and charge and discharge as exclusive pair.

        energy, power: variables of sizes that are decided; the store's limits are those at their greatest values, and
        shrink with them.
        """
        horizon = self.horizon
        eta_in = self.charge_efficiency
        eta_out = self.discharge_efficiency
        charge = add_variable(block, horizon, "charge_kw", upper=self.charge_max_kw)
        discharge = add_variable(block, horizon, "discharge_kw", upper=self.discharge_max_kw)
        lower, upper = self._limits()
        state = add_variable(block, horizon, STATE, "point", lower=lower if energy is None else 0.0, upper=upper)
        inflow = charge * (self.gain_hours * eta_in) - discharge * (self.gain_hours / eta_out)
        balance = state.end - state.start * self.retention - inflow
        add_rows(block, "energy_balance", balance, equal=-self.gain_hours * self.idle_loss_kw, unit="kWh")
        if self.start_kwh is None:
            add_rows(block, "cyclic", state.at([0]) - state.at([horizon.steps]), equal=0.0, step=None, unit="kWh")
        self._shrink(block, state, charge, discharge, energy, power)
        if self.ramp_kw_per_hour is not None:
            net = discharge - charge
            later = np.arange(1, horizon.steps)
            change = net.summed(np.arange(horizon.steps) - 1, len(later)) - net.summed(
                np.append(np.arange(len(later)), -1), len(later)
            )
            add_rows(block, "ramp", change, lower=-self.ramp_kw, upper=self.ramp_kw, step=later)
        terms = [Term(discharge), Term(charge, -1.0)]
        return terms, Exclusive(charge, discharge, self.charge_max_kw, self.discharge_max_kw)

    def _shrink(
        self,
        block: Any,
        state: Variable,
        charge: Variable,
        discharge: Variable,
        energy: Variable | None,
        power: Variable | None,
    ) -> None:
        """Add each limit as a fixed share of a size that is decided."""
        if power is not None:
            limit_by(block, "charge_within_power", charge, power, self.charge_max_kw / power.upper[0])
            limit_by(block, "discharge_within_power", discharge, power, self.discharge_max_kw / power.upper[0])
        if energy is None:
            return
        lower, upper = self._limits()
        limit_by(block, "state_within_capacity", state, energy, upper / energy.upper[0], unit="kWh")
        limit_by(block, "state_above_minimum", state, energy, lower / energy.upper[0], least=True, unit="kWh")

    @property
    def begins_outside(self) -> bool:
        """Whether the start is stated and lies outside the window."""
        return self.start_kwh is not None and not self.min_kwh <= self.start_kwh <= self.max_kwh

    @cached_property
    def window_kwh(self) -> tuple[FloatArray, FloatArray]:
        """Least and greatest state at the points, widened where the store begins outside them [kWh], each (N+1,)."""
        lower, upper = (np.full(self.horizon.steps + 1, limit) for limit in (self.min_kwh, self.max_kwh))
        start = self.start_kwh
        none = np.zeros(self.horizon.steps)
        if start is not None and self.begins_outside:
            at_rest = np.append(start, self.states(start, none, none).clip(0))
            lower, upper = (
                (np.minimum(lower, at_rest), upper) if start < self.min_kwh else (lower, np.maximum(upper, at_rest))
            )
        return lower, upper

    def _limits(self) -> tuple[FloatArray, FloatArray]:
        """Bounds of the state at the points [kWh], each (N+1,): the window, a stated start, a least end."""
        lower, upper = (limit.copy() for limit in self.window_kwh)
        if self.end_min_kwh is not None:
            lower[-1] = self.end_min_kwh
        if self.start_kwh is not None:
            lower[0] = upper[0] = self.start_kwh
        return lower, upper

    def states(self, start_kwh: float, charge_kw: FloatArray, discharge_kw: FloatArray) -> FloatArray:
        """State at the end of each step that follows from the powers alone [kWh], shape (N,)."""
        net = charge_kw * self.charge_efficiency - discharge_kw / self.discharge_efficiency - self.idle_loss_kw
        state = start_kwh
        found = []
        for keep, inflow in zip(self.retention.tolist(), (self.gain_hours * net).tolist(), strict=True):
            state = keep * state + inflow
            found.append(state)
        return np.array(found)

    def start_of(self, state_kwh: FloatArray) -> float:
        """State at the first point [kWh], from the states at the steps' ends, (N,): the last of a cyclic store."""
        return float(state_kwh[-1]) if self.start_kwh is None else self.start_kwh

    def checks(self, decisions: Mapping[str, FloatArray]) -> list[Check]:
        """Violations in a schedule: of the energy balance, the limits, exclusivity, the least end and the ramp."""
        charge, discharge, given = (decisions[name] for name in DECISIONS)
        true = self.states(self.start_of(given), charge, discharge)
        power = max(self.charge_max_kw, self.discharge_max_kw)
        energy = self.max_kwh
        lower, upper = (limit[1:] for limit in self.window_kwh)
        found = [
            Check(
                "state of charge does not follow from charge and discharge",
                np.abs(true - given),
                "kWh",
                energy,
            ),
            Check("state of charge below its minimum", np.maximum(lower - given, 0), "kWh", energy),
            Check("state of charge above its maximum", np.maximum(given - upper, 0), "kWh", energy),
            Check("charge outside its limits", outside(charge, self.charge_max_kw), "kW", power),
            Check("discharge outside its limits", outside(discharge, self.discharge_max_kw), "kW", power),
            Check("charging and discharging at once", np.minimum(charge, discharge).clip(0), "kW", power),
        ]
        if self.end_min_kwh is not None:
            short = np.zeros_like(given)
            short[-1] = max(self.end_min_kwh - given[-1], 0)
            found.append(Check("state of charge at the end below the required one", short, "kWh", energy))
        if self.ramp_kw_per_hour is not None:
            over = np.abs(np.diff(discharge - charge)) - self.ramp_kw
            found.append(Check("ramp above its limit", np.append(0.0, over.clip(0)), "kW", power))
        return found

    def follow(self, surplus_kw: FloatArray) -> dict[str, FloatArray]:
        """Rule-based use: charge on surplus, discharge on deficit, and reach the least end that the case states.

        A cyclic store is run repeatedly, each time from the state in which it ended, until it ends as it began.
        """
        start, end = self.start_kwh, self.end_min_kwh
        if start is not None:
            return self._run(surplus_kw, start, end)
        level = self.min_kwh
        for _ in range(_PASSES):
            decisions = self._run(surplus_kw, level, end)
            reached = float(decisions[STATE][-1])
            if abs(reached - level) <= 1e-9 * max(self.max_kwh, 1.0):
                break
            level = reached
        return decisions

    def _run(self, surplus_kw: FloatArray, start: float, end: float | None) -> dict[str, FloatArray]:
        eta_in = self.charge_efficiency
        eta_out = self.discharge_efficiency
        idle = self.idle_loss_kw
        needed = self._needed(end)
        limits = self._ramp_limits()
        state = start
        net = None
        rows = []
        for surplus, keep, gain, floor, ramp in zip(
            surplus_kw.tolist(),
            self.retention.tolist(),
            self.gain_hours.tolist(),
            needed,
            limits,
            strict=True,
        ):
            at_rest = keep * state - gain * idle
            room = max(self.max_kwh - at_rest, 0.0)
            most_in = min(self._sustained(room / eta_in, gain), self.charge_max_kw)
            if at_rest < floor:
                least_in = min((floor - at_rest) / (gain * eta_in), self.charge_max_kw)
                most_out = -least_in
            else:
                taper = gain + (idle * eta_out / self.ramp_kw_per_hour if self.ramp_kw_per_hour else 0.0)
                most_out = min(self._sustained((at_rest - floor) * eta_out, taper), self.discharge_max_kw)
            wanted = min(max(surplus, -most_out), most_in)
            if net is not None:
                ramped = min(max(wanted, net - ramp), net + ramp)
                wanted = min(max(ramped, -most_out), most_in)
            net = wanted
            charge, discharge = max(net, 0.0), max(-net, 0.0)
            state = at_rest + gain * (eta_in * charge - discharge / eta_out)
            rows.append((charge, discharge, state))
        return dict(zip(DECISIONS, np.array(rows).T, strict=True))

    def _sustained(self, energy_kwh: float, hours: float) -> float:
        """Greatest power that an energy sustains for some hours and for the ramp down after them [kW].

        power x hours + power^2 / (2 ramp) = energy; without a ramp, power x hours = energy.
        """
        ramp = self.ramp_kw_per_hour
        if ramp is None or energy_kwh <= 0:
            return energy_kwh / hours
        return ramp * (math.sqrt(hours**2 + 2 * energy_kwh / ramp) - hours)

    def _ramp_limits(self) -> list[float]:
        if self.ramp_kw_per_hour is None:
            return [float("inf")] * self.horizon.steps
        return [float("inf"), *self.ramp_kw.tolist()]

    def _needed(self, end: float | None) -> list[float]:
        """Least state at the end of each step from which the least end can still be reached [kWh]."""
        level = self.min_kwh if end is None else max(end, self.min_kwh)
        needed = [level]
        lift = self.charge_efficiency * self.charge_max_kw - self.idle_loss_kw
        pairs = list(zip(self.retention.tolist(), self.gain_hours.tolist(), strict=True))
        for keep, gain in reversed(pairs[1:]):
            level = max(self.min_kwh, (level - gain * lift) / keep)
            needed.append(level)
        return needed[::-1]
