"""Section ``sensors`` of a case: files of the archive, series and their points, limits of plausible values."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from microgrid import units
from microgrid.calendar import check_timezone
from microgrid.parameters import Parameters, refuse
from microgrid.series.fill import Fill
from microgrid.units import Duration, Fraction, Number

Quantity = Literal["power", "counter", "level"]
CANONICAL = {"power": "kW", "counter": "kWh"}  # of the recorded quantity; a level keeps its own unit


class Columns(Parameters):
    """Names of the columns of the archive."""

    time: str = Field(default="time", description="Column of the time stamp.")
    point: str = Field(default="point", description="Column of the sensor's name.")
    value: str = Field(default="value", description="Column of the value.")
    unit: str = Field(default="", description="Column of the unit, if the archive has one for each row.")
    quality: str = Field(default="", description="Column of the quality of a value, if the archive has one.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [name for name in self.model_dump().values() if name]
        for role, name in self.model_dump().items():
            if name and names.count(name) > 1:
                refuse(role, name, "a column of its own for each")
        return self


class SensorFill(Fill):
    """Rule by which missing steps of a point are filled."""

    nearby: bool = Field(
        default=False,
        description="Whether longer holes are first filled from the other points, by inverse squared distance.",
    )


class SensorSeries(Parameters):
    """One series: the points that make it up, and the limits within which their values are plausible."""

    points: tuple[str, ...] = Field(min_length=1, description="Names of points; * and ? stand for any characters.")
    quantity: Quantity = Field(
        default="power", description="Recorded quantity: power, the register of an energy meter, or any other level."
    )
    unit: str = Field(
        default="", description="Unit of values for which the archive has none; a level is converted to it."
    )
    scale: Number = Field(
        default=1.0, gt=0, description="Number that every value is multiplied by, such as the ratio of transformers."
    )
    sign: Literal[1, -1] = Field(default=1, description="-1 if the sensors count in the opposite direction.")
    combine: Literal["sum", "mean"] = Field(default="sum", description="How several points become one series.")
    stamps: Literal["begin", "end", "center"] = Field(
        default="begin", description="Position of a stamp in its interval; begin: a value holds until the next one."
    )
    hold_hours: Duration | None = Field(
        default=None,
        description="Longest time that a value holds; a hole follows. By default thrice the usual distance of rows. "
        "The energy of a counter over a longer time is spread evenly, and the report counts such intervals.",
    )
    least: str = Field(default="", description="Least possible value, such as 0 kW; for a counter, of its power.")
    most: str = Field(default="", description="Greatest possible value, such as 300 kW.")
    floor: str = Field(
        default="", description="Value to which lower means are raised, such as 0 kW for inverters on standby."
    )
    dark_at_night: bool = Field(
        default=False, description="For solar power: whether values while the sun is down are faults."
    )
    stuck_after_hours: Duration | None = Field(
        default=None, description="A value other than 0 that is repeated for longer than this means a stuck sensor."
    )
    spikes: float | None = Field(
        default=10.0,
        ge=1,
        description="A single value is a spike if it jumps and returns by more than this multiple of the 95 % quantile "
        "of all changes.",
    )
    rolls_over_at: str = Field(default="", description="Reading at which a register returns to 0, such as 100000 kWh.")
    clock_like: str = Field(
        default="", description="Another series, whose clock is trusted and to which the clocks of the points are set."
    )
    clock_within_hours: Duration = Field(
        default=2.0, description="Greatest difference of a clock that is searched for."
    )
    coverage: Fraction = Field(default=0.5, description="Least measured share of a step; a step with less is a hole.")
    fill: SensorFill | None = Field(default=None, description="How holes are filled; without it a hole is an error.")

    @property
    def canonical(self) -> str:
        """Unit to which recorded values are converted."""
        return CANONICAL.get(self.quantity, self.unit)

    @property
    def counts_energy(self) -> bool:
        """Whether a power is stated in a unit of energy, as tables with the energy of intervals have it."""
        return self.quantity == "power" and units.same_dimension(self.unit or "kW", CANONICAL["counter"])

    @property
    def gathered_unit(self) -> str:
        """Unit of the gathered series."""
        return "kW" if self.quantity == "counter" else self.canonical

    @property
    def limits(self) -> tuple[float, float]:
        """Least and greatest possible value, in ``gathered_unit``."""
        least = self._parsed("least", self.gathered_unit)
        most = self._parsed("most", self.gathered_unit)
        return (-math.inf if least is None else least), (math.inf if most is None else most)

    @property
    def floor_value(self) -> float | None:
        """Value to which lower means are raised, in ``gathered_unit``; None for no floor."""
        return self._parsed("floor", self.gathered_unit)

    @property
    def rolls_over_at_kwh(self) -> float | None:
        """Reading at which a register begins again from 0, multiplied by ``scale`` [kWh]; None if it never does."""
        shown = self._parsed("rolls_over_at", "kWh")
        return None if shown is None else shown * self.scale

    def _parsed(self, field: str, unit: str) -> float | None:
        text = getattr(self, field)
        try:
            return units.parse(text, unit) if text else None
        except ValueError as error:
            refuse(field, text, f"a quantity such as {units.example(unit)} ({error})")

    @model_validator(mode="after")
    def _quantity_fits(self) -> Self:
        if self.quantity == "level" and not self.unit:
            refuse("unit", None, "the unit of the level, such as degC")
        if self.unit and not self.counts_energy:
            try:
                units.factor(self.unit, self.canonical)
            except ValueError as error:
                refuse("unit", self.unit, f"a unit of {self.quantity}, such as {self.canonical} ({error})")
        if self.rolls_over_at and self.quantity != "counter":
            refuse("rolls_over_at", self.rolls_over_at, "no rolls_over_at, except with 'quantity: counter'")
        if self.quantity == "counter" and self.stuck_after_hours is not None:
            refuse(
                "stuck_after",
                f"{self.stuck_after_hours:g} h",
                "no stuck_after for a counter, which does not change while nothing flows",
            )
        if self.quantity == "counter" and self.stamps != "begin":
            refuse("stamps", self.stamps, "begin for a counter, whose readings are of the instant of the stamp")
        least, most = self.limits
        if self.floor_value is not None and self.floor_value > most:
            refuse("floor", self.floor, f"at most 'most', {self.most}")
        if least >= most:
            refuse("least", self.least, f"less than 'most', {self.most}")
        if self.rolls_over_at_kwh is not None and self.rolls_over_at_kwh <= 0:
            refuse("rolls_over_at", self.rolls_over_at, "more than 0")
        return self


class Balance(Parameters):
    """Balance of series at a node: the flows into it, less the flows out of it, add up to 0."""

    into: tuple[str, ...] = Field(alias="in", min_length=1, description="Series that supply the node.")
    out: tuple[str, ...] = Field(min_length=1, description="Series that draw from the node.")
    within: Fraction = Field(default=0.03, description="Share of the flow that is accepted as residual.")


class Sensors(Parameters):
    """Archive of sensors in long form: time, point, value, and optionally unit and quality."""

    files: tuple[str, ...] = Field(min_length=1, description="Parquet or CSV files; * and ? stand for any characters.")
    columns: Columns = Field(default_factory=Columns, description="Names of the columns of the archive.")
    format: str | dict[str, Any] | None = Field(
        default=None,
        description="Format of files as `import` reads them, in place of an archive in long form: name, or name and "
        "options; each column of numbers is a point.",
    )
    timezone: Annotated[str, AfterValidator(check_timezone)] = Field(
        default="UTC", description="Time zone of stamps without an offset; with a format by default that of the site."
    )
    good: tuple[bool | int | float | str, ...] = Field(
        default=(), description="Qualities of the values that are used; by default all."
    )
    step_hours: Duration = Field(default=0.25, description="Step of the gathered series.")
    series: dict[str, SensorSeries] = Field(min_length=1, description="The series by name.")
    balances: dict[str, Balance] = Field(default_factory=dict, description="Sums of series that have to be 0, by name.")
    places: dict[str, tuple[float, float]] = Field(
        default_factory=dict, description="Places of points, x and y in metres: point -> [x, y]."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.format is not None and (self.good or "columns" in self.model_fields_set):
            refuse(
                "format",
                self.format,
                "no 'good' and no 'columns', which only an archive in long form has",
            )
        if self.good and not self.columns.quality:
            refuse("good", list(self.good), "the name of the column of qualities, 'columns: {quality: ...}'")
        for name, series in self.series.items():
            if self.format is None and series.counts_energy:
                expected = "a unit of power, such as kW (wrong dimension); energy of intervals needs a 'format'"
                refuse(f"series.{name}.unit", series.unit, expected)
            other = self.series.get(series.clock_like)
            if series.clock_like and (other is None or other is series or other.clock_like):
                expected = "the name of another series, whose own clock is trusted"
                refuse(f"series.{name}.clock_like", series.clock_like, expected)
        for name, balance in self.balances.items():
            flows = [*balance.into, *balance.out]
            for flow in flows:
                if flows.count(flow) > 1:
                    refuse(f"balances.{name}", flow, "each series once")
                if flow not in self.series:
                    refuse(f"balances.{name}", flow, "the name of a series under 'series'")
                if self.series[flow].gathered_unit != "kW":
                    refuse(f"balances.{name}", flow, "a series of power, or of a counter")
        return self
