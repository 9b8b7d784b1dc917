"""Tables in binary files: sheets of Excel workbooks, and Parquet."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np

from microgrid.errors import InputError
from microgrid.formats.source import Source
from microgrid.formats.text.dialect import Grid, LayoutOptions, grid_of

_MOST_BYTES = 500_000_000
_MOST_PARTS = 10_000
_MOST_ROWS = 1_048_576  # limit of a sheet in Excel
_MOST_CELLS = 50_000_000
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_CHUNK = 1 << 20


def read_workbook(
    source: Source,
    content: bytes,
    sheet: str | None,
    options: LayoutOptions,
    decimal: str | None,
    thousands: str | None,
) -> Grid:
    """Read a sheet of an Excel workbook (.xlsx) as text: numbers with one decimal sign, dates in ISO.

    decimal, thousands: signs of numbers in cells of text, as the user states them; numeric cells do not need them.

    Raises:
        InputError: no workbook, too large when unpacked, several sheets of which none is chosen, or a formula without
            its value.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and the like, which are not read
        try:
            formulas = _checked(source, content)
            cells, title, epoch = _rows(source, content, sheet, formulas)
        except InputError:
            raise
        except Exception as error:  # zipfile, the XML parser and openpyxl raise errors of many types on broken files
            raise source.error("not a readable Excel workbook", value=f"{type(error).__name__}: {error}") from None
    sign = _decimal(decimal, thousands)
    grid = grid_of(source, [[_text(cell, sign) for cell in row] for row in cells], replace(options, epoch=epoch))
    return replace(grid, notes=(f"sheet {title!r}", *grid.notes), decimal=sign, epoch=epoch)


def _decimal(stated: str | None, thousands: str | None) -> str:
    """Decimal sign of numbers in text: a point, unless the options of the user imply another."""
    return stated or ("," if thousands == "." else ".")


def _checked(source: Source, content: bytes) -> bool:
    """Refuse a workbook that would fill the memory or has entities in its XML; return whether it has formulas."""
    formulas = False
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        size = sum(part.file_size for part in parts.infolist())
        if size > _MOST_BYTES or len(parts.infolist()) > _MOST_PARTS:
            raise source.error("the file is too large when unpacked", value=f"{size:,} bytes")
        if "xl/workbook.xml" not in parts.namelist():
            raise source.error("a compressed file, not an Excel workbook", remedy="unpack it first")
        for part in parts.infolist():
            if part.filename.endswith((".xml", ".rels")):
                with parts.open(part) as file:
                    before = b""
                    while chunk := file.read(_CHUNK):
                        if _ENTITY.search(before + chunk):
                            raise source.error(
                                "entities in the XML of the workbook are not allowed", value=part.filename
                            )
                        formulas |= "worksheets/" in part.filename and _FORMULA.search(before + chunk) is not None
                        before = chunk[-16:]
    return formulas


def _rows(source: Source, content: bytes, sheet: str | None, formulas: bool) -> tuple[list[list[Any]], str, int]:
    """Cells of a sheet, its title, and day 0 of its serial numbers [days since 1970]."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheets = {found.title: found for found in book.worksheets}
    title = sheet if sheet is not None else next(iter(sheets), "")
    if title not in sheets or (sheet is None and len(sheets) > 1):
        wrong = "no such sheet" if sheet is not None else f"{len(sheets)} sheets, of which none is chosen"
        shown = sheet if sheet is not None else ", ".join(sheets)
        expected = "one of " + ", ".join(sheets)
        raise source.error(wrong, field="format.sheet", value=shown, expected=expected, remedy="state the option sheet")
    rows: list[list[Any]] = []
    count = 0
    for cells in _cells(sheets[title]):
        count += len(cells)
        if count > _MOST_CELLS or len(rows) >= _MOST_ROWS:
            raise source.error("the sheet is too large", line=len(rows) + 1)
        rows.append(list(cells))
    if formulas:
        _refuse_formulas(source, openpyxl.load_workbook(io.BytesIO(content), read_only=True)[title], rows)
    epoch = np.datetime64(book.epoch.replace(tzinfo=None), "D").astype(np.int64)
    return rows, title, int(epoch)


def _cells(sheet: Any) -> Any:
    sheet.reset_dimensions()  # the size that a file states may be wrong
    return sheet.iter_rows(values_only=True)


def _refuse_formulas(source: Source, sheet: Any, rows: list[list[str]]) -> None:
    from openpyxl.utils import get_column_letter

    for number, cells in enumerate(_cells(sheet)):
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and cell.startswith("=") and rows[number][place : place + 1] in ([], [None], [""]):
                raise source.error(
                    "a formula without its value",
                    line=number + 1,
                    field=f"cell {get_column_letter(place + 1)}{number + 1}",
                    value=cell,
                    remedy="open the file in Excel or LibreOffice and save it again, or paste the values",
                )


def _text(cell: object, decimal: str) -> str:
    """Cell as text: dates in ISO, those at midnight without a time, numbers with the decimal sign."""
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        cell = (cell + dt.timedelta(microseconds=500_000)).replace(microsecond=0, tzinfo=None)
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, dt.time):
        return cell.replace(microsecond=0).isoformat()
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return str(cell).replace(".", decimal) if isinstance(cell, float) else str(cell)


def read_parquet(source: Source, content: bytes, decimal: str | None, thousands: str | None) -> Grid:
    """Read a Parquet file as text: numbers with one decimal sign, stamps in ISO, rows counted from 1.

    decimal, thousands: signs of numbers in columns of text, as the user states them; numeric ones do not need them.

    Raises:
        InputError: no Parquet file, or columns that are neither numbers, stamps nor text.
    """
    import pyarrow as pa
    from pyarrow import compute as pc
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        size = file.metadata.num_rows
        cells = size * file.metadata.num_columns
        if cells > _MOST_CELLS or cells < 0 or not size:
            raise source.error("no rows, or too many", value=f"{size:,} rows")
        table = file.read().combine_chunks()
        names = []
        columns = []
        sure = []
        for name, column in zip(table.column_names, table.columns, strict=True):
            kind = column.type
            if pa.types.is_timestamp(kind):
                zone = "" if kind.tz is None else "Z"
                naive = pc.cast(column, pa.timestamp("us", "UTC") if zone else pa.timestamp("us"))
                column = pc.cast(pc.cast(naive, pa.timestamp("us")), pa.string())
                column = pc.binary_join_element_wise(column, zone, "")
            elif pa.types.is_floating(kind):
                column = pc.if_else(pc.is_nan(column), None, column)
            text = pc.fill_null(pc.cast(column, pa.string()), "")
            columns.append(pc.utf8_trim_whitespace(text.combine_chunks()))
            sure.append(pa.types.is_floating(kind) or pa.types.is_decimal(kind))
            names.append("" if name.startswith("__index_level_") else name.strip())
    except InputError:
        raise
    except Exception as error:  # pyarrow raises errors of many types on broken files
        raise source.error("not a readable Parquet file", value=f"{type(error).__name__}: {error}") from None
    doubled = [name for name in names if names.count(name) > 1]
    if doubled:
        raise source.error("two columns of one name", field=doubled[0] or "index", remedy="rename one of them")
    sign = _decimal(decimal, thousands)
    if sign != ".":
        columns = [
            pc.replace_substring(own, ".", sign) if known else own for own, known in zip(columns, sure, strict=True)
        ]
    return Grid(names, columns, np.arange(1, size + 1), 0, ("a Parquet file",), sign)
