"""Errors that a user can act on: what is wrong, where, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the input.

    message: what is wrong; file, line: where; field: dotted path in the file (``assets.li-ion.capacity``);
    value: what was read; expected: what would be right; remedy: what to do. None is longer than can be read: a text of
    200,000 letters is cut where it is a value, or a part of any other. Letters that do not print are written out.
    """

    message: str
    file: str | None = None
    line: int | None = None
    field: str | None = None
    value: str | None = None
    expected: str | None = None
    remedy: str | None = None

    def __post_init__(self) -> None:
        for name, longest in _LONGEST.items():
            text = getattr(self, name)
            if text is not None:
                object.__setattr__(self, name, shortened(str(text), longest))

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}"
        head = ": ".join(part for part in (place, self.field, self.message) if part)
        lines = [head]
        for label, text in (("value", self.value), ("expected", self.expected), ("remedy", self.remedy)):
            if text:
                lines.append(f"  {label + ':':<10}{text}")
        return "\n".join(lines)


# Letters of each part of a problem; lists of what is known are the longest that any of them has to be.
_LONGEST = {"message": 400, "file": 400, "field": 200, "value": 120, "expected": 2000, "remedy": 1000}


def shortened(text: str, longest: int) -> str:
    """A text of somebody else's in one line: its begin, and how long it is where that is more than can be read."""
    cut = text if len(text) <= longest else f"{text[: longest - 30]}... ({len(text):,} letters)"
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in cut)


class MicrogridError(Exception):
    """Base of every error that is meant for the user; ``exit_code`` is what the command line returns."""

    exit_code = 2


class InputError(MicrogridError):
    """Something in the files, options or arguments is wrong; ``problems`` holds every one that was found."""

    def __init__(self, problems: Problem | Iterable[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: Sequence[Problem] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[Sequence[Problem]]]:
        return type(self), (self.problems,)


class InfeasibleError(MicrogridError):
    """No schedule can satisfy the case, or its cost has no lower limit."""

    exit_code = 3


class SolverError(MicrogridError):
    """The solver stopped without a usable answer."""

    exit_code = 3


class OutOfTimeError(SolverError):
    """The time limit came before any schedule."""


class AuditError(MicrogridError):
    """A schedule does not hold when it is replayed."""

    exit_code = 1


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to ``name``, or None when nothing is close."""
    match = difflib.get_close_matches(name, [str(k) for k in known], n=1, cutoff=0.5)
    return match[0] if match else None
