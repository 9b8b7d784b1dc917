"""Thermal zone: the exact solution of the network ISO 13790 5R1C."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import solve_ivp

from microgrid.horizon import Horizon
from microgrid.physics.thermal import ThermalZone
from tests.conftest import GOLDEN

OFFICE = GOLDEN / "rc_office_iso13790"


def axis(*hours: float) -> Horizon:
    seconds = np.round(np.append(0.0, np.cumsum(hours)) * 3600)
    return Horizon(pd.Timestamp("2018-01-01", tz="UTC") + pd.to_timedelta(seconds, unit="s"), "UTC")


def zone(*hours: float, outdoor: float = 0.0, internal: float = 0.0, solar: float = 0.0) -> ThermalZone:
    same = np.ones(len(hours))
    return ThermalZone(
        axis(*hours),
        mass_area_m2=250.0,
        surface_area_m2=450.0,
        opaque_kw_per_k=0.05,
        window_kw_per_k=0.1,
        capacity_kwh_per_k=4.5833,
        ventilation_kw_per_k=0.05 * same,
        outdoor_degc=outdoor * same,
        internal_kw=internal * same,
        solar_kw=solar * same,
    )


def test_left_alone_the_mass_decays_exponentially() -> None:
    """tau = C / (H_em + 1 / (1/H_ms + 1/(H_w + 1/(1/H_is + 1/H_ve)))); after 10 h 20 degC are 20 e^(-10/tau).

    An explicit step of 1 h would give 20 (1 - 1/tau)^10, 0.1 K less.
    """
    h_ms, h_is = 2.275, 1.5525
    loss = 1 / (1 / 0.05 - 1 / h_ms) + 1 / (1 / h_ms + 1 / (0.1 + 1 / (1 / h_is + 1 / 0.05)))
    states, _ = zone(*[1.0] * 10).simulate(20.0, lambda _step, _free: 0.0)
    assert states[-1] == pytest.approx(20 * math.exp(-10 * loss / 4.5833), rel=1e-12)


@pytest.mark.parametrize("steps", [[1.0] * 8, [0.5] * 16, [0.25] * 32, [0.25, 0.75, 1.5, 0.5, 2.0, 3.0]])
def test_any_cut_of_the_axis_gives_the_same_state_and_the_same_mean(steps: list[float]) -> None:
    """8 h with 3 kW of heat, gains and 5 degC outside in one step, or cut: mass at the end and mean air agree."""
    whole, cut = (zone(*hours, outdoor=5, internal=1, solar=2) for hours in ([8.0], steps))
    end, _ = whole.simulate(18.0, lambda _step, _free: 3.0)
    states, heat = cut.simulate(18.0, lambda _step, _free: 3.0)
    assert states[-1] == pytest.approx(end[-1], abs=1e-9)
    air = cut.air(np.append(18.0, states[:-1]), heat)
    assert np.dot(air, steps) / 8 == pytest.approx(whole.air(np.array([18.0]), np.array([3.0]))[0], abs=1e-9)


def test_against_a_numerical_integration_of_the_network() -> None:
    """The three node equations, integrated by a general solver to 1e-10: end of the mass and mean of the air."""
    h_ms, h_is, h_w, h_ve = 2.275, 1.5525, 0.1, 0.05
    h_em, mass, surface = 1 / (1 / 0.05 - 1 / h_ms), 250 / 450, 1 - 250 / 450 - 0.1 / (9.1e-3 * 450)
    to, internal, solar, heat = 5.0, 1.0, 2.0, 3.0

    def air_and_surface(tm: float) -> tuple[float, float]:
        left = np.array([[h_is + h_ve, -h_is], [-h_is, h_ms + h_is + h_w]])
        split = 0.5 * internal + solar
        return tuple(np.linalg.solve(left, [h_ve * to + 0.5 * internal + heat, h_ms * tm + h_w * to + surface * split]))

    def slope(time: float, y: np.ndarray) -> list[float]:
        ta, ts = air_and_surface(y[0])
        tm_slope = (h_em * (to - y[0]) + h_ms * (ts - y[0]) + mass * (0.5 * internal + solar)) / 4.5833
        return [tm_slope, ta]

    done = solve_ivp(slope, (0, 4), [18.0, 0.0], rtol=1e-10, atol=1e-10)
    whole = zone(4.0, outdoor=to, internal=internal, solar=solar)
    states, heats = whole.simulate(18.0, lambda _step, _free: heat)
    assert states[-1] == pytest.approx(done.y[0, -1], abs=1e-7)
    assert whole.air(np.array([18.0]), heats)[0] == pytest.approx(done.y[1, -1] / 4, abs=1e-7)


@pytest.mark.skipif(not OFFICE.is_dir(), reason=f"the golden case rc_office_iso13790 is not at {GOLDEN}")
def test_the_published_office_zone() -> None:
    """Eleven steps of RC_BuildingSimulator's own tests (testRCmodel.py): mass temperature to 0.02 K, power to 1 %.

    The standard's trapezoidal step differs from the exact one to second order in h / tau, tau being about 5 h, which
    is a third of a percent of the way.
    """
    office = json.loads((OFFICE / "params.json").read_text())["office"]
    rows = list(csv.DictReader((OFFICE / "timeseries.csv").read_text().splitlines()))
    assert len(rows) == 11
    for row in rows:
        outdoor, start, internal, sun, recovery = (
            float(row[key]) for key in ("t_out", "t_m_prev", "gain_int_w", "gain_sol_w", "vent_eff")
        )
        changes = office["ach_vent"] + office["ach_infl"]
        ventilation = 1200 * (1 - office["ach_vent"] / changes * recovery) * office["volume_m3"] * changes / 3600
        h_ms = 9.1 * 2.5 * office["floor_m2"]
        h_em = office["u_wall"] * office["wall_m2"]  # the source takes U x A for H_em, the class takes H_op
        room = ThermalZone(
            axis(1.0),
            mass_area_m2=2.5 * office["floor_m2"],
            surface_area_m2=office["internal_m2"],
            opaque_kw_per_k=1 / (1 / h_em + 1 / h_ms) / 1000,
            window_kw_per_k=office["u_window"] * office["window_m2"] / 1000,
            capacity_kwh_per_k=office["c_j_per_k_m2"] * office["floor_m2"] / 3.6e6,
            ventilation_kw_per_k=np.array([ventilation / 1000]),
            outdoor_degc=np.array([outdoor]),
            internal_kw=np.array([internal / 1000]),
            solar_kw=np.array([sun / 1000]),
        )
        most = office["p_max_w_per_m2"] * office["floor_m2"] / 1000

        def thermostat(step: int, free: float, room: ThermalZone = room, most: float = most) -> float:
            wanted = min(max(free, office["t_heat"]), office["t_cool"])
            return float(np.clip((wanted - free) / room.air_per_kw[0], -most, most))

        states, heats = room.simulate(start, thermostat)
        assert (start + states[0]) / 2 == pytest.approx(float(row["expected_t_m"]), abs=0.02), row["case"]
        assert heats[0] * 1000 == pytest.approx(float(row["expected_w"]), rel=0.01, abs=1.0), row["case"]
