"""Columns of a batch as arrays: texts with their codes, and numbers from columns of any type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from microgrid.horizon import FloatArray, IntArray

_DECIMAL_COMMA = r"^\s*[-+]?[0-9]+,[0-9]+\s*$"


def coded(column: Any) -> tuple[list[str], IntArray]:
    """Distinct texts of a column, and the position of each row's text among them, -1 where there is none.

    Raises:
        ValueError: codes without a text, as in a damaged file; pyarrow's own exceptions mean a damaged file too.
    """
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(pc.cast(column, pa.string()))
    if not pa.types.is_string(column.type.value_type):
        column = pc.dictionary_encode(pc.cast(column.dictionary_decode(), pa.string()))
    names = column.dictionary.to_pylist()
    code = np.asarray(pc.cast(column.indices, pa.int64()).fill_null(-1), dtype=np.int64)
    if len(code) and not -1 <= code.min() <= code.max() < len(names):
        raise ValueError("codes without a text")
    if None in names or "" in names:
        gone = [place for place, name in enumerate(names) if not name]
        code = np.where(np.isin(code, gone), -1, code)
    return ["" if name is None else name for name in names], code


def numbers(column: Any) -> tuple[FloatArray | None, str]:
    """Numbers of a column, None if its type has none, and a text with a decimal comma, "" if there is no such text.

    A text that is no number is NaN: some archives write a state in place of a value.
    """
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    comma = ""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        import pandas as pd

        found = np.asarray(pd.to_numeric(column.to_pandas(), errors="coerce"), dtype=float)
        wrong = np.isnan(found)
        if wrong.any():
            texts = pc.filter(column, pa.array(wrong))
            with_comma = texts.filter(pc.fill_null(pc.match_substring_regex(texts, _DECIMAL_COMMA), False))
            comma = with_comma[0].as_py() if len(with_comma) else ""
    elif (
        pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
    ):
        found = np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=float)
    elif pa.types.is_null(kind):
        found = np.full(len(column), np.nan)
    else:
        return None, ""
    return np.where(np.isfinite(found), found, np.nan), re.sub(r"\s", "", comma)


def occurrences(codes: NDArray[np.integer]) -> Iterator[tuple[int, int]]:
    """Pairs of each code that occurs and its number of occurrences."""
    counts = np.bincount(codes) if len(codes) else np.zeros(0, dtype=np.int64)
    return ((int(number), int(counts[number])) for number in np.flatnonzero(counts))
