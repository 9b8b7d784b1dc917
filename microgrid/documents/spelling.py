"""Names that allow certain characters only; a refusal shows the wrong character and a name that is allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_WORDS = {" ": "a blank", "\n": "a line break", "\r": "a line break", "\t": "a tab", ".": "a dot"}


@dataclass(frozen=True)
class Name:
    """Marks a text field as a name of certain characters.

    first, others: character classes of the first and of all other characters, as regular expressions; longest: greatest
    number of characters; expected: all of this in words.
    """

    first: str
    others: str
    longest: int
    expected: str

    @property
    def pattern(self) -> str:
        """Regular expression of a whole name."""
        return f"^{self.first}{self.others}{{0,{self.longest - 1}}}$"

    def read(self, text: str) -> str:
        """The name itself; a pydantic error names the fault and, if it can, a similar name that is allowed."""
        fault = self._fault(text)
        if fault is None:
            return text
        other = "".join(letter if re.fullmatch(self.others, letter) else "_" for letter in text.strip())[: self.longest]
        remedy = f"write {other!r}" if self._fault(other) is None else None
        context = {"fault": fault, "expected": self.expected, "remedy": remedy}
        raise PydanticCustomError("name", "not a name: {fault}", context)

    def _fault(self, text: str) -> str | None:
        if not text:
            return "it is empty"
        if not re.fullmatch(self.first, text[0]):
            return f"it begins with {_shown(text[0])}"
        wrong = next((letter for letter in text[1:] if not re.fullmatch(self.others, letter)), None)
        if wrong is not None:
            return f"it contains {_shown(wrong)}"
        return f"it has {len(text)} characters" if len(text) > self.longest else None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.pattern}


def _shown(letter: str) -> str:
    return _WORDS.get(letter, repr(letter))
