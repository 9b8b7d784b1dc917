"""Peaks as they are billed: mean power over metering intervals, months that remember others, whole years."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from microgrid.errors import InputError, Problem
from microgrid.horizon import BoolArray, FloatArray, Horizon, IntArray
from microgrid.tariff.schema import PeakLine, Ratchet


@dataclass(frozen=True)
class Metering:
    """Which steps count, and the metering interval that each lies in, both (N,); intervals are numbered in order."""

    counts: BoolArray
    interval: IntArray

    @property
    def key(self) -> bytes:
        """The same for two lines that are metered alike."""
        return self.counts.tobytes() + self.interval.tobytes()

    def means(self, power_kw: FloatArray, horizon: Horizon) -> tuple[FloatArray, IntArray]:
        """Mean power of each interval that counts [kW], and its month.

        mean = sum of power x hours / sum of hours, over the steps of the horizon that lie in the interval.
        """
        weight, first = self.weights(horizon), self.first
        means = np.bincount(self.interval, weight * power_kw).astype(float)
        counted = np.bincount(self.interval, self.counts) > 0
        return means[counted], horizon.month_of_step[first[counted]]

    def weights(self, horizon: Horizon) -> FloatArray:
        """Share of each step in its interval, (N,)."""
        return np.asarray(horizon.step_hours / np.bincount(self.interval, horizon.step_hours)[self.interval])

    @cached_property
    def first(self) -> IntArray:
        """First step of each interval."""
        return np.flatnonzero(np.diff(self.interval, prepend=-1))


def every_step(horizon: Horizon) -> Metering:
    """Each step counts, by itself."""
    return Metering(np.ones(horizon.steps, dtype=bool), np.arange(horizon.steps))


@dataclass(frozen=True)
class PeakRate:
    """A price per billed kW, (months,).

    billed[m] = max(floor[m], greatest of reach[m, n] x peak[n] over the months n);  reach[m, m] = 1, (months, months).
    """

    item: str
    price_eur_per_kw: FloatArray
    metering: Metering
    reach: FloatArray
    floor_kw: FloatArray

    def metered(self, import_kw: FloatArray, horizon: Horizon) -> FloatArray:
        """Highest mean of each month over its counted intervals [kW]; 0 where none counts."""
        peaks = np.zeros(len(horizon.months))
        means, month = self.metering.means(import_kw, horizon)
        np.maximum.at(peaks, month, means)
        return peaks

    def billed(self, import_kw: FloatArray, horizon: Horizon) -> FloatArray:
        """What is billed in each month [kW]."""
        remembered = (self.reach * self.metered(import_kw, horizon)).max(axis=1)
        return np.asarray(np.maximum(remembered, self.floor_kw))

    @property
    def remembers(self) -> bool:
        """Whether a month is billed by more than its own peak."""
        return bool((self.reach != np.eye(len(self.reach))).any() or self.floor_kw.any())


def expand_peak(line: PeakLine, horizon: Horizon, share_of_year: FloatArray) -> PeakRate:
    """A peak line on a horizon; share_of_year: of each month's hours, (months,)."""
    months = [_number(month) for month in horizon.months]
    metering = Metering(line.when.coverage(horizon) > 0, _intervals(line, horizon))
    reach, floor = np.eye(len(months)), np.zeros(len(months))
    if line.price_eur_per_kw_year is not None:
        years = np.array(months) // 12
        reach, price = (years[:, None] == years[None, :]).astype(float), line.price_eur_per_kw_year * share_of_year
    else:
        price = np.full(len(months), line.price_eur_per_kw)
    if line.ratchet:
        reach, floor = np.maximum(reach, _remembered(line.ratchet, months)), _from_past(line.ratchet, months)
    return PeakRate(line.item, price, metering, reach, floor)


def _number(month: str) -> int:
    """Months since the year 0: "2018-01" -> 24216."""
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1


def _remembered(ratchet: Ratchet, months: list[int]) -> FloatArray:
    now, then = np.array(months)[:, None], np.array(months)[None, :]
    within = (now > then) & (now - then <= ratchet.months)
    return np.asarray(ratchet.share * (within & _named(ratchet, then)))


def _named(ratchet: Ratchet, month: IntArray) -> BoolArray:
    return np.isin(month % 12 + 1, ratchet.of_months) if ratchet.of_months else np.ones(month.shape, dtype=bool)


def _from_past(ratchet: Ratchet, months: list[int]) -> FloatArray:
    """What peaks before the horizon ask of each month [kW]."""
    floor = np.zeros(len(months))
    for past in ratchet.past:
        then = _number(past.month)
        within = (np.array(months) > then) & (np.array(months) - then <= ratchet.months)
        if _named(ratchet, np.array([then]))[0]:
            floor = np.maximum(floor, ratchet.share * past.peak_kw * within)
    return floor


def _intervals(line: PeakLine, horizon: Horizon) -> IntArray:
    """The metering interval of each step, on the clock of the site; each step by itself if none is given.

    Raises:
        InputError: steps that lie across an interval's edge, or are longer than it.
    """
    if line.interval_hours is None:
        return np.arange(horizon.steps)
    seconds = round(line.interval_hours * 3600)
    begin = np.asarray(horizon.points.as_unit("s").asi8)
    offset = int((horizon.local[0].utcoffset() or dt.timedelta()).total_seconds())  # half-hour zones
    number = (begin + offset) // seconds
    across = np.flatnonzero((begin[1:] + offset - 1) // seconds != number[:-1])
    if len(across):
        raise InputError(
            Problem(
                f"peak line {line.item!r}: a step is not within one metering interval",
                field=line.item,
                value=f"{horizon.step_hours[across[0]] * 60:g} min from {horizon.describe(int(across[0]))}, "
                f"interval {line.interval_hours * 60:g} min",
                expected="steps that divide the interval",
                remedy="choose a shorter step, or leave the interval out: peaks are then means over the step",
            )
        )
    return np.unique(number[:-1], return_inverse=True)[1].astype(np.int64)
