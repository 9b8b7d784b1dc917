"""Battery: stores electricity within power, energy and efficiency limits, at a cost of wear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from microgrid.contract.asset import Replay, SinglePort, Surplus
from microgrid.contract.ledger import COST, Amount, Contribution, Entry, Term
from microgrid.contract.size import EnergySize, PowerSize, Size, size_variable
from microgrid.horizon import FloatArray, Horizon
from microgrid.notices import Notice
from microgrid.parameters import case_name, refuse
from microgrid.physics.reservoir import DECISIONS, Reservoir
from microgrid.physics.store_lines import amounts_of, beside_of, check_end, lines_of, state_of
from microgrid.units import Efficiency, EndValuePrice, EnergyPrice, Fraction, Power, RatePerHour, ReturnPrice

_WEAR = "wear"
_POWERS = "either charge_max and discharge_max, or power_max"


class Battery(SinglePort):
    """A battery behind its inverter; all powers are on the AC side.

    E[t+1] = (1 - self_discharge)^h E[t] + g (charge_efficiency c[t] - d[t] / discharge_efficiency)
    min_state capacity <= E <= max_state capacity,  0 <= c <= charge_max,  0 <= d <= discharge_max,
    never both; wear = wear_cost d h. h is the step's length [h], g the gain that compounds the loss over it.

    drawdown = end_value (E[0] - E[N]), a valuation. From a start outside the window the state returns, at return_price
    for each kWh outside and hour, and is never further outside than it would be at rest.
    """

    decisions: ClassVar = DECISIONS
    role: ClassVar = "storage"
    ratings: ClassVar = ("capacity_kwh", "charge_max_kw", "discharge_max_kw", "power_max_kw")
    baseline_role: ClassVar = "storage"

    kind: Literal["battery"]
    capacity_kwh: EnergySize = Field(description="Energy between empty and full.")
    charge_max_kw: Power | None = Field(default=None, description="Greatest power drawn while charging, AC.")
    discharge_max_kw: Power | None = Field(default=None, description="Greatest power supplied while discharging, AC.")
    power_max_kw: PowerSize | None = Field(
        default=None, description="Instead of charge_max and discharge_max: greatest power in both directions, AC."
    )
    charge_efficiency: Efficiency = Field(default=0.95, description="Stored energy per energy drawn.")
    discharge_efficiency: Efficiency = Field(default=0.95, description="Supplied energy per energy taken out.")
    min_state: Fraction = Field(default=0.0, description="Lowest state of charge, as a share of the capacity.")
    max_state: Fraction = Field(default=1.0, description="Highest state of charge, as a share of the capacity.")
    self_discharge_per_hour: RatePerHour = Field(default=0.0, description="Share of the charge lost per hour.")
    wear_cost_per_kwh: EnergyPrice = Field(default=0.0, ge=0, description="Cost of ageing per energy discharged.")
    start: Fraction | None = Field(
        default=None, description="State of charge at the start; if left out, it is decided and equals that at the end."
    )
    end: Fraction | None = Field(default=None, description="Least state of charge at the end; if left out, any.")
    end_value_per_kwh: EndValuePrice | None = Field(
        default=None, description="Instead of end: worth of each kWh left at the end; a valuation, not billed."
    )
    return_price_per_kwh_hour: ReturnPrice = Field(
        default=10.0,
        description="Price per kWh outside the window and hour, where the start lies outside it; not billed.",
    )

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.power_max_kw is None:
            for name, value in (("charge_max", self.charge_max_kw), ("discharge_max", self.discharge_max_kw)):
                if value is None:
                    refuse(name, None, _POWERS, "add it")
        elif self.charge_max_kw is not None or self.discharge_max_kw is not None:
            refuse("power_max", self.power_max_kw, _POWERS, "leave one of them out")
        if self.min_state >= self.max_state:
            refuse("min_state", self.min_state, f"less than max_state, {self.max_state:g}")
        decided = isinstance(self.capacity_kwh, Size) and self.capacity_kwh.open
        for name, value in (("start", self.start if decided else None), ("end", self.end)):
            if value is not None and not self.min_state <= value <= self.max_state:
                refuse(name, value, f"within the window from {self.min_state:g} to {self.max_state:g}")
        check_end(self.end, self.end_value_per_kwh)
        return self

    def _power_max(self, one_way: float | None) -> float:
        return float(self.power_max_kw if one_way is None else one_way)  # type: ignore[arg-type]

    def reservoir(self, horizon: Horizon) -> Reservoir:
        """Reservoir of the battery, with limits of power on the AC side."""
        capacity = self.capacity_kwh
        return Reservoir(
            horizon,
            min_kwh=self.min_state * capacity,
            max_kwh=self.max_state * capacity,
            charge_max_kw=self._power_max(self.charge_max_kw),
            discharge_max_kw=self._power_max(self.discharge_max_kw),
            charge_efficiency=self.charge_efficiency,
            discharge_efficiency=self.discharge_efficiency,
            self_discharge_per_hour=self.self_discharge_per_hour,
            start_kwh=None if self.start is None else self.start * capacity,
            end_min_kwh=None if self.end is None else self.end * capacity,
            end_value_per_kwh=self.end_value_per_kwh,
            return_price_per_kwh_hour=self.return_price_per_kwh_hour,
        )

    def notices(self) -> list[Notice]:
        """Notices, also of a fixed power without cost beside a capacity that is decided at a cost."""
        capacity = self.capacity_kwh
        found = super().notices()
        if not (isinstance(capacity, Size) and capacity.open and capacity.costs):
            return found
        for field in ("charge_max_kw", "discharge_max_kw", "power_max_kw"):
            power = getattr(self, field)
            if power and not isinstance(power, Size):
                message = (
                    f"fixed at {power:g} kW whatever capacity is decided, and costs nothing: give power_max a cost"
                )
                found.append(Notice(case_name(field), message))
        return found

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Add charge, discharge and state of charge to the block."""
        energy = size_variable(block, horizon, "capacity_kwh", self.capacity_kwh)
        power = size_variable(block, horizon, "power_max_kw", self.power_max_kw)
        store = self.reservoir(horizon)
        terms, exclusive = store.add_to(block, energy, power)
        wear = Entry(COST, _WEAR, (Term(block.discharge_kw, self.wear_cost_per_kwh * horizon.step_hours),))
        lines = [wear, *lines_of(store, block)]
        return Contribution({self.port: terms}, lines, [exclusive], states=[state_of(store, block)])

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """State of charge, checks and wear that follow from charge and discharge."""
        charge, discharge, state = (decisions[name] for name in DECISIONS)
        columns = {
            **{name: decisions[name] for name in DECISIONS},
            "state_of_charge_fraction": state / self.capacity_kwh if self.capacity_kwh else state * 0.0,
        }
        wear = Amount(COST, _WEAR, self.wear_cost_per_kwh * discharge * horizon.step_hours)
        store = self.reservoir(horizon)
        amounts = [wear, *amounts_of(store, decisions)]
        beside = {self.port: beside_of(store, decisions)}
        return Replay(columns, {self.port: discharge - charge}, store.checks(decisions), amounts, beside=beside)

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Charge on surplus and discharge on deficit."""
        return self.reservoir(horizon).follow(surplus[self.port.at])
