"""Series that are worked out and not read as they stand: each in a file of its own, named by the first of its keys."""

from __future__ import annotations

import importlib
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import ValidationError

from microgrid.errors import InputError, Problem
from microgrid.horizon import FloatArray
from microgrid.parameters import Parameters
from microgrid.wording import words_of

if TYPE_CHECKING:
    from microgrid.profiles.reading import Reading

Said = TypeVar("Said", bound=Parameters)

# Key -> module whose SERIES it is; imported only when it is used.
_MODULES: dict[str, str] = {
    "standard_load": "microgrid.profiles.standard_load",
    "heat_by_degree_days": "microgrid.profiles.degree_days",
    "standard_heat": "microgrid.profiles.standard_heat",
    "mix": "microgrid.profiles.mix_series",
    "sensors": "microgrid.sensors.of_case",
}


class MadeSeries(Parameters):
    """What such a series says in a case. fits: the units of the fields that take it, such as "kW"; all if empty."""

    fits: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def on(self, reading: Reading, unit: str) -> FloatArray:
        """Its values on the steps of the horizon, (N,), in the unit of the field; what was assumed or done is logged.

        Raises:
            InputError: what is wrong in a file, with its line; ValueError: what is wrong with what was said.
        """

    @abstractmethod
    def describe(self) -> str:
        """Where it comes from, in a few words, for the report."""


def names() -> list[str]:
    """The keys by which such series are named."""
    return list(_MODULES)


def series_of(key: str) -> type[MadeSeries]:
    """What the series with a key says."""
    found: type[MadeSeries] = importlib.import_module(_MODULES[key]).SERIES
    return found


def for_unit(unit: str) -> list[type[MadeSeries]]:
    """What fields of a unit can take."""
    return [model for model in map(series_of, names()) if not model.fits or unit in model.fits]


def validated(model: type[Said], value: Mapping[str, Any]) -> Said:
    """What a series says; an InputError names the first key that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors()[0]
        context = details.get("ctx") or {}
        message, expected, remedy = words_of(details, model)
        place = ".".join(map(str, details["loc"])) or str(context.get("field", ""))
        shown = None if details["type"] == "missing" else str(context.get("value", details.get("input")))[:60]
        what = ": ".join(filter(None, [place, message]))
        raise InputError(Problem(what, value=shown, expected=expected, remedy=remedy)) from None
