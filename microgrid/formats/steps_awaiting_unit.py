"""Values of longer steps among shorter ones that wait for their unit, which tells whether they are held or spread."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from microgrid.errors import Problem
from microgrid.horizon import FloatArray, IntArray


@dataclass(frozen=True)
class Longer:
    """A column whose values stand at one of several rows, which their step lasts over.

    held: the value of the step that each row lies in, NaN where there is none, (rows,); times: number of rows of that
    step, (rows,); place: of the first row of that step, (rows,); minutes: of the longer step and of a row; astray:
    where a value stands that is not at the edge of an hour, "" if none does.
    """

    held: FloatArray
    times: IntArray
    place: IntArray
    minutes: tuple[float, float]
    astray: str = ""

    def values(self, adds_up: bool) -> FloatArray:
        """value[t] = value of the longer step that t lies in; of what adds up its share, value / number of rows"""
        return np.asarray(self.held / self.times) if adds_up else self.held

    def scaled(self, factor: float) -> Longer:
        """The same, each value times a factor."""
        return replace(self, held=self.held * factor)

    def placed(self, place: IntArray, rows: int) -> Longer:
        """The same in a table of more rows; place: of each row there."""
        held, times, first = np.full(rows, np.nan), np.ones(rows, dtype=np.int64), np.arange(rows)
        held[place], times[place], first[place] = self.held, self.times, place[self.place]
        return replace(self, held=held, times=times, place=first)

    def count(self) -> int:
        """How many values last over several rows."""
        return len(np.unique(self.place[self.times > 1]))

    def told(self, adds_up: bool) -> str:
        """What is done to them, in words."""
        return f"values of {self._among()}: {'spread' if adds_up else 'held'}"

    def problem(self, file: str, column: str) -> Problem:
        """That they cannot be read as long as nothing tells what they are, or where their step begins."""
        if self.astray:
            return Problem(
                f"column {column!r} has values of {self._among()}, and where their steps begin cannot be told",
                file,
                None,
                column,
                self.astray,
                "values in the row in which their hour begins, or, where stamps are ends, in which it ends",
                "move them there, or give them a file of their own with one row for each",
            )
        return Problem(
            f"column {column!r} has values of {self._among()}, and its unit is not known",
            file,
            None,
            column,
            None,
            "a unit: energy is spread over the shorter steps, power and prices are held in each",
            f"state it: 'unit: kWh' or 'unit: kW' beside the column; on the command line --unit, or --column "
            f"'NEW_kwh={column}'",
        )

    def _among(self) -> str:
        return f"{self.minutes[0]:g} min among steps of {self.minutes[1]:g} min"
