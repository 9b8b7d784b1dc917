"""Schedules of the URDB (a period for each month, kind of day and hour) as months, days and hours of a tariff."""

from __future__ import annotations

from collections.abc import Iterable

from microgrid.tariff.urdb.item import Line, UrdbItem

Cell = tuple[int, int, int]  # 0 on weekdays and 1 at weekends, month 1 to 12, hour 0 to 23

MONTHS = tuple(range(1, 13))
CELLS = tuple((kind, month, hour) for kind in (0, 1) for month in MONTHS for hour in range(24))
_DAYS = (["monday", "tuesday", "wednesday", "thursday", "friday"], ["saturday", "sunday"])


def schedule_of(item: UrdbItem, names: tuple[str, ...], count: int) -> dict[Cell, int]:
    """Number of the period of each hour of each month, on weekdays and at weekends.

    names: fields of the schedules of weekdays and weekends; count: number of periods that there are.
    """
    if count == 1 and all(item.fields.get(name) is None for name in names):
        return dict.fromkeys(CELLS, 0)
    found = {}
    for kind, name in enumerate(names):
        for month, hours in enumerate(item.listed(item.fields.get(name), name, 12), 1):
            place = f"{name}[{month - 1}]"
            for hour, period in enumerate(item.listed(hours, place, 24)):
                found[kind, month, hour] = item.whole(period, f"{place}[{hour}]", count - 1)
    return found


def whens_of(cells: Iterable[Cell]) -> list[Line]:
    """Entries of months, days and hours that together cover the given cells, each cell once."""
    found = []
    for (weekday, weekend), months in _patterns(cells).items():
        if weekday == weekend:
            found.append(_when(months, weekday, None))
        else:
            found += [
                _when(months, hours, days) for hours, days in zip((weekday, weekend), _DAYS, strict=True) if hours
            ]
    return found


def only(whens: list[Line]) -> Line:
    """The key ``when`` of a line; no key if the line holds at all times."""
    return {} if whens == [{}] else {"when": whens[0] if len(whens) == 1 else whens}


def months_of(line: Line) -> list[int]:
    """Months in which a line holds, 1 to 12."""
    when = line.get("when", {})
    parts = when if isinstance(when, list) else [when]
    return sorted({month for part in parts for month in part.get("months", MONTHS)})


def _patterns(cells: Iterable[Cell]) -> dict[tuple[frozenset[int], frozenset[int]], list[int]]:
    """Hours on weekdays and at weekends -> the months that have just these."""
    inside = set(cells)
    found: dict[tuple[frozenset[int], frozenset[int]], list[int]] = {}
    for month in MONTHS:
        weekday, weekend = (frozenset(hour for hour in range(24) if (kind, month, hour) in inside) for kind in (0, 1))
        if weekday or weekend:
            found.setdefault((weekday, weekend), []).append(month)
    return found


def _when(months: list[int], hours: frozenset[int], days: list[str] | None) -> Line:
    """Entry of months, days and hours, without those keys that would not restrict it; days: None for all days."""
    when: Line = {} if len(months) == 12 else {"months": list(months)}
    if days:
        when["days"] = list(days)
    if len(hours) < 24:
        begins = [hour for hour in sorted(hours) if (hour - 1) % 24 not in hours]
        ends = [next(end for end in range(begin + 1, begin + 25) if end % 24 not in hours) for begin in begins]
        when["hours"] = [
            f"{begin:02}:00-{end if end <= 24 else end - 24:02}:00" for begin, end in zip(begins, ends, strict=True)
        ]
    return when
