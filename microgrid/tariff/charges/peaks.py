"""Peaks as they are billed: means over metering intervals, by month, season or year, with ratchets."""

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
    """Steps that count for a peak, and the metering interval of each step, both (N,); intervals are numbered in order.

    earlier_hours, earlier_kwh: length of the first interval's part before the horizon, and the energy drawn in it.
    """

    counts: BoolArray
    interval: IntArray
    earlier_hours: float = 0.0
    earlier_kwh: float = 0.0

    @property
    def key(self) -> bytes:
        """Key that is equal for two lines if they are metered alike."""
        return repr((self.earlier_hours, self.earlier_kwh)).encode() + self.counts.tobytes() + self.interval.tobytes()

    def means(self, power_kw: FloatArray, horizon: Horizon) -> tuple[FloatArray, IntArray]:
        """Mean power of each interval that counts [kW], and its month.

        mean = sum of power x hours / sum of hours, over the steps in the interval and its part before
        the horizon.
        """
        means = np.bincount(self.interval, self.weights(horizon) * power_kw).astype(float)
        means[0] += self.earlier_mean_kw(horizon)
        return means[self.counted], horizon.month_of_step[self.first[self.counted]]

    def weights(self, horizon: Horizon) -> FloatArray:
        """Length of each step per length of its metering interval, (N,)."""
        return np.asarray(horizon.step_hours / self._hours(horizon)[self.interval])

    def earlier_mean_kw(self, horizon: Horizon) -> float:
        """Part of the first interval's mean that comes from the energy drawn before the horizon [kW]."""
        return float(self.earlier_kwh / self._hours(horizon)[0])

    def _hours(self, horizon: Horizon) -> FloatArray:
        hours = np.bincount(self.interval, horizon.step_hours).astype(float)
        hours[0] += self.earlier_hours
        return hours

    @cached_property
    def counted(self) -> BoolArray:
        """Whether each metering interval counts, (intervals,)."""
        return np.asarray(np.bincount(self.interval, self.counts) > 0)

    @cached_property
    def first(self) -> IntArray:
        """First step of each metering interval, (intervals,)."""
        return np.flatnonzero(np.diff(self.interval, prepend=-1))

    def peaks(self, power_kw: FloatArray, horizon: Horizon) -> FloatArray:
        """Highest mean of each month over its counted intervals [kW], (months,); 0 where none counts."""
        found = np.zeros(len(horizon.months))
        means, month = self.means(power_kw, horizon)
        np.maximum.at(found, month, means)
        return found

    def variable(self, connection: Connection) -> Variable:
        """Variable of each month's peak, at least each counted mean [kW]; lines that are metered alike share it."""
        if self.key not in connection.shared:
            horizon = connection.horizon
            counted = self.counted
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
    """share[m] x cost of the billed power of month m, by tiers [money]; share (months,).

    billed[m] = max(floor[m], greatest of reach[m, n] x peak[n] over the months n);  reach[m, m] = 1, (months, months).
    """

    item: str
    tiers: Tiers
    share: FloatArray
    metering: Metering
    reach: FloatArray
    floor_kw: FloatArray

    def billed(self, import_kw: FloatArray, horizon: Horizon) -> FloatArray:
        """Billed power of each month [kW], (months,)."""
        remembered = (self.reach * self.metering.peaks(import_kw, horizon)).max(axis=1)
        return np.asarray(np.maximum(remembered, self.floor_kw))

    def amount(self, meter: Meter) -> Amount:
        """Billed power at its price, by month [money], (months,)."""
        billed = self.billed(meter.import_kw, meter.horizon)
        return Amount(COST, self.item, self.share * self.tiers.cost(billed), "month")

    def quantity(self, meter: Meter) -> Quantity:
        """Billed power of each month with a price that is not 0 [kW], (months,)."""
        return Quantity(self.billed(meter.import_kw, meter.horizon) * (self.share != 0), "kW")

    def entry(self, connection: Connection) -> Entry:
        """Terms of the prices on a variable of the billed power, which means, ratchet and floor bound from below."""
        billed = self._billed(connection)
        terms = [Term(billed, float(self.tiers.price[0]) * self.share, "month")]
        most = np.maximum(self.floor_kw, billed.upper)
        beyond = self.tiers.terms(connection, billed.all, most, np.zeros(len(self.share)), "kw")
        terms += [replace(term, coefficient=term.coefficient * self.share) for term in beyond]
        return Entry(COST, self.item, tuple(terms))

    def _billed(self, connection: Connection) -> Variable:
        """Variable of the billed power [kW]: billed[m] >= reach[m, n] x peak[n], billed[m] >= floor[m]."""
        peak = self.metering.variable(connection)
        if not ((self.reach != np.eye(len(self.reach))).any() or self.floor_kw.any()):
            return peak
        billed = connection.monthly("billed", "kw", np.maximum(self.floor_kw, peak.upper), self.floor_kw)
        month, other = np.nonzero(self.reach)
        above = peak.at(other) * self.reach[month, other] - billed.at(month)
        connection.rows("billed", above, upper=0.0)
        return billed


