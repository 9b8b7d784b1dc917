"""Build the input files of the Toulouse case: weather.csv, generation.csv, demand.csv and market.csv.

    pip install -r cases/toulouse-eaz/data/requirements.txt
    python cases/toulouse-eaz/data/build.py

The same versions and the same seed give the same bytes. What is real and what is not stands in SOURCES.md.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from checks import check_table, print_report
from common import time_axis, write_table
from demand import build_demand
from generation import build_generation
from market import build_market
from sources import load_sources
from weather import build_weather

CASE = Path(__file__).resolve().parent.parent
DECIMALS = {"degc": 2, "per_m2": 4, "per_s": 2, "fraction": 4, "kw": 2, "per_mwh": 2, "per_kwh": 5}


def main() -> None:
    """Read, build, check and write the four tables, then print the figures that SOURCES.md quotes."""
    sources = load_sources()
    weather = build_weather(sources.generation_mw)
    tables = {
        "weather": weather,
        "generation": build_generation(weather, sources.power_curve),
        "demand": build_demand(),
        "market": build_market(sources),
    }
    for name, table in tables.items():
        check_table(name, table, time_axis("1h" if name == "market" else "15min"))
        write_table(CASE / f"{name}.csv", table, _decimals(table))
    print_report(tables, sources)


def _decimals(table: pd.DataFrame) -> dict[str, int]:
    """Decimals of each column by the ending of its name."""
    return {
        column: next(count for ending, count in DECIMALS.items() if column.endswith(ending)) for column in table.columns
    }


if __name__ == "__main__":
    main()
