"""Series that are worked out and not read as they stand: each in a file of its own, named by the first of its keys."""

from __future__ import annotations

import importlib
import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import ValidationError

from microgrid.errors import InputError, Problem, nearest
from microgrid.horizon import FloatArray
from microgrid.parameters import Parameters

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

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
        first = error.errors()[0]
        context = first.get("ctx") or {}
        expected = context.get("expected")
        what = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        place = ".".join(map(str, first["loc"])) or str(context.get("field", ""))
        raise InputError(
            Problem(
                ": ".join(filter(None, [place, what])),
                value=str(context.get("value", first.get("input")))[:60],
                expected=None if expected is None else str(expected),
                remedy=context.get("remedy") or _near(model, first),
            )
        ) from None


def _near(model: type[Parameters], error: ErrorDetails) -> str | None:
    """The known key or choice that is nearest to a wrong one, as a remedy."""
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        wrong, known = error["loc"][0], [field.alias or name for name, field in model.model_fields.items()]
    elif error["type"] == "literal_error":
        wrong, known = error["input"], re.findall(r"'([^']*)'", error["ctx"]["expected"])
    else:
        return None
    near = nearest(str(wrong).lower(), known)
    return f"did you mean {near!r}?" if near else None
