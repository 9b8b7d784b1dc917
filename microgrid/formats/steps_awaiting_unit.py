"""Values of longer steps among shorter ones whose unit, still unknown, decides whether they are held or spread."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from microgrid.errors import Problem
from microgrid.horizon import FloatArray, IntArray


@dataclass(frozen=True)
class LongerSteps:
    """A column that has one value for each longer step, of several rows.

    held: value of the longer step in which each row lies, NaN where it has none, (rows,); times: number of rows of that
    step, (rows,); place: position of its first row, (rows,); minutes: length of the longer step and of a row; astray:
    stamp of the first value that is not at the edge of a longer step, "" if all are.
    """

    held: FloatArray
    times: IntArray
    place: IntArray
    minutes: tuple[float, float]
    astray: str = ""

    def values(self, adds_up: bool) -> FloatArray:
        """Values by row, (rows,): that of the longer step, divided by its number of rows if the column adds up."""
        return np.asarray(self.held / self.times) if adds_up else self.held

    def scaled(self, factor: float) -> LongerSteps:
        """Copy of the longer steps with each value times a factor."""
        return replace(self, held=self.held * factor)

    def placed(self, place: IntArray, rows: int) -> LongerSteps:
        """Copy of the longer steps for a table of more rows; place: position of each row there, (rows,)."""
        held = np.full(rows, np.nan)
        times = np.ones(rows, dtype=np.int64)
        first = np.arange(rows)
        held[place] = self.held
        times[place] = self.times
        first[place] = place[self.place]
        return replace(self, held=held, times=times, place=first)

    def count(self) -> int:
        """Number of values that stand for several rows."""
        return len(np.unique(self.place[self.times > 1]))

    def treatment(self, adds_up: bool) -> str:
        """Treatment of the values in words, for the log: spread if they add up, else held."""
        return f"values of {self._among()}: {'spread' if adds_up else 'held'}"

    def problem(self, file: str, column: str) -> Problem:
        """Problem of values whose unit, or the begin of whose steps, is unknown."""
        if self.astray:
            return Problem(
                f"column {column!r} has values of {self._among()}, and the begin of their intervals is unclear",
                file,
                None,
                column,
                self.astray,
                "each value in the row in which its interval begins, or, with stamps at the end, in which it ends",
                "move the values to these rows, or put them into a file of their own with one row for each",
            )
        return Problem(
            f"column {column!r} has values of {self._among()}, and its unit is not stated",
            file,
            None,
            column,
            None,
            "a unit: energy is spread over the shorter steps, power and prices hold in each of them",
            f"state it: 'unit: kWh' or 'unit: kW' beside the column; on the command line --unit, or --column "
            f"'NEW_kwh={column}'",
        )

    def _among(self) -> str:
        return f"{self.minutes[0]:g} min among steps of {self.minutes[1]:g} min"
