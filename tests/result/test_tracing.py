"""Shares by tracing: cases that are counted by hand, a slow second count, and what holds for any plan."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import dispatch
from microgrid.cli.tables import result_rows
from microgrid.contract.plan import Plan
from microgrid.contract.ports import Port, PortKey, PortSeries, Role
from microgrid.horizon import FloatArray, Horizon
from microgrid.report.tables import headline
from microgrid.result.indicators import key_figures
from microgrid.result.summary import Figures
from microgrid.result.tracing import trace
from tests.conftest import battery, grid, kw, load, make_case, solve
from tests.report.conftest import summary_of

SITE = ("site", "electricity")
quick = settings(deadline=None, max_examples=40)


@dataclass(frozen=True)
class Made:
    """Flows made by hand, with their ports and the length of each step [h]."""

    flows: Mapping[PortKey, FloatArray]
    ports: Mapping[PortKey, Port]
    hours: FloatArray

    def figures(self) -> Figures:
        return key_figures(*self.plan()).site

    def plan(self) -> tuple[Plan, Horizon]:
        """The flows as a plan with an empty schedule and ledger, on a horizon of their steps."""
        steps = pd.date_range("2024-01-01", periods=len(self.hours), freq="1h", tz="UTC", name="time")
        columns = pd.MultiIndex.from_tuples(list(self.flows), names=["node", "carrier", "asset"])
        flows = pd.DataFrame(np.array(list(self.flows.values())).T, index=steps, columns=columns)
        points = np.concatenate([[0.0], np.cumsum(self.hours)])
        stamps = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta((points * 3600).round().astype(int), unit="s")
        horizon = Horizon(pd.DatetimeIndex(stamps), "UTC")
        return Plan(pd.DataFrame(index=steps), flows, pd.DataFrame(), self.ports), horizon


def made(*rows: tuple[str, Role, Sequence[float]], hours: float = 1.0, **beside: PortSeries) -> Made:
    """(asset or "asset@node:carrier", role, power in each step): a plan."""
    flows: dict[PortKey, FloatArray] = {}
    ports: dict[PortKey, Port] = {}
    for name, role, power in rows:
        asset, _, place = name.partition("@")
        node, _, carrier = (place or "site:electricity").partition(":")
        flows[node, carrier, asset] = np.array(power, dtype=float)
        ports[node, carrier, asset] = Port(role, beside.get(asset, PortSeries()))
    return Made(flows, ports, np.full(len(rows[0][2]), hours))


def tank(inflow: Sequence[float], stored: Sequence[float]) -> PortSeries:
    return PortSeries(inflow_kwh=np.array(inflow, dtype=float), stored_kwh=np.array(stored, dtype=float))


def shares(figures: Figures) -> tuple[float | None, float | None]:
    return figures["self_consumption_fraction"], figures["self_sufficiency_fraction"]


def test_a_full_battery_that_is_sold_was_not_generated_here() -> None:
    """10 kWh from the start and 1 kWh of sun leave the site: of the sun nothing is used, and there is no use at all.

    By sums over columns, 1 - 11 / 1 would be -1,000 %, and 0 / 0 had become -1e12 %.
    """
    assets = {
        "pv": {"kind": "solar", "capacity": "1 kW", "profile": {"values": [1, 0]}},
        "battery": battery(start=1.0),
        "grid": grid(0.3, sell=0.1, import_max=10, export_max=20),
    }
    kpis = solve(assets, hours=2).summary.kpis
    assert kpis["export_kwh"] == pytest.approx(11)
    assert shares(kpis) == (0.0, None)


def test_a_battery_that_trades_is_traced() -> None:
    """11 kWh imported at a low price, 1 for the home and 10 for the battery; the sun's kWh covers the second hour. Of
    the battery's 10 kWh, all imported, 1 is used and 9 are sold. All of the sun is used; it is a third of the use.
    """
    assets = {
        "pv": {"kind": "solar", "capacity": "1 kW", "profile": {"values": [0, 1, 0]}},
        "home": load(1),
        "battery": battery(start=0.0),
        "grid": grid([0.1, 0.3, 0.3], sell=[0, 0, 0.25], import_max=20, export_max=20),
    }
    kpis = solve(assets, hours=3).summary.kpis
    assert kpis["export_kwh"] == pytest.approx(9)
    assert shares(kpis) == (1.0, pytest.approx(1 / 3, abs=1e-6))


def test_what_is_curtailed_stands_beside_the_self_consumption() -> None:
    """600 kWh of sun, 120 of them used: 100 % of what was taken, and 80 % of what there was is thrown away."""
    assets = {
        "pv": {"kind": "solar", "capacity": "100 kW", "profile": {"values": [0, 0.5, 0.5, 0]}},
        "load": load(10),
        "grid": grid(0.2, import_max=100),
    }
    kpis = solve(assets, hours=24, step="6 h").summary.kpis
    assert kpis["curtailed_kwh"] == pytest.approx(480)
    assert kpis["curtailed_fraction"] == pytest.approx(0.8)
    assert shares(kpis) == (1.0, 0.5)
    names = list(kpis)
    assert names.index("curtailed_kwh") == names.index("self_consumption_fraction") + 1


def test_a_store_keeps_its_mixture() -> None:
    """6 kW of sun, 4 of import for a load of 5 and a store of 5, which holds 3 of the sun: 2 of its 5 are sold, 3 used.

    Own export 2 x 0.6 = 1.2 of 6: 80 %. Own use 5 x 0.6 + 3 x 0.6 = 4.8 of 8: 60 %.
    """
    found = made(
        ("pv", "generation", [6, 0]), ("load", "demand", [-5, -3]), ("b", "storage", [-5, 5]),
        ("grid", "exchange", [4, -2]), b=tank([5, 0], [5, 0]),
    ).figures()  # fmt: skip
    assert shares(found) == (pytest.approx(0.8), pytest.approx(0.6))


def test_losses_take_the_share_of_the_mixture() -> None:
    """A store with 4 kWh from the start takes 5 kW of sun, of which 4 kWh arrive: half of the 8 is the sun's. It loses
    4 at rest, half of each; what is left, 2 of the sun and 2 of the start, serves the load, and counts in its use.
    """
    found = made(
        ("pv", "generation", [5, 0, 0]), ("load", "demand", [0, 0, -4]), ("b", "storage", [-5, 0, 4]),
        ("grid", "exchange", [0, 0, 0]), b=tank([4, 0, 0], [8, 4, 0]),
    ).figures()  # fmt: skip
    assert shares(found) == (1.0, pytest.approx(0.5))


def test_one_store_may_fill_another() -> None:
    """Store a, half sun, gives 4 kW while the sun gives 4 kW; b takes 8 kW: three quarters of it are the sun's."""
    found = made(
        ("pv", "generation", [4, 4, 0]), ("a", "storage", [-4, 4, 0]), ("b", "storage", [0, -8, 8]),
        ("load", "demand", [0, 0, -8]), a=tank([4, 0, 0], [8, 4, 4]), b=tank([0, 8, 0], [0, 8, 0]),
    ).figures()  # fmt: skip
    assert shares(found) == (1.0, pytest.approx(0.75))


