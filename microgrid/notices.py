"""Notices: facts that a reader of a result must not miss, although nothing is wrong with the case."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """Sentence that is shown with the result.

    field: its subject, a dotted path of the case or a column of a file; left_out_kwh: demand that is not served
    because the horizon begins or ends within it [kWh]; 0 for a notice about something else.
    """

    field: str
    message: str
    left_out_kwh: float = 0.0

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"
