"""How numbers, times and stamps are written in a cell of a table."""

from __future__ import annotations

import re

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_DATE = r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})"
# Blanks, but no tabs: what stands behind one is another field, though "-1320" looks like an offset from UTC.
CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?", re.ASCII)
_ZONE = r"(?: ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?))?"
STAMP = re.compile(rf"{_DATE}(?:(?:T|,?[ \u00a0]+){CLOCK.pattern}{_ZONE})?", re.ASCII)
# A date and hours without signs between them, as weather services write them: 2024052701, 20240527T0115Z.
COMPACT = re.compile(
    r"(?P<year>(?:19|20|21)[0-9]{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12][0-9]|3[01])"
    r"(?:[T_ :]?(?P<hour>[01][0-9]|2[0-4])(?::?(?P<minute>[0-5][0-9])(?::?(?P<second>[0-5][0-9]))?)?"
    r" ?(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?",
    re.ASCII,
)
SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?", re.ASCII)
