"""The contract of an asset kind: parameters as data, rules of the model, and a replay of its physics in numpy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from microgrid.contract.ledger import COST, EMISSIONS, Amount, Contribution, NodeCarrier
from microgrid.contract.ports import AssetPort, PortSeries, Role
from microgrid.contract.size import Size
from microgrid.horizon import FloatArray, Horizon
from microgrid.notices import Notice
from microgrid.parameters import Parameters, case_name
from microgrid.units import CarbonIntensity, Unit

SITE = "site"
ELECTRICITY = "electricity"


@dataclass(frozen=True)
class Check:
    """A violation that must be zero in every step.

    what: the violation in words; residual: its amount in each step, in ``unit``; scale: an amount in that unit, against
    which the residual is judged.
    """

    what: str
    residual: FloatArray
    unit: str
    scale: float


@dataclass(frozen=True)
class ClaimedSupply:
    """Least power that another asset supplies at a node and carrier, as a replay assumes it [kW], (N,)."""

    asset: str
    at: NodeCarrier
    power_kw: FloatArray


@dataclass(frozen=True)
class Replay:
    """Consequences of an asset's decisions.

    columns: everything that the schedule shows of the asset, each (N,), named ``quantity_unit``;
    flows: port -> power supplied to the node [kW], (N,); checks: violations, which must be zero; amounts: account
    lines; claims: least supply that the asset assumes of others; beside: port -> series beside the flow there.
    """

    columns: dict[str, FloatArray]
    flows: dict[AssetPort, FloatArray] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    claims: list[ClaimedSupply] = field(default_factory=list)
    beside: dict[AssetPort, PortSeries] = field(default_factory=dict)

    def supplied_kw(self, horizon: Horizon) -> FloatArray:
        """Sum of the power that the asset supplies at its ports, without the power that it draws [kW], (N,)."""
        supplied = np.zeros(horizon.steps)
        for flow in self.flows.values():
            supplied += flow.clip(0)
        return supplied


Surplus = Mapping[NodeCarrier, FloatArray]
"""(node, carrier) -> what is left over there [kW], negative where something is missing, (N,)."""

BaselineRole = Literal["demand", "generation", "flexible", "storage", "transport", "exchange"]
"""When an asset decides in the rule-based baseline.