def test_electricity_is_not_heat() -> None:
    """10 kW of load and a heat pump of COP 3 that gives 30 kW of heat, a day long on import: 480 kWh of electricity are
    used and nothing is generated. By names over all carriers, 960 kWh were used, 720 generated: 60 %.
    """
    day = np.ones(24)
    heat_pump = [("hp", "conversion", -10 * day), ("hp@site:heat", "conversion", 30 * day)]
    rooms = ("rooms@site:heat", "demand", -30 * day)
    found = made(("load", "demand", -10 * day), ("grid", "exchange", 20 * day), *heat_pump, rooms).figures()  # type: ignore[arg-type]
    assert found["demand_kwh"] == pytest.approx(480)
    assert "generation_kwh" not in found
    assert shares(found) == (None, 0.0)
    assert found["heat_demand_kwh"] == pytest.approx(720)
    assert found["heat_self_sufficiency_fraction"] == 0.0


def test_heat_made_of_the_sun_is_own_heat_but_no_generation_of_heat() -> None:
    """Half of the electricity is the sun's, so half of the heat is; a collector adds 10 kW to the 30 of the heat pump,
    and 10 of the 40 are sold to a network. Own heat is 10 + 15 of 40; of the collector's 10, a quarter is sold.
    """
    found = made(
        ("pv", "generation", [5]), ("grid", "exchange", [5]), ("hp", "conversion", [-10]),
        ("hp@site:heat", "conversion", [30]), ("collector@site:heat", "generation", [10]),
        ("rooms@site:heat", "demand", [-30]), ("network@site:heat", "exchange", [-10]),
    ).figures()  # fmt: skip
    assert shares(found) == (1.0, 0.5)
    assert found["heat_self_consumption_fraction"] == pytest.approx(0.75)
    assert found["heat_self_sufficiency_fraction"] == pytest.approx(25 / 40)


