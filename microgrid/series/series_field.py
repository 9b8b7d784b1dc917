"""Series fields of assets: a constant, a list, a column of a file or a derived series, on the horizon of the case."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args

import numpy as np
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from microgrid import units
from microgrid.errors import InputError, Problem
from microgrid.formats.column_units import values_in
from microgrid.horizon import FloatArray, Horizon
from microgrid.money import remedy_of, shown_in_force
from microgrid.series import registry
from microgrid.series.align import Alignment
from microgrid.series.context import Reading
from microgrid.series.fill import Fill
from microgrid.series.to_horizon import log_cut, onto_horizon

_OF_FILES = ("format", "fill", "align")
_SPEC_KEYS = {"file", "column", "unit", "scale", "values", "periods", *_OF_FILES}
_FORMS = ("file", "values", "periods")


@dataclass(frozen=True, eq=False)
class Series:
    """Values on the steps of a horizon, (N,), and their source in words."""

    values: FloatArray
    source: str = "given in Python"


@dataclass(frozen=True)
class SeriesOf:
    """Marks a field as a series in ``unit`` whose values must be at least ``ge`` and at most ``le``."""

    unit: str
    ge: float | None = None
    le: float | None = None

    def read(self, value: object, info: ValidationInfo) -> Series:
        """Read the series of a field; a pydantic error holds every problem that was found."""
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
            context = {"reason": str(error), "expected": expected, **remedy_of(error)}
            raise PydanticCustomError("series", "{reason}", context) from None
        return series

    def _from_spec(self, value: object, reading: Reading) -> Series:
        steps = reading.horizon.steps
        if not isinstance(value, Mapping):
            return Series(np.full(steps, units.parse(value, self.unit)), "constant")
        for key in map(str, value):
            if registry.is_derived(key):
                return self._derived(key, value, reading)
        unknown = sorted(set(value) - _SPEC_KEYS)
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r} in a series")
        forms = [form for form in _FORMS if form in value]
        if len(forms) > 1:
            raise ValueError(f"a series states both {forms[0]!r} and {forms[1]!r}; only one is allowed")
        for key in _OF_FILES:
            if key in value and "file" not in value:
                raise ValueError(f"{key!r} is only allowed for a series from a file")
        scale = units.parse(value.get("scale", 1.0), "")
        if "periods" in value:
            numbers = self._by_period(value["periods"], reading.horizon)
            source = "by months, days and hours"
        elif "values" in value:
            numbers = self._listed(value, steps)
            source = "listed in the case"
        elif "file" in value and "column" in value:
            numbers, source = self._from_file(value, reading)
        else:
            others = "".join(f", or {key!r}" for key in registry.names())
            raise ValueError(f"a series needs 'file' and 'column', 'values' and 'unit', or 'periods'{others}")
        return Series(numbers * scale, source)

    def _derived(self, key: str, value: Mapping[str, Any], reading: Reading) -> Series:
        maker = registry.series_of(key)
        if maker.fits and self.unit not in maker.fits:
            units_of = " or ".join(maker.fits)
            own = shown_in_force(self.unit) or "a share"
            raise ValueError(f"{key!r} is a series in {units_of}, which a field in {own} does not take")
        model = registry.validated(maker, value)
        return Series(model.on(reading, self.unit), model.describe())

    def _by_period(self, periods: object, horizon: Horizon) -> FloatArray:
        """Values by periods, each with months, days, dates and hours, or ``otherwise: true``, (N,)."""
        if not isinstance(periods, list) or not all(isinstance(p, Mapping) and "value" in p for p in periods):
            raise ValueError("'periods' must be a list of {value, months, days, hours} or {value, otherwise: true}")
        found = np.zeros(horizon.steps)
        covered = np.zeros(horizon.steps)
        rest = None
        for period in periods:
            value = units.parse(period["value"], self.unit)
            if period.get("otherwise") is True and rest is None and len(period) == 2:
                rest = value
                continue
            cover = _cover({key: part for key, part in period.items() if key != "value"}, horizon)
            found = found + value * cover
            covered = covered + cover
        wrong = (covered > 1 + 1e-9) | ((covered < 1 - 1e-9) & (rest is None))
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            count = "more than one value" if covered[first] > 1 else "no value"
            raise ValueError(
                f"the periods state {count} for {int(wrong.sum())} step(s), first at {horizon.describe(first)}"
            )
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
        table = reading.table(value["file"], value.get("format"))
        column = str(value["column"])
        fill = _fill(value["fill"]) if "fill" in value else None
        align = value.get("align")
        if align not in (None, *get_args(Alignment)):
            raise ValueError(f"'align' must be one of {', '.join(get_args(Alignment))}")
        # An empty value in a native table is an error anywhere, in a file of another format only within the horizon.
        holes = fill is not None or "format" in value
        stated = str(value.get("unit", ""))
        numbers = values_in(table, column, self.unit, stated, holes=holes, log=reading.log)
        laid = onto_horizon(table, column, numbers, reading.horizon, reading.log, fill, align)
        if align is None:
            log_cut(table, column, reading.horizon, reading.log, units.parse(value.get("scale", 1.0), ""))
        return laid, f"{value['file']}: {column}"

    def _in_unit(self, numbers: FloatArray, unit: str) -> FloatArray:
        if not unit and self.unit:
            raise ValueError("unit is missing")
        return numbers * units.factor(unit, self.unit) + units.convert(0.0, unit, self.unit) if unit else numbers

    def _check_limits(self, series: Series) -> None:
        values = series.values
        if (np.abs(values) > units.MOST).any():
            shown = f"{values[np.argmax(np.abs(values))]:g} {shown_in_force(self.unit)} ({series.source})"
            raise InputError(Problem("a value is too large", value=shown, expected=f"up to {units.MOST:g}"))
        wrong = np.zeros(len(values), dtype=bool)
        if self.ge is not None:
            wrong |= values < self.ge
        if self.le is not None:
            wrong |= values > self.le
        if wrong.any():
            step = int(np.flatnonzero(wrong)[0])
            unit = shown_in_force(self.unit)
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
                    value=f"{values[step]:g} {unit} in step {step + 1} ({series.source})".replace("  ", " "),
                    expected=f"{limits} {unit}".strip(),
                )
            )

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text: dict[str, Any] = {"type": "string", "examples": [units.example(self.unit)]}
        if not self.unit:
            text = {"anyOf": [{"type": "number"}, text]}
        number = {"anyOf": [{"type": "number"}, {"type": "string"}]}
        from_file = _mapping(
            ("file", "column"),
            file={"type": "string"},
            column={"type": "string"},
            unit={"type": "string"},
            scale=number,
            format={"anyOf": [{"type": "string"}, {"type": "object", "required": ["name"]}]},
            fill=Fill.model_json_schema(),
            align={"type": "string", "enum": list(get_args(Alignment))},
        )
        numbers = {"type": "array", "items": {"type": "number"}}
        listed = _mapping(("values",), values=numbers, unit={"type": "string"}, scale=number)
        period = _mapping(
            ("value",),
            value=number,
            otherwise={"type": "boolean"},
            **{key: {"type": "array"} for key in ("months", "days", "dates", "hours")},
            **{key: {"type": "string", "format": "date"} for key in ("from", "until")},
        )
        by_period = _mapping(("periods",), periods={"type": "array", "items": period}, scale=number)
        derived = [handler(TypeAdapter(model).core_schema) for model in registry.for_unit(self.unit)]
        return {"anyOf": [text, from_file, listed, by_period, *derived], "x-unit": self.unit}


def _mapping(required: tuple[str, ...], **properties: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a mapping with these keys and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _cover(hours: Mapping[str, Any], horizon: Horizon) -> FloatArray:
    from microgrid.calendar import When

    try:
        return When.model_validate(dict(hours)).coverage(horizon)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _fill(rule: object) -> Fill:
    try:
        return Fill.model_validate(rule)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, ("fill", *first["loc"])))
        raise ValueError(f"{place}: {first['msg']}") from None


def _is_finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False


PowerSeries = Annotated[Series, SeriesOf("kW", ge=0)]
PriceSeries = Annotated[Series, SeriesOf("money/kWh")]
IntensitySeries = Annotated[Series, SeriesOf("kg/kWh", ge=0)]
TemperatureSeries = Annotated[Series, SeriesOf("degC", ge=-60, le=60)]
IrradianceSeries = Annotated[Series, SeriesOf("kW/m2", ge=0, le=2)]
