"""Synthetic views for the report's tests: no solver, no case file, only tables of the contract's form."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from microgrid.contract.plan import Plan
from microgrid.contract.ports import Port, PortKey, PortSeries, Room
from microgrid.report.view import ReportView
from microgrid.result.summary import Summary

Floats = npt.NDArray[np.float64]
ZONE = "Europe/Paris"


def make_view(
    start: str = "2018-01-01",
    end: str = "2019-01-01",
    step: str = "1h",
    *,
    extra_columns: int = 0,
    with_baseline: bool = True,
    title: str = "Smart economic activity zone",
    battery: str = "li-ion",
) -> ReportView:
    """A park with roof, turbine, two stores, offices, building and grid; numbers plausible, not right."""
    index = pd.date_range(start, end, freq=step, tz=ZONE, inclusive="left")
    hours = np.full(len(index), pd.Timedelta(step) / pd.Timedelta("1h"))
    schedule, flows = _operate(index, hours, battery, optimized=True)
    rng = np.random.default_rng(7)
    for number in range(extra_columns):
        schedule[f"sensor-{number}.power_kw"] = np.cumsum(rng.normal(0.0, 3.0, len(index))) + 40.0
    ledger = _ledger(index, schedule, hours, battery)
    baseline = None
    if with_baseline:
        base_schedule, base_flows = _operate(index, hours, battery, optimized=False)
        base_ledger = _ledger(index, base_schedule, hours, battery)
        baseline = Plan(base_schedule, base_flows, base_ledger, ports_of(base_schedule, battery))
    plan = Plan(schedule, flows, ledger, ports_of(schedule, battery))
    return ReportView(
        case_name="toulouse",
        title=title,
        scenario="base",
        site={
            "latitude": 43.57,
            "longitude": 1.42,
            "timezone": ZONE,
            "floor_area": "9000 m2",
            "occupants": 230,
        },
        plan=plan,
        baseline=baseline,
        step_hours=list(hours),
        summary=_summary(plan, baseline, hours),
        assumptions=_assumptions(battery),
        repairs=(),
        notes=("Weather is synthetic: made from monthly means, not measured at the site.",),
    )


def _operate(
    index: pd.DatetimeIndex, hours: Floats, battery: str, *, optimized: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A day's rhythm with seasons: the battery follows the sun if optimized, and rests otherwise."""
    rng = np.random.default_rng(1)
    hour = np.asarray(index.hour + index.minute / 60.0, dtype=float)
    season = -np.cos(2.0 * np.pi * (np.asarray(index.day_of_year) - 10) / 365.0)
    cloud = np.repeat(rng.uniform(0.25, 1.0, len(index) // 12 + 1), 12)[: len(index)]
    sun = np.clip(np.sin(np.pi * (hour - 6.0 + 1.2 * (1 - season) / 2) / (12.0 + 2.5 * season)), 0.0, None)
    pv = 300.0 * sun * cloud * (0.62 + 0.3 * season) * ((hour > 4) & (hour < 22))
    gusts = 0.25 * np.sin(np.arange(len(index)) * hours / 31.0) + rng.normal(0, 0.06, len(index))
    wind = 60.0 * np.clip(0.3 + gusts, 0, 1)
    workday = np.asarray(index.day_of_week) < 5
    offices = 45.0 + 95.0 * workday * np.exp(-(((hour - 13.0) / 4.6) ** 4)) + rng.normal(0.0, 3.0, len(index))
    hvac = np.clip(18.0 - 22.0 * season, 6.0, None) * np.where(workday & (hour > 5) & (hour < 19), 2.1, 0.6)
    surplus = pv + wind - offices - hvac
    charge = np.where(optimized, np.clip(surplus, 0, 200.0), 0.0)
    discharge, stored = _discharge(charge, surplus, hours, optimized)
    fly_in = np.where(optimized, 6.0 * (np.sin(np.arange(len(index)) * 1.9) > 0.8), 0.0)
    net = surplus - charge + discharge - fly_in
    imports, curtailed = np.clip(-net, 0, None), np.clip(net, 0, None)
    occupied = workday & (hour > 7) & (hour < 19)
    columns = {
        "roof-pv.available_kw": pv,
        "roof-pv.generation_kw": pv - curtailed,
        "roof-pv.curtailed_kw": curtailed,
        "turbine.available_kw": wind,
        "turbine.generation_kw": wind,
        "offices.demand_kw": offices,
        "hvac.heating_kw": hvac,
        "hvac.indoor_temperature_degc": 21.2 + 1.2 * season + 0.9 * np.sin((hour - 9) * np.pi / 12),
        "hvac.comfort_min_degc": np.where(occupied, 20.0, 15.0),
        "hvac.comfort_max_degc": np.where(occupied, 25.0, 30.0),
        f"{battery}.charge_kw": charge,
        f"{battery}.discharge_kw": discharge,
        f"{battery}.state_of_charge_kwh": stored,
        "flywheels.charge_kw": fly_in,
        "flywheels.state_of_charge_kwh": np.clip(50.0 + 6.0 * np.sin(hour), 0, 100),
        "grid.import_kw": imports,
        "grid.export_kw": np.zeros(len(index)),
        "grid.import_price_per_kwh": 0.14 + 0.05 * (hour > 7),
    }
    flows = {
        ("site", "electricity", "roof-pv"): pv - curtailed,
        ("site", "electricity", "turbine"): wind,
        ("site", "electricity", "offices"): -offices,
        ("site", "electricity", "hvac"): -hvac,
        ("site", "electricity", battery): discharge - charge,
        ("site", "electricity", "flywheels"): -fly_in,
        ("site", "electricity", "grid"): imports,
    }
    table = pd.DataFrame(flows, index=index)
    table.columns = pd.MultiIndex.from_tuples(list(flows), names=["node", "carrier", "asset"])
    return pd.DataFrame(columns, index=index), table


def ports_of(schedule: pd.DataFrame, battery: str) -> dict[PortKey, Port]:
    """The role of each asset, with the content of the stores and the room of the building."""
    series = {name: schedule[name].to_numpy(dtype=float) for name in map(str, schedule.columns)}
    names = ("indoor_temperature_degc", "comfort_min_degc", "comfort_max_degc")
    stored = {name: PortSeries(stored_kwh=series[f"{name}.state_of_charge_kwh"]) for name in (battery, "flywheels")}
    ports = {
        "roof-pv": Port("generation", PortSeries(curtailed_kw=series["roof-pv.curtailed_kw"])),
        "turbine": Port("generation"),
        "offices": Port("demand"),
        "hvac": Port("demand", PortSeries(room=Room(*(series[f"hvac.{name}"] for name in names)))),
        **{name: Port("storage", beside) for name, beside in stored.items()},
        "grid": Port("exchange"),
    }
    return {("site", "electricity", name): port for name, port in ports.items()}


def _discharge(charge: Floats, surplus: Floats, hours: Floats, optimized: bool) -> tuple[Floats, Floats]:
    discharge, stored, level = np.zeros(len(charge)), np.zeros(len(charge)), 300.0
    for t in range(len(charge)):
        level = min(level + charge[t] * hours[t], 1500.0)
        if optimized and surplus[t] < 0:
            discharge[t] = min(-surplus[t] * 0.6, 150.0, level / hours[t])
            level -= discharge[t] * hours[t]
        stored[t] = level
    return discharge, stored


def _ledger(index: pd.DatetimeIndex, schedule: pd.DataFrame, hours: Floats, battery: str) -> pd.DataFrame:
    months = index.strftime("%Y-%m")
    energy = (schedule["grid.import_kw"] * hours).groupby(months).sum()
    peak = schedule["grid.import_kw"].groupby(months).max()
    worn = (schedule[f"{battery}.discharge_kw"] * hours).groupby(months).sum()
    surplus = (schedule["roof-pv.curtailed_kw"] * hours).groupby(months).sum()
    rows = []
    for month in energy.index:
        rows += [
            (month, "cost_eur", "grid", "energy", 0.16 * energy[month]),
            (month, "cost_eur", "grid", "monthly_peak", 7.5 * peak[month]),
            (month, "cost_eur", "grid", "subscription", 210.0),
            (month, "cost_eur", "grid", "feed_in", -0.04 * surplus[month]),
            (month, "cost_eur", battery, "wear", 0.02 * worn[month]),
            (month, "emissions_kgco2", "grid", "energy", 0.058 * energy[month]),
        ]
    lines = pd.DataFrame(rows, columns=["month", "account", "asset", "item", "amount"])
    return lines.assign(quantity=np.nan, unit="")


def _totals(plan: Plan, hours: Floats) -> tuple[dict[str, float], dict[str, float]]:
    schedule = plan.schedule
    accounts = {str(k): float(v) for k, v in plan.ledger.groupby("account")["amount"].sum().items()}
    imported = float((schedule["grid.import_kw"] * hours).sum())
    demand = float(((schedule["offices.demand_kw"] + schedule["hvac.heating_kw"]) * hours).sum())
    made = float(((schedule["roof-pv.generation_kw"] + schedule["turbine.generation_kw"]) * hours).sum())
    lost = float((schedule["roof-pv.curtailed_kw"] * hours).sum())
    kpis = {
        "peak_import_kw": float(schedule["grid.import_kw"].max()),
        "import_kwh": imported,
        "export_kwh": 0.0,
        "generation_kwh": made,
        "curtailed_kwh": lost,
        "demand_kwh": demand,
        "self_consumption_fraction": made / (made + lost),
        "self_sufficiency_fraction": 1 - imported / demand,
        "comfort_exceedance_kh": 0.0,
        "hours_at_peak_hours": 1.0,
    }
    return accounts, kpis


def summary_of(**parts: Any) -> Summary:
    """A summary with the parts that matter to a test, and what each must have."""
    least: dict[str, Any] = {
        "version": 1,
        "case": "toulouse",
        "title": "Smart economic activity zone",
        "scenario": "base",
        "currency": "EUR",
        "horizon": {"start": "2018-01-01T00:00:00+01:00", "steps": 8760, "hours": 8760.0},
        "weights": {"cost_eur": 1.0},
        "status": "optimal",
        "objective_eur": 0.0,
        "bound_eur": 0.0,
        "gap": None,
        "accounts": {},
        "kpis": {},
        "lines": [],
        "audit": {"passed": True},
    }
    return Summary.model_validate({**least, **parts})


def _summary(plan: Plan, baseline: Plan | None, hours: Floats) -> Summary:
    accounts, kpis = _totals(plan, hours)
    lines = plan.ledger.groupby(["account", "asset", "item"], sort=False)["amount"].sum().reset_index()
    summary: dict[str, Any] = {
        "objective_eur": accounts["cost_eur"] + 1234.5,
        "bound_eur": accounts["cost_eur"] + 1234.4999,
        "gap": 2.1e-9,
        "accounts": accounts,
        "kpis": kpis,
        "lines": lines.to_dict("records"),
        "repairs": 0,
        "audit": {
            "passed": True,
            "max_residual_kw": 3.2e-10,
            "checks": {
                "power_balance_kw": 3.2e-10,
                "state_of_charge_kwh": 8.1e-9,
                "bill_eur": 1.3e-8,
                "limits": True,
            },
        },
        "timing_seconds": {"read": 0.41, "build": 1.02, "solve": 12.7, "audit": 0.33},
        "size": {"columns": 385440, "rows": 245291, "nonzeros": 901223},
    }
    if baseline is not None:
        base_accounts, base_kpis = _totals(baseline, hours)
        summary["baseline"] = {"feasible": True, "accounts": base_accounts, "kpis": base_kpis}
        summary["savings"] = {name: base_accounts[name] - accounts[name] for name in accounts}
        summary["savings"]["peak_import_kw"] = base_kpis["peak_import_kw"] - kpis["peak_import_kw"]
    return summary_of(**summary)


def _assumptions(battery: str) -> list[dict[str, str]]:
    rows = [
        ("roof-pv", "capacity", "300 kW", "Peak power of the panels", "Case description of the site"),
        (battery, "charge_efficiency", "95 %", "Share of the power that is stored", "Typical data sheet"),
        (battery, "wear_cost", "0.02 EUR/kWh", "Cost of ageing for each kWh taken out", ""),
        ("flywheels", "idle_loss", "1.5 kW", "Power lost to friction while spinning", "Manufacturer’s data"),
        ("grid", "import_max", "400 kW", "Power of the connection", ""),
    ]
    keys = ("asset", "field", "value", "meaning", "source")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def decode_series(coded: dict[str, Any], count: int) -> Floats:
    """The reader of the embedded series, written apart from the writer, after the format's description."""
    values, whole, place = [], 0, 0
    data = base64.b64decode(coded["data"])
    for _ in range(count):
        number, shift = 0, 0
        while True:
            byte = data[place]
            place += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        whole += -((number + 1) // 2) if number % 2 else number // 2
        values.append(whole / 10 ** coded["decimals"])
    assert place == len(data), "bytes are left over after the last value"
    out = np.array(values)
    for start, length in coded.get("missing", []):
        out[start : start + length] = np.nan
    return out


@pytest.fixture(scope="session")
def day_view() -> ReportView:
    """One summer day in hourly steps."""
    return make_view("2018-07-03", "2018-07-04")


@pytest.fixture(scope="session")
def year_view() -> ReportView:
    """A year in hourly steps."""
    return make_view()


@pytest.fixture(scope="session")
def fine_year_view() -> ReportView:
    """A year in steps of 15 minutes with 30 restless columns: the largest page that is expected."""
    return make_view(step="15min", extra_columns=12)