def test_a_line_brings_the_mixture_of_the_node_that_it_draws_from() -> None:
    """At a 6 of sun, 4 of import; 10 into the line, 9 come out at b, with 1 of sun there: 5.4 + 1 of the load's 10."""
    found = made(
        ("pv@a:electricity", "generation", [6]), ("grid@a:electricity", "exchange", [4]),
        ("line@a:electricity", "transfer", [-10]), ("line@b:electricity", "transfer", [9]),
        ("roof@b:electricity", "generation", [1]), ("load@b:electricity", "demand", [-10]),
    ).figures()  # fmt: skip
    assert shares(found) == (1.0, pytest.approx(0.64))


def test_a_ring_that_nothing_feeds_has_no_origin() -> None:
    """Two lines that only feed each other: nothing is generated, and nothing divides by nought."""
    rows: list[tuple[str, Role, list[float]]] = [
        ("there@a:electricity", "transfer", [-5]), ("there@b:electricity", "transfer", [5]),
        ("back@b:electricity", "transfer", [-5]), ("back@a:electricity", "transfer", [5]),
    ]  # fmt: skip
    plan = made(*rows)
    assert {origin.own[0] for origin in trace(plan.flows, plan.ports).values()} == {0.0}


def random_site(seed: int, stores: int = 2, steps: int = 30, lossy: bool = True) -> Made:
    """Generation, demand, stores that come and go; the grid closes the balance. lossy: at rest and discharge too."""
    rng = np.random.default_rng(seed)
    flows: dict[PortKey, FloatArray] = {}
    ports: dict[PortKey, Port] = {}
    hours = rng.choice([0.25, 0.5, 1.0, 2.0], steps)

    def add(name: str, role: Role, flow: FloatArray, beside: PortSeries | None = None) -> None:
        flows[*SITE, name], ports[*SITE, name] = flow, Port(role, beside or PortSeries())

    for number in range(2):
        curtailed = rng.uniform(0, 3, steps) * (rng.random(steps) < 0.3)
        sun = rng.uniform(0, 10, steps) * (rng.random(steps) < 0.6)
        add(f"pv{number}", "generation", sun, PortSeries(curtailed_kw=curtailed))
        add(f"load{number}", "demand", -rng.uniform(0, 8, steps) * (rng.random(steps) < 0.8))
    for number in range(stores):
        add(f"store{number}", "storage", *_operated(rng, hours, lossy))
    add("grid", "exchange", -np.sum(list(flows.values()), axis=0))
    return Made(flows, ports, hours)


