"""Peaks as they are billed: means over metering intervals, months that remember others, seasons, years."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from microgrid.calendar import coverage
from microgrid.contract.ledger import COST, Amount, Entry, Term
from microgrid.errors import InputError, Problem
from microgrid.horizon import BoolArray, FloatArray, Horizon, IntArray
from microgrid.tariff.charges.charge import Connection, Meter, Quantity
from microgrid.tariff.charges.tiers import Tiers
from microgrid.tariff.periods import month_number
from microgrid.tariff.schema.peaks import PeakLine, Ratchet
from microgrid.tariff.schema.tariff import Measured

if TYPE_CHECKING:
    from microgrid.contract.linear import Variable


@dataclass(frozen=True)
class Metering:
    """Which steps count, and the metering interval that each lies in, both (N,); intervals are numbered in order.

    earlier_hours, earlier_kwh: the part of the first interval before the horizon, and what was drawn in it.
    """

    counts: BoolArray
    interval: IntArray
    earlier_hours: float = 0.0
    earlier_kwh: float = 0.0

    @property
    def key(self) -> bytes:
        """The same for two lines that are metered alike."""
        return repr((self.earlier_hours, self.earlier_kwh)).encode() + self.counts.tobytes() + self.interval.tobytes()

    def means(self, power_kw: FloatArray, horizon: Horizon) -> tuple[FloatArray, IntArray]:
        """Mean power of each interval that counts [kW], and its month.

        mean = sum of power x hours / sum of hours, over the steps of the horizon that lie in the interval and over what
        was measured of it before.
        """
        means = np.bincount(self.interval, self.weights(horizon) * power_kw).astype(float)
        means[0] += self.earlier_mean_kw(horizon)
        return means[self.counted], horizon.month_of_step[self.first[self.counted]]

    def weights(self, horizon: Horizon) -> FloatArray:
        """Share of each step in its interval, (N,)."""
        return np.asarray(horizon.step_hours / self._hours(horizon)[self.interval])

    def earlier_mean_kw(self, horizon: Horizon) -> float:
        """What was measured before adds so much to the first interval's mean."""
        return float(self.earlier_kwh / self._hours(horizon)[0])

    def _hours(self, horizon: Horizon) -> FloatArray:
        hours = np.bincount(self.interval, horizon.step_hours).astype(float)
        hours[0] += self.earlier_hours
        return hours

    @cached_property
    def counted(self) -> BoolArray:
        """Whether each interval counts."""
        return np.asarray(np.bincount(self.interval, self.counts) > 0)

    @cached_property
    def first(self) -> IntArray:
        """First step of each interval."""
        return np.flatnonzero(np.diff(self.interval, prepend=-1))

    def peaks(self, power_kw: FloatArray, horizon: Horizon) -> FloatArray:
        """Highest mean of each month over its counted intervals [kW], (months,); 0 where none counts."""
        found = np.zeros(len(horizon.months))
        means, month = self.means(power_kw, horizon)
        np.maximum.at(found, month, means)
        return found

    def variable(self, connection: Connection) -> Variable:
        """The peak of each month over the intervals that count, in the model; one for all lines that are metered so."""
        if self.key not in connection.shared:
            horizon, counted = connection.horizon, self.counted
            extra = self.earlier_mean_kw(horizon)
            peak = connection.monthly("peak", "kw", connection.import_max_kw + extra)
            row = np.where(counted, np.cumsum(counted) - 1, -1)[self.interval]
            first = self.first[counted]
            mean = (connection.imported * self.weights(horizon)).summed(row, len(first))
            upper = np.zeros(len(first))
            if counted[0]:
                upper[0] = -extra
            above = mean - peak.at(horizon.month_of_step[first])
            connection.rows("peak", above, upper, step=first)
            connection.shared[self.key] = peak
        return connection.shared[self.key]


