"""Archives of sensors written by the tests, and what a case makes of them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from microgrid import InputError, Sensing, gather_sensors
from microgrid.horizon import Horizon
from microgrid.sensors.gather import gather as gather_files
from microgrid.sensors.schema import Sensors, SensorSeries
from tests.conftest import grid, load, write_case

ZONE = "Europe/Paris"
START = pd.Timestamp("2024-06-03", tz=ZONE)  # a Monday


def minutes(*places: float, start: pd.Timestamp = START) -> pd.DatetimeIndex:
    """Stamps so many minutes after the start, UTC."""
    return pd.DatetimeIndex([start.tz_convert("UTC") + pd.Timedelta(minutes=m) for m in places])


def rows(point: str, stamps: Sequence[Any] | pd.DatetimeIndex, values: Any, **more: Any) -> pd.DataFrame:
    """Rows of one point."""
    return pd.DataFrame({"time": stamps, "point": point, "value": values, **more})


def every(length: int, point: str, values: Sequence[float] | np.ndarray, **more: Any) -> pd.DataFrame:
    """Rows every so many minutes from the start on."""
    return rows(point, minutes(*(length * np.arange(len(values)))), values, **more)


def write_archive(
    folder: Path,
    frames: Sequence[pd.DataFrame],
    series: Mapping[str, Mapping[str, Any]],
    hours: int = 1,
    file: str = "archive.parquet",
    site: Mapping[str, Any] | None = None,
    start: pd.Timestamp = START,
    **sensors: Any,
) -> Path:
    """A case with an archive, whose assets say nothing of it."""
    folder.mkdir(parents=True, exist_ok=True)
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    if not frames:  # the test writes its own files
        pass
    elif file.endswith(".csv"):
        table.to_csv(folder / file, index=False)
    else:
        table.to_parquet(folder / file, index=False)
    end = (start.tz_convert("UTC") + pd.Timedelta(hours=hours)).tz_convert(ZONE)
    horizon = {"start": start.isoformat(), "end": end.isoformat(), "step": "15 min"}
    said = {"files": [file], "series": dict(series), **sensors}
    whole = {"timezone": ZONE, **(site or {})}
    return write_case(folder, {"l": load(1), "g": grid()}, horizon=horizon, sensors=said, site=whole)


def gather(folder: Path, *frames: pd.DataFrame, **said: Any) -> Sensing:
    """What comes of frames and one series ``a`` of all points, or of ``series``."""
    rule = {key: said.pop(key) for key in list(said) if key in _OF_SERIES}
    series = said.pop("series", None) or {"a": {"points": ["*"], "unit": "kW", **rule}}
    return gather_sensors(write_archive(folder, frames, series, **said))


def sample_archive(ending: str) -> bytes:
    """An hour of two points, as the bytes of a file."""
    table = pd.concat([every(1, "p", [10.0] * 30 + [20.0] * 30), every(5, "q", [5.0] * 12)])
    buffer = io.BytesIO()
    if ending == ".csv":
        table.to_csv(buffer, index=False)
    else:
        table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def survives(content: bytes, ending: str) -> bool:
    """Whether a broken archive is still read, without infinite values; a refusal has a sentence."""
    sensors = Sensors(files=("x",), series={"a": SensorSeries(points=("*",), unit="kW")})
    horizon = Horizon(minutes(0, 15, 30, 45, 60), ZONE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"archive{ending}")
        path.write_bytes(content)
        found, refused = None, ""
        try:
            found = gather_files(sensors, [path], horizon, None, "case.yaml")
        except InputError as error:
            refused = str(error)
    if found is None:
        assert refused.startswith("case.yaml: sensors"), refused
        return False
    assert not np.isinf(found.series["a"]).any()
    return True


_OF_SERIES = {
    "quantity", "unit", "sign", "combine", "stamps", "hold", "least", "most", "dark_at_night", "stuck_after", "spikes",
    "rolls_over_at", "clock_like", "coverage", "fill", "floor",
}  # fmt: skip
