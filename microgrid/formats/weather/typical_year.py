"""Typical years, whose months come from different years, moved to one calendar year."""

from __future__ import annotations

import calendar

import numpy as np

from microgrid.formats.source import Source
from microgrid.horizon import BoolArray, IntArray

TYPICAL_YEAR = 2018  # no leap year, as most typical years have 8,760 h
_DAY = 86400


def month_start(number: IntArray) -> IntArray:
    """Begin of months [s since 1970], (n,); number: months since 1970, (n,)."""
    return np.asarray(number, dtype="datetime64[M]").astype("datetime64[s]").astype(np.int64)


def on_one_year(
    source: Source, begin: IntArray, line: IntArray, year: int | None, typical: bool | None
) -> tuple[IntArray, BoolArray]:
    """Stamps [s], (n,), with the months of a typical year moved to one year, and whether each row is kept, (n,).

    year: year that the user states; typical: whether the file has a typical year, None if its stamps decide. Stamps of
    measured years are unchanged, unless the user states a year. Rows of 29 February are kept in leap years only.

    Raises:
        InputError: two rows for one time of the year, or a month with rows of several years.
    """
    number = begin.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    everything = np.ones(len(begin), dtype=bool)
    if year is None and (typical is False or number.min() // 12 == number.max() // 12):
        return begin, everything
    chosen = TYPICAL_YEAR if year is None else year
    within = begin - month_start(number)
    laid = month_start((chosen - 1970) * 12 + number % 12) + within
    leap_day = (number % 12 == 1) & (within >= 28 * _DAY)
    keep = everything if calendar.isleap(chosen) else ~leap_day
    clash = _clash(begin, laid, keep)
    if year is None and typical is None:
        if clash is not None or _one_period(begin):
            return begin, everything
        _refuse_mixed_months(source, number, line)
    if clash is not None:
        raise source.error(
            "rows of several years: not a typical year",
            line=int(line[clash]),
            field="year",
            value=f"another row has the same place in {chosen}",
            expected="each hour of the year once",
            remedy="leave out the option year, or keep the rows of one year only",
        )
    _log_year(source, chosen, year is None, number, int((~keep).sum()))
    return laid, keep


def _clash(begin: IntArray, laid: IntArray, keep: BoolArray) -> int | None:
    """Position of the first row that has its time in the year in common with a row of another year, None without."""
    order = np.flatnonzero(keep)[np.argsort(laid[keep], kind="stable")]
    again = np.flatnonzero((np.diff(laid[order]) == 0) & (np.diff(begin[order]) != 0))
    return int(order[again + 1].min()) if len(again) else None


def _one_period(begin: IntArray) -> bool:
    """Whether rows follow each other within 366 days, so that they are measured even if from two calendar years."""
    return bool((np.diff(begin) > 0).all() and begin[-1] - begin[0] < 366 * _DAY)


def _refuse_mixed_months(source: Source, number: IntArray, line: IntArray) -> None:
    """Raise an InputError if a month of a supposed typical year has rows of several years, as by a typing error."""
    for month in np.unique(number % 12):
        rows = np.flatnonzero(number % 12 == month)
        years, count = np.unique(number[rows] // 12 + 1970, return_counts=True)
        if len(years) > 1:
            usual = int(years[np.argmax(count)])
            odd = int(rows[np.argmax(number[rows] // 12 + 1970 != usual)])
            raise source.error(
                "a month of several years",
                line=int(line[odd]),
                field="year",
                value=f"{number[odd] // 12 + 1970}, among rows of {calendar.month_name[month + 1]} {usual}",
                expected="a typical year, each of whose months is of one year, or measured years one after the other",
                remedy="correct the year, or state the option year, on which all rows are then laid",
            )


def _log_year(source: Source, year: int, default: bool, number: IntArray, leap: int) -> None:
    owns = [sorted(set((number[number % 12 == month] // 12 + 1970).tolist())) for month in range(12)]
    listed = ", ".join(
        f"{calendar.month_abbr[month + 1]} {'/'.join(map(str, years))}" for month, years in enumerate(owns) if years
    )
    how = "the default of the option year" if default else "the option year"
    source.log.add(
        source.label, "time", "laid on one year", len(number) - leap, f"{year}, {how}; the file has {listed}"
    )
    source.log.add(source.label, "time", "leap day left out", leap, f"{year} has no 29 February")
