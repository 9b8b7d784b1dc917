"""Reader of YAML files that keeps the line of every key; strict: no tags, no doubled keys, no huge expansions."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode
from ruamel.yaml.parser import Parser
from ruamel.yaml.scanner import Scanner

from microgrid.errors import InputError, Problem
from microgrid.files import InputFiles

FieldPath = tuple[str | int, ...]
_MAX_BYTES = 4_000_000
_MAX_NODES = 200_000
_MAX_DEPTH = 50


@dataclass
class Document:
    """YAML file as plain data, with the line of each of its paths.

    name: of the file in messages; lines: path -> line, from 1; given: paths that were set by ``--set`` and do not stand
    in the file; parts: path -> document of another file, whose content was put there to be changed; files: the files
    of these documents that belong to the case; folder: folder of the file, to which names of files in it are relative.
    """

    name: str
    data: dict[str, Any]
    lines: dict[FieldPath, int] = field(default_factory=dict)
    given: set[FieldPath] = field(default_factory=set)
    parts: dict[FieldPath, Document] = field(default_factory=dict)
    files: InputFiles = field(default_factory=InputFiles)
    folder: Path = Path()

    def copy(self) -> Document:
        """Copy of the document that can be changed without changing this one."""
        own = {name: copy.deepcopy(getattr(self, name)) for name in ("data", "lines", "given", "parts", "files")}
        return replace(self, **own)

    def place(self, path: FieldPath) -> tuple[str, int | None]:
        """File and line of a path; "--set" and no line if it was set on the command line."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.given:
                return "--set", None
            if path[:length] in self.parts:
                return self.parts[path[:length]].place(path[length:])
            if path[:length] in self.lines:
                break
        return self.name, self.line(path)

    def forget(self, path: FieldPath) -> None:
        """Remove lines, parts and ``--set`` marks of a path and all paths below it, whose content is replaced."""
        for at, part in self.parts.items():
            if path[: len(at)] == at:
                part.forget(path[len(at) :])
        for known in (self.lines, self.parts):
            for other in [other for other in known if other[: len(path)] == path]:
                del known[other]
        self.given = {other for other in self.given if other[: len(path)] != path}

    def line(self, path: FieldPath) -> int | None:
        """Line of a path, or of its nearest ancestor that stands in the file; None if there is none."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def load_yaml(path: Path, name: str) -> Document:
    """Read a YAML mapping.

    Raises:
        InputError: not a text, a syntax error, a doubled key, a tag, an empty file, or no mapping; with the line.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise InputError(Problem(f"cannot be read: {error.strerror}", file=name)) from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(
            Problem("not a text file in UTF-8", file=name, line=line, remedy="save the file as UTF-8 text")
        ) from None
    if "\x00" in text or len(raw) > _MAX_BYTES:
        raise InputError(
            Problem("not a text file, or too large", file=name, expected=f"a YAML file of up to {_MAX_BYTES:,} bytes")
        )
    return replace(parse_yaml(text, name), folder=path.parent)


def parse_yaml(text: str, name: str) -> Document:
    """Parse a YAML text with a mapping; name: of its file in messages.

    Raises:
        InputError: a syntax error, a doubled key, a tag, an empty text, or no mapping; with the line.
    """
    yaml = YAML(typ="rt", pure=True)
    # The round-trip loader is needed for the lines of keys only; its scanner and parser, which keep comments, fail on
    # some valid files.
    yaml.Scanner = Scanner
    yaml.Parser = Parser
    yaml.Composer = _Untagged
    yaml.Constructor = _DatesAsText
    try:
        tree = yaml.load(text)
    except DuplicateKeyError as error:
        raise InputError(
            Problem(
                "duplicate key",
                file=name,
                line=_line(error),
                value=_key_of(error),
                remedy="keep one of them",
            )
        ) from None
    except MarkedYAMLError as error:
        what = (error.problem or "cannot be parsed").strip()
        raise InputError(
            Problem(
                f"not valid YAML: {what}",
                file=name,
                line=_line(error),
                remedy="check indentation, colons and quotes on this line and the one before",
            )
        ) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise InputError(Problem("not valid YAML", file=name, value=str(error)[:100])) from None
    if tree is None:
        raise InputError(
            Problem("the file is empty", file=name, line=1, remedy="see 'microgrid init' for a case to start from")
        )
    if not isinstance(tree, CommentedMap):
        raise InputError(
            Problem("not a mapping of keys to values", file=name, line=1, expected="lines such as 'name: ...'")
        )
    document = Document(name, {})
    document.data = _Plain(document).convert(tree, ())
    return document


