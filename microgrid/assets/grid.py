"""Grid: the connection to the public network, with its limits, its tariff and the carbon of what it supplies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from microgrid.assets.asset import Asset, Check, Replay
from microgrid.errors import InputError
from microgrid.horizon import FloatArray, Horizon
from microgrid.ledger import COST, EMISSIONS, Amount, Contribution, Entry, Exclusive, Term
from microgrid.physics.variables import add_rows, add_variable
from microgrid.profiles.series import IntensitySeries, Reading
from microgrid.tariff.bill import bill
from microgrid.tariff.peaks import Metering, PeakRate, every_step
from microgrid.tariff.rates import Rates, expand
from microgrid.tariff.reading import TariffField
from microgrid.units import Power

if TYPE_CHECKING:
    from microgrid.linear import Variable

_EMISSIONS_ITEM = "import"


class Grid(Asset):
    """0 <= import <= import_max,  0 <= export <= export_max,  never both.

    energy = sum over lines of price[t] import[t] h[t] - export_price[t] export[t] h[t]
    peaks: mean of import over interval i <= peak[m] for the counted intervals i of month m;
    billed[m] >= reach[m, n] peak[n], at a price per kW and month
    subscription: peak[m] <= subscribed + overrun[m], overrun at a price
    emissions = carbon[t] import[t] h[t]; export is not credited.
    """

    decisions: ClassVar = ("import_kw", "export_kw")
    baseline_role: ClassVar = "grid"

    kind: Literal["grid"]
    import_max_kw: Power = Field(description="Greatest power drawn from the network.")
    export_max_kw: Power = Field(default=0.0, description="Greatest power fed into the network.")
    tariff: TariffField = Field(description="A tariff file, or the tariff itself.")
    carbon: IntensitySeries | None = Field(
        default=None, description="Carbon intensity of the network's electricity; not counted if left out."
    )

    @model_validator(mode="after")
    def _priced_throughout(self, info: ValidationInfo) -> Self:
        reading = (info.context or {}).get("reading")
        if isinstance(reading, Reading):
            try:
                self.rates(reading.horizon)
            except InputError as error:
                raise PydanticCustomError("problems", "see problems", {"problems": error.problems}) from None
        return self

    def rates(self, horizon: Horizon) -> Rates:
        """The tariff on the horizon."""
        return expand(self.tariff, horizon)

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Import, export, monthly peaks and overrun on the block."""
        rates = self.rates(horizon)
        imported = add_variable(block, horizon, "import_kw", upper=self.import_max_kw)
        hours = horizon.step_hours
        flows, exclusive = [Term(imported)], []
        entries = [Entry(COST, item, (Term(imported, price * hours),)) for item, price in rates.energy]
        if self.export_max_kw:
            exported = add_variable(block, horizon, "export_kw", upper=self.export_max_kw)
            flows.append(Term(exported, -1.0))
            entries += [Entry(COST, item, (Term(exported, -price * hours),)) for item, price in rates.export]
            exclusive.append(Exclusive(imported, exported, self.import_max_kw, self.export_max_kw))
        entries += self._peak_entries(block, horizon, rates)
        entries += [Entry(COST, item, (Term(None, amount, "month"),)) for item, amount in rates.fixed]
        if self.carbon is not None:
            entries.append(Entry(EMISSIONS, _EMISSIONS_ITEM, (Term(imported, self.carbon.values * hours),)))
        return Contribution({self.bus: flows}, entries, exclusive)

    def _peak_entries(self, block: Any, horizon: Horizon, rates: Rates) -> list[Entry]:
        peaks = _Peaks(block, horizon, self.import_max_kw)
        entries = [
            Entry(COST, rate.item, (Term(peaks.billed(rate), rate.price_eur_per_kw, "month"),)) for rate in rates.peaks
        ]
        if rates.subscription:
            subscribed = rates.subscription.power_kw
            most = max(self.import_max_kw - subscribed, 0.0)
            overrun = add_variable(block, horizon, "overrun_kw", "month", upper=most)
            if most > 0:
                above = peaks.metered(every_step(horizon)) - overrun
                add_rows(block, "overrun_limit", above, upper=subscribed, step=None)

            price = rates.subscription.overrun_price_eur_per_kw
            entries.append(Entry(COST, rates.subscription.overrun_item, (Term(overrun, price, "month"),)))
        return entries

    def decide(self, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Import and export; without a limit for it there is no export."""
        imported = values["import_kw"]
        return {"import_kw": imported, "export_kw": values.get("export_kw", np.zeros_like(imported))}

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """The bill and the emissions of what the meter shows; limits."""
        imported, exported = decisions["import_kw"], decisions["export_kw"]
        rates, hours = self.rates(horizon), horizon.step_hours
        scale = max(self.import_max_kw, self.export_max_kw)
        checks = [
            Check("import above its limit", (imported - self.import_max_kw).clip(0), "kW", scale),
            Check("export above its limit", (exported - self.export_max_kw).clip(0), "kW", scale),
            Check("import or export below zero", (-np.minimum(imported, exported)).clip(0), "kW", scale),
            Check("import and export at once", np.minimum(imported, exported).clip(0), "kW", scale),
        ]
        amounts = bill(imported, exported, rates, horizon)
        columns = {
            "import_kw": imported,
            "export_kw": exported,
            "import_price_eur_per_kwh": rates.import_price(horizon.steps),
            "export_price_eur_per_kwh": rates.export_price(horizon.steps),
        }
        if self.carbon is not None:
            amounts.append(Amount(EMISSIONS, _EMISSIONS_ITEM, self.carbon.values * imported * hours))
            columns["carbon_intensity_kgco2_per_kwh"] = self.carbon.values
        return Replay(columns, {self.bus: imported - exported}, checks, amounts)

    def follow(self, horizon: Horizon, surplus_kw: FloatArray) -> dict[str, FloatArray]:
        """Import what is missing, export what is left, within the limits."""
        return {
            "import_kw": np.clip(-surplus_kw, 0, self.import_max_kw),
            "export_kw": np.clip(surplus_kw, 0, self.export_max_kw),
        }


class _Peaks:
    """Monthly peaks on the grid's block, one variable for each way of metering, and what is billed by them."""

    def __init__(self, block: Any, horizon: Horizon, most_kw: float) -> None:
        self.block, self.horizon, self.most_kw = block, horizon, most_kw
        self.found: dict[bytes, Variable] = {}
        self.remembering = 0

    def metered(self, metering: Metering) -> Variable:
        """The peak of each month over the intervals that count."""
        if metering.key not in self.found:
            self.found[metering.key] = self._add(len(self.found), metering)
        return self.found[metering.key]

    def _add(self, number: int, metering: Metering) -> Variable:
        peak = add_variable(self.block, self.horizon, f"peak_{number}_kw", "month", upper=self.most_kw)
        counted = np.bincount(metering.interval, metering.counts) > 0
        row = np.where(counted, np.cumsum(counted) - 1, -1)[metering.interval]
        first = metering.first[counted]
        mean = (self.block.import_kw * metering.weights(self.horizon)).summed(row, len(first))
        above = mean - peak.at(self.horizon.month_of_step[first])
        add_rows(self.block, f"peak_{number}_limit", above, upper=0.0, step=first)
        return peak

    def billed(self, rate: PeakRate) -> Variable:
        """What is billed in each month: its peak, or what it remembers."""
        peak = self.metered(rate.metering)
        if not rate.remembers:
            return peak
        number, self.remembering = self.remembering, self.remembering + 1
        most = np.maximum(rate.floor_kw, self.most_kw)
        billed = add_variable(self.block, self.horizon, f"billed_{number}_kw", "month", rate.floor_kw, most)
        month, other = np.nonzero(rate.reach)
        above = peak.at(other) * rate.reach[month, other] - billed.at(month)
        add_rows(self.block, f"billed_{number}_limit", above, upper=0.0, step=None)
        return billed
