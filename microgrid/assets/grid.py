"""Grid: the connection to the public network, with its limits, its tariff and the emissions of its supply."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from microgrid.contract.asset import Check, ClaimedSupply, Replay, SinglePort, Surplus
from microgrid.contract.ledger import Claim, Contribution, Exclusive, NodeCarrier, Term
from microgrid.contract.ports import PortSeries
from microgrid.contract.size import PowerSize, Size, limit_by, size_variable
from microgrid.contract.variables import add_rows, add_variable
from microgrid.errors import InputError
from microgrid.horizon import FloatArray, Horizon
from microgrid.notices import Notice
from microgrid.physics.carbon import NetworkCarbonField
from microgrid.series.context import Reading
from microgrid.tariff.bill import bill, model_bill
from microgrid.tariff.charges.charge import Connection, Meter
from microgrid.tariff.rates import Rates, expand
from microgrid.tariff.reading import TariffField


class Grid(SinglePort):
    """0 <= import <= import_max,  0 <= export <= export_max,  never both.

    cost = sum over the lines of the tariff, each with its equation in ``microgrid.tariff``
    emissions: see ``microgrid.physics.carbon.NetworkCarbon``
    """

    decisions: ClassVar = ("import_kw", "export_kw")
    role: ClassVar = "exchange"
    baseline_role: ClassVar = "exchange"

    kind: Literal["grid"]
    import_max_kw: PowerSize = Field(description="Greatest power drawn from the network.")
    export_max_kw: PowerSize = Field(default=0.0, description="Greatest power fed into the network.")
    tariff: TariffField = Field(description="A tariff file, or the tariff itself.")
    carbon: NetworkCarbonField | None = Field(
        default=None,
        description="Carbon intensity of the network's electricity: one series, or average and marginal with rules; "
        "not counted if left out.",
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

    def sizes(self) -> dict[str, Size]:
        """Sizes of the connection, and subscribed powers of the tariff that are to be decided."""
        return super().sizes() | self.tariff.sizes()

    def sized(self, decided: Mapping[str, float]) -> Self:
        """Copy of the connection and its tariff with decided sizes; decided: field or subscribed power -> size."""
        subscribed = {name: value for name, value in decided.items() if name in self.tariff.sizes()}
        own = {name: value for name, value in decided.items() if name not in subscribed}
        return super().sized(own).model_copy(update={"tariff": self.tariff.sized(subscribed)})

    def rates(self, horizon: Horizon) -> Rates:
        """Rates of the tariff on the horizon."""
        return expand(self.tariff, horizon)

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Add import, export and the variables of the tariff's lines to the block."""
        rates = self.rates(horizon)
        imported = add_variable(block, horizon, "import_kw", upper=np.minimum(self.import_max_kw, rates.limit_kw))
        flows = [Term(imported)]
        exclusive = []
        exported = add_variable(block, horizon, "export_kw", upper=self.export_max_kw) if self.export_max_kw else None
        if exported is not None:
            flows.append(Term(exported, -1.0))
            exclusive.append(Exclusive(imported, exported, self.import_max_kw, self.export_max_kw))
        for name, power in (("import", imported), ("export", exported)):
            size = size_variable(block, horizon, f"{name}_max_kw", getattr(self, f"{name}_max_kw"))
            if size is not None and power is not None:
                limit_by(block, f"{name}_within_size", power, size, 1.0)
        origins = list(rates.export_prices()) if exported is not None else []
        parts = {of: add_variable(block, horizon, _of(of), upper=self.export_max_kw) for of in origins}
        if parts and exported is not None:
            own = functools.reduce(operator.add, (part.all for part in parts.values()))
            add_rows(block, "export_of_limit", own - exported, upper=0.0)
        limits = self.import_max_kw, self.export_max_kw
        connection = Connection(block, horizon, imported, exported, *limits, export_of=parts)
        entries = model_bill(connection, rates)
        if self.carbon is not None:
            entries += self.carbon.entries(imported, exported, horizon)
        claims = [Claim(of, part, self.port.at) for of, part in parts.items()]
        return Contribution({self.port: flows}, entries, exclusive, claims)

    def _origins(self) -> list[str]:
        """Names of the assets whose export has a price of its own."""
        return list(dict.fromkeys(line.of for line in self.tariff.export if line.of))

    def decision_names(self) -> tuple[str, ...]:
        """Import, export, and the part of the export of each asset whose export has a price of its own."""
        return (*self.decisions, *map(_of, self._origins()))

    def decide(self, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Import, export and its parts from the solved variables; export is zero where export_max is."""
        none = np.zeros_like(values["import_kw"])
        return {name: values.get(name, none) for name in self.decision_names()}

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Bill, emissions and checks that follow from import and export."""
        imported, exported = decisions["import_kw"], decisions["export_kw"]
        rates = self.rates(horizon)
        scale = max(self.import_max_kw, self.export_max_kw)
        above = (imported - np.minimum(self.import_max_kw, rates.limit_kw)).clip(0)
        checks = [
            Check("import above its limit", above, "kW", scale),
            Check("export above its limit", (exported - self.export_max_kw).clip(0), "kW", scale),
            Check("import or export below zero", (-np.minimum(imported, exported)).clip(0), "kW", scale),
            Check("import and export at once", np.minimum(imported, exported).clip(0), "kW", scale),
        ]
        parts = {of: decisions[_of(of)] for of in self._origins()}
        meter = Meter(imported, exported, horizon, parts)
        if parts:
            lowest = np.minimum(np.min(list(parts.values()), axis=0), meter.export_of_none_kw)
            checks.append(Check("parts of the export below zero or above it", (-lowest).clip(0), "kW", scale))
        amounts = bill(meter, rates)
        columns = {
            "import_kw": imported,
            "export_kw": exported,
            **{_of(of): part for of, part in parts.items()},
            "import_price_per_kwh": rates.import_price(),
            "export_price_per_kwh": rates.export_price(),
        }
        if self.carbon is not None:
            amounts += self.carbon.amounts(imported, exported, horizon)
            columns |= self.carbon.columns()
        claims = [ClaimedSupply(of, self.port.at, part) for of, part in parts.items()]
        beside = PortSeries(intensity=None if self.carbon is None else self.carbon.intensity())
        return Replay(columns, {self.port: imported - exported}, checks, amounts, claims, {self.port: beside})

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Import of the deficit and export of the surplus, within the limits."""
        left_kw = surplus[self.port.at]
        return {
            "import_kw": np.clip(-left_kw, 0, np.minimum(self.import_max_kw, self.rates(horizon).limit_kw)),
            "export_kw": np.clip(left_kw, 0, self.export_max_kw),
            **{_of(of): np.zeros(horizon.steps) for of in self._origins()},
        }

    def claim(
        self,
        decisions: dict[str, FloatArray],
        horizon: Horizon,
        supplied: Mapping[NodeCarrier, Mapping[str, FloatArray]],
    ) -> dict[str, FloatArray]:
        """Decisions with the export split into parts of assets, highest price first, up to the supply of each.

        A part counts as an asset's own only where its price is above that of other export.
        """
        left = decisions["export_kw"]
        found = dict(decisions)
        rates = self.rates(horizon)
        here = supplied.get(self.port.at, {})
        for of, price in rates.export_prices().items():
            most = np.minimum(left, here.get(of, 0.0 * left))
            found[_of(of)] = np.where(price > rates.export_price(), most, 0.0)
            left = left - found[_of(of)]
        return found

    def notices(self) -> list[Notice]:
        """Notices, also of export prices of the tariff that cannot be earned because export_max is zero."""
        found = super().notices()
        if self.tariff.export and not self.export_max_kw:
            items = ", ".join(line.item for line in self.tariff.export)
            message = f"no export is allowed, so that {items} of the tariff cannot be earned"
            stated = "" if "export_max_kw" in self.model_fields_set else ": state export_max, which is 0 kW if left out"
            found.append(Notice("export_max", message + stated))
        return found

    def mentioned(self) -> list[str]:
        """Names of the assets whose export has a price of its own."""
        return self._origins()


def _of(asset: str) -> str:
    """Name of the variable of the export that counts as an asset's own."""
    return f"export_of_{asset}_kw"
