"""Flywheel: kinetic energy in a rotor, with high power and no wear from cycles, but permanent losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from microgrid.contract.asset import Replay, SinglePort, Surplus
from microgrid.contract.ledger import Contribution
from microgrid.horizon import FloatArray, Horizon
from microgrid.parameters import refuse
from microgrid.physics.reservoir import DECISIONS, Reservoir
from microgrid.physics.store_lines import amounts_of, beside_of, check_end, lines_of, state_of
from microgrid.units import Efficiency, EndValuePrice, Energy, Fraction, Power, Ramp, RatePerHour, ReturnPrice


class Flywheel(SinglePort):
    """Energy of a rotor: E = capacity (n / n_max)^2, so a minimum speed leaves a floor of energy.

    E[t+1] = (1 - self_discharge)^h E[t] + g (charge_efficiency c[t] - d[t] / discharge_efficiency - idle_loss)
    min_speed^2 capacity <= E <= capacity,  0 <= c, d <= power_max, never both;
    |net[t+1] - net[t]| <= ramp * (mean length of the two steps). Bearings and vacuum pump draw idle_loss from the
    rotor at every speed; windage grows with the energy and is the self-discharge.

    drawdown = end_value (E[0] - E[N]), a valuation. From a start below the minimum speed the rotor returns, at
    return_price for each kWh outside and hour, and is never slower than it would be at rest.
    """

    decisions: ClassVar = DECISIONS
    role: ClassVar = "storage"
    ratings: ClassVar = ("capacity_kwh", "power_max_kw")
    baseline_role: ClassVar = "storage"

    kind: Literal["flywheel"]
    capacity_kwh: Energy = Field(description="Kinetic energy at full speed.")
    power_max_kw: Power = Field(description="Greatest power in and out, AC.")
    charge_efficiency: Efficiency = Field(default=0.96, description="Stored energy per energy drawn.")
    discharge_efficiency: Efficiency = Field(default=0.96, description="Supplied energy per energy taken out.")
    min_speed: Fraction = Field(default=0.3, lt=1, description="Lowest speed in use, as a share of full speed.")
    idle_loss_kw: Power = Field(default=0.0, description="Power lost from the rotor at any speed.")
    self_discharge_per_hour: RatePerHour = Field(default=0.0, description="Share of the energy lost per hour.")
    ramp_kw_per_hour: Ramp | None = Field(
        default=None, description="Limit on the change of net power; none if left out."
    )
    start: Fraction | None = Field(
        default=None,
        description="Energy at the start as a share of the capacity; if left out, it is decided and equals that at the "
        "end.",
    )
    end: Fraction | None = Field(default=None, description="Least energy at the end, as a share of the capacity.")
    end_value_per_kwh: EndValuePrice | None = Field(
        default=None, description="Instead of end: worth of each kWh left at the end; a valuation, not billed."
    )
    return_price_per_kwh_hour: ReturnPrice = Field(
        default=10.0,
        description="Price per kWh outside the window and hour, where the start lies outside it; not billed.",
    )

    @model_validator(mode="after")
    def _window(self) -> Self:
        floor = self.min_speed**2
        if self.end is not None and self.end < floor:
            refuse("end", self.end, f"at least {floor:.4g}, the energy at the minimum speed")
        check_end(self.end, self.end_value_per_kwh)
        return self

    def reservoir(self, horizon: Horizon) -> Reservoir:
        """Reservoir of the rotor's kinetic energy."""
        capacity = self.capacity_kwh
        return Reservoir(
            horizon,
            min_kwh=self.min_speed**2 * capacity,
            max_kwh=capacity,
            charge_max_kw=self.power_max_kw,
            discharge_max_kw=self.power_max_kw,
            charge_efficiency=self.charge_efficiency,
            discharge_efficiency=self.discharge_efficiency,
            self_discharge_per_hour=self.self_discharge_per_hour,
            idle_loss_kw=self.idle_loss_kw,
            start_kwh=None if self.start is None else self.start * capacity,
            end_min_kwh=None if self.end is None else self.end * capacity,
            ramp_kw_per_hour=self.ramp_kw_per_hour,
            end_value_per_kwh=self.end_value_per_kwh,
            return_price_per_kwh_hour=self.return_price_per_kwh_hour,
        )

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Add charge, discharge and kinetic energy to the block."""
        store = self.reservoir(horizon)
        terms, exclusive = store.add_to(block)
        lines = lines_of(store, block)
        return Contribution({self.port: terms}, lines, [exclusive], states=[state_of(store, block)])

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Kinetic energy, speed and checks that follow from charge and discharge."""
        charge, discharge, state = (decisions[name] for name in DECISIONS)
        share = state / self.capacity_kwh if self.capacity_kwh else state * 0.0
        columns = {
            **{name: decisions[name] for name in DECISIONS},
            "speed_fraction": np.sqrt(share.clip(0)),
        }
        store = self.reservoir(horizon)
        amounts = amounts_of(store, decisions)
        beside = {self.port: beside_of(store, decisions)}
        return Replay(columns, {self.port: discharge - charge}, store.checks(decisions), amounts, beside=beside)

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Charge on surplus, discharge on deficit, and charge to cover the losses."""
        return self.reservoir(horizon).follow(surplus[self.port.at])
