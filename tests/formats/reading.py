"""Reads small files that a test has written in a format."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from microgrid.formats.registry import module_of, read_source, recognise
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.repairs import RepairLog


def read(
    content: str | bytes,
    name: str,
    timezone: str = "Europe/Paris",
    options: Mapping[str, Any] | None = None,
    log: RepairLog | None = None,
    suffix: str = ".csv",
) -> Table:
    """The table in a file of this content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"data{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_source(Source(path, path.name, path.name, timezone, log or RepairLog()), name, options)


def stamps(table: Table) -> pd.DatetimeIndex:
    """Begin of each row, UTC."""
    return pd.to_datetime(table.points[:-1], unit="s", utc=True)


def values(table: Table, column: str) -> list[float]:
    """A column with NaN where there is nothing."""
    return np.asarray(table.column(column, holes=True)).tolist()


def recognised(content: bytes) -> str:
    """The format that a file is taken for among all of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        return recognise(Source(path, "file", "file", "Europe/Paris"))


def sample_module(name: str) -> ModuleType:
    """The test module of a format, with its SAMPLE and the SUFFIX of its files."""
    _, *rooms, file = module_of(name).split(".")
    return importlib.import_module(".".join(["tests", *rooms, f"test_{file}"]))
