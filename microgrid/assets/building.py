"""Building: indoor temperature follows from weather, gains, heat pump and chiller; comfort is a band."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from microgrid.calendar import Whens, coverage
from microgrid.contract.asset import Check, Replay, SinglePort, Surplus, outside
from microgrid.contract.ledger import INCONVENIENCE, Amount, Contribution, Entry, Exclusive, State, Term
from microgrid.contract.ports import PortSeries, Room
from microgrid.contract.variables import add_rows, add_variable
from microgrid.horizon import BoolArray, FloatArray, Horizon
from microgrid.once import once_for_each
from microgrid.parameters import Parameters, refuse
from microgrid.physics.heat_pump import Machine
from microgrid.physics.thermal import MASS_FILM_KW_PER_M2_K, SURFACES_PER_FLOOR, ThermalZone
from microgrid.series.series_field import IrradianceSeries, TemperatureSeries
from microgrid.units import Area, Duration, HeatTransfer, PowerPerArea, Temperature, TemperatureDifference, Unit

AIR = "indoor_temperature_degc"
MASS = "mass_temperature_degc"
_POSSIBLE_DEGC = (0.0, 45.0)
_PASSES = 200
_EDGE_K = 1e-7
_DISCOMFORT = "outside the comfort band"

Band = tuple[Temperature, Temperature]
DiscomfortPrice = Annotated[float, Unit("money/K/h"), Field(gt=0)]

# Heat capacity per floor area [kWh/K/m2] and mass area per floor area: ISO 13790:2008, table 12.
_MASS_CLASSES = {
    "very_light": (80 / 3600, 2.5),
    "light": (110 / 3600, 2.5),
    "medium": (165 / 3600, 2.5),
    "heavy": (260 / 3600, 3.0),
    "very_heavy": (370 / 3600, 3.5),
}


class Comfort(Parameters):
    """Limits of indoor temperature while the building is occupied and while it is empty."""

    occupied: Band = Field(description="Lowest and highest indoor temperature while occupied.")
    empty: Band = Field(description="Lowest and highest indoor temperature while empty.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name, (low, high) in (("occupied", self.occupied), ("empty", self.empty)):
            if low >= high:
                refuse(name, [low, high], "the lower temperature first")
            if low < _POSSIBLE_DEGC[0] or high > _POSSIBLE_DEGC[1]:
                refuse(name, [low, high], "temperatures between {:g} and {:g} degC".format(*_POSSIBLE_DEGC))
        return self


class Gains(Parameters):
    """Heat from people, lights and equipment per floor area."""

    occupied_kw_per_m2: PowerPerArea = Field(default=0.0, description="Gains while occupied.")
    empty_kw_per_m2: PowerPerArea = Field(default=0.0, description="Gains while empty.")


class Building(SinglePort):
    """mass[t+1] = retention[t] mass[t] + per_kw[t] (heating[t] - cooling[t]) + drift[t]      (see ThermalZone)
    air[t] = air_drift[t] + air_per_state[t] mass[t] + air_per_kw[t] (heating[t] - cooling[t])
    air[t] = within[t] - cold[t] + hot[t],  comfort_min <= within <= comfort_max,  cold, hot <= violation_max at a price
    electric power = heating / COP(outdoor) + cooling / EER(outdoor);  0 <= heating, cooling <= max, never both.

    The air temperature is the mean over the step; the mass ends the horizon as it began. Where a step is occupied in
    part, the band of the occupied hours holds. Source of the network: ISO 13790:2008, annex C (5R1C).
    """

    decisions: ClassVar = ("heating_kw", "cooling_kw", MASS)
    role: ClassVar = "demand"
    baseline_role: ClassVar = "demand"

    kind: Literal["building"]
    floor_area_m2: Area = Field(gt=0, description="Conditioned floor area.")
    opaque_kw_per_k: HeatTransfer = Field(description="Heat transfer of walls, roof and floor to outdoors, H_op.")
    window_kw_per_k: HeatTransfer = Field(description="Heat transfer of the windows, H_w.")
    ventilation_kw_per_k: HeatTransfer = Field(description="Heat transfer of ventilation while occupied, H_ve.")
    ventilation_empty_kw_per_k: HeatTransfer | None = Field(
        default=None, description="Heat transfer of ventilation while empty; as while occupied if left out."
    )
    thermal_mass: Literal["very_light", "light", "medium", "heavy", "very_heavy"] = Field(
        default="medium", description="Class of ISO 13790, table 12, for the heat capacity of the structure."
    )
    solar_aperture_m2: Area = Field(
        default=0.0, description="Window area x solar transmittance x frame and shading factors."
    )
    irradiance: IrradianceSeries | None = Field(default=None, description="Irradiance on the windows.")
    outdoor_temperature: TemperatureSeries = Field(description="Outdoor temperature.")
    gains: Gains = Field(default_factory=Gains, description="Internal gains.")
    occupancy: Whens = Field(description="When it is occupied: months, days and hours, or any of several such.")
    comfort: Comfort = Field(description="Bands of indoor temperature.")
    discomfort_per_k_hour: DiscomfortPrice = Field(
        default=50.0, description="Price of each kelvin outside the band for an hour; reported, not billed."
    )
    violation_max_k: TemperatureDifference = Field(default=3.0, description="Greatest distance from the band.")
    heating: Machine = Field(description="The heat pump.")
    cooling: Machine = Field(description="The chiller.")
    flexible: bool = Field(default=True, description="Whether the optimizer may move heating and cooling.")
    preheat_hours: Duration = Field(default=3.0, description="How early the baseline's thermostat prepares for a band.")

    @model_validator(mode="after")
    def _network(self) -> Self:
        if self.opaque_kw_per_k >= MASS_FILM_KW_PER_M2_K * self.mass_area_m2:
            limit = MASS_FILM_KW_PER_M2_K * self.mass_area_m2
            refuse("opaque", f"{self.opaque_kw_per_k:g} kW/K", f"less than {limit:g} kW/K for this floor area")
        if self.opaque_kw_per_k + self.window_kw_per_k + self.ventilation_kw_per_k == 0:
            refuse("opaque", "0 kW/K", "some heat transfer to outdoors")
        if self.solar_aperture_m2 and self.irradiance is None:
            refuse("solar_aperture", f"{self.solar_aperture_m2:g} m2", "a series 'irradiance' beside it")
        return self

    @property
    def mass_area_m2(self) -> float:
        """Effective area of the thermal mass, A_m [m2]."""
        return _MASS_CLASSES[self.thermal_mass][1] * self.floor_area_m2

    def occupied(self, horizon: Horizon) -> BoolArray:
        """Whether the building is occupied during any part of each step, (N,)."""
        return coverage(self.occupancy, horizon) > 0

    def zone(self, horizon: Horizon) -> ThermalZone:
        """Thermal network of the building with its weather and gains on the horizon."""
        return _zone(self, horizon)

    def band(self, horizon: Horizon) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest comfortable indoor temperature of each step [degC], each (N,)."""
        occupied = self.occupied(horizon)
        low, high = (np.where(occupied, a, b) for a, b in zip(self.comfort.occupied, self.comfort.empty, strict=True))
        return low, high

    @cached_property
    def _performance(self) -> tuple[FloatArray, FloatArray]:
        outdoor = self.outdoor_temperature.values
        heating = self.heating.coefficient_of_performance(outdoor, cooling=False)
        return heating, self.cooling.coefficient_of_performance(outdoor, cooling=True)

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Add heating, cooling, both temperatures and discomfort to the block."""
        zone = self.zone(horizon)
        hours = horizon.step_hours
        fixed = None if self.flexible else self._thermostat(horizon, zone)
        heating = self._power(block, horizon, "heating_kw", self.heating.max_kw, fixed)
        cooling = self._power(block, horizon, "cooling_kw", self.cooling.max_kw, fixed)
        low, high = self.band(horizon)
        mass = add_variable(block, horizon, MASS, "point", lower=_POSSIBLE_DEGC[0], upper=_POSSIBLE_DEGC[1])
        add_variable(block, horizon, "within_degc", lower=low, upper=high)
        cold = add_variable(block, horizon, "cold_k", upper=self.violation_max_k)
        hot = add_variable(block, horizon, "hot_k", upper=self.violation_max_k)
        _add_temperatures(block, horizon, zone)
        cop, eer = self._performance
        price = self.discomfort_per_k_hour * hours
        discomfort = Entry(INCONVENIENCE, _DISCOMFORT, (Term(cold, price), Term(hot, price)))
        exclusive = Exclusive(heating, cooling, self.heating.max_kw, self.cooling.max_kw)
        flows = {self.port: [Term(heating, -1 / cop), Term(cooling, -1 / eer)]}
        return Contribution(flows, [discomfort], [exclusive], states=[State(mass)])

    def _power(self, block: Any, horizon: Horizon, name: str, most: float, fixed: dict[str, FloatArray] | None) -> Any:
        lower, upper = (0.0, most) if fixed is None else (fixed[name], fixed[name])
        return add_variable(block, horizon, name, lower=lower, upper=upper)

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Temperatures, electric power, checks and discomfort that follow from heating and cooling."""
        heating, cooling, mass = (decisions[name] for name in self.decisions)
        low, high = self.band(horizon)
        cop, eer = self._performance
        zone = self.zone(horizon)
        heat = heating - cooling
        given = iter(heat.tolist())
        true, _ = zone.simulate(float(mass[-1]), lambda _step, _free: next(given))
        air = zone.air(np.concatenate([mass[-1:], mass[:-1]]), heat)
        cold, hot = _outside_band(air, low, high)
        electric = heating / cop + cooling / eer
        power = max(self.heating.max_kw, self.cooling.max_kw)
        checks = [
            Check("mass temperature does not follow from heating and cooling", np.abs(true - mass), "K", 1.0),
            Check("mass temperature outside its physical range", _beyond(mass, *_POSSIBLE_DEGC), "K", 1.0),
            Check(
                "further outside the comfort band than allowed",
                (np.maximum(cold, hot) - self.violation_max_k).clip(0),
                "K",
                1.0,
            ),
            Check("heating outside its limits", outside(heating, self.heating.max_kw), "kW", power),
            Check("cooling outside its limits", outside(cooling, self.cooling.max_kw), "kW", power),
            Check("heating and cooling at once", np.minimum(heating, cooling).clip(0), "kW", power),
        ]
        if not self.flexible:
            rule = self._thermostat(horizon, zone)
            moved = np.abs(heating - rule["heating_kw"]) + np.abs(cooling - rule["cooling_kw"])
            checks.append(Check("heating or cooling moved although not flexible", moved, "kW", power))
        price = self.discomfort_per_k_hour * horizon.step_hours
        columns = {
            "heating_kw": heating,
            "cooling_kw": cooling,
            "demand_kw": electric,
            AIR: air,
            MASS: mass,
            "comfort_min_degc": low,
            "comfort_max_degc": high,
            "outdoor_temperature_degc": self.outdoor_temperature.values,
            "coefficient_of_performance": cop,
        }
        amounts = [Amount(INCONVENIENCE, _DISCOMFORT, price * (cold + hot))]
        beside = {self.port: PortSeries(room=Room(air, low, high))}
        return Replay(columns, {self.port: -electric}, checks, amounts, beside=beside)

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Heating and cooling by a thermostat that keeps the band, and prepares it ``preheat`` hours ahead."""
        return self._thermostat(horizon, self.zone(horizon))

    def _thermostat(self, horizon: Horizon, zone: ThermalZone) -> dict[str, FloatArray]:
        low, high = self._setpoints(horizon)
        most_heat, most_cool = self.heating.max_kw, self.cooling.max_kw
        effect: list[float] = zone.air_per_kw.tolist()

        def control(step: int, free: float) -> float:
            if free < low[step]:
                return min((low[step] - free) / effect[step], most_heat)
            if free > high[step]:
                return max((high[step] - free) / effect[step], -most_cool)
            return 0.0

        state = low[-1]
        for _ in range(_PASSES):
            mass, heat = zone.simulate(state, control)
            if abs(mass[-1] - state) < 1e-10:
                break
            state = float(mass[-1])
        return {"heating_kw": heat.clip(0), "cooling_kw": (-heat).clip(0), MASS: mass}

    def _setpoints(self, horizon: Horizon) -> tuple[list[float], list[float]]:
        """Greatest low and least high limit within ``preheat`` hours from each step [degC]; the horizon repeats."""
        low, high = (np.concatenate([limit, limit]) for limit in self.band(horizon))
        ends = np.cumsum(np.concatenate([horizon.step_hours, horizon.step_hours]))
        steps = range(horizon.steps)
        until = np.maximum(np.searchsorted(ends, ends + self.preheat_hours, side="right"), np.arange(1, len(ends) + 1))
        return [float(low[t : until[t]].max()) for t in steps], [float(high[t : until[t]].min()) for t in steps]


@once_for_each
def _zone(building: Building, horizon: Horizon) -> ThermalZone:
    presence = coverage(building.occupancy, horizon)
    empty = (
        building.ventilation_kw_per_k
        if building.ventilation_empty_kw_per_k is None
        else building.ventilation_empty_kw_per_k
    )
    gains = building.gains.empty_kw_per_m2 + presence * (
        building.gains.occupied_kw_per_m2 - building.gains.empty_kw_per_m2
    )
    solar = building.irradiance.values if building.irradiance is not None else np.zeros(horizon.steps)
    return ThermalZone(
        horizon,
        mass_area_m2=building.mass_area_m2,
        surface_area_m2=SURFACES_PER_FLOOR * building.floor_area_m2,
        opaque_kw_per_k=building.opaque_kw_per_k,
        window_kw_per_k=building.window_kw_per_k,
        capacity_kwh_per_k=_MASS_CLASSES[building.thermal_mass][0] * building.floor_area_m2,
        ventilation_kw_per_k=empty + presence * (building.ventilation_kw_per_k - empty),
        outdoor_degc=building.outdoor_temperature.values,
        internal_kw=gains * building.floor_area_m2,
        solar_kw=solar * building.solar_aperture_m2,
    )


def _add_temperatures(block: Any, horizon: Horizon, zone: ThermalZone) -> None:
    """Add the rules of the mass at the points, cyclic over the horizon, and of the mean air temperature."""
    mass = block.component(MASS)
    heat = block.heating_kw - block.cooling_kw
    balance = mass.end - mass.start * zone.retention - heat * zone.mass_per_kw
    add_rows(block, "mass_balance", balance, equal=zone.mass_drift, unit="K")
    air = block.within_degc - block.cold_k + block.hot_k
    follows = air - mass.start * zone.air_per_state - heat * zone.air_per_kw
    add_rows(block, "air_temperature", follows, equal=zone.air_drift, unit="K")
    add_rows(block, "cyclic", mass.at([0]) - mass.at([horizon.steps]), equal=0.0, step=None, unit="K")


def _outside_band(air: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Distance below and above a band [K], each (N,), zero where it is no more than rounding."""
    cold, hot = low - air, air - high
    return np.where(cold > _EDGE_K, cold, 0.0), np.where(hot > _EDGE_K, hot, 0.0)


def _beyond(values: FloatArray, low: float, high: float) -> FloatArray:
    return np.maximum(low - values, 0) + np.maximum(values - high, 0)
