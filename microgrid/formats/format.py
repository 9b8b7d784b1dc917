"""Description of a file format: how its files are recognised and read, and the options that they take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.parameters import Parameters


class NoOptions(Parameters):
    """Options of a format that has none."""


@dataclass(frozen=True)
class Format:
    """A format of files.

    title: name in a few words; recognises: whether the beginning of a file (``Source.head``) is of the format; read:
    the table in a source, given the validated options; options: model of the options; head_bytes: length of the
    beginning by which files are recognised; general: whether it takes files of many origins, so that it is tried last.
    """

    title: str
    recognises: Callable[[str], bool]
    read: Callable[[Source, Any], Table]
    options: type[Parameters] = NoOptions
    head_bytes: int = 1 << 16
    general: bool = False
