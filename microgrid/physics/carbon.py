"""Emissions of the electricity that a network supplies, counted by rules that the case states."""

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
    """Emissions per kWh from a network, on average and at the margin, and the credit per kWh of export.

    counted[t] = (1 - marginal_share) average[t] + marginal_share marginal[t]
    emissions = counted[t] import[t] h[t] - credit[t] export[t] h[t];  credit: 0, average or marginal
    """

    average: IntensitySeries = Field(description="Emissions per kWh of all generation together.")
    marginal: IntensitySeries | None = Field(
        default=None, description="Emissions of the generation that supplies one more kWh; shown beside the average."
    )
    marginal_share: Fraction = Field(
        default=0.0, description="Weight of the marginal intensity; the rest is that of the average."
    )
    export: Literal["none", "average", "marginal"] = Field(
        default="none", description="Intensity that export is credited with."
    )

    def counted(self) -> FloatArray:
        """Intensity by which import is counted [kg/kWh], (N,)."""
        return self.average.values + self.marginal_share * (self._marginal() - self.average.values)

    def credited(self) -> FloatArray:
        """Intensity by which export is credited [kg/kWh], (N,), zero without a credit."""
        by_rule = {"none": 0.0 * self.average.values, "average": self.average.values, "marginal": self._marginal()}
        return by_rule[self.export]

    def _marginal(self) -> FloatArray:
        return self.average.values if self.marginal is None else self.marginal.values

    def entries(self, imported: Variable, exported: Variable | None, horizon: Horizon) -> list[Entry]:
        """Emissions of import, and the credit of export, as account lines of the model."""
        hours = horizon.step_hours
        found = [Entry(EMISSIONS, IMPORT, (Term(imported, self.counted() * hours),))]
        if exported is not None and self.export != "none":
            found.append(Entry(EMISSIONS, EXPORT, (Term(exported, -self.credited() * hours),)))
        return found

    def amounts(self, import_kw: FloatArray, export_kw: FloatArray, horizon: Horizon) -> list[Amount]:
        """Emissions of import, and the credit of export, from metered powers [kW], each (N,)."""
        hours = horizon.step_hours
        found = [Amount(EMISSIONS, IMPORT, self.counted() * import_kw * hours)]
        if self.export != "none":
            found.append(Amount(EMISSIONS, EXPORT, -self.credited() * export_kw * hours))
        return found

    def intensity(self) -> Intensity:
        """Intensities of the network, shown beside the flow at its port."""
        return Intensity(self.counted(), self.average.values, None if self.marginal is None else self.marginal.values)

    def columns(self) -> dict[str, FloatArray]:
        """Columns of the schedule: counted and average intensity, and the marginal one if there is one, each (N,)."""
        found = {
            "carbon_intensity_kgco2_per_kwh": self.counted(),
            "carbon_average_kgco2_per_kwh": self.average.values,
        }
        if self.marginal is not None:
            found["carbon_marginal_kgco2_per_kwh"] = self.marginal.values
        return found


class _OneSeriesOrRules:
    """Mark of a field that holds a ``NetworkCarbon``, or one series that stands for its average."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        rules = handler(schema)
        return {"anyOf": [rules, handler.resolve_ref_schema(rules)["properties"]["average"]]}

    @staticmethod
    def read(value: Any) -> Any:
        """Value of the field unchanged if it states rules, else as the average of rules."""
        given = isinstance(value, NetworkCarbon) or (isinstance(value, Mapping) and "average" in value)
        return value if given else {"average": value}


NetworkCarbonField = Annotated[NetworkCarbon, _OneSeriesOrRules()]
