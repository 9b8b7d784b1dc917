"""Every parameter of a case with its meaning and source, as the report and the documentation list them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from microgrid.case.reading import Case

DEFAULT = "default of microgrid"


def list_assumptions(case: Case) -> list[dict[str, str]]:
    """Rows with asset, field, value, meaning and source: what the case gives, then the defaults that it uses."""
    rows = []
    for name, asset in case.assets.items():
        raw = case.data["assets"][name]
        for field, value, meaning, given in _fields(type(asset), raw, ""):
            path = f"assets.{name}.{field}"
            source = _source(path, case.sources) or ("" if given else DEFAULT)
            rows.append({"asset": name, "field": field, "value": value, "meaning": meaning, "source": source})
    return rows


def _fields(model: type[BaseModel], raw: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str, bool]]:
    for name, info in model.model_fields.items():
        key = info.alias or name
        given = key in raw
        if not given and (info.default is None or info.is_required() or info.default_factory is not None):
            continue
        value = raw[key] if given else info.default
        inner = info.annotation
        if given and isinstance(value, Mapping) and isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _fields(inner, value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _text(value), info.description or "", given


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_text(item) for item in value) or "none"
    return str(value)


def _source(path: str, sources: Mapping[str, str]) -> str:
    """The source of a path, or of what it is a part of."""
    while path:
        if path in sources:
            return sources[path]
        path = path.rpartition(".")[0]
    return ""
