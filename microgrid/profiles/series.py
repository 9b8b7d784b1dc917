"""A series field of an asset: a constant, a list, or a column of a file, read onto the horizon of the case."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from microgrid import units
from microgrid.errors import InputError, Problem
from microgrid.horizon import FloatArray, Horizon
from microgrid.profiles.reading import Reading
from microgrid.profiles.resample import mean_over
from microgrid.profiles.table import Table

_SUFFIX_UNITS = {
    "eur_per_mwh": "EUR/MWh",
    "eur_per_kwh": "EUR/kWh",
    "kgco2_per_kwh": "kg/kWh",
    "gco2_per_kwh": "g/kWh",
    "kgco2_per_mwh": "kg/MWh",
    "tco2_per_mwh": "t/MWh",
    "kw_per_m2": "kW/m2",
    "w_per_m2": "W/m2",
    "m_per_s": "m/s",
    "fraction": "count",
    "degc": "degC",
    "kw": "kW",
    "mw": "MW",
    "w": "W",
    "kwh": "kWh",
    "mwh": "MWh",
    "wh": "Wh",
}
_SPEC_KEYS = {"file", "column", "unit", "scale", "values", "periods"}
_FORMS = ("file", "values", "periods")


@dataclass(frozen=True, eq=False)
class Series:
    """Numbers on the steps of a horizon, shape (N,), and where they came from."""

    values: FloatArray
    source: str = "given in Python"


@dataclass(frozen=True)
class SeriesOf:
    """Marks a field as a series in ``unit`` whose values must lie between ``ge`` and ``le``."""

    unit: str
    ge: float | None = None
    le: float | None = None

    def read(self, value: object, info: ValidationInfo) -> Series:
        """The series of a field; a pydantic error carries every problem that was found."""
        if isinstance(value, Series):
            return value
        reading = (info.context or {}).get("reading")
        if not isinstance(reading, Reading):
            raise PydanticCustomError("series", "a series can only be read within a case", {})
        try:
            series = self._from_spec(value, reading)
            self._check_limits(series)
        except InputError as error:
            raise PydanticCustomError("problems", "see problems", {"problems": error.problems}) from None
        except ValueError as error:
            expected = f"a constant such as {units.example(self.unit)!r}, or {{file, column}}, or {{values, unit}}"
            raise PydanticCustomError("series", "{reason}", {"reason": str(error), "expected": expected}) from None
        return series

    def _from_spec(self, value: object, reading: Reading) -> Series:
        steps = reading.horizon.steps
        if not isinstance(value, Mapping):
            return Series(np.full(steps, units.parse(value, self.unit)), "constant")
        unknown = sorted(set(value) - _SPEC_KEYS)
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r} in a series")
        forms = [form for form in _FORMS if form in value]
        if len(forms) > 1:
            raise ValueError(f"a series has both {forms[0]!r} and {forms[1]!r}")
        scale = units.parse(value.get("scale", 1.0), "")
        if "periods" in value:
            numbers, source = self._by_period(value["periods"], reading.horizon), "by months, days and hours"
        elif "values" in value:
            numbers, source = self._listed(value, steps), "listed in the case"
        elif "file" in value and "column" in value:
            numbers, source = self._from_file(value, reading)
        else:
            raise ValueError("a series needs 'file' and 'column', 'values' and 'unit', or 'periods'")
        return Series(numbers * scale, source)

    def _by_period(self, periods: object, horizon: Horizon) -> FloatArray:
        """Values of periods, each a value with months, days, dates, hours, or otherwise: true."""
        if not isinstance(periods, list) or not all(isinstance(p, Mapping) and "value" in p for p in periods):
            raise ValueError("'periods' must be a list of {value, months, days, hours} or {value, otherwise: true}")
        found, covered, rest = np.zeros(horizon.steps), np.zeros(horizon.steps), None
        for period in periods:
            value = units.parse(period["value"], self.unit)
            if period.get("otherwise") is True and rest is None and len(period) == 2:
                rest = value
                continue
            cover = _cover({key: part for key, part in period.items() if key != "value"}, horizon)
            found, covered = found + value * cover, covered + cover
        wrong = (covered > 1 + 1e-9) | ((covered < 1 - 1e-9) & (rest is None))
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            times = "two values" if covered[first] > 1 else "no value"
            raise ValueError(f"{times} in {int(wrong.sum())} step(s), first at {horizon.describe(first)}")
        return found + (1.0 - covered) * (rest or 0.0)

    def _listed(self, value: Mapping[str, Any], steps: int) -> FloatArray:
        listed = value["values"]
        if not isinstance(listed, list) or not all(_is_finite(x) for x in listed):
            raise ValueError("'values' must be a list of finite numbers")
        if len(listed) != steps:
            length = "short" if len(listed) < steps else "long"
            raise ValueError(f"the series is too {length}: {len(listed)} values for {steps} steps")
        return self._in_unit(np.array(listed, dtype=float), str(value.get("unit", "")))

    def _from_file(self, value: Mapping[str, Any], reading: Reading) -> tuple[FloatArray, str]:
        table, column = reading.table(value["file"]), str(value["column"])
        unit = str(value.get("unit", "")) or unit_of(column)
        if not unit and self.unit:
            raise InputError(
                Problem(
                    f"the unit of column {column!r} is not known",
                    file=table.name,
                    field=column,
                    expected="a column name that ends in its unit, or a key 'unit'",
                    remedy=f"add 'unit: {self.unit}' to the series",
                )
            )
        numbers = self._in_unit(table.column(column), unit)
        return _onto(reading, table, column, numbers), f"{value['file']}: {column}"

    def _in_unit(self, numbers: FloatArray, unit: str) -> FloatArray:
        if not unit and self.unit:
            raise ValueError("unit is missing")
        return numbers * units.factor(unit, self.unit) + units.convert(0.0, unit, self.unit) if unit else numbers

    def _check_limits(self, series: Series) -> None:
        values = series.values
        wrong = np.zeros(len(values), dtype=bool)
        if self.ge is not None:
            wrong |= values < self.ge
        if self.le is not None:
            wrong |= values > self.le
        if wrong.any():
            step = int(np.flatnonzero(wrong)[0])
            limits = " and ".join(
                text
                for text in (
                    f"at least {self.ge:g}" if self.ge is not None else "",
                    f"at most {self.le:g}" if self.le is not None else "",
                )
                if text
            )
            raise InputError(
                Problem(
                    f"{int(wrong.sum())} value(s) outside the possible range",
                    value=f"{values[step]:g} {self.unit} in step {step + 1} ({series.source})".replace("  ", " "),
                    expected=f"{limits} {self.unit}".strip(),
                )
            )

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text: dict[str, Any] = {"type": "string", "examples": [units.example(self.unit)]}
        if not self.unit:
            text = {"anyOf": [{"type": "number"}, text]}
        number = {"anyOf": [{"type": "number"}, {"type": "string"}]}
        from_file = {
            "type": "object",
            "properties": {
                "file": {"type": "string"},
                "column": {"type": "string"},
                "unit": {"type": "string"},
                "scale": number,
            },
            "required": ["file", "column"],
            "additionalProperties": False,
        }
        listed = {
            "type": "object",
            "properties": {
                "values": {"type": "array", "items": {"type": "number"}},
                "unit": {"type": "string"},
                "scale": number,
            },
            "required": ["values"],
            "additionalProperties": False,
        }
        period = {
            "type": "object",
            "properties": {
                "value": number,
                "otherwise": {"type": "boolean"},
                **{key: {"type": "array"} for key in ("months", "days", "dates", "hours")},
            },
            "required": ["value"],
            "additionalProperties": False,
        }
        by_period = {
            "type": "object",
            "properties": {"periods": {"type": "array", "items": period}, "scale": number},
            "required": ["periods"],
            "additionalProperties": False,
        }
        return {"anyOf": [text, from_file, listed, by_period], "x-unit": self.unit}


def _cover(hours: Mapping[str, Any], horizon: Horizon) -> FloatArray:
    from microgrid.calendar import When

    try:
        return When.model_validate(dict(hours)).coverage(horizon)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _is_finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def unit_of(column: str) -> str:
    """The unit that a column's name ends in ("import_kw" -> "kW"), or ""."""
    for suffix in sorted(_SUFFIX_UNITS, key=len, reverse=True):
        if re.search(rf"(?:^|_){suffix}$", column.lower()):
            return _SUFFIX_UNITS[suffix]
    return ""


