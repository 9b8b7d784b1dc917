"""Tables of keys from the pydantic models that read the case file: key, unit, default, meaning."""

from __future__ import annotations

import datetime as dt
import re
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from microgrid import units
from microgrid.contract.size import SizeIn
from microgrid.formats.unit_names import SUFFIX_UNITS
from microgrid.series.series_field import SeriesOf
from microgrid.suffixes import OF_MONEY
from microgrid.units import Unit

LEFT_OUT = "\u2013"
_LIMITS = {"ge": "\u2265", "gt": ">", "le": "\u2264", "lt": "<"}

# Modules whose models the page of the case format explains, and headings there that are not called as the model is.
_ELSEWHERE = (
    "microgrid.case.schema",
    "microgrid.calendar",
    "microgrid.tariff.schema.tariff",
    "microgrid.tariff.schema.energy",
    "microgrid.tariff.schema.peaks",
    "microgrid.tariff.schema.subscription",
)
_HEADINGS = {
    "tariff": "the-tariff",
    "when": "months-days-and-hours",
    "horizon-spec": "horizon",
    "segment": "horizon",
    "target": "targets",
}


@dataclass
class _Type:
    """What an annotation says: kind of value, unit, limits, and the models inside."""

    word: str = ""
    unit: str | None = None
    limits: dict[str, float] = field(default_factory=dict)
    models: list[type[BaseModel]] = field(default_factory=list)
    many: bool = False
    sized: bool = False


def table(model: type[BaseModel], base: str = "") -> str:
    """The fields of one model as a Markdown table, needed ones first."""
    rows = sorted(
        model.model_fields.items(), key=lambda item: (not item[1].is_required(), item[0] in ("node", "carrier"))
    )
    lines = ["```{rst-class} keys", "```", "", "| Key | Unit | Default | Meaning |", "|---|---|---|---|"]
    for name, info in rows:
        about = _read(info)
        cells = [
            f"`{info.alias or name}`",
            _unit(about, base),
            _default(info, about),
            info.description or _meaning(info),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def nested(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every model inside the fields of a model, each once, except those with a page of their own."""
    seen: list[type[BaseModel]] = []
    stack = [model]
    while stack:
        current = stack.pop(0)
        for info in current.model_fields.values():
            for inner in _read(info).models:
                if inner not in seen and inner.__module__ not in _ELSEWHERE:
                    seen.append(inner)
                    stack.append(inner)
    yield from seen


def used_as(model: type[BaseModel], inner: type[BaseModel]) -> list[str]:
    """The keys of a model, or of the models in it, that hold the inner model."""
    return [
        f"`{info.alias or name}`"
        for current in (model, *nested(model))
        for name, info in current.model_fields.items()
        if inner in _read(info).models
    ]


def _read(info: FieldInfo) -> _Type:
    about = _Type()
    _walk(info.annotation, about)
    _note(info.metadata, about)
    return about


def takes_size(info: FieldInfo) -> bool:
    """Whether a key takes a size, which may be decided, and not a plain quantity alone."""
    about = _Type()
    _walk(info.annotation, about)
    _note(info.metadata, about)
    return about.sized


def _walk(annotation: Any, about: _Type) -> None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        _walk(arguments[0], about)
        _note(arguments[1:], about)
    elif origin in (Union, types.UnionType):
        for argument in arguments:
            if argument is not type(None):
                _walk(argument, about)
    elif origin is Literal:
        about.word = ", ".join(f"`{choice}`" for choice in arguments)
    elif origin in (tuple, list):
        about.many = True
        for argument in arguments:
            if argument is not Ellipsis:
                _walk(argument, about)
    elif origin is dict:
        about.word = "mapping"
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        about.models.append(annotation)
    else:
        words_ = {bool: "`true`, `false`", int: "whole number", float: "number", str: "text", dt.date: "date"}
        about.word = words_.get(annotation, about.word)
        if getattr(annotation, "__name__", "") == "datetime":
            about.word = "local time"


def _note(metadata: Any, about: _Type) -> None:
    for item in metadata:
        if isinstance(item, Unit):
            about.unit = item.unit
        elif isinstance(item, SizeIn):
            about.unit, about.sized = item.unit, True
        elif isinstance(item, SeriesOf):
            about.unit, about.word = item.unit, "series"
            about.limits |= {k: v for k in ("ge", "le") if (v := getattr(item, k)) is not None}
        elif isinstance(item, FieldInfo):
            _note(item.metadata, about)
        elif isinstance(item, annotated_types.BaseMetadata):
            about.limits |= {k: v for k in _LIMITS if isinstance(v := getattr(item, k, None), int | float)}


def _unit(about: _Type, base: str) -> str:
    parts = []
    if about.word == "series":
        parts.append(f"[series]({base}case-format.md#series), {about.unit or 'fraction'}")
    elif about.sized:
        parts.append(f"{about.unit} or a [size]({base}case-format.md#sizes)")
    elif about.unit is not None:
        is_share = about.limits.keys() & {"ge", "gt"} and about.limits.keys() & {"le", "lt"}
        parts.append(about.unit or ("share" if is_share else "number"))
    elif about.word:
        parts.append(about.word)
    parts += [_link(model, base) for model in about.models]
    text = " or ".join(parts)
    if about.many:
        text = f"list: {text}"
    return ", ".join([text, *_limits(about.limits)])


def _limits(limits: dict[str, float]) -> list[str]:
    """The tightest limit on either side: ``> 0`` rather than ``>= 0`` and ``> 0``."""
    low = max(((limits[k], k == "gt", k) for k in ("ge", "gt") if k in limits), default=None)
    high = min(((limits[k], k == "le", k) for k in ("le", "lt") if k in limits), default=None)
    return [f"{_LIMITS[found[2]]}\u00a0{found[0]:g}" for found in (low, high) if found]


def _link(model: type[BaseModel], base: str) -> str:
    slug = words(model).replace(" ", "-")
    if model.__module__ in _ELSEWHERE:
        heading = _HEADINGS.get(slug, slug)
        return f"[{heading.replace('-', ' ')}]({base}case-format.md#{heading})"
    return f"[{words(model)}](#{slug})"


def words(model: type[BaseModel]) -> str:
    """``PricePeriod`` as words: ``price period``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__).lower()


def _default(info: FieldInfo, about: _Type) -> str:
    if info.is_required():
        return "**needed**"
    value = info.default if info.default_factory is None else None
    if value is None or value in ("", ()) or (isinstance(value, tuple) and isinstance(value[0], BaseModel)):
        return LEFT_OUT
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float) and about.unit:
        return f"`{value:g} {about.unit}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _meaning(info: FieldInfo) -> str:
    return "Name of the kind." if get_origin(info.annotation) is Literal else ""


def unit_examples() -> str:
    """Every canonical unit with a text that is accepted for it."""
    rows = [f"| {unit or 'none'} | `{units.example(unit)}` |" for unit in units._EXAMPLES]
    return "\n".join(["| Inside the program | Accepted, for example |", "|---|---|", *rows])


def unit_suffixes() -> str:
    """The endings of column names that tell the unit."""
    rows = [f"| `_{ending}` | {unit if unit != 'count' else '0-1'} |" for ending, unit in SUFFIX_UNITS.items()]
    prices = [suffix.in_currency("EUR") for suffix in OF_MONEY.values() if suffix.column]
    rows += [f"| `_{price.ending}` | {price.unit}, and likewise in any currency |" for price in prices]
    return "\n".join(["| Name ends in | Unit |", "|---|---|", *rows])
