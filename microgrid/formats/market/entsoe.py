"""ENTSO-E Transparency Platform: day-ahead prices, generation by type and load, as CSV or as the XML of its API."""

from __future__ import annotations

import re

from microgrid.formats.format import Format
from microgrid.formats.market.entsoe_csv import TIME, read_csv
from microgrid.formats.market.entsoe_series import RESOLUTIONS, Options
from microgrid.formats.market.entsoe_xml import read_xml
from microgrid.formats.market.operator_csv import delimited, recorded
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table


def _recognises(head: str) -> bool:
    if re.search(r"<(\w+:)?(Publication|GL)_MarketDocument[\s>]", head):
        return True
    first = head.lstrip().partition("\n")[0].replace('"', "")
    timed = any(re.fullmatch(TIME, name.strip()) for name in first.split(",")[:2])
    return timed and any(word in first for word in ("Day-ahead Price", "- Actual ", "Generation (MW)", "Total Load"))


def _read(source: Source, options: Options) -> Table:
    text = source.text("utf-8-sig")
    if text.lstrip().startswith("<"):
        rows = read_xml(source, text.lstrip(), options)
    else:
        rows = read_csv(source, delimited(source, text, ","), options)
    if options.resolution:
        kept = rows.end - rows.begin == RESOLUTIONS[options.resolution]
        source.log.add(source.label, "time", "rows left out", int((~kept).sum()), f"not of {options.resolution}")
        columns = {name: values[kept] for name, values in rows.columns.items()}
        rows = recorded(source, rows.begin[kept], rows.end[kept], columns, rows.line[kept])
    return rows.table(source)


FORMAT = Format("ENTSO-E Transparency Platform: prices, generation, load", _recognises, _read, Options)