@dataclass(frozen=True, eq=False)
class PeakCharge:
    """share[m] x cost of the billed power of month m; share (months,).

    billed[m] = max(floor[m], greatest of reach[m, n] x peak[n] over the months n);  reach[m, m] = 1, (months, months).
    """

    item: str
    tiers: Tiers
    share: FloatArray
    metering: Metering
    reach: FloatArray
    floor_kw: FloatArray

    def billed(self, import_kw: FloatArray, horizon: Horizon) -> FloatArray:
        """What is billed in each month [kW]."""
        remembered = (self.reach * self.metering.peaks(import_kw, horizon)).max(axis=1)
        return np.asarray(np.maximum(remembered, self.floor_kw))

    def amount(self, meter: Meter) -> Amount:
        """Billed power at its price, month by month."""
        billed = self.billed(meter.import_kw, meter.horizon)
        return Amount(COST, self.item, self.share * self.tiers.cost(billed), "month")

    def quantity(self, meter: Meter) -> Quantity:
        """The billed power."""
        return Quantity(self.billed(meter.import_kw, meter.horizon) * (self.share != 0), "kW")

    def entry(self, connection: Connection) -> Entry:
        """The same on a variable that is at least each mean, and at least what is remembered."""
        billed = self._billed(connection)
        terms = [Term(billed, float(self.tiers.price[0]) * self.share, "month")]
        most = np.maximum(self.floor_kw, billed.upper)
        beyond = self.tiers.terms(connection, billed.all, most, np.zeros(len(self.share)), "kw")
        terms += [replace(term, coefficient=term.coefficient * self.share) for term in beyond]
        return Entry(COST, self.item, tuple(terms))

    def _billed(self, connection: Connection) -> Variable:
        peak = self.metering.variable(connection)
        if not ((self.reach != np.eye(len(self.reach))).any() or self.floor_kw.any()):
            return peak
        billed = connection.monthly("billed", "kw", np.maximum(self.floor_kw, peak.upper), self.floor_kw)
        month, other = np.nonzero(self.reach)
        above = peak.at(other) * self.reach[month, other] - billed.at(month)
        connection.rows("billed", above, upper=0.0)
        return billed


def expand_peak(line: PeakLine, horizon: Horizon, measured: Measured | None = None) -> PeakCharge:
    """A peak line on a horizon; measured: in the current interval and month before it."""
    months = horizon.month_number
    reach, share, floor = np.eye(len(months)), np.ones(len(months)), np.zeros(len(months))
    price = line.price_eur_per_kw
    if line.price_eur_per_kw_year is not None:
        years = months // 12
        reach, share = (years[:, None] == years[None, :]).astype(float), horizon.share_of_year
        price = line.price_eur_per_kw_year
    elif line.price_eur_per_kw_season is not None:
        season = _seasons({month for when in line.when for month in when.months}, months)
        reach = ((season[:, None] == season[None, :]) & (season >= 0)[:, None]).astype(float)
        reach = np.maximum(reach, np.eye(len(months)))
        share = ((season >= 0) & (np.append(season[1:], -2) != season)).astype(float)
        price = line.price_eur_per_kw_season
    elif line.price_by_month:
        prices = {month: some.price_eur_per_kw for some in line.price_by_month for month in some.months}
        share, price = np.array([prices.get(int(number) % 12 + 1, 0.0) for number in months]), 1.0
    if line.ratchet:
        reach, floor = np.maximum(reach, _remembered(line.ratchet, months)), _from_past(line.ratchet, months)
    tiers = [(0.0, price)] if price is not None else [(tier.above_kw, tier.price_eur_per_kw) for tier in line.tiers]
    above, by_tier = np.array(tiers, dtype=float).T
    interval, elapsed = metering_intervals(line.interval_hours, line.item, horizon)
    metering = Metering(_counts(line, horizon), interval)
    if measured is not None:
        floor = np.maximum(floor, reach[:, 0] * measured.peak_kw)
        metering = replace(metering, earlier_hours=elapsed, earlier_kwh=elapsed * measured.interval_mean_kw)
    return PeakCharge(line.item, Tiers(above, by_tier), share, metering, reach, floor)


