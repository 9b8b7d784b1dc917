"""A thermal zone of two states, air and mass: the ISO 13790 network, solved exactly over each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from microgrid.horizon import FloatArray, Horizon

SURFACE_FILM_KW_PER_M2_K = 3.45e-3  # h_is of ISO 13790:2008, 7.2.2.2
MASS_FILM_KW_PER_M2_K = 9.1e-3  # h_ms of ISO 13790:2008, 12.2.2
SURFACES_PER_FLOOR = 4.5  # lambda_at of ISO 13790:2008, 7.2.2.2


@dataclass(frozen=True, eq=False)
class ThermalZone:
    """C_a Ta' = H_ve (To - Ta) + H_is (Ts - Ta) + gains_a + heat
    C_m Tm' = H_em (To - Tm) + H_ms (Ts - Tm) + gains_m
    0 = H_is (Ta - Ts) + H_ms (Tm - Ts) + H_w (To - Ts) + gains_s

    The network 5R1C of ISO 13790 (air, surface and mass nodes; ventilation, window and opaque paths to outdoors)
    with a heat capacity of air and furniture, so that the air has a state of its own. Half of the internal gains go
    to the air; the rest and the solar gains split between mass and surfaces by their areas, as in the standard.
    For inputs that are constant over a step of h hours, T[t+1] = e^(A h) T[t] + A^-1 (e^(A h) - 1) B u[t], exactly.

    Conductances [kW/K], capacities [kWh/K], floor_area and mass_area [m2]; outdoor_degc, internal_kw, solar_kw and
    ventilation_kw_per_k have shape (N,).
    """

    horizon: Horizon
    floor_area_m2: float
    mass_area_m2: float
    opaque_kw_per_k: float
    window_kw_per_k: float
    air_capacity_kwh_per_k: float
    mass_capacity_kwh_per_k: float
    ventilation_kw_per_k: FloatArray
    outdoor_degc: FloatArray
    internal_kw: FloatArray
    solar_kw: FloatArray

    @cached_property
    def _steps(self) -> tuple[NDArray[np.float64], NDArray[np.float64], FloatArray]:
        """Per step: transition (N, 2, 2), effect of heat on the states (N, 2), drift by weather and gains (N, 2)."""
        pairs = np.stack([self.horizon.step_hours, self.ventilation_kw_per_k], axis=1)
        regimes, which = np.unique(pairs, axis=0, return_inverse=True)
        which = which.reshape(-1)
        solved = [self._regime(hours, ventilation) for hours, ventilation in regimes]
        transition = np.stack([phi for phi, _ in solved])[which]
        inputs = np.stack([gamma for _, gamma in solved])[which]
        forcing = np.stack([self.outdoor_degc, self.internal_kw, self.solar_kw], axis=1)
        drift = np.einsum("nij,nj->ni", inputs[:, :, :3], forcing)
        return transition, inputs[:, :, 3], drift

    def _regime(self, hours: float, ventilation: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """e^(A h) and A^-1 (e^(A h) - 1) B for one step length and one ventilation; inputs: To, internal, solar, heat."""
        a, b = self._continuous(ventilation)
        values, vectors = np.linalg.eig(a)  # a network of resistors and capacities: real and negative
        transition = np.real(vectors @ np.diag(np.exp(values * hours)) @ np.linalg.inv(vectors))
        return transition, np.linalg.solve(a, (transition - np.eye(2)) @ b)

    def _continuous(self, ventilation: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        surfaces = SURFACES_PER_FLOOR * self.floor_area_m2
        h_is, h_ms = SURFACE_FILM_KW_PER_M2_K * surfaces, MASS_FILM_KW_PER_M2_K * self.mass_area_m2
        h_w, h_em = self.window_kw_per_k, self._mass_to_outdoors(h_ms)
        total = h_is + h_ms + h_w
        to_mass = self.mass_area_m2 / surfaces
        to_surface = 1 - to_mass - h_w / (MASS_FILM_KW_PER_M2_K * surfaces)
        # The surface node has no capacity: Ts = (h_is Ta + h_ms Tm + h_w To + gains_s) / total.
        air = np.array([-ventilation - h_is + h_is**2 / total, h_is * h_ms / total])
        mass = np.array([h_ms * h_is / total, -h_em - h_ms + h_ms**2 / total])
        air_inputs = np.array(
            [ventilation + h_is * h_w / total, 0.5 + h_is / total * to_surface / 2, h_is / total * to_surface, 1.0]
        )
        mass_inputs = np.array(
            [
                h_em + h_ms * h_w / total,
                (to_mass + h_ms / total * to_surface) / 2,
                to_mass + h_ms / total * to_surface,
                0.0,
            ]
        )
        capacities = np.array([[self.air_capacity_kwh_per_k], [self.mass_capacity_kwh_per_k]])
        return np.stack([air, mass]) / capacities, np.stack([air_inputs, mass_inputs]) / capacities

    def _mass_to_outdoors(self, h_ms: float) -> float:
        """H_em = 1 / (1 / H_op - 1 / H_ms), ISO 13790:2008, 12.2.2."""
        return 1.0 / (1.0 / self.opaque_kw_per_k - 1.0 / h_ms) if self.opaque_kw_per_k else 0.0

    @property
    def transition(self) -> NDArray[np.float64]:
        """e^(A h) of each step, shape (N, 2, 2); states in the order air, mass."""
        return self._steps[0]

    @property
    def heat_effect(self) -> FloatArray:
        """Change of air and mass temperature at the step's end per kW of heat during it [K/kW], shape (N, 2)."""
        return self._steps[1]

    @property
    def drift(self) -> FloatArray:
        """Contribution of weather and gains to the states at the step's end [degC], shape (N, 2)."""
        return self._steps[2]

    def temperatures(self, start: tuple[float, float], heat_kw: FloatArray) -> FloatArray:
        """Air and mass temperature at the end of each step [degC], shape (N, 2), for heat minus cooling [kW]."""
        heat = iter(heat_kw.tolist())
        return self.simulate(start, lambda _step, _free: next(heat))[0]

    def simulate(
        self, start: tuple[float, float], control: Callable[[int, float], float]
    ) -> tuple[FloatArray, FloatArray]:
        """Temperatures (N, 2) and heat (N,) under a control that sees the step and its free-floating air [degC]."""
        transition = self.transition.reshape(-1, 4).tolist()
        effect, drift = self.heat_effect.tolist(), self.drift.tolist()
        air, mass = start
        states, heats = [], []
        for step, ((aa, am, ma, mm), (ea, em), (da, dm)) in enumerate(zip(transition, effect, drift, strict=True)):
            free_air, free_mass = aa * air + am * mass + da, ma * air + mm * mass + dm
            heat = control(step, free_air)
            air, mass = free_air + ea * heat, free_mass + em * heat
            states.append((air, mass))
            heats.append(heat)
        return np.array(states), np.array(heats)
