"""A site with on/off decisions, as a case of the package and as an independent program with on/off decisions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from microgrid import Case
from microgrid.horizon import FloatArray
from tests.conftest import battery, grid, load, make_case

PARIS = ZoneInfo("Europe/Paris")
PEAK_PRICE = 1.5
SUBSCRIBED_KW = 9.0
WINDOWS = ("06:00-18:00", "20:00-06:00", "01:00-05:00", "00:00-24:00", "11:00-14:00")


@dataclass(frozen=True)
class Machine:
    """A machine with a run on every day: a course by the hour, or full power or none, or at least a least power."""

    window: str
    course: tuple[float, ...] = ()
    power: float = 0.0
    least: float | None = None
    energy: float = 0.0

    def asset(self) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": "shiftable_load", "runs": [{"hours": self.window}]}
        if self.course:
            return {**found, "shape": {"step": "1 h", "power": [f"{power} kW" for power in self.course]}}
        found |= {"mode": "on_off", "power_max": f"{self.power} kW", "energy": f"{self.energy} kWh"}
        return found if self.least is None else {**found, "power_min": f"{self.least} kW"}


@dataclass
class Program:
    """minimize cost . x  with rows  lower <= sum of entries <= upper;  built up column by column."""

    cost: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def column(self, cost: float = 0.0, most: float = np.inf, whole: bool = False) -> int:
        self.cost.append(cost)
        self.most.append(most)
        self.whole.append(int(whole))
        return len(self.cost) - 1

    def row(self, entries: dict[int, float], lower: float, upper: float) -> None:
        self.rows.append((entries, lower, upper))

    def least(self) -> float | None:
        """The least cost; None if nothing keeps all rows."""
        matrix = np.zeros((len(self.rows), len(self.cost)))
        for number, (entries, _, _) in enumerate(self.rows):
            for column, value in entries.items():
                matrix[number, column] += value
        limits = LinearConstraint(matrix, [row[1] for row in self.rows], [row[2] for row in self.rows])
        found = milp(
            self.cost,
            integrality=self.whole,
            bounds=Bounds(0, self.most),
            constraints=limits,
            options={"mip_rel_gap": 0.0},
        )
        assert found.status in (0, 2), found.message
        return float(found.fun) if found.status == 0 else None


@dataclass(frozen=True)
class Site:
    """A load, a battery, machines, and a grid with a monthly peak, a price for each hour above a power, and sales.

    begin: local hour at which the horizon begins, so that it may cut through runs.
    """

    start: dt.datetime
    steps: int
    per_hour: int
    load: FloatArray
    price: FloatArray
    sell: FloatArray
    machines: tuple[Machine, ...]
    overrun_price: float

    def case(self) -> Case:
        subscription = {"power": f"{SUBSCRIBED_KW} kW", "price": "0 EUR/kW/year"}
        subscription |= {"overrun": {"rule": "hours", "price_per_hour": f"{self.overrun_price} EUR/h"}}  # type: ignore[dict-item]
        peaks = [{"item": "peak", "price": f"{PEAK_PRICE} EUR/kW"}]
        tariff: dict[str, Any] = {"peaks": peaks}
        if self.overrun_price:
            tariff["subscription"] = subscription
        assets = {
            "load": load(*self.load),
            "b": battery(start=0.5, end=0.5, charge_efficiency=0.9, discharge_efficiency=0.95),
            **{f"m{number}": machine.asset() for number, machine in enumerate(self.machines)},
            "grid": grid(self.price.tolist(), sell=self.sell.tolist(), import_max=40, export_max=8, **tariff),
        }
        end = (self.start.astimezone(dt.UTC) + dt.timedelta(hours=self.steps / self.per_hour)).astimezone(PARIS)
        step = f"{60 // self.per_hour} min"
        return make_case(assets, start=self.start.isoformat(), end=end.isoformat(), step=step)

    @cached_property
    def instants(self) -> list[dt.datetime]:
        """Begin of each step, and the end of the last one, in UTC."""
        first = self.start.astimezone(dt.UTC)
        return [first + dt.timedelta(hours=k / self.per_hour) for k in range(self.steps + 1)]

    def runs(self, window: str) -> list[list[int]]:
        """Steps of each run of a window that lies wholly within the horizon."""
        begin, end = (dt.timedelta(hours=int(text[:2])) for text in window.split("-"))
        end += dt.timedelta(days=1) if end <= begin else dt.timedelta(0)
        found = []
        day = self.start.date() - dt.timedelta(days=1)
        while day <= self.instants[-1].astimezone(PARIS).date():
            midnight = dt.datetime.combine(day, dt.time())
            first, last = ((midnight + by).replace(tzinfo=PARIS).astimezone(dt.UTC) for by in (begin, end))
            if first >= self.instants[0] and last <= self.instants[-1]:
                found.append([k for k in range(self.steps) if first <= self.instants[k] < last])
            day += dt.timedelta(days=1)
        return found

    def program(self) -> Program:
        """The site in other variables than those of the package.

        Nobody buys and sells at once, as a sale always earns less than a purchase costs; and nobody charges and
        discharges at once while all energy is worth something.
        """
        made = Program()
        apart = bool((self.sell < 0).any())
        hours = 1.0 / self.per_hour
        balance: list[dict[int, float]] = []
        months = {k: made.column(PEAK_PRICE) for k in sorted({(t.astimezone(PARIS).month) for t in self.instants[:-1]})}
        energy = None
        for step in range(self.steps):
            drawn = made.column(float(self.price[step]) * hours, 40)
            fed = made.column(-float(self.sell[step]) * hours, 8)
            charge, discharge = made.column(0, 10), made.column(0, 10)
            if apart:
                charging = made.column(whole=True, most=1)
                made.row({charge: 1, charging: -10}, -np.inf, 0)
                made.row({discharge: 1, charging: 10}, -np.inf, 10)
            after = made.column(0, 10)
            before, start = ({}, 5.0) if energy is None else ({energy: -1.0}, 0.0)
            made.row({after: 1, **before, charge: -0.9 * hours, discharge: hours / 0.95}, start, start)
            energy = after
            if self.overrun_price:
                over = made.column(self.overrun_price * hours, 1, whole=True)
                made.row({drawn: 1, over: -40}, -np.inf, SUBSCRIBED_KW)
            made.row({drawn: 1, months[self.instants[step].astimezone(PARIS).month]: -1}, -np.inf, 0)
            balance.append({drawn: 1, fed: -1, charge: -1, discharge: 1})
        made.row({energy: 1} if energy is not None else {}, 5, 10)  # at least as full at the end as at the start
        for machine in self.machines:
            for steps in self.runs(machine.window):
                self._add_run(made, machine, steps, balance)
        for entries, demand in zip(balance, self.load, strict=True):
            made.row(entries, float(demand), float(demand))
        return made

    def _add_run(self, made: Program, machine: Machine, steps: list[int], balance: list[dict[int, float]]) -> None:
        if machine.course:
            length = len(machine.course) * self.per_hour
            starts = [made.column(0, 1, whole=True) for _ in range(len(steps) - length + 1)]
            made.row(dict.fromkeys(starts, 1.0), 1, 1)
            for place, start in enumerate(starts):
                for k in range(length):
                    balance[steps[place + k]][start] = -machine.course[k // self.per_hour]
            return
        powers = [made.column(0, machine.power) for _ in steps]
        made.row(dict.fromkeys(powers, 1.0 / self.per_hour), machine.energy, machine.energy)
        for step, power in zip(steps, powers, strict=True):
            on = made.column(0, 1, whole=True)
            made.row({power: 1, on: -machine.power}, -np.inf if machine.least is not None else 0, 0)
            if machine.least is not None:
                made.row({power: 1, on: -machine.least}, 0, np.inf)
            balance[step][power] = -1


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    window = draw(st.sampled_from(WINDOWS))
    kind = draw(st.sampled_from(["course", "on_off", "least"]))
    if kind == "course":
        return Machine(window, course=tuple(draw(st.lists(st.sampled_from([2.0, 4.0, 7.0]), min_size=1, max_size=3))))
    power = draw(st.sampled_from([4.0, 6.0]))
    if kind == "on_off":
        return Machine(window, power=power, energy=power * draw(st.integers(1, 2)))
    return Machine(window, power=power, least=power / 2, energy=power * draw(st.sampled_from([0.6, 1.3, 1.9])))


@st.composite
def sites(draw: st.DrawFn) -> Site:
    """One to five days that may begin within a run, or hold a day of 23 or 25 hours, or the turn of a month."""
    per_hour = draw(st.sampled_from([1, 1, 2]))
    start = draw(st.sampled_from([(2018, 3, 23), (2018, 10, 26), (2018, 1, 29), (2018, 6, 4)]))
    hour = draw(st.sampled_from([0, 0, 7, 22]))
    steps = draw(st.integers(50, 100))
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    day = 0.5 - 0.5 * np.cos(np.arange(steps) * 2 * np.pi / (24 * per_hour))
    price = 0.05 + 0.3 * generator.random(steps)
    price[generator.random(steps) < draw(st.sampled_from([0.0, 0.1]))] = -0.08
    return Site(
        start=dt.datetime(*start, hour, tzinfo=PARIS),
        steps=steps,
        per_hour=per_hour,
        load=(3 + 5 * day * generator.random(steps)).round(3),
        price=price.round(3),
        sell=(price - 0.02).round(3),
        machines=tuple(draw(st.lists(machines(), min_size=1, max_size=2))),
        overrun_price=draw(st.sampled_from([0.0, 0.0, 0.4])),
    )
