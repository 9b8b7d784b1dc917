"""Recognition of tables: workbooks, Parquet, or text with stamps and values beside them."""

from __future__ import annotations

import re

from microgrid.formats.text import date_parts, dialect

HEAD_BYTES = 1 << 20  # lines of a table and preambles may be long
OLE = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SHEET = re.compile(r"PK\x03\x04.{26}xl/", re.DOTALL)


def recognises(head: str) -> bool:
    """Whether the file is a workbook, Parquet, or text with at least two lines with a stamp and other fields."""
    if head.startswith("PK\x03\x04"):
        return _SHEET.search(head) is not None
    if head.startswith(("PAR1", OLE)):
        return True
    lines = date_parts.joined(head)[0].split("\n")
    return max(dialect.stamped_lines(lines[: dialect.head_length(lines)]).values()) >= 2
