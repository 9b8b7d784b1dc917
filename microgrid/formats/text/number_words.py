"""Remedies for texts that should be numbers."""

from __future__ import annotations

import re

_GROUPED = re.compile(
    r"[+-]?[0-9]{1,3}(?P<group>[ \u00a0\u202f\u2009'’.,])[0-9]{3}(?:(?P=group)[0-9]{3})*(?:(?P<decimal>[.,])[0-9]*)?",
    re.ASCII,
)
_CORRECT = "correct it; state a text for missing values by the option missing, and lines at the end by skip_footer"


def remedy_of(text: str) -> str:
    """Remedy in words: the options by which a text such as "1 000,5" is a number, or its correction."""
    found = _GROUPED.fullmatch(text)
    if found and found["group"] != found["decimal"]:
        group = "space" if found["group"].isspace() else found["group"]
        decimal = found["decimal"] or {".": ",", ",": "."}.get(group)
        if not found["decimal"] and decimal:
            return f'state the option thousands: "{group}" if this is a whole number, else decimal: "{group}"'
        return f'state the option thousands: "{group}"' + (f' and decimal: "{decimal}"' if decimal else "")
    return "state the option decimal, if this is a number" if re.fullmatch(r"[+-]?[0-9]*[.,][0-9]+", text) else _CORRECT
