"""Carbon intensity from a file with the generation of an electricity network by technology."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from microgrid.errors import InputError, Problem, nearest
from microgrid.formats.timed_table import Table
from microgrid.horizon import FloatArray
from microgrid.series.context import Reading
from microgrid.series.derived.carbon_of_mix import LIFE_CYCLE, carbon_intensity, technologies
from microgrid.series.derived.from_file import FromFile
from microgrid.series.registry import DerivedSeries
from microgrid.series.to_horizon import onto_horizon
from microgrid.units import CarbonIntensity, factor

_COLUMN = "carbon intensity of the mix"


class Mix(DerivedSeries, FromFile):
    """intensity[row] = sum of factor x generation / sum of generation over all technologies in the file

    Generation [MW] stands in columns such as ``nuclear_mw``; factors in kgCO2eq/kWh. Load, exchanges, pumping and
    stores do not count, see ``carbon_intensity``. A row without one of its values is missing: it is filled by the rule
    ``fill``, or refused. A longer step takes the mean over time, which is the intensity of a steady consumer.
    """

    fits: ClassVar[tuple[str, ...]] = ("kg/kWh",)

    mix: str = Field(description="The file with the generation by technology.")
    factors: dict[str, CarbonIntensity] = Field(
        default_factory=dict,
        description="Emission factor by technology, such as `nuclear: 12 g/kWh`; by default medians of the IPCC.",
    )

    def describe(self) -> str:
        """File of the mix, for the report."""
        return f"{self.mix}: {_COLUMN}"

    def on(self, reading: Reading, unit: str) -> FloatArray:
        """Mean carbon intensity over each step, (N,), in the unit of the field."""
        table = self.table(reading, self.mix)
        names = list(technologies(table))
        self._refuse_unknown(table, names)
        stated = {name: value * factor("kg/kWh", "g/kWh") for name, value in self.factors.items()}
        assumed = {name: LIFE_CYCLE[name] for name in names if name not in stated and name in LIFE_CYCLE}
        intensity = carbon_intensity(table, assumed | stated, reading.log)
        listed = ", ".join(f"{name} {value:g}" for name, value in assumed.items())
        reading.log.add(
            table.label,
            _COLUMN,
            "assumed",
            len(assumed),
            f"factors that the case does not state [gCO2eq/kWh]: {listed}",
        )
        reading.log.add(table.label, _COLUMN, "modelled", len(intensity), f"from generation of {', '.join(names)}")
        found = onto_horizon(table, _COLUMN, intensity, reading.horizon, reading.log, self.fill, self.align)
        return found * factor("g/kWh", unit)

    def _refuse_unknown(self, table: Table, names: list[str]) -> None:
        """Raise an InputError for a factor of no column: its name is misspelt, and a default would be used instead."""
        for name in self.factors:
            if name not in names:
                near = nearest(name, names)
                raise InputError(
                    Problem(
                        f"a factor of {name!r}, of which this file has no generation",
                        file=table.name,
                        field=f"factors.{name}",
                        expected="one of " + ", ".join(names),
                        remedy=f"did you mean {near!r}?" if near else "leave this factor out",
                    )
                )


SERIES = Mix
