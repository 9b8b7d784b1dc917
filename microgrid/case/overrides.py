"""Scenarios and ``--set``: changes of a case file by dotted path, before anything is validated."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from microgrid.case.yaml_file import Document, dotted_paths, parse_yaml
from microgrid.errors import InputError, Problem, nearest

BASE = "base"
_NOT_TO_SET = ("scenarios", "version")


def apply_scenario(document: Document, scenario: str) -> Document:
    """The document with a scenario's changes; ``base`` is the case as it stands unless it is listed."""
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
                "a scenario is a mapping of dotted paths to new values",
                file=document.name,
                line=document.line(("scenarios", scenario)),
                field=f"scenarios.{scenario}",
                value=str(changes)[:60],
            )
        )
    lines = {path: document.line(("scenarios", scenario, path)) for path in changes}
    return _apply(document, changes, lines, f"scenarios.{scenario}")


def apply_settings(document: Document, settings: Mapping[str, Any], unless_removed_from: Document) -> Document:
    """The document with changes from the command line or from Python.

    A change of something that the case has and its scenario removes is left out: there is nothing to change.
    """
    known = set(dotted_paths(unless_removed_from.data))
    present = set(dotted_paths(document.data))
    removed = known - present
    kept = {path: value for path, value in settings.items() if not _is_within(str(path), removed)}
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
    """``assets.li-ion.capacity=2 MWh`` as path and value; the value is read as YAML."""
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise InputError(
            Problem(
                "not a setting",
                field=option,
                value=text,
                expected='a path and a value, "horizon.step=15 min"',
            )
        )
    return path.strip(), parse_yaml(f"value: {value}", option).data["value"]


def _apply(document: Document, changes: Mapping[str, Any], lines: Mapping[str, int | None], origin: str) -> Document:
    changed = Document(document.name, copy.deepcopy(document.data), dict(document.lines), set(document.given))
    for path, value in changes.items():
        _change(changed, str(path), value, lines.get(path), origin)
    return changed


def _change(document: Document, path: str, value: Any, line: int | None, origin: str) -> None:
    *parents, last = path.split(".")
    node: Any = document.data
    for depth, part in enumerate(parents):
        if isinstance(node, dict) and part not in node and depth == 0:
            node[part] = {}  # a section that may be left out; validation refuses one that does not exist
        if not isinstance(node, dict) or part not in node:
            raise _unknown(document, path, line, origin)
        node = node[part]
    if not isinstance(node, dict) or (value is None and last not in node):
        raise _unknown(document, path, line, origin)
    if value is None:
        del node[last]
    else:
        node[last] = copy.deepcopy(value)
    if line is not None:
        document.lines[*parents, last] = line
    else:
        document.given.add((*parents, last))


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
            expected="a dotted path such as assets.battery.capacity",
            remedy=f"did you mean {near!r}?" if near else "name something that the case has",
        )
    )