def _line(error: MarkedYAMLError) -> int | None:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else None


def _key_of(error: DuplicateKeyError) -> str | None:
    quoted = str(error.problem or "").split('"')
    return quoted[1] if len(quoted) > 2 else None


class _Untagged(Composer):
    """Composer that refuses tags, keys that are no scalars, and deep nesting, before any object is built."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if getattr(event, "tag", None) is not None:
            raise ComposerError(None, None, "tags are not allowed", event.start_mark)
        if self.depth >= _MAX_DEPTH:
            raise ComposerError(None, None, f"nested more than {_MAX_DEPTH} levels deep", event.start_mark)
        self.depth += 1
        try:
            node = super().compose_node(parent, index)
        finally:
            self.depth -= 1
        if isinstance(parent, MappingNode) and index is None and not isinstance(node, ScalarNode):
            raise ComposerError(None, None, "a key must be a plain word", event.start_mark)
        return node


class _DatesAsText(RoundTripConstructor):
    """Constructor that leaves dates as texts, so that each field accepts or refuses them by its own rules."""


_DatesAsText.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_scalar)


class _Plain:
    """Converter of ruamel's round-trip objects to plain Python, which notes the line of each path in a document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes = 0

    def convert(self, node: Any, path: FieldPath) -> Any:
        self.nodes += 1
        if self.nodes > _MAX_NODES:
            raise InputError(Problem("too many values", file=self.document.name, expected=f"at most {_MAX_NODES:,}"))
        if isinstance(node, CommentedMap):
            plain: dict[str, Any] = {}
            for key, value in node.items():
                name = self._key(node, key, path)
                if name in plain:  # 1 and "1" are different keys in YAML
                    line = self.document.line((*path, name))
                    raise InputError(Problem("duplicate key", self.document.name, line, value=name))
                plain[name] = self.convert(value, (*path, name))
            return plain
        if isinstance(node, CommentedSeq):
            for index in range(len(node)):
                self.document.lines[*path, index] = node.lc.item(index)[0] + 1
            return [self.convert(value, (*path, index)) for index, value in enumerate(node)]
        return self._scalar(node, path)

    def _key(self, node: CommentedMap, key: Any, path: FieldPath) -> str:
        position = node.lc.data.get(key) if node.lc.data else None
        if position is not None:
            self.document.lines[*path, str(key)] = position[0] + 1
        if not isinstance(key, str | int | float | bool):
            raise InputError(
                Problem(
                    "a key must be a plain word",
                    file=self.document.name,
                    line=self.document.line(path),
                    value=str(key)[:60],
                )
            )
        return str(key)

    def _scalar(self, node: Any, path: FieldPath) -> Any:
        if node is None or isinstance(node, bool):
            return node
        if isinstance(node, int):
            return int(node)
        if isinstance(node, float):
            if not math.isfinite(node):
                raise InputError(self._refused("not a finite number", node, path))
            return float(node)
        if isinstance(node, str):
            return str(node)
        raise InputError(self._refused("neither text, number, true nor false", node, path))

    def _refused(self, message: str, node: Any, path: FieldPath) -> Problem:
        return Problem(
            message,
            file=self.document.name,
            line=self.document.line(path),
            field=".".join(map(str, path)),
            value=str(node)[:60],
        )


def dotted_paths(data: Mapping[str, Any]) -> list[str]:
    """Every dotted path in plain data, from which a remedy suggests the nearest."""
    found: list[str] = []
    stack: list[tuple[str, Any]] = [("", data)]
    while stack:
        prefix, node = stack.pop()
        if isinstance(node, Mapping):
            for key, value in node.items():
                found.append(f"{prefix}{key}")
                stack.append((f"{prefix}{key}.", value))
    return found
