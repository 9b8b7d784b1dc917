"""What a format of files is: how it is recognised, read, and what may be stated beside a file of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.parameters import Parameters


class NoOptions(Parameters):
    """A format that needs nothing to be said."""


@dataclass(frozen=True)
class Format:
    """A format of files.

    title: in a few words; recognises: whether the beginning of a file looks like it (``Source.head``); read: the
    table in a source, given the validated options; options: what may be stated beside the file; head_bytes: how much of
    a file it needs to be recognised; general: whether it takes files of many origins, so that it is tried last.
    """

    title: str
    recognises: Callable[[str], bool]
    read: Callable[[Source, Any], Table]
    options: type[Parameters] = NoOptions
    head_bytes: int = 1 << 16
    general: bool = False
