"""The contract of an asset kind: parameters as data, the model's rules, and the same physics again in numpy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from microgrid.contract.ledger import COST, EMISSIONS, Amount, Contribution, NodeCarrier
from microgrid.contract.ports import AssetPort, Beside, Role
from microgrid.contract.size import Size
from microgrid.horizon import FloatArray, Horizon
from microgrid.notices import Notice
from microgrid.parameters import Parameters, case_name
from microgrid.units import CarbonIntensity, Unit

SITE = "site"
ELECTRICITY = "electricity"


@dataclass(frozen=True)
class Check:
    """Something that must be zero: what, by how much it is not in each step, in which unit, and against what scale."""

    what: str
    residual: FloatArray
    unit: str
    scale: float


@dataclass(frozen=True)
class Claimed:
    """Power that another asset must be supplying at least at a node and carrier [kW], (N,)."""

    asset: str
    at: NodeCarrier
    power_kw: FloatArray


@dataclass(frozen=True)
class Replay:
    """What follows from an asset's decisions.

    columns: everything that the schedule shows of the asset, each (N,), named ``quantity_unit``;
    flows: port -> power supplied to the node [kW]; checks: what must be zero; amounts: account lines;
    claims: what the asset says that others supply; beside: port -> what stands beside the flow there.
    """

    columns: dict[str, FloatArray]
    flows: dict[AssetPort, FloatArray] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    claims: list[Claimed] = field(default_factory=list)
    beside: dict[AssetPort, Beside] = field(default_factory=dict)

    def supplied_kw(self, horizon: Horizon) -> FloatArray:
        """All that the asset supplies at its ports together, what it draws left out [kW], (N,)."""
        supplied = np.zeros(horizon.steps)
        for flow in self.flows.values():
            supplied += flow.clip(0)
        return supplied


Surplus = Mapping[NodeCarrier, FloatArray]
"""(node, carrier) -> what is left over there [kW], negative where something is missing, (N,)."""

BaselineRole = Literal["demand", "generation", "flexible", "storage", "transport", "exchange"]
"""When the rule-based baseline asks an asset.

demand: first, as it comes; generation: what is to be had; flexible: a consumer that takes what is left over; storage;
transport: a line or converter, asked whenever something has to be carried from one port to another; exchange: last, for
what is still missing or left over.
"""


class Asset(Parameters, ABC):
    """Base of every kind; a kind is one file in this package with one subclass.

    decisions: the variables that, with the parameters, determine everything else; ``replay`` reads only these.
    ratings: the fields that say how large a plant is built; none where the asset is no plant, such as a load.
    baseline_role: when the rule-based baseline asks this asset (``BaselineRole``).

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
        """Every port that flows of the model and of the replay are stated at."""

    @abstractmethod
    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Declare variables and constraints on ``block`` and say what they contribute."""

    @abstractmethod
    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """What follows from the decisions, in plain numpy: columns, flows, checks, amounts."""

    @abstractmethod
    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """The decisions of the rule-based baseline, given what all others leave over at each of the asset's ports.

        A line or converter carries what is left over at one port to where something is missing, as far as it can. What
        it is offered at a port may be far more than it can use.
        """

    def give_way(self, decisions: dict[str, FloatArray], horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Decisions that take away what they can of a surplus (or, below zero, a deficit) that nobody else took."""
        return decisions

    def decision_names(self) -> tuple[str, ...]:
        """The decisions of this asset, where its parameters add some."""
        return self.decisions

    def mentioned(self) -> list[str]:
        """Names of other assets that the parameters speak of."""
        return []

    def built_for_nothing(self) -> dict[str, float] | None:
        """The ratings of a plant whose investment is not counted, by field; None where it is, or of no plant."""
        if not self.ratings or any(size.costs for size in self.sizes().values()):
            return None
        values = {field: getattr(self, field) for field in self.ratings}
        return {field: float(value) for field, value in values.items() if value is not None}

    def notices(self) -> list[Notice]:
        """What is valid but hardly meant; ``field`` is a key of this asset."""
        values = ((field, getattr(self, field)) for field in type(self).model_fields)
        free = [(field, size) for field, size in values if isinstance(size, Size) and size.open and not size.costs]
        return [
            Notice(
                case_name(field), f"decided up to {size:g}, and more of it costs nothing: give it a cost, or a number"
            )
            for field, size in free
        ]

    def claim(
        self,
        decisions: dict[str, FloatArray],
        horizon: Horizon,
        supplied: Mapping[NodeCarrier, Mapping[str, FloatArray]],
    ) -> dict[str, FloatArray]:
        """Decisions of the baseline, once it is known what every asset supplies at each of the ports [kW]."""
        return decisions

    def decide(self, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """The decisions among the solved variables, each (N,): states stand for the ends of the steps."""
        return {name: values[name] for name in self.decision_names()}

    def sizes(self) -> dict[str, Size]:
        """Sizes that cost something or are to be decided, by field."""
        values = {field: getattr(self, field) for field in type(self).model_fields}
        return {field: value for field, value in values.items() if isinstance(value, Size)}

    def sized(self, decided: Mapping[str, float]) -> Self:
        """The same asset with sizes that have been decided."""
        known = self.sizes()
        return self.model_copy(update={field: known[field].at(value) for field, value in decided.items()})


class SinglePort(Asset):
    """Base of every kind that meets one node with one carrier.

    role: what the asset is there; key figures follow from it (see ``microgrid.contract.ports``).
    """

    role: ClassVar[Role]

    node: str = Field(default=SITE, description="The node that the asset is connected to.")
    carrier: str = Field(default=ELECTRICITY, description="What flows between the asset and its node.")

    @property
    def port(self) -> AssetPort:
        """The one port of the asset."""
        return AssetPort(self.node, self.carrier, self.role)

    def ports(self) -> tuple[AssetPort, ...]:
        """The one port of the asset."""
        return (self.port,)


EMBODIED_USE = "scope 3, embodied, by use"
_EMBODIED = "scope 3, embodied, by year"


@dataclass(frozen=True)
class Standing:
    """An account line of an asset that is there, whatever it does, (months,).

    field: of the size that it grows with, None if with none; per_unit: of each unit of that size; values: in all.
    """

    account: str
    item: str
    field: str | None
    per_unit: FloatArray
    values: FloatArray


def standing(asset: Asset, horizon: Horizon) -> list[Standing]:
    """What the sizes of an asset cost and emit by their years: yearly amount x size x share of the year."""
    share, found = horizon.share_of_year, []
    for which, size in asset.sizes().items():
        for account, name, yearly in (
            (COST, "investment", size.yearly_eur),
            (EMISSIONS, _EMBODIED, size.yearly_kgco2),
        ):
            if yearly:
                item = f"{name}, {case_name(which)}"
                found.append(Standing(account, item, which, yearly * share, yearly * share * size))
    if asset.embodied_kgco2_per_year:
        due = asset.embodied_kgco2_per_year * share
        found.append(Standing(EMISSIONS, _EMBODIED, None, due, due))
    return found


def outside(power_kw: FloatArray, limit_kw: FloatArray | float) -> FloatArray:
    """How far each power lies outside 0 <= power <= limit [kW]."""
    return np.maximum(power_kw - limit_kw, 0) + np.maximum(-power_kw, 0)
