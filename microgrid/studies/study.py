"""Contract of a study: a function that answers one question about a case, and what the command line needs of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from microgrid.case.overrides import BASE
from microgrid.case.reading import Case, load_case
from microgrid.errors import ExitCode
from microgrid.parameters import Parameters
from microgrid.solve.limits import Limits
from microgrid.suffixes import coded_name

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

SHARED = frozenset({"scenario", "set", "gap", "time_limit", "out", "json", "quiet", "help"})
"""Options of every study on the command line, or reserved there; no study has an option of its own of that name."""


class NoOptions(Parameters):
    """Options of a study that has none."""


@dataclass(frozen=True)
class Question:
    """Case that a study is about, and how it is solved.

    path: the case; settings: changes by dotted path; limits: relative gap and time limit of each solve;
    report_progress: to be called with the name of each stage as it begins.
    """

    path: str | Path
    scenario: str = BASE
    settings: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    report_progress: Callable[[str], None] = lambda _: None

    def case(self, changes: Mapping[str, Any] | None = None) -> Case:
        """Read the case, with further changes by dotted path.

        Raises:
            InputError: an error in the case or in the changes, with its place.
        """
        return load_case(self.path, self.scenario, {**self.settings, **(changes or {})})


@dataclass(frozen=True)
class StudyResult:
    """Result of a study as data, which the runner writes and the command line shows.

    title: of the case or of the table that is shown; figures: plain data for summary.json; tables: written as
    ``<name>.csv``; pages: name of a further file -> its text; shown: title -> table for the terminal, None for
    ``tables``; notes: sentences for the terminal; findings: sentences about what does not hold, which make the exit
    code 1. Names of amounts of money have no currency, as everywhere inside; the runner adds that of the case.
    """

    title: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, pd.DataFrame] | None = None
    notes: Sequence[str] = ()
    findings: Sequence[str] = ()

    def in_currency(self, currency: str) -> StudyResult:
        """The result as it is written: names of amounts of money carry the code of their currency."""

        def written(table: pd.DataFrame) -> pd.DataFrame:
            return table.rename(columns=lambda name: coded_name(str(name), currency))

        return replace(
            self,
            figures=_coded(self.figures, currency),
            tables={name: written(table) for name, table in self.tables.items()},
            shown=None if self.shown is None else {title: written(table) for title, table in self.shown.items()},
        )

    @property
    def exit_code(self) -> ExitCode:
        """Exit code of a command that returns this result."""
        return ExitCode.NOT_HELD if self.findings else ExitCode.FINE


def _coded(figures: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Plain data whose keys at every depth carry the code of a currency if they are names of amounts of money."""
    return {
        coded_name(str(name), currency): _coded(value, currency) if isinstance(value, Mapping) else value
        for name, value in figures.items()
    }


@dataclass(frozen=True)
class Study:
    """A study; its file is found by the variable ``STUDY``, and its name is that of the file, with hyphens.

    function: the function, whose docstring is the help of the command; options: model of its own options, whose
    descriptions are their help; solves: whether anything is solved, so that a gap and a time limit can be stated.

    Raises:
        ValueError: no docstring, an option without description, or one whose name is that of a shared option.
    """

    function: Callable[[Question, Any], StudyResult]
    options: type[Parameters] = NoOptions
    solves: bool = True

    def __post_init__(self) -> None:
        if not self.help:
            raise ValueError("a study without help: give its function a docstring")
        for name, about in self.fields().items():
            if not about.description:
                raise ValueError(f"the option {name!r} of a study has no description")
            if name in SHARED:
                raise ValueError(f"the option {name!r} of a study has the name of an option of all studies")

    @property
    def help(self) -> str:
        """Docstring of the function, without its sections on arguments and errors."""
        text = inspect.getdoc(self.function) or ""
        return re.split(r"^(?:Args|Returns|Raises):$", text, maxsplit=1, flags=re.MULTILINE)[0].strip()

    def fields(self) -> dict[str, FieldInfo]:
        """Own options by the name that they have in files and, with hyphens, on the command line."""
        return {about.alias or name: about for name, about in self.options.model_fields.items()}
