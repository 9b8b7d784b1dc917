"""Shiftable load: runs of a fixed energy or a fixed shape, each at a decided time within its window."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, ValidationInfo, model_validator

from microgrid.calendar import Days, Hours, Months, When, minutes_of
from microgrid.contract.asset import Check, Replay, SinglePort, Surplus, outside
from microgrid.contract.ledger import Contribution, Term
from microgrid.contract.variables import add_rows, add_variable
from microgrid.horizon import FloatArray, Horizon, IntArray, local_instants
from microgrid.parameters import Parameters, refuse
from microgrid.series.context import Reading
from microgrid.units import Duration, Energy, Power, Unit

Powers = tuple[Annotated[float, Unit("kW"), Field(ge=0)], ...]


class Run(Parameters):
    """A run on every day of the given days and months, within local hours ("22:00-06:00" ends the next day)."""

    hours: Hours = Field(description="Earliest start and latest end.")
    days: Days = Field(default=(), description="working, weekend, holiday, or names of weekdays; all if left out.")
    months: Months = Field(default=(), description="Months, 1 to 12; all if left out.")


class Shape(Parameters):
    """Fixed power of a run, in equal steps from its start."""

    step_hours: Duration = Field(description="Length of each step of the shape.")
    power_kw: Powers = Field(min_length=1, description="Mean power in each step.")


@dataclass(frozen=True)
class Job:
    """One run on the horizon, as the positions of the steps that lie wholly within its window."""

    steps: IntArray


class ShiftableLoad(SinglePort):
    """For every run j within its window W(j):  sum over W(j) of demand[t] h[t] = energy, with
    modulating: 0 <= demand <= power_max;
    on_off:     demand = power_max on[t], on binary (power_min on <= demand <= power_max on if power_min is given);
    shape:      demand[t] = sum over starts s of shape(t - s) start[s], one start per run, start binary.

    A window that the horizon cuts is left out, which every report of the result states with its energy.
    """

    decisions: ClassVar = ("demand_kw",)
    role: ClassVar = "demand"
    baseline_role: ClassVar = "demand"

    kind: Literal["shiftable_load"]
    power_max_kw: Power | None = Field(default=None, description="Greatest power; required without a shape.")
    energy_kwh: Energy | None = Field(default=None, description="Energy of each run; required without a shape.")
    shape: Shape | None = Field(default=None, description="Fixed load curve of each run.")
    mode: Literal["modulating", "on_off"] = Field(
        default="modulating", description="modulating: any power up to the greatest. on_off: full power or none."
    )
    power_min_kw: Power | None = Field(default=None, description="Least power while on, for on_off.")
    flexible: bool = Field(default=True, description="Whether the optimizer chooses the time; else the earliest.")
    runs: tuple[Run, ...] = Field(min_length=1, description="Runs by their windows; several for several runs a day.")

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        if (self.shape is None) == (self.energy_kwh is None or self.power_max_kw is None):
            refuse("energy", self.energy_kwh, "either energy and power_max, or a shape", "state one of the two")
        if self.power_min_kw is not None and (self.power_max_kw is None or self.power_min_kw > self.power_max_kw):
            refuse("power_min", f"{self.power_min_kw:g} kW", "at most power_max")
        reading = (info.context or {}).get("reading")
        if isinstance(reading, Reading):
            self._check_on(reading, str((info.context or {}).get("asset", "")))
        return self

    def _check_on(self, reading: Reading, asset: str) -> None:
        jobs, cut = self._jobs(reading.horizon)
        edges = "windows that begin or end outside the horizon"
        reading.log.add("case.yaml", f"{asset}: runs", "left out", cut, edges, left_out_kwh=cut * self.run_energy_kwh)
        hours = reading.horizon.step_hours
        used = np.zeros(reading.horizon.steps)
        for job in jobs:
            used[job.steps] += 1
            available = float(hours[job.steps].sum())
            if self.run_hours > available + 1e-9:
                refuse(
                    "runs",
                    f"{available:g} h in a window",
                    f"at least {self.run_hours:g} h for a run",
                    "widen the window",
                )
            if self.mode == "on_off" and self.power_min_kw is None and self.shape is None:
                seconds = tuple(np.rint(hours[job.steps] * 3600).astype(int).tolist())
                if not _adds_up(seconds, self.run_hours * 3600):
                    refuse(
                        "energy", f"{self.energy_kwh:g} kWh", "a whole number of steps at full power", "adjust energy"
                    )
        if (used > 1).any():
            refuse("runs", "windows overlap", "windows that do not overlap", "move a run to an asset of its own")

    @property
    def run_hours(self) -> float:
        """Duration of a run at full power, or of its shape [h]."""
        if self.shape is not None:
            return self.shape.step_hours * len(self.shape.power_kw)
        assert self.energy_kwh is not None
        return self.energy_kwh / self.power_max_kw if self.power_max_kw else 0.0

    @property
    def run_energy_kwh(self) -> float:
        """Energy of a run [kWh]."""
        if self.shape is not None:
            return self.shape.step_hours * sum(self.shape.power_kw)
        assert self.energy_kwh is not None
        return self.energy_kwh

    @property
    def _most_kw(self) -> float:
        return max(self.shape.power_kw) if self.shape is not None else float(self.power_max_kw or 0.0)

    def jobs(self, horizon: Horizon) -> list[Job]:
        """Runs whose windows lie within the horizon, in order of time."""
        return self._jobs(horizon)[0]

    def _jobs(self, horizon: Horizon) -> tuple[list[Job], int]:
        points = np.asarray(horizon.points.as_unit("s").asi8)
        days = pd.date_range(horizon.local[0].tz_localize(None).normalize() - pd.Timedelta(days=1),
                             horizon.local[-1].tz_localize(None).normalize())  # fmt: skip
        found = []
        cut = 0
        for run in self.runs:
            when = When(days=run.days, months=run.months)
            for first, last in _windows(days, run.hours, when, horizon):
                if first >= points[-1] or last <= points[0]:
                    continue
                if first < points[0] or last > points[-1]:
                    cut += 1
                    continue
                begin, end = np.searchsorted(points, first), np.searchsorted(points, last, side="right") - 1
                found.append(Job(np.arange(begin, end)))
        return sorted(found, key=lambda job: int(job.steps[0]) if len(job.steps) else 0), cut

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Add demand, and binary starts or on/off where the mode needs them, to the block."""
        if not self.flexible:
            fixed = self._earliest_kw(horizon)
            return Contribution(
                {self.port: [Term(add_variable(block, horizon, "demand_kw", "step", fixed, fixed), -1.0)]}
            )
        jobs = self.jobs(horizon)
        inside = np.zeros(horizon.steps)
        for job in jobs:
            inside[job.steps] = 1.0
        demand = add_variable(block, horizon, "demand_kw", upper=self._most_kw * inside)
        if self.shape is not None:
            self._add_starts(block, horizon, jobs)
        else:
            self._add_energy(block, horizon, jobs)
            if self.mode == "on_off":
                self._add_on_off(block, horizon, np.flatnonzero(inside))
        return Contribution({self.port: [Term(demand, -1.0)]})

    def _add_energy(self, block: Any, horizon: Horizon, jobs: list[Job]) -> None:
        run = np.full(horizon.steps, -1)
        for number, job in enumerate(jobs):
            run[job.steps] = number
        energy = (block.demand_kw * horizon.step_hours).summed(run, len(jobs))
        add_rows(block, "run_energy", energy, equal=self.run_energy_kwh, step=None, unit="kWh")

    def _add_on_off(self, block: Any, horizon: Horizon, steps: IntArray) -> None:
        on = add_variable(block, horizon, "on", steps.tolist(), binary=True)
        demand = block.demand_kw.at(steps)
        full = demand - self._most_kw * on
        add_rows(block, "at_most", full, lower=0.0 if self.power_min_kw is None else None, upper=0.0, step=steps)
        if self.power_min_kw is not None:
            add_rows(block, "at_least", demand - self.power_min_kw * on, lower=0.0, step=steps)

    def _add_starts(self, block: Any, horizon: Horizon, jobs: list[Job]) -> None:
        courses = [self._courses(horizon, job) for job in jobs]
        labels = [(j, s) for j, found in enumerate(courses) for s in range(len(found))]
        start = add_variable(block, horizon, "start", labels, binary=True)
        run = np.array([j for j, _ in labels], dtype=np.int64)
        add_rows(block, "one_start", start.all.summed(run, len(jobs)), equal=1.0, step=None, unit="")
        if not jobs:
            return
        inside = np.concatenate([job.steps for job in jobs])
        first = np.cumsum([0, *(len(found) for found in courses)])[:-1]
        place = np.cumsum([0, *(len(job.steps) for job in jobs)])[:-1]
        places = [np.nonzero(found) for found in courses]
        option = np.concatenate([begin + k for begin, (k, _) in zip(first, places, strict=True)])
        row = np.concatenate([begin + k for begin, (_, k) in zip(place, places, strict=True)])
        power = np.concatenate([found[at] for found, at in zip(courses, places, strict=True)])
        begun = (start.at(option) * power).summed(row, len(inside))
        add_rows(block, "course", block.demand_kw.at(inside) - begun, equal=0.0, step=inside)

    def _courses(self, horizon: Horizon, job: Job) -> FloatArray:
        """Mean power in each step of a window [kW], (starts, steps of it), for each start that leaves enough time."""
        assert self.shape is not None
        hours = horizon.step_hours[job.steps]
        ends = np.append(0.0, np.cumsum(hours))
        edges = self.shape.step_hours * np.arange(len(self.shape.power_kw) + 1)
        done = np.append(0.0, np.cumsum(np.array(self.shape.power_kw) * self.shape.step_hours))
        begins = ends[:-1][ends[:-1] + edges[-1] <= ends[-1] + 1e-9]
        energy = np.diff(np.interp(ends - begins[:, None], edges, done), axis=1)
        return np.asarray(energy / hours)

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Demand, with checks of the windows, the energy of each run and the powers that the mode allows."""
        demand = decisions["demand_kw"]
        jobs = self.jobs(horizon)
        allowed = np.zeros(horizon.steps)
        owed = np.zeros(horizon.steps)
        course = np.zeros(horizon.steps)
        for job in jobs:
            allowed[job.steps] = self._most_kw
            energy = float((demand * horizon.step_hours)[job.steps].sum())
            owed[job.steps] = abs(energy - self.run_energy_kwh)
            course[job.steps] = self._off_course(demand, horizon, job)
        checks = [
            Check("demand outside its windows or limits", outside(demand, allowed), "kW", self._most_kw),
            Check("energy of the run differs from the required one", owed, "kWh", self.run_energy_kwh),
            Check("power is none that the mode or the shape allows", course, "kW", self._most_kw),
        ]
        if not self.flexible:
            early = self._earliest_kw(horizon)
            checks.append(Check("demand moved although not flexible", np.abs(demand - early), "kW", self._most_kw))
        return Replay({"demand_kw": demand}, {self.port: -demand}, checks)

    def _off_course(self, demand: FloatArray, horizon: Horizon, job: Job) -> FloatArray:
        """Distance of the demand in each step of a window from the powers that the mode allows [kW]."""
        here = demand[job.steps]
        if self.shape is not None:
            gaps = np.abs(self._courses(horizon, job) - here)
            return np.asarray(gaps[gaps.sum(axis=1).argmin()])
        if self.mode == "modulating":
            return np.zeros_like(here)
        least = self._most_kw if self.power_min_kw is None else self.power_min_kw
        return np.asarray(np.minimum(np.abs(here), (least - here).clip(0)))

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Demand with every run at the begin of its window, at full power."""
        return {"demand_kw": self._earliest_kw(horizon)}

    def _earliest_kw(self, horizon: Horizon) -> FloatArray:
        """Demand with every run at the begin of its window [kW], (N,)."""
        demand = np.zeros(horizon.steps)
        for job in self.jobs(horizon):
            if self.shape is not None:
                demand[job.steps] = self._courses(horizon, job)[0]
                continue
            demand[job.steps] = self._early(horizon.step_hours[job.steps])
        return demand

    def _early(self, hours: FloatArray) -> FloatArray:
        """Power of a run in the steps of its window, as early as the mode allows [kW]; hours: of each step."""
        most = self._most_kw
        energy = self.run_energy_kwh
        if self.mode == "on_off" and self.power_min_kw is None:
            power = np.zeros(len(hours))
            left = energy
            for step, length in enumerate(hours.tolist()):
                if most * length <= left + 1e-9 * energy:
                    power[step] = most
                    left -= most * length
            return power
        if self.mode == "on_off":
            count = int(np.searchsorted(np.cumsum(hours) * most, energy * (1 - 1e-12))) + 1
            return np.where(np.arange(len(hours)) < count, energy / hours[:count].sum(), 0.0)
        done = np.append(0.0, np.cumsum(hours) * most).clip(max=energy)
        return np.asarray(np.diff(done) / hours)


@functools.lru_cache(maxsize=1024)
def _adds_up(seconds: tuple[int, ...], wanted: float) -> bool:
    """Whether the lengths of some of the steps add up to ``wanted`` [s]."""
    target = round(wanted)
    if abs(target - wanted) > 1e-3:
        return False
    sums = 1  # bit n is set where some of the steps last n seconds together
    for length in seconds:
        sums |= sums << length
    return bool(sums >> target & 1)


def _windows(days: pd.DatetimeIndex, hours: str, when: When, horizon: Horizon) -> list[tuple[int, int]]:
    """Begin and end of the window on each day for which ``when`` holds [s since 1970, UTC]."""
    begin, end = minutes_of(hours)
    days = days[when.holds(local_instants(days, horizon.timezone), horizon.country)]
    first = days + pd.Timedelta(minutes=begin)
    last = days + pd.Timedelta(minutes=end if end > begin else end + 1440)
    seconds = [local_instants(clock, horizon.timezone).as_unit("s").asi8.tolist() for clock in (first, last)]
    return list(zip(*seconds, strict=True))
