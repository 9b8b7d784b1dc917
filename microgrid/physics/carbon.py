"""Carbon of electricity from a network, counted by stated rules; and of assets themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from microgrid.contract.ledger import EMISSIONS, Amount, Entry, Term
from microgrid.contract.ports import Intensity
from microgrid.horizon import FloatArray, Horizon
from microgrid.parameters import Parameters
from microgrid.series.series_field import IntensitySeries
from microgrid.units import Fraction

if TYPE_CHECKING:
    from microgrid.contract.linear import Variable

IMPORT = "scope 2, import"
EXPORT = "avoided elsewhere by export"


class NetworkCarbon(Parameters):
    """Carbon of what a network supplies, on average and at the margin, and what export is credited with.

    counted[t] = (1 - marginal_share) average[t] + marginal_share marginal[t]
    emissions = counted[t] import[t] h[t] - credit[t] export[t] h[t];  credit: 0, average or marginal
    """

    average: IntensitySeries = Field(description="Emissions of all generation per kWh of it.")
    marginal: IntensitySeries | None = Field(
        default=None, description="Emissions of the generation that follows one more kWh; shown beside the average."
    )
    marginal_share: Fraction = Field(default=0.0, description="How much of the marginal one counts; the rest average.")
    export: Literal["none", "average", "marginal"] = Field(default="none", description="What export is credited with.")

    def counted(self) -> FloatArray:
        """Intensity of import that counts [kg/kWh], (N,)."""
        return self.average.values + self.marginal_share * (self._marginal() - self.average.values)

    def credited(self) -> FloatArray:
        """Intensity that export is credited with [kg/kWh], (N,)."""
        by_rule = {"none": 0.0 * self.average.values, "average": self.average.values, "marginal": self._marginal()}
        return by_rule[self.export]

    def _marginal(self) -> FloatArray:
        return self.average.values if self.marginal is None else self.marginal.values

    def entries(self, imported: Variable, exported: Variable | None, horizon: Horizon) -> list[Entry]:
        """Account lines of import and export in the model."""
        hours = horizon.step_hours
        found = [Entry(EMISSIONS, IMPORT, (Term(imported, self.counted() * hours),))]
        if exported is not None and self.export != "none":
            found.append(Entry(EMISSIONS, EXPORT, (Term(exported, -self.credited() * hours),)))
        return found

    def amounts(self, import_kw: FloatArray, export_kw: FloatArray, horizon: Horizon) -> list[Amount]:
        """The same from what the meter shows."""
        hours = horizon.step_hours
        found = [Amount(EMISSIONS, IMPORT, self.counted() * import_kw * hours)]
        if self.export != "none":
            found.append(Amount(EMISSIONS, EXPORT, -self.credited() * export_kw * hours))
        return found

    def intensity(self) -> Intensity:
        """What stands beside the flow at the port."""
        return Intensity(self.counted(), self.average.values, None if self.marginal is None else self.marginal.values)

    def columns(self) -> dict[str, FloatArray]:
        """What the schedule shows: the intensity that counts, the average, and the marginal one if there is one."""
        found = {
            "carbon_intensity_kgco2_per_kwh": self.counted(),
            "carbon_average_kgco2_per_kwh": self.average.values,
        }
        if self.marginal is not None:
            found["carbon_marginal_kgco2_per_kwh"] = self.marginal.values
        return found


class _OneSeriesOrRules:
    """Marks a field that holds the rules, or one series that is the average."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        rules = handler(schema)
        return {"anyOf": [rules, handler.resolve_ref_schema(rules)["properties"]["average"]]}

    @staticmethod
    def read(value: Any) -> Any:
        """The rules as they are given, or as they follow from one series."""
        given = isinstance(value, NetworkCarbon) or (isinstance(value, Mapping) and "average" in value)
        return value if given else {"average": value}


NetworkCarbonField = Annotated[NetworkCarbon, _OneSeriesOrRules()]
