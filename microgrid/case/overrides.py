"""Scenarios and ``--set``: changes of a case file by dotted path, before anything is validated."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from microgrid.documents.validation import placed
from microgrid.documents.yaml_file import Document, FieldPath, dotted_paths, parse_yaml
from microgrid.errors import InputError, Problem, nearest
from microgrid.tariff.reading import is_tariff_file, open_tariff

BASE = "base"
_NOT_TO_SET = ("scenarios", "version")


def apply_scenario(document: Document, scenario: str) -> Document:
    """Document with the changes of a scenario; ``base`` has none unless the file lists it."""
    scenarios = document.data.get("scenarios") or {}
    if not isinstance(scenarios, dict):
        return document
    if scenario not in scenarios:
        if scenario == BASE:
            return document
        known = [BASE, *scenarios]
        near = nearest(scenario, known)
        raise InputError(
            Problem(
                f"no scenario {scenario!r}",
                file=document.name,
                line=document.line(("scenarios",)),
                expected="one of " + ", ".join(known),
                remedy=f"did you mean {near!r}?" if near else None,
            )
        )
    changes = scenarios[scenario] or {}
    if not isinstance(changes, dict):
        raise InputError(
            Problem(
                "not a mapping",
                file=document.name,
                line=document.line(("scenarios", scenario)),
                field=f"scenarios.{scenario}",
                value=str(changes)[:60],
                expected="dotted paths with new values, such as assets.battery.capacity: 2 MWh",
            )
        )
    lines = {path: document.line(("scenarios", scenario, path)) for path in changes}
    return _apply(document, changes, lines, f"scenarios.{scenario}")


def apply_settings(document: Document, settings: Mapping[str, Any], unless_removed_from: Document) -> Document:
    """Document with settings from the command line or from Python.

    A setting of something that the case has and its scenario removes is ignored, as there is nothing to change.
    """
    known = set(dotted_paths(unless_removed_from.data))
    present = set(dotted_paths(document.data))
    removed = known - present
    kept = {path: value for path, value in settings.items() if not _is_within(".".join(parts_of(str(path))), removed)}
    for path in kept:
        if str(path).split(".")[0] in _NOT_TO_SET:
            raise InputError(
                Problem(
                    "cannot be set for one run",
                    file=document.name,
                    field="--set",
                    value=str(path),
                    expected="a path in site, horizon, objective, assets or targets",
                    remedy="choose a scenario with --scenario, or edit the file",
                )
            )
    return _apply(document, kept, {}, "--set") if kept else document


def _is_within(path: str, removed: set[str]) -> bool:
    return any(path == gone or path.startswith(f"{gone}.") for gone in removed)


def parse_setting(text: str, option: str = "--set") -> tuple[str, Any]:
    """Split a setting such as ``assets.li-ion.capacity=2 MWh`` into path and value; the value is read as YAML."""
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise InputError(
            Problem(
                "not a setting",
                field=option,
                value=text,
                expected='a path and a value, such as "horizon.step=15 min"',
            )
        )
    return path.strip(), parse_yaml(f"value: {value}", option).data["value"]


def _apply(document: Document, changes: Mapping[str, Any], lines: Mapping[str, int | None], origin: str) -> Document:
    changed = document.copy()
    for path, value in changes.items():
        _change(changed, str(path), value, lines.get(path), origin)
    return changed


def _change(document: Document, path: str, value: Any, line: int | None, origin: str) -> None:
    *parents, last = parts_of(path)
    node: Any = document.data
    at: FieldPath = ()
    for part in parents:
        key = _key(node, part)
        may_be_left_out = not at or (at[0] == "assets" and len(at) > 1)  # a section, or a parameter of an asset
        if isinstance(node, dict) and key is None and value is not None and may_be_left_out:
            key = part
            node[part] = {}  # a key that does not exist is refused by the validation of the changed document
        if key is None:
            raise _unknown(document, path, line, origin)
        at = (*at, key)
        inner = _content(document, node[key], at)
        node[key] = inner
        node = inner
    key = _key(node, last)
    if key is None and (value is None or not isinstance(node, dict)):
        raise _unknown(document, path, line, origin)
    _put(document, node, (*at, last if key is None else key), value, line)


def _put(document: Document, node: Any, at: FieldPath, value: Any, line: int | None) -> None:
    """Put a value at the path of an entry of ``node``, a mapping or list of the document; None removes the entry."""
    key = at[-1]
    if value is None and isinstance(node, list):
        for number in range(int(key), len(node)):  # entries after it move up, so that recorded lines no longer hold
            document.forget((*at[:-1], number))
        node.pop(int(key))
        return
    document.forget(at)
    if value is None:
        del node[key]
    else:
        node[key] = copy.deepcopy(value)
    if line is not None:
        document.lines[at] = line
    else:
        document.given.add(at)


def parts_of(path: str) -> list[str]:
    """Keys of a dotted path, in which "periods[0]" and "periods.0" are equal; the path of a source is one key."""
    first, *others = re.sub(r"\[(\d+)\]", r".\1", path).split(".")
    return [first, ".".join(others)] if first == "sources" and others else [first, *others]


def overlap(path: str, other: str) -> bool:
    """Whether two dotted paths are equal, or one lies within the other."""
    return all(one == two for one, two in zip(parts_of(path), parts_of(other), strict=False))


def _key(node: Any, part: str) -> str | int | None:
    """Key of a mapping or position in a list that a part of a path names; None where ``node`` has no such entry."""
    if isinstance(node, list):
        return int(part) if part.isdecimal() and int(part) < len(node) else None
    return part if isinstance(node, dict) and part in node else None


def _content(document: Document, value: Any, at: FieldPath) -> Any:
    """The value, or the content of the tariff file that it names, which becomes a part of the document."""
    if not is_tariff_file(value):
        return value
    try:
        part = open_tariff(value, document.folder, document.files)
    except InputError as error:
        file, line = document.place(at)
        field = ".".join(map(str, at))
        raise InputError(placed(problem, file, line, field) for problem in error.problems) from None
    document.parts[at] = part
    return part.data


def _unknown(document: Document, path: str, line: int | None, origin: str) -> InputError:
    known = [p for p in dotted_paths(document.data) if not p.startswith(("scenarios", "sources"))]
    near = nearest(path, known)
    return InputError(
        Problem(
            "no such path in the case",
            file=document.name,
            line=line,
            field=origin,
            value=path,
            expected="a dotted path such as assets.battery.capacity, or assets.grid.tariff.energy.0.price in a list",
            remedy=f"did you mean {near!r}?" if near else "name a path that the case has",
        )
    )
