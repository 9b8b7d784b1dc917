"""A thermal zone: the network 5R1C of ISO 13790, with its one state solved exactly over steps of any length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from microgrid.horizon import FloatArray, Horizon

SURFACE_FILM_KW_PER_M2_K = 3.45e-3  # h_is of ISO 13790:2008, 7.2.2.2
MASS_FILM_KW_PER_M2_K = 9.1e-3  # h_ms of ISO 13790:2008, 12.2.2
SURFACES_PER_FLOOR = 4.5  # lambda_at of ISO 13790:2008, 7.2.2.2


@dataclass(frozen=True, eq=False)
class ThermalZone:
    """C_m Tm' = H_em (To - Tm) + H_ms (Ts - Tm) + gains_m
    0 = H_ms (Tm - Ts) + H_is (Ta - Ts) + H_w (To - Ts) + gains_s
    0 = H_is (Ts - Ta) + H_ve (To - Ta) + gains_a + heat

    Air (Ta) and surface (Ts) follow the mass (Tm) at once, as in the standard. Half of the internal gains go to the
    air; the rest and the solar gains are split between mass and surfaces. With inputs that are constant over a step
    of h hours the mass obeys Tm' = (Te - Tm) / tau, so that exactly

        Tm[t+1] = retention Tm[t] + (1 - retention) Te[t],  retention = e^(-h/tau)
        mean of Tm over the step = weight Tm[t] + (1 - weight) Te[t],  weight = tau/h (1 - retention)

    and the mean air temperature follows from that mean. One step of 1 h and four of 15 min therefore agree exactly.
    The standard's own step of 1 h with (Tm[t] + Tm[t+1]) / 2 is the same to second order in h/tau.

    Conductances [kW/K], capacity [kWh/K], areas [m2]; ventilation_kw_per_k, outdoor_degc, internal_kw and solar_kw
    have shape (N,). Source: ISO 13790:2008, annex C.
    """

    horizon: Horizon
    mass_area_m2: float
    surface_area_m2: float
    opaque_kw_per_k: float
    window_kw_per_k: float
    capacity_kwh_per_k: float
    ventilation_kw_per_k: FloatArray
    outdoor_degc: FloatArray
    internal_kw: FloatArray
    solar_kw: FloatArray

    @property
    def _h_ms(self) -> float:
        return MASS_FILM_KW_PER_M2_K * self.mass_area_m2

    @property
    def _h_is(self) -> float:
        return SURFACE_FILM_KW_PER_M2_K * self.surface_area_m2

    @property
    def _h_em(self) -> float:
        """Conductance from outdoors to the mass, H_em = 1 / (1 / H_op - 1 / H_ms) [kW/K]."""
        return 1.0 / (1.0 / self.opaque_kw_per_k - 1.0 / self._h_ms) if self.opaque_kw_per_k else 0.0

    @cached_property
    def _to_surface(self) -> FloatArray:
        """Share of heat at the air that reaches the surface, H_is / (H_is + H_ve), shape (N,)."""
        return self._h_is / (self._h_is + self.ventilation_kw_per_k)

    @cached_property
    def _behind(self) -> FloatArray:
        """Conductance from surface to outdoors by windows and air, H_w + H_is H_ve / (H_is + H_ve) [kW/K], (N,)."""
        return self.window_kw_per_k + self._to_surface * self.ventilation_kw_per_k

    @cached_property
    def _to_mass(self) -> FloatArray:
        """Share of heat at the surface that reaches the mass, H_ms / (H_ms + H_b), (N,).

        H_b = H_w + H_is H_ve / (H_is + H_ve), from the surface to outdoors.
        """
        return self._h_ms / (self._h_ms + self._behind)

    @cached_property
    def _loss(self) -> FloatArray:
        """Conductance from the mass to outdoors [kW/K], (N,)."""
        return self._h_em + self._to_mass * self._behind

    @cached_property
    def _gains(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Internal and solar gains at air, surface and mass [kW], each (N,)."""
        split = 0.5 * self.internal_kw + self.solar_kw
        mass = self.mass_area_m2 / self.surface_area_m2
        surface = 1.0 - mass - self.window_kw_per_k / (MASS_FILM_KW_PER_M2_K * self.surface_area_m2)
        return 0.5 * self.internal_kw, surface * split, mass * split

    @cached_property
    def retention(self) -> FloatArray:
        """Share of the distance of Tm from Te that remains after each step, e^(-h/tau), (N,)."""
        return np.exp(-self.horizon.step_hours * self._loss / self.capacity_kwh_per_k)

    @cached_property
    def _weight(self) -> FloatArray:
        return -np.expm1(np.log(self.retention)) / (self.horizon.step_hours * self._loss / self.capacity_kwh_per_k)

    @cached_property
    def _free_equilibrium(self) -> FloatArray:
        """Te without heating and cooling [degC], (N,)."""
        air, surface, mass = self._gains
        heat = mass + self._to_mass * (surface + self._to_surface * air)
        return self.outdoor_degc + heat / self._loss

    @cached_property
    def _equilibrium_per_kw(self) -> FloatArray:
        """Change of Te per kW of heat [K/kW], (N,)."""
        return self._to_mass * self._to_surface / self._loss

    @cached_property
    def mass_per_kw(self) -> FloatArray:
        """Change of Tm at the step's end per kW of heat during it [K/kW], (N,)."""
        return (1.0 - self.retention) * self._equilibrium_per_kw

    @cached_property
    def mass_drift(self) -> FloatArray:
        """Tm[t+1] - retention Tm[t] without heating and cooling [degC], (N,)."""
        return (1.0 - self.retention) * self._free_equilibrium

    @cached_property
    def _air_per_mass(self) -> FloatArray:
        """Change of Ta per K of the mean Tm, (N,)."""
        return self._to_surface * self._to_mass

    @cached_property
    def air_per_state(self) -> FloatArray:
        """Change of the mean Ta of a step per K of Tm at its begin, (N,)."""
        return self._air_per_mass * self._weight

    @cached_property
    def air_per_kw(self) -> FloatArray:
        """Change of the mean Ta of a step per kW of heat during it [K/kW], (N,)."""
        at_once = self._air_rise(np.ones(self.horizon.steps), np.zeros(self.horizon.steps))
        return at_once + self._air_per_mass * (1.0 - self._weight) * self._equilibrium_per_kw

    @cached_property
    def air_drift(self) -> FloatArray:
        """Part of the mean Ta that depends neither on heat nor on Tm at the step's begin [degC], (N,)."""
        air, surface, _ = self._gains
        outdoor = (1.0 - self._air_per_mass) * self.outdoor_degc
        return (
            outdoor + self._air_rise(air, surface) + self._air_per_mass * (1.0 - self._weight) * self._free_equilibrium
        )

    def _air_rise(self, at_air_kw: FloatArray, at_surface_kw: FloatArray) -> FloatArray:
        """Rise of the air temperature by heat at air and surface while the mass keeps its temperature [K], (N,)."""
        surface = (at_surface_kw + self._to_surface * at_air_kw) / (self._h_ms + self._behind)
        return self._to_surface * surface + at_air_kw / (self._h_is + self.ventilation_kw_per_k)

    def air(self, mass_start_degc: FloatArray, heat_kw: FloatArray) -> FloatArray:
        """Mean air temperature of each step [degC], (N,).

        mass_start_degc: temperature of the mass at the begin of each step, (N,); heat_kw: heating minus cooling, (N,).
        """
        return self.air_drift + self.air_per_state * mass_start_degc + self.air_per_kw * heat_kw

    def simulate(self, start_degc: float, control: Callable[[int, float], float]) -> tuple[FloatArray, FloatArray]:
        """Mass temperature at the steps' ends [degC] and heat [kW] under a control, each (N,).

        control: (step, mean air temperature that the step would have without heat [degC]) -> heat of the step [kW].
        """
        mass = start_degc
        found = []
        rows = zip(*(a.tolist() for a in self._per_step()), strict=True)
        for step, (keep, drift, per_kw, air_drift, air_per_state) in enumerate(rows):
            heat = control(step, air_drift + air_per_state * mass)
            mass = keep * mass + drift + per_kw * heat
            found.append((mass, heat))
        states, heats = np.array(found).T
        return states, heats

    def _per_step(self) -> tuple[FloatArray, ...]:
        return self.retention, self.mass_drift, self.mass_per_kw, self.air_drift, self.air_per_state