def expand_peak(line: PeakLine, horizon: Horizon, measured: Measured | None = None) -> PeakCharge:
    """Expand a peak line of a tariff onto a horizon.

    measured: readings of the current interval and month from before the horizon.

    Raises:
        InputError: steps that do not fit the metering interval, or a coincident hour that clocks skip.
    """
    months = horizon.month_number
    reach = np.eye(len(months))
    share = np.ones(len(months))
    floor = np.zeros(len(months))
    price = line.price_per_kw
    if line.price_per_kw_year is not None:
        years = months // 12
        reach = (years[:, None] == years[None, :]).astype(float)
        share = horizon.share_of_year
        price = line.price_per_kw_year
    elif line.price_per_kw_season is not None:
        season = _seasons({month for when in line.when for month in when.months}, months)
        reach = ((season[:, None] == season[None, :]) & (season >= 0)[:, None]).astype(float)
        reach = np.maximum(reach, np.eye(len(months)))
        share = ((season >= 0) & (np.append(season[1:], -2) != season)).astype(float)
        price = line.price_per_kw_season
    elif line.price_by_month:
        prices = {month: some.price_per_kw for some in line.price_by_month for month in some.months}
        share = np.array([prices.get(int(number) % 12 + 1, 0.0) for number in months])
        price = 1.0
    if line.ratchet:
        reach = np.maximum(reach, _ratchet_reach(line.ratchet, months))
        floor = _ratchet_floor(line.ratchet, months)
    tiers = [(0.0, price)] if price is not None else [(tier.above_kw, tier.price_per_kw) for tier in line.tiers]
    above, by_tier = np.array(tiers, dtype=float).T
    interval, elapsed = metering_intervals(line.interval_hours, line.item, horizon)
    metering = Metering(_counted_steps(line, horizon), interval)
    if measured is not None:
        floor = np.maximum(floor, reach[:, 0] * measured.peak_kw)
        metering = replace(metering, earlier_hours=elapsed, earlier_kwh=elapsed * measured.interval_mean_kw)
    return PeakCharge(line.item, Tiers(above, by_tier), share, metering, reach, floor)


def _seasons(named: set[int], months: IntArray) -> IntArray:
    """Number of each season, a run of consecutive named months; -1 for months in none, (months,)."""
    inside = np.isin(months % 12 + 1, sorted(named))
    begins = inside & ~np.append(False, inside[:-1])
    return np.where(inside, np.cumsum(begins) - 1, -1)


def _counted_steps(line: PeakLine, horizon: Horizon) -> BoolArray:
    """Whether each step counts, (N,): it lies in the line's hours, and touches a coincident hour if there are any."""
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
    except ValueError:  # an hour that the clocks skip in spring
        expected = f"an hour that the clocks of {horizon.timezone} do not skip"
        raise InputError(Problem("not a local time", field=item, value=str(instant), expected=expected)) from None


def _ratchet_reach(ratchet: Ratchet, months: IntArray) -> FloatArray:
    """Share of month n's peak that a ratchet bills in month m at least, (months, months), 0 out of its reach."""
    now = months[:, None]
    then = months[None, :]
    back = now - then
    if ratchet.repeats:
        if len(months) != 12:
            message = "a ratchet with 'repeats: true' on a horizon of another length than a year"
            raise InputError(Problem(message, value=f"{len(months)} months", expected="a horizon of twelve months"))
        back = np.where(back <= 0, back + 12, back)
    within = (back > 0) & (back <= ratchet.months)
    return np.asarray(ratchet.share * (within & _in_ratchet_months(ratchet, then)))


def _in_ratchet_months(ratchet: Ratchet, month: IntArray) -> BoolArray:
    """Whether a ratchet counts the peaks of each month, same shape as ``month``."""
    return np.isin(month % 12 + 1, ratchet.of_months) if ratchet.of_months else np.ones(month.shape, dtype=bool)


def _ratchet_floor(ratchet: Ratchet, months: IntArray) -> FloatArray:
    """Least billed power of each month that follows from peaks before the horizon [kW], (months,)."""
    floor = np.zeros(len(months))
    for past in ratchet.past:
        then = month_number(past.month)
        within = (months > then) & (months - then <= ratchet.months)
        if _in_ratchet_months(ratchet, np.array([then]))[0]:
            floor = np.maximum(floor, ratchet.share * past.peak_kw * within)
    return floor


def metering_intervals(interval_hours: float | None, item: str, horizon: Horizon) -> tuple[IntArray, float]:
    """Metering interval of each step, (N,), on the site's clock, and hours of the first interval before the horizon.

    If no interval is stated, each step is an interval.

    Raises:
        InputError: a step that crosses the edge of an interval.
    """
    if interval_hours is None:
        return np.arange(horizon.steps), 0.0
    seconds = round(interval_hours * 3600)
    begin = np.asarray(horizon.points.as_unit("s").asi8)
    # Intervals begin on the local clock, which some time zones shift by half an hour.
    offset = int((horizon.local[0].utcoffset() or dt.timedelta()).total_seconds())
    number = (begin + offset) // seconds
    across = np.flatnonzero((begin[1:] + offset - 1) // seconds != number[:-1])
    if len(across):
        raise InputError(
            Problem(
                f"line {item!r}: a step lies in several metering intervals",
                field=item,
                value=f"{horizon.step_hours[across[0]] * 60:g} min from {horizon.describe(int(across[0]))}, "
                f"interval {interval_hours * 60:g} min",
                expected="steps that divide the interval",
                remedy="choose a shorter step, or leave the interval out: peaks are then means over the step",
            )
        )
    elapsed = int(begin[0] + offset - number[0] * seconds) / 3600
    return np.unique(number[:-1], return_inverse=True)[1].astype(np.int64), elapsed
