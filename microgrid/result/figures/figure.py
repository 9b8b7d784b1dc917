"""Type of a key figure: a function of flows with its name, definition, unit and place in the docs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from microgrid.result.figures.flows import Flows
from microgrid.suffixes import Suffix, suffix_of


class _Absent(Enum):
    ABSENT = "absent"


ABSENT = _Absent.ABSENT
"""Value of a figure that is left out, as the plan does not have what it is about."""

Value = float | None | Literal[_Absent.ABSENT]


@dataclass(frozen=True)
class Figure:
    """A key figure.

    name: ends in its unit; function: its value from flows, None for a share of 0, ABSENT if the plan does not have what
    it is about; each: computed for every carrier ("carrier"), or for all of them together ("site"); by_node: whether it
    makes sense for one node of several; better: direction of an improvement, "" if neither; card: whether it is on top
    of the report; saving: whether a decrease from the baseline is a saving; compared: whether comparisons show it as a
    column; brief: whether it is in the short table of the terminal; exact: whether it follows from figures and
    accounts that are rounded already, so that it has the digits of an amount; page: place of its explanation in the
    docs.
    """

    name: str
    function: Callable[[Flows], Value]
    each: Literal["carrier", "site"] = "carrier"
    by_node: bool = True
    better: Literal["lower", "higher", ""] = ""
    card: bool = False
    saving: bool = False
    compared: bool = False
    brief: bool = True
    exact: bool = False
    page: str = "how-it-works.md#shares"

    @property
    def definition(self) -> str:
        """Definition of the figure: a formula in plain text with remarks, which is the function's docstring."""
        return inspect.getdoc(self.function) or ""

    @property
    def suffix(self) -> Suffix | None:
        """Unit at the end of the name, None if it is unknown."""
        return suffix_of(self.name)


def figure(
    *,
    each: Literal["carrier", "site"] = "carrier",
    by_node: bool = True,
    better: Literal["lower", "higher", ""] = "",
    card: bool = False,
    saving: bool = False,
    compared: bool = False,
    brief: bool = True,
    exact: bool = False,
    page: str = "how-it-works.md#shares",
) -> Callable[[Callable[[Flows], Value]], Figure]:
    """Make a function a key figure of its own name; for the options see ``Figure``.

    Raises:
        ValueError: the function has no docstring, which is the definition, or its name does not end in a unit.
    """

    def register(function: Callable[[Flows], Value]) -> Figure:
        found = Figure(function.__name__, function, each, by_node, better, card, saving, compared, brief, exact, page)
        if not found.definition:
            raise ValueError(f"the key figure {found.name!r} has no definition: give its function a docstring")
        if found.suffix is None:
            raise ValueError(f"the name of the key figure {found.name!r} does not end in a unit, such as _kwh")
        return found

    return register