def _operated(rng: np.random.Generator, hours: FloatArray, lossy: bool) -> tuple[FloatArray, PortSeries]:
    """Flow and content of a store of 20 kWh that charges, rests and discharges at random."""
    content, eta_in = rng.uniform(0, 20), rng.uniform(0.7, 1)
    eta_out, keep = rng.uniform(0.9, 1, 2) if lossy else (1.0, 1.0)
    flow, inflow, stored = (np.zeros(len(hours)) for _ in range(3))
    for step, length in enumerate(hours.tolist()):
        content *= keep**length
        wanted = rng.uniform(-10, 10) * (rng.random() < 0.8)
        if wanted < 0:
            inflow[step] = min(-wanted * length * eta_in, 20 - content)
            flow[step] = -inflow[step] / eta_in / length
            content += inflow[step]
        else:
            flow[step] = min(wanted, content * eta_out / length)
            content -= flow[step] * length / eta_out
        stored[step] = content
    return flow, PortSeries(inflow_kwh=inflow, stored_kwh=stored)


def counted_slowly(site: Made) -> tuple[float, float]:
    """Own kWh that are sold, and that are used, kWh by kWh in each tank: no shares, no matrices."""
    tanks = {key: 0.0 for key, port in site.ports.items() if port.role == "storage"}
    content: dict[PortKey, float] = {}
    sold = used = 0.0
    for step, hours in enumerate(site.hours.tolist()):
        supplied = own = 0.0
        out: dict[PortKey, float] = {}
        for key, flow in site.flows.items():
            energy = float(flow[step]) * hours
            if energy > 0:
                share = {"generation": 1.0, "storage": tanks.get(key, 0.0) / max(content.get(key, 1.0), 1e-300)}
                supplied += energy
                own += energy * share.get(site.ports[key].role, 0.0)
            else:
                out[key] = -energy
        mix = own / supplied if supplied else 0.0
        sold += mix * sum(energy for key, energy in out.items() if site.ports[key].role == "exchange")
        used += mix * sum(energy for key, energy in out.items() if site.ports[key].role == "demand")
        for key in tanks:
            beside = site.ports[key].beside
            assert beside.stored_kwh is not None
            assert beside.inflow_kwh is not None
            new, came = float(beside.stored_kwh[step]), float(beside.inflow_kwh[step])
            share = tanks[key] / content[key] if content.get(key) else 0.0
            tanks[key] = share * (new - came) + mix * came
            content[key] = new
    return sold, used


@quick
@given(st.integers(0, 10**9), st.integers(0, 3))
def test_a_second_count_agrees(seed: int, stores: int) -> None:
    """Every kWh in every tank counted in a loop gives the same shares as the recurrence over matrices."""
    site = random_site(seed, stores)
    sold, used = counted_slowly(site)
    found = site.figures()
    generation, demand = found["generation_kwh"], found["demand_kwh"]
    assert generation is not None
    assert demand is not None
    assert found["self_consumption_fraction"] == pytest.approx(1 - sold / generation, abs=2e-6)
    assert found["self_sufficiency_fraction"] == pytest.approx(used / demand, abs=2e-6)


@quick
@given(st.integers(0, 10**9))
def test_shares_hold_whatever_the_names_halves_and_scales(seed: int) -> None:
    """Within 0..1; the same for other names in another order, for an asset in two halves, for all powers times 1e3."""
    site = random_site(seed)
    found = site.figures()
    given_shares = {name: value for name, value in found.items() if name.endswith("_fraction")}
    assert all(value is None or 0.0 <= value <= 1.0 for value in given_shares.values())
    for other in (_renamed(site), _halved_assets(site), _scaled(site, 1e3)):
        figures = other.figures()
        assert {name: figures[name] for name in given_shares} == pytest.approx(given_shares, abs=2e-6)


@quick
@given(st.integers(0, 10**9))
def test_halving_the_steps_changes_no_share(seed: int) -> None:
    """Each step in two of half its length with the same powers; without losses at rest the content is linear in it."""
    site = random_site(seed, lossy=False)
    assert _halved_steps(site).figures() == pytest.approx(site.figures(), abs=2e-6)


