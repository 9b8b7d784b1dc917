"""Errors that a user can act on: what is wrong, where, and what to do."""

from __future__ import annotations

import difflib
import os
import re
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit code of a command, of several results the greatest; ``MEANINGS`` explains each."""

    FINE = 0
    NOT_HELD = 1
    BAD_INPUT = 2
    NO_SCHEDULE = 3
    ENVIRONMENT = 4
    DEFECT = 5
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.FINE: "success: every check passed",
    ExitCode.NOT_HELD: "an audit, target, proof, balance of sensors or verification failed",
    ExitCode.BAD_INPUT: "bad input: a file, a key, a value or an option",
    ExitCode.NO_SCHEDULE: "no schedule: infeasible, unbounded, or none found within the time limit",
    ExitCode.ENVIRONMENT: "the environment: disk, permissions, memory, or files that change during the run",
    ExitCode.DEFECT: "a defect of the program; please report it",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C",
}


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Text in which control characters, which could steer a terminal, are replaced by printable escapes."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the input.

    message: what is wrong; file, line: where; field: dotted path in the file (``assets.li-ion.capacity``);
    value: what was read; expected: what would be right; remedy: what to do. Each text is cut to a length that can be
    read, since a value or a key in a file may have any length. Characters that do not print are written as escapes.
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


# Most characters of each part of a problem; ``expected`` has the most, since it may list every known name.
_LONGEST = {"message": 400, "file": 400, "field": 200, "value": 120, "expected": 2000, "remedy": 1000}


def shortened(text: str, longest: int) -> str:
    """Text of any origin on one line; one of more than ``longest`` characters is cut, and its length is added."""
    cut = text if len(text) <= longest else f"{text[: longest - 30]}... ({len(text):,} characters)"
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in cut)


class MicrogridError(Exception):
    """Base of every error that is meant for the user; ``exit_code`` is what the command line returns."""

    exit_code: ExitCode = ExitCode.BAD_INPUT


class ProblemsError(MicrogridError):
    """Error that lists what is wrong: ``problems`` holds every problem that was found."""

    def __init__(self, problems: Problem | Iterable[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: Sequence[Problem] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ProblemsError], tuple[Sequence[Problem]]]:
        return type(self), (self.problems,)


class InputError(ProblemsError):
    """Something in the files, options or arguments is wrong."""


class RunEnvironmentError(ProblemsError):
    """The machine is at fault and not the input: a full disk, no right to write, or a file that changes meanwhile."""

    exit_code = ExitCode.ENVIRONMENT


class InfeasibleError(MicrogridError):
    """No schedule can satisfy the case, or its cost has no lower limit."""

    exit_code = ExitCode.NO_SCHEDULE


class SolverError(MicrogridError):
    """The solver stopped without a usable answer."""

    exit_code = ExitCode.NO_SCHEDULE


class OutOfTimeError(SolverError):
    """The time limit was reached before any schedule was found."""


def as_failure(error: Exception, place: str | None = None) -> tuple[ExitCode, str]:
    """Exit code and text of an error that stopped a command or a job.

    place: named in the text where the error itself names no file.
    """
    if isinstance(error, MicrogridError):
        return error.exit_code, str(error)
    if isinstance(error, OSError):
        message = f"cannot be read or written: {reason_of(error)}"
        file = None if error.filename is None else str(error.filename)
        return ExitCode.ENVIRONMENT, str(Problem(message, file=file or place))
    if isinstance(error, MemoryError):
        remedy = "a shorter horizon, longer steps, fewer --jobs, or a machine with more memory"
        return ExitCode.ENVIRONMENT, str(Problem("not enough memory", file=place, remedy=remedy))
    report = "".join(traceback.format_exception(error))
    return ExitCode.DEFECT, f"a defect of microgrid, please report it:\n{report}"


def reason_of(error: OSError) -> str:
    """Reason of an error in the words of the operating system, without what a library adds to them."""
    return os.strerror(error.errno) if error.errno else str(error)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Known name closest to ``name``, or None if none is close."""
    match = difflib.get_close_matches(name, [str(k) for k in known], n=1, cutoff=0.5)
    return match[0] if match else None
