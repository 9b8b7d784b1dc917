"""Series that are worked out and not read as they stand: each in a file of its own, named by the first of its keys."""

from __future__ import annotations

import importlib
import pkgutil
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import ValidationError

from microgrid.errors import InputError, Problem
from microgrid.horizon import FloatArray
from microgrid.parameters import Parameters
from microgrid.wording import words_of

if TYPE_CHECKING:
    from microgrid.series.context import Reading

Said = TypeVar("Said", bound=Parameters)

# Keys of rooms above this one, which register themselves.
_REGISTERED: dict[str, str] = {}


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


def register(key: str, module: str) -> None:
    """Add a key whose series is the ``SERIES`` of a module in a room above this one; imported only when it is used."""
    _REGISTERED[key] = module


def names() -> list[str]:
    """The keys by which such series are named: the names of this package's files that have one, and registered ones."""
    return [key for key in _modules() if is_derived(key)]


def is_derived(key: str) -> bool:
    """Whether a key names such a series; at most the file of its name is imported."""
    modules = _modules()
    return key in modules and hasattr(importlib.import_module(modules[key]), "SERIES")


def series_of(key: str) -> type[MadeSeries]:
    """What the series with a key says."""
    found: type[MadeSeries] = importlib.import_module(_modules()[key]).SERIES
    return found


def _modules() -> dict[str, str]:
    """Key -> module of all that may have such a series."""
    package = importlib.import_module(f"{__package__}.derived")
    own = {file.name: f"{package.__name__}.{file.name}" for file in pkgutil.iter_modules(package.__path__)}
    return {**own, **_REGISTERED}


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