def _renamed(site: Made) -> Made:
    names = {key: (*key[:2], f"x{number}.charge_kw") for number, key in enumerate(reversed(site.flows))}
    return Made({names[k]: site.flows[k] for k in names}, {names[k]: site.ports[k] for k in names}, site.hours)


def _halved_assets(site: Made) -> Made:
    flows: dict[PortKey, FloatArray] = {}
    ports: dict[PortKey, Port] = {}
    for (node, carrier, asset), flow in site.flows.items():
        for half in "ab":
            flows[node, carrier, asset + half] = flow / 2
            ports[node, carrier, asset + half] = _times(site.ports[node, carrier, asset], 0.5)
    return Made(flows, ports, site.hours)


def _scaled(site: Made, factor: float) -> Made:
    flows = {key: flow * factor for key, flow in site.flows.items()}
    return Made(flows, {key: _times(port, factor) for key, port in site.ports.items()}, site.hours)


def _times(port: Port, factor: float) -> Port:
    series = {name: values * factor for name, values in vars(port.beside).items() if values is not None}
    return Port(port.role, PortSeries(**series))


def _halved_steps(site: Made) -> Made:
    ports = {}
    for key, port in site.ports.items():
        beside = port.beside
        series = {n: np.repeat(v, 2) for n, v in vars(beside).items() if v is not None}
        if beside.stored_kwh is not None and beside.inflow_kwh is not None:
            before = beside.stored_kwh - beside.inflow_kwh + site.flows[key].clip(0) * site.hours
            series["stored_kwh"] = np.stack([(before + beside.stored_kwh) / 2, beside.stored_kwh], axis=1).ravel()
            series["inflow_kwh"] = np.repeat(beside.inflow_kwh / 2, 2)
        ports[key] = replace(port, beside=PortSeries(**series))
    return Made({k: np.repeat(f, 2) for k, f in site.flows.items()}, ports, np.repeat(site.hours / 2, 2))


def test_a_year_of_quarter_hours_is_traced_at_once() -> None:
    """35,040 steps with three stores: well under a second, on a busy computer too."""
    site = random_site(1, stores=3, steps=35_040)
    begun = time.perf_counter()
    trace(site.flows, site.ports)
    assert time.perf_counter() - begun < 1.0


def test_a_target_of_a_share_that_is_not_defined_is_missed_without_a_guess() -> None:
    """Nothing is generated: the share is none, not 0 %, and no other name is proposed for a figure that is known."""
    assets = {"load": {"kind": "load", "profile": kw(1, 1)}, "grid": grid(0.1)}
    case = make_case(assets, hours=2, targets={"self_consumption_fraction": {"min": 0.5}})
    [target] = dispatch(case).summary.targets
    assert target.value is None
    assert not target.met
    assert target.did_you_mean is None


def test_no_self_consumption_is_shown_without_what_was_curtailed() -> None:
    """The cards of the page and the rows of the terminal: curtailed next to it, less is better, none is a dash."""
    kpis = {"self_consumption_fraction": 1.0, "curtailed_kwh": 480.0, "curtailed_fraction": 0.8}
    before = {**kpis, "curtailed_fraction": 0.9, "self_consumption_fraction": None}
    summary = summary_of(kpis=kpis, baseline={"feasible": True, "accounts": {}, "kpis": before})
    cards = [(card.label, card.value, card.tone) for card in headline.key_figures(summary)]
    assert cards == [("Self consumption", "100.0", ""), ("Curtailed", "80.0", "good")]
    assert [row[:2] for row in result_rows(summary)] == [
        ("Self consumption [%]", "100.00"),
        ("Curtailed [kWh]", "480.00"),
        ("Curtailed [%]", "80.00"),
    ]
    assert result_rows(summary)[0][2:] == ("-", "-")
    assert result_rows(summary.with_parts(kpis=before))[0][1:] == ("-", "-", "-")
