"""A rate of the URDB as it stands in its file: fields by name, checked when they are read, and what is said of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from microgrid.errors import InputError, Problem

Line = dict[str, Any]  # a line of a tariff file, or a part of one

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
MOST = 1e9  # no price or limit comes near; URDB writes 1e38 for "no limit"


@dataclass
class UrdbItem:
    """One rate: its fields by name in small letters, and what has to be said about it."""

    fields: dict[str, Any]
    file: str
    eur_per_usd: float
    warnings: list[str] = field(default_factory=list)

    def refuse(self, message: str, name: str, value: object, expected: str, remedy: str | None = None) -> NoReturn:
        """An InputError that names the field."""
        raise InputError(Problem(message, self.file, None, name, shown(value), expected, remedy))

    def warn(self, name: str, why: str) -> None:
        """Say what becomes of a field."""
        self.warnings.append(f"{plain(name)} = {shown(self.fields.get(name))}: {why}")

    def price(self, usd: float, unit: str) -> str:
        """A price in EUR with its unit."""
        return f"{usd * self.eur_per_usd:.12g} EUR/{unit}"

    def given(self, name: str) -> bool:
        """Whether a field says anything: zeros and empty texts do not."""
        return not empty(self.fields.get(name))

    def number(self, value: object, name: str, least: float = -MOST, most: float = MOST) -> float:
        """A number within limits, or a text that is one; 0 where there is none."""
        if value is None:
            return 0.0
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.refuse("not a usable number", name, value, f"a number from {least:g} to {most:g}")
        return float(value)

    def whole(self, value: object, name: str, most: int) -> int:
        """A whole number from 0."""
        number = self.number(value, name, 0, most)
        if value is None or number != int(number):
            self.refuse("not a whole number", name, value, f"a whole number from 0 to {most}")
        return int(number)

    def listed(self, value: object, name: str, length: int | None = None) -> list[Any]:
        """A list, of a certain length if one is given."""
        if not isinstance(value, list) or (length is not None and len(value) != length) or not value:
            self.refuse("not such a list", name, value, f"a list of {length}" if length else "a list that is not empty")
        return value

    def text(self, name: str) -> str:
        """A text in small letters; empty where there is none."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse("not a text", name, value, "a text")
        return (value or "").strip().lower()


def plain(value: object, most: int = 200) -> str:
    """A text of one line, without characters that no file should have."""
    text = "" if value is None else str(value)[:most]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def shown(value: object) -> str:
    """A value as it stands in the file, cut where it is long."""
    text = plain(json.dumps(value), 401)
    return text if len(text) <= 400 else text[:397] + "..."


def empty(value: object) -> bool:
    """Whether a value says nothing: a zero, an empty text, a list of such."""
    return all(map(empty, value)) if isinstance(value, list) else not value