demand: first, as it comes; generation: what is to be had; flexible: a consumer that takes what is left over; storage;
transport: a line or converter, whenever something has to be carried from one port to another; exchange: last, for
what is still missing or left over.
"""


class Asset(Parameters, ABC):
    """Base of every kind of asset; a kind is one file in ``microgrid.assets`` or another package, with one subclass.

    decisions: the variables that, with the parameters, determine everything else; ``replay`` reads only these.
    ratings: the fields that state how large a plant is built; none where the asset is no plant, such as a load.
    baseline_role: place of the asset in the order of the rule-based baseline (``BaselineRole``).

    A kind that meets one node with one carrier is a ``SinglePort``; any other states its ``ports``.
    """

    decisions: ClassVar[tuple[str, ...]]
    ratings: ClassVar[tuple[str, ...]] = ()
    baseline_role: ClassVar[BaselineRole]

    kind: str
    embodied_kgco2_per_year: Annotated[float, Unit("kg/year"), Field(ge=0)] = Field(
        default=0.0, alias="embodied_per_year", description="Emissions of making the asset, per year of its life."
    )
    embodied_kgco2_per_kwh: CarbonIntensity = Field(
        default=0.0, alias="embodied_per_kwh", description="Emissions of making the asset, per kWh that it supplies."
    )

    @abstractmethod
    def ports(self) -> tuple[AssetPort, ...]:
        """Ports of the asset, all those at which ``build`` and ``replay`` state flows."""

    @abstractmethod
    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Declare variables and constraints on ``block``; return their flows, account entries and exclusive pairs."""

    @abstractmethod
    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Compute the consequences of the decisions in plain numpy: columns, flows, checks, amounts."""

    @abstractmethod
    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Decisions of the rule-based baseline, given the surplus of all other assets at each of the asset's ports.

        A line or converter carries surplus from one port to a deficit at another, within its limits; the surplus at a
        port may exceed them by far.
        """

    def give_way(self, decisions: dict[str, FloatArray], horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Decisions changed to reduce a surplus (a deficit where negative) that remains after all have decided."""
        return decisions

    def decision_names(self) -> tuple[str, ...]:
        """Names of all decisions of this asset: ``decisions``, and those that its parameters add."""
        return self.decisions

    def mentioned(self) -> list[str]:
        """Names of other assets that the parameters refer to."""
        return []

    def uncosted_ratings(self) -> dict[str, float] | None:
        """Ratings of a plant whose investment is not counted, by field; None where it is counted, or for no plant."""
        if not self.ratings or any(size.costs for size in self.sizes().values()):
            return None
        values = {field: getattr(self, field) for field in self.ratings}
        return {field: float(value) for field, value in values.items() if value is not None}

    def notices(self) -> list[Notice]:
        """Notices of parameters that are valid but hardly intended; ``field`` is a key of this asset."""
        values = ((field, getattr(self, field)) for field in type(self).model_fields)
        free = [(field, size) for field, size in values if isinstance(size, Size) and size.open and not size.costs]
        return [
            Notice(
                case_name(field),
                f"the optimizer decides it up to {size:g}, and a larger one costs nothing: "
                "give it a cost, or a fixed size",
            )
            for field, size in free
        ]

    def claim(
        self,
        decisions: dict[str, FloatArray],
        horizon: Horizon,
        supplied: Mapping[NodeCarrier, Mapping[str, FloatArray]],
    ) -> dict[str, FloatArray]:
        """Decisions of the baseline, completed with the supply of every asset at each of the ports [kW]."""
        return decisions

    def decide(self, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Decisions from the solved variables, each (N,); a state is that at the end of each step.

        Raises:
            ValueError: a decision that is no variable of the asset, as its kind names it otherwise than it builds it.
        """
        for name in self.decision_names():
            if name not in values:
                kind, known = type(self).__name__, ", ".join(values)
                raise ValueError(f"{kind}.decisions has {name!r}, but {kind}.build adds only {known}")
        return {name: values[name] for name in self.decision_names()}

    def sizes(self) -> dict[str, Size]:
        """Sizes stated with a cost or with limits between which they are decided, by field."""
        values = {field: getattr(self, field) for field in type(self).model_fields}
        return {field: value for field, value in values.items() if isinstance(value, Size)}

    def sized(self, decided: Mapping[str, float]) -> Self:
        """Copy of the asset with decided sizes; decided: field -> size."""
        known = self.sizes()
        return self.model_copy(update={field: known[field].at(value) for field, value in decided.items()})


class SinglePort(Asset):
    """Base of every kind that meets one node with one carrier.

    role: role of the asset at its port, from which key figures follow (see ``microgrid.contract.ports.Role``).
    """

    role: ClassVar[Role]

    node: str = Field(default=SITE, description="The node that the asset is connected to.")
    carrier: str = Field(default=ELECTRICITY, description="What flows between the asset and its node.")

    @property
    def port(self) -> AssetPort:
        """Only port of the asset."""
        return AssetPort(self.node, self.carrier, self.role)

    def ports(self) -> tuple[AssetPort, ...]:
        """Ports of the asset, of which it has one."""
        return (self.port,)


EMBODIED_USE = "scope 3, embodied, by use"
_EMBODIED = "scope 3, embodied, by year"


@dataclass(frozen=True)
class StandingLine:
    """An account line that an asset causes by its existence, whatever it decides.

    field: field of the size that the line grows with, None if with none; per_unit: amount per unit of that size in each
    month, (months,); values: amount in each month, (months,).
    """

    account: str
    item: str
    field: str | None
    per_unit: FloatArray
    values: FloatArray


def standing_lines(asset: Asset, horizon: Horizon) -> list[StandingLine]:
    """Yearly costs and emissions of an asset on the horizon: yearly amount per unit x size x share of the year."""
    share = horizon.share_of_year
    found = []
    for which, size in asset.sizes().items():
        for account, name, yearly in (
            (COST, "investment", size.yearly_cost),
            (EMISSIONS, _EMBODIED, size.yearly_kgco2),
        ):
            if yearly:
                item = f"{name}, {case_name(which)}"
                found.append(StandingLine(account, item, which, yearly * share, yearly * share * size))
    if asset.embodied_kgco2_per_year:
        due = asset.embodied_kgco2_per_year * share
        found.append(StandingLine(EMISSIONS, _EMBODIED, None, due, due))
    return found


def outside(power_kw: FloatArray, limit_kw: FloatArray | float) -> FloatArray:
    """Distance of each power from 0 <= power <= limit, zero within it [kW]."""
    return np.maximum(power_kw - limit_kw, 0) + np.maximum(-power_kw, 0)
