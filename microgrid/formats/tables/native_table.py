"""Plain tables, CSV or Parquet with a column ``time`` of stamps, read and checked on the UTC axis."""

from __future__ import annotations

import csv
import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from microgrid.errors import InputError, Problem
from microgrid.formats.clock.plain_clock import in_utc, zone_column
from microgrid.formats.source import Source
from microgrid.formats.timed_table import TIME, NotPlainTableError, Table
from microgrid.formats.zones.stated_zones import is_zone_column
from microgrid.horizon import IntArray
from microgrid.repairs import RepairLog


def read_table(path: Path, name: str, label: str, timezone: str, log: RepairLog) -> Table:
    """Read a CSV or Parquet file whose column ``time`` holds the start of each interval.

    Stamps with a UTC offset are read as such; naive stamps are on the clock that a column of zones states, or else in
    the site's local time. The column of zones is left out of the table. Rows must follow each other in equal steps of
    time (in UTC), without a hole or a doubled stamp.

    Raises:
        NotPlainTableError: the file as a whole is no plain table.
        InputError: any other error in the file, with its line.
    """
    frame = _read_frame(path, name)
    if TIME not in frame.columns:
        raise NotPlainTableError(
            Problem(
                "no column 'time'",
                file=name,
                line=1,
                value=", ".join(str(c) for c in frame.columns[:8]),
                expected="a first column 'time' with the start of each interval, ISO 8601",
                remedy="name the column of stamps 'time'",
            )
        )
    if len(frame) < 2:
        raise InputError(Problem("fewer than two rows", file=name, remedy="a series needs at least two stamps"))
    stamps = _stamps(frame[TIME], name)
    column = zone_column(frame, TIME)
    if stamps.tz is None:
        source = Source(path, name, label, timezone, log)
        stamps = in_utc(source, frame, column, stamps)
    return Table(name, label, frame.drop(columns=column or []), _points(_seconds(stamps), frame[TIME], name))


def _read_frame(path: Path, name: str) -> pd.DataFrame:
    if path.suffix.lower() == ".parquet":
        import pyarrow as pa
        from pyarrow import parquet

        try:
            with path.open("rb") as file:  # given a path, pyarrow adds columns for folders named "key=value"
                frame: pd.DataFrame = parquet.read_table(file).to_pandas()
            return frame
        except pa.ArrowException as error:
            raise InputError(Problem("not a readable Parquet file", file=name, value=str(error)[:80])) from None
    try:
        text = csv_text(path)
        dtype = {column: str for column in _header(text, name) if column == TIME or is_zone_column(column)}
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(io.StringIO(text), skip_blank_lines=False, dtype=dtype, index_col=False)
    except pd.errors.ParserWarning:
        raise NotPlainTableError(
            Problem(
                "rows have more fields than the header",
                file=name,
                line=2,
                expected="as many fields in each row as the header names",
                remedy="remove commas at the ends of rows, or name all columns",
            )
        ) from None
    except UnicodeDecodeError:
        raise NotPlainTableError(
            Problem("not a text file in UTF-8", file=name, remedy="save the table as CSV in UTF-8")
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, ValueError) as error:
        raise NotPlainTableError(
            Problem(
                "not a readable CSV table",
                file=name,
                value=str(error).strip()[:120],
                expected="a header line and one row per interval, separated by commas",
            )
        ) from None
    return frame


def csv_text(path: Path) -> str:
    """Text of a CSV in UTF-8 without lines at its end that are blank or of separators only, as spreadsheets add.

    Raises:
        UnicodeDecodeError: the file is not UTF-8.
    """
    text = path.read_text(encoding="utf-8-sig")
    last = text.find("\n", len(text.rstrip(" \t\n,")))  # read_text has converted all line ends to "\n"
    return text if last < 0 else text[: last + 1]


def _header(text: str, name: str) -> list[str]:
    """Names of the columns; an InputError if one stands twice."""
    header = next(csv.reader(io.StringIO(text)), [])
    doubled = [column for column in header if column and header.count(column) > 1]
    if doubled:
        raise InputError(
            Problem(f"column {doubled[0]!r} appears twice", name, 1, doubled[0], remedy="keep one of them")
        )
    return header


def _stamps(raw: pd.Series, name: str) -> pd.DatetimeIndex:
    """Stamps of a column, with a zone if they have offsets, else naive.

    Raises:
        InputError: a text that is no stamp, or some stamps with an offset and some without.
    """
    try:
        stamps = pd.to_datetime(raw, format="ISO8601", utc=False)
    except ValueError:
        return _with_offsets(raw, name)
    if stamps.isna().any():
        raise InputError(_bad_stamp(raw, name))
    return pd.DatetimeIndex(stamps)


def _with_offsets(raw: pd.Series, name: str) -> pd.DatetimeIndex:
    """Stamps with an offset each, which may differ, as in summer and winter time; an InputError for any other."""
    stamps = pd.to_datetime(raw, format="ISO8601", utc=True, errors="coerce")
    if stamps.isna().any():
        raise InputError(_bad_stamp(raw, name))
    has_offset = raw.astype(str).str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True)
    if not has_offset.all():
        line = int(np.flatnonzero(~has_offset.to_numpy())[0])
        raise InputError(
            Problem(
                "some stamps have a UTC offset and some have none",
                file=name,
                line=line + 2,
                field=TIME,
                value=str(raw.iloc[line]),
                remedy="write all stamps with an offset, or all without",
            )
        )
    return pd.DatetimeIndex(stamps)


def _bad_stamp(raw: pd.Series, name: str) -> Problem:
    bad = pd.to_datetime(raw, format="ISO8601", utc=True, errors="coerce").isna().to_numpy()
    line = int(np.flatnonzero(bad)[0])
    return Problem(
        "not a time stamp",
        file=name,
        line=line + 2,
        field=TIME,
        value="empty" if pd.isna(raw.iloc[line]) else repr(str(raw.iloc[line])[:60]),
        expected="ISO 8601 such as 2018-01-01T00:15:00+01:00",
        remedy="correct the stamp; if all are written in another way, state its format: 'format: auto' (--format auto)",
    )


def _seconds(stamps: pd.DatetimeIndex) -> IntArray:
    return np.asarray(stamps.tz_convert("UTC").as_unit("s").asi8)


def _points(seconds: IntArray, raw: pd.Series, name: str) -> IntArray:
    """Instants at the edges of the rows [s since 1970, UTC], (N+1,); an InputError for the first uneven distance."""
    gaps = np.diff(seconds)
    step = int(np.median(gaps))
    wrong = np.flatnonzero(gaps != step)
    if step <= 0 or len(wrong):
        row = int(wrong[0]) + 1 if len(wrong) else 1
        gap = int(gaps[row - 1])
        what = (
            "duplicate stamp"
            if gap == 0
            else "stamp out of order"
            if gap < 0
            else "hole"
            if gap > step
            else "unequal step"
        )
        raise InputError(
            Problem(
                f"{what} in the series",
                file=name,
                line=row + 2,
                field=TIME,
                value=f"{raw.iloc[row]} follows {raw.iloc[row - 1]}",
                expected=f"one row every {step / 60:g} min" if step > 0 else "stamps that increase",
                remedy="complete or correct the file; holes are filled only by a rule 'fill' of the case",
            )
        )
    return np.append(seconds, seconds[-1] + step)
