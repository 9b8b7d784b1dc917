"""A rate of the URDB as it stands in its file: fields that are checked when they are read, and warnings about them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from microgrid.errors import InputError, Problem

Line = dict[str, Any]  # a line of a tariff file, or a part of one

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
MOST = 1e9  # greater than any price or limit; the URDB writes 1e38 for "no limit"


@dataclass
class UrdbItem:
    """One rate of the URDB: its fields by name in small letters, and the warnings about its conversion."""

    fields: dict[str, Any]
    file: str
    warnings: list[str] = field(default_factory=list)

    def refuse(self, message: str, name: str, value: object, expected: str, remedy: str | None = None) -> NoReturn:
        """Raise an InputError about a field."""
        raise InputError(Problem(message, self.file, None, name, shown(value), expected, remedy))

    def warn(self, name: str, why: str) -> None:
        """Add a warning about what becomes of a field."""
        self.warnings.append(f"{plain(name)} = {shown(self.fields.get(name))}: {why}")

    def price(self, usd: float, unit: str) -> str:
        """Text of a price in USD per unit."""
        return f"{usd:.12g} USD/{unit}"

    def given(self, name: str) -> bool:
        """Whether a field has content: zeros, empty texts and lists of such are none."""
        return not empty(self.fields.get(name))

    def number(self, value: object, name: str, least: float = -MOST, most: float = MOST) -> float:
        """The value as a number within limits, also of a text that is one, 0 for None; an InputError otherwise."""
        if value is None:
            return 0.0
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.refuse("not a number within the limits", name, value, f"a number from {least:g} to {most:g}")
        return float(value)

    def whole(self, value: object, name: str, most: int) -> int:
        """The value as a whole number from 0 to ``most``; an InputError otherwise."""
        number = self.number(value, name, 0, most)
        if value is None or number != int(number):
            self.refuse("not a whole number", name, value, f"a whole number from 0 to {most}")
        return int(number)

    def listed(self, value: object, name: str, length: int | None = None) -> list[Any]:
        """The value if it is a list that is not empty, of a stated length if there is one; an InputError otherwise."""
        if not isinstance(value, list) or (length is not None and len(value) != length) or not value:
            expected = f"a list of {length} values" if length else "a list that is not empty"
            self.refuse("not the expected list", name, value, expected)
        return value

    def text(self, name: str) -> str:
        """Text of a field in small letters, empty if there is none; an InputError for anything but a text."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse("not a text", name, value, "a text")
        return (value or "").strip().lower()


def plain(value: object, most: int = 200) -> str:
    """Text of a value on one line, without characters that do not print, cut to ``most`` characters."""
    text = "" if value is None else str(value)[:most]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def shown(value: object) -> str:
    """JSON text of a value, as it stands in the file, cut to 400 characters."""
    text = plain(json.dumps(value), 401)
    return text if len(text) <= 400 else text[:397] + "..."


def empty(value: object) -> bool:
    """Whether a value has no content: None, a zero, an empty text, or a list of such."""
    return all(map(empty, value)) if isinstance(value, list) else not value
