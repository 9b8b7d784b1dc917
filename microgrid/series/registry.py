"""Registry of derived series, which are computed from other data: one file for each, named by its first key."""

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

ModelT = TypeVar("ModelT", bound=Parameters)

# Key -> module of series in packages on later floors, which register themselves.
_REGISTERED: dict[str, str] = {}


class DerivedSeries(Parameters):
    """Derived series as a case states it. fits: units of the fields that take it, such as "kW"; all if empty."""

    fits: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def on(self, reading: Reading, unit: str) -> FloatArray:
        """Values on the steps of the horizon, (N,), in the unit of the field; assumptions and repairs are logged.

        Raises:
            InputError: a fault in a file, with its line. ValueError: a fault in the keys of the series.
        """

    @abstractmethod
    def describe(self) -> str:
        """Source of the series in a few words, for the report."""


def register(key: str, module: str) -> None:
    """Add a key whose series is ``SERIES`` of a module on a later floor, which is imported only when it is used."""
    _REGISTERED[key] = module


def names() -> list[str]:
    """Keys of all derived series: names of the files of ``derived`` that have one, and registered keys."""
    return [key for key in _modules() if is_derived(key)]


def is_derived(key: str) -> bool:
    """Whether a key names a derived series; at most the module of that key is imported."""
    modules = _modules()
    return key in modules and hasattr(importlib.import_module(modules[key]), "SERIES")


def series_of(key: str) -> type[DerivedSeries]:
    """Model of the derived series with a key."""
    found: type[DerivedSeries] = importlib.import_module(_modules()[key]).SERIES
    return found


def _modules() -> dict[str, str]:
    """Key -> module, for all modules that may have a derived series."""
    package = importlib.import_module(f"{__package__}.derived")
    own = {file.name: f"{package.__name__}.{file.name}" for file in pkgutil.iter_modules(package.__path__)}
    return {**own, **_REGISTERED}


def for_unit(unit: str) -> list[type[DerivedSeries]]:
    """Models of the derived series that a field of a unit takes."""
    return [model for model in map(series_of, names()) if not model.fits or unit in model.fits]


def validated(model: type[ModelT], value: Mapping[str, Any]) -> ModelT:
    """Validate the keys of a series as a model; an InputError names the first key that is wrong."""
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