def _seasons(named: set[int], months: IntArray) -> IntArray:
    """A number for each run of months that are named, -1 for the others, (months,)."""
    inside = np.isin(months % 12 + 1, sorted(named))
    begins = inside & ~np.append(False, inside[:-1])
    return np.where(inside, np.cumsum(begins) - 1, -1)


def _counts(line: PeakLine, horizon: Horizon) -> BoolArray:
    """Which steps count: those within the hours, or those in which a coincident hour lies."""
    counts = np.asarray(coverage(line.when, horizon) > 0)
    if not line.coincident:
        return counts
    points = np.asarray(horizon.points.as_unit("s").asi8)
    inside = np.zeros(horizon.steps, dtype=bool)
    for stamp in line.coincident:
        instant = pd.Timestamp(stamp)
        local = instant if instant.tzinfo else _localized(instant, line.item, horizon)
        start = int(local.timestamp())
        inside |= (points[:-1] < start + 3600) & (points[1:] > start)
    return counts & inside


def _localized(instant: pd.Timestamp, item: str, horizon: Horizon) -> pd.Timestamp:
    try:
        return instant.tz_localize(horizon.timezone, ambiguous=True)
    except ValueError:  # an hour that the change of the clock leaves out
        expected = f"an hour that the clocks of {horizon.timezone} show"
        raise InputError(Problem("not a local time", field=item, value=str(instant), expected=expected)) from None


def _remembered(ratchet: Ratchet, months: IntArray) -> FloatArray:
    now, then = months[:, None], months[None, :]
    back = now - then
    if ratchet.repeats:
        if len(months) != 12:
            expected = "a horizon of twelve months"
            raise InputError(Problem("a ratchet that repeats", value=f"{len(months)} months", expected=expected))
        back = np.where(back <= 0, back + 12, back)
    within = (back > 0) & (back <= ratchet.months)
    return np.asarray(ratchet.share * (within & _named(ratchet, then)))


def _named(ratchet: Ratchet, month: IntArray) -> BoolArray:
    return np.isin(month % 12 + 1, ratchet.of_months) if ratchet.of_months else np.ones(month.shape, dtype=bool)


def _from_past(ratchet: Ratchet, months: IntArray) -> FloatArray:
    """What peaks before the horizon ask of each month [kW]."""
    floor = np.zeros(len(months))
    for past in ratchet.past:
        then = month_number(past.month)
        within = (months > then) & (months - then <= ratchet.months)
        if _named(ratchet, np.array([then]))[0]:
            floor = np.maximum(floor, ratchet.share * past.peak_kw * within)
    return floor


def metering_intervals(interval_hours: float | None, item: str, horizon: Horizon) -> tuple[IntArray, float]:
    """The metering interval of each step, on the clock of the site, and the hours of the first one before the horizon.

    Each step by itself if no interval is given.

    Raises:
        InputError: steps that lie across an interval's edge, or are longer than it.
    """
    if interval_hours is None:
        return np.arange(horizon.steps), 0.0
    seconds = round(interval_hours * 3600)
    begin = np.asarray(horizon.points.as_unit("s").asi8)
    offset = int((horizon.local[0].utcoffset() or dt.timedelta()).total_seconds())  # half-hour zones
    number = (begin + offset) // seconds
    across = np.flatnonzero((begin[1:] + offset - 1) // seconds != number[:-1])
    if len(across):
        raise InputError(
            Problem(
                f"line {item!r}: a step is not within one metering interval",
                field=item,
                value=f"{horizon.step_hours[across[0]] * 60:g} min from {horizon.describe(int(across[0]))}, "
                f"interval {interval_hours * 60:g} min",
                expected="steps that divide the interval",
                remedy="choose a shorter step, or leave the interval out: peaks are then means over the step",
            )
        )
    elapsed = int(begin[0] + offset - number[0] * seconds) / 3600
    return np.unique(number[:-1], return_inverse=True)[1].astype(np.int64), elapsed
