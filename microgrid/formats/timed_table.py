"""A table of columns on the axis of time, as the reader of every format returns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from microgrid.errors import InputError, Problem, nearest
from microgrid.formats.steps_awaiting_unit import LongerSteps
from microgrid.horizon import FloatArray, IntArray

TIME = "time"
Side = Literal["begin", "end", "center"]  # point of an interval at which its time stamp stands


class Stays(Protocol):
    """Stays from which the rows of a table were computed, such as sessions of cars."""

    def cut(self, column: str, begin: int, end: int) -> tuple[int, float]:
        """Number of stays across the begin or end of a span [s since 1970, UTC], and their energy outside it [kWh]."""


class NotPlainTableError(InputError):
    """Error about a file that is no plain table of this project's own, and may be in another format."""


@dataclass(frozen=True)
class Table:
    """Content of a file as text or numbers by column.

    name: shown in errors; label: name in the case; points: instants at the edges of the rows [s since 1970, UTC],
    (N+1,); lines: line of each row in the file, 0 for a row that is missing there; None: rows follow a header line.
    stays: stays from which the rows were computed, which a horizon may cut; units: column -> unit that the file states
    apart from the name; longer: columns with values of longer steps, whose unit decides on their values by row.
    """

    name: str
    label: str
    frame: pd.DataFrame
    points: IntArray
    lines: IntArray | None = None
    stays: Stays | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    longer: Mapping[str, LongerSteps] = field(default_factory=dict)

    @property
    def step_hours(self) -> FloatArray:
        """Length of each row's interval [h], (rows,)."""
        return np.asarray(np.diff(self.points) / 3600.0)

    def column(self, column: str, field: str | None = None, holes: bool = False) -> FloatArray:
        """Column as floats, (rows,); an InputError names the first row that is not a number.

        holes: whether an empty value is NaN, to be filled by a rule; otherwise it is an error.
        """
        if column not in self.frame.columns or column == TIME:
            names = [str(c) for c in self.frame.columns if c != TIME]
            near = nearest(column, names)
            raise InputError(
                Problem(
                    f"no column {column!r}",
                    file=self.name,
                    field=field,
                    value=column,
                    expected="one of " + ", ".join(names[:12]) + (", ..." if len(names) > 12 else ""),
                    remedy=f"did you mean {near!r}?" if near else "name a column of this file",
                )
            )
        if column in self.longer:
            raise InputError(self.longer[column].problem(self.name, column))
        raw = self.frame[column]
        values = np.asarray(pd.to_numeric(raw, errors="coerce"), dtype=float)
        bad = ~np.isfinite(values) | pd.api.types.is_bool_dtype(raw)
        bad &= ~(holes & np.asarray(raw.isna()))
        if bad.any():
            raise InputError(_not_a_number(self, column, raw, np.flatnonzero(bad)))
        return values

    def line(self, row: int) -> int | None:
        """Line of a row in the file, None for a row that is missing there."""
        return row + 2 if self.lines is None else int(self.lines[row]) or None


def _not_a_number(table: Table, column: str, raw: pd.Series, bad: np.ndarray) -> Problem:
    first = int(bad[0])
    value = "empty" if pd.isna(raw.iloc[first]) else repr(str(raw.iloc[first])[:60])
    if table.line(first) is None:
        value = f"no row at {pd.Timestamp(int(table.points[first]), unit='s', tz='UTC').isoformat()}"
    return Problem(
        f"column {column!r} holds {len(bad)} value(s) that are not numbers",
        file=table.name,
        line=table.line(first),
        field=column,
        value=value,
        expected="a finite number with a decimal point in every row",
        remedy="correct or fill the rows in the file, or state a rule 'fill' for the series",
    )
