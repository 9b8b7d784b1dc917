"""Assumptions of a case: every parameter with its meaning and source, as listed in the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from microgrid.case.reading import Case
from microgrid.money import in_currency
from microgrid.units import Unit

DEFAULT = "default of microgrid"


class _Entry(NamedTuple):
    field: str
    value: str
    meaning: str
    given: bool


def list_assumptions(case: Case) -> list[dict[str, str]]:
    """List asset, field, value, meaning and source of each parameter: first those of the case, then used defaults."""
    entries = [("exchange rates", "", entry) for entry in _of_money(case)]
    entries += [("objective", "objective", entry) for entry in _of_objective(case)]
    for name, asset in case.assets.items():
        entries += [(name, f"assets.{name}", entry) for entry in _fields(type(asset), case.data["assets"][name], "")]
    return [
        {
            "asset": name,
            "field": entry.field,
            "value": in_currency(entry.value, case.money.currency) if not entry.given else entry.value,
            "meaning": entry.meaning,
            "source": _source(f"{at}.{entry.field}".lstrip("."), case.sources) or ("" if entry.given else DEFAULT),
        }
        for name, at, entry in sorted(entries, key=lambda row: not row[2].given)
    ]


def _of_money(case: Case) -> Iterator[_Entry]:
    for code, worth in case.money.rates.items():
        yield _Entry(f"exchange_rates.{code}", f"{worth:g} {case.money.currency}", f"Worth of one {code}.", True)


def _of_objective(case: Case) -> Iterator[_Entry]:
    return _fields(type(case.objective), case.data.get("objective") or {}, "")


def _fields(model: type[BaseModel], raw: Mapping[str, Any], prefix: str) -> Iterator[_Entry]:
    for name, info in model.model_fields.items():
        key = info.alias or name
        given = key in raw
        if key in ("kind", "node") and (key == "kind" or not given):
            continue  # an asset's name and columns show its kind, and a node that is not stated is the only one
        if not given and (info.default is None or info.is_required() or info.default_factory is not None):
            continue
        inner = info.annotation
        if given and isinstance(raw[key], Mapping) and isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _fields(inner, raw[key], f"{prefix}{key}.")
        else:
            value = _text(raw[key]) if given else _with_unit(info)
            yield _Entry(f"{prefix}{key}", value, info.description or "", given)


def _with_unit(info: FieldInfo) -> str:
    """Text of a default as it would be written in a case file."""
    unit = next((mark.unit for mark in info.metadata if isinstance(mark, Unit)), "")
    return f"{info.default:g} {unit}".strip() if isinstance(info.default, float) else _text(info.default)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_text(item) for item in value) or "none"
    return str(value)


def _source(path: str, sources: Mapping[str, str]) -> str:
    """Source that is stated for a path, or for the nearest path that contains it."""
    while path:
        if path in sources:
            return sources[path]
        path = path.rpartition(".")[0]
    return ""