def _onto(reading: Reading, table: Table, column: str, numbers: FloatArray) -> FloatArray:
    """A column of a table on the steps of the horizon; an InputError when it does not cover them."""
    horizon, log = reading.horizon, reading.log
    target = np.asarray(horizon.points.as_unit("s").asi8)
    source = table.points
    for edge, missing in (("starts", source[0] - target[0]), ("ends", target[-1] - source[-1])):
        if missing > 0:
            when = "later" if edge == "starts" else "earlier"
            raise InputError(
                Problem(
                    f"the series {edge} {missing / 3600:g} h {when} than the horizon",
                    file=table.name,
                    field=column,
                    expected=f"every step from {horizon.points[0].isoformat()} to {horizon.points[-1].isoformat()}",
                    remedy="complete the file or change the horizon",
                )
            )
    within = source[(source >= target[0]) & (source <= target[-1])]
    if len(within) and target[0] not in source and within[0] not in target:
        raise InputError(
            Problem(
                "the series is shifted against the steps of the horizon",
                file=table.name,
                field=column,
                value=f"stamps such as {pd.Timestamp(int(within[0]), unit='s', tz=horizon.timezone).isoformat()}",
                expected=f"stamps such as {horizon.describe(0)}",
                remedy="correct the stamps, or choose a horizon whose steps begin where the file's do",
            )
        )
    unused = len(source) - 1 - int(((source[:-1] >= target[0]) & (source[:-1] < target[-1])).sum())
    log.add(table.label, column, "not used", unused, "rows before or after the horizon")
    step, own = horizon.step_hours.min() * 60, (source[1] - source[0]) / 60
    if not np.isclose(step, own) or len(np.unique(horizon.step_hours)) > 1:
        how = "held over shorter steps" if own > step else "means over longer steps"
        log.add(table.label, column, "resampled", len(numbers), f"from {own:g} min onto the horizon ({how})")
    return mean_over(source, numbers, target)


PowerSeries = Annotated[Series, SeriesOf("kW", ge=0)]
FractionSeries = Annotated[Series, SeriesOf("", ge=0, le=1.5)]  # above 1: bright, cold, or beyond the rating
PriceSeries = Annotated[Series, SeriesOf("EUR/kWh")]
IntensitySeries = Annotated[Series, SeriesOf("kg/kWh", ge=0)]
TemperatureSeries = Annotated[Series, SeriesOf("degC", ge=-60, le=60)]
IrradianceSeries = Annotated[Series, SeriesOf("kW/m2", ge=0, le=2)]
