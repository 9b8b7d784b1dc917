"""Flexible load: a share of it moves in time, tiers of it are shed at a price, and the manager's orders are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from microgrid.calendar import When
from microgrid.contract.asset import Check, Replay, SinglePort, Surplus, outside
from microgrid.contract.ledger import INCONVENIENCE, Amount, Contribution, Entry, Exclusive, Term
from microgrid.contract.ports import PortSeries
from microgrid.contract.variables import add_rows, add_variable
from microgrid.horizon import FloatArray, Horizon, IntArray
from microgrid.parameters import Parameters, refuse
from microgrid.series.series_field import PowerSeries
from microgrid.units import Duration, EnergyPrice, Fraction

_MOVED = "moved demand"
_SHED = "shed demand"
Price = Annotated[EnergyPrice, Field(ge=0)]


class Tier(Parameters):
    """A share of the load that may be shed at a price; cheap tiers are shed first."""

    share: Fraction = Field(description="Share of the load in each step.")
    price_per_kwh: Price = Field(description="Price of a shed kWh, reported as inconvenience, not billed.")


class Order(When):
    """An order of the manager for given months, days and hours.

    off: the load is switched off, and its energy is not made up for; on: the load may be neither lowered nor shed;
    protected: the load follows its profile exactly.
    """

    state: Literal["off", "on", "protected"] = Field(description="State of the load in these hours.")


class FlexibleLoad(SinglePort):
    """demand[t] = baseline[t] + raised[t] - lowered[t] - sum of shed[k, t]
    0 <= lowered <= share baseline,  0 <= raised <= raise_share baseline, never both
    0 <= shed[k] <= share[k] baseline
    in every window: sum of raised h = (1 + rebound) sum of lowered h

    Windows follow each other from each local midnight on; baseline is the profile, zero in hours ordered off.
    """

    decisions: ClassVar = ("raised_kw", "lowered_kw", "unserved_kw")
    role: ClassVar = "demand"
    baseline_role: ClassVar = "demand"

    kind: Literal["flexible_load"]
    profile: PowerSeries = Field(description="Demand without any flexibility.")
    share: Fraction = Field(default=0.0, description="Share of the demand that may be moved in time.")
    raise_share: Fraction | None = Field(
        default=None, description="Share by which the demand may be raised; as 'share' if left out."
    )
    window_hours: Duration = Field(
        default=24.0, ge=1 / 60, le=24.0, description="Time within which moved energy has to be made up for."
    )
    move_cost_per_kwh: Price = Field(default=0.0, description="Inconvenience of a moved kWh; not billed.")
    rebound: Fraction = Field(default=0.0, description="Extra energy needed per energy moved.")
    tiers: tuple[Tier, ...] = Field(default=(), description="Shares that may be shed, each at its price.")
    orders: tuple[Order, ...] = Field(default=(), description="The manager's orders; the first that applies counts.")

    @model_validator(mode="after")
    def _shares(self) -> Self:
        total = self.share + sum(tier.share for tier in self.tiers)
        if total > 1 + 1e-12:
            refuse(
                "share",
                self.share,
                "shares that may be moved and shed add up to at most 1",
                "lower one of them",
            )
        if abs(24.0 / self.window_hours - round(24.0 / self.window_hours)) > 1e-9:
            refuse("window", f"{self.window_hours:g} h", "a window that fits into a day a whole number of times")
        return self

    def baseline_kw(self, horizon: Horizon) -> FloatArray:
        """Profile, zero in the hours that are ordered off [kW], (N,)."""
        return self.profile.values * (1.0 - self._ordered(horizon)["off"])

    def _ordered(self, horizon: Horizon) -> dict[str, FloatArray]:
        """Part of each step in each ordered state, (N,) each; of several orders the first takes precedence."""
        free = np.ones(horizon.steps)
        parts = {state: np.zeros(horizon.steps) for state in ("off", "on", "protected")}
        for order in self.orders:
            part = np.minimum(order.coverage(horizon), free)
            parts[order.state] += part
            free = free - part
        return parts

    def _limits(self, horizon: Horizon) -> tuple[FloatArray, FloatArray, list[FloatArray]]:
        """Upper limits of lowered and raised power, and of shed power by tier [kW], each (N,)."""
        baseline = self.baseline_kw(horizon)
        ordered = self._ordered(horizon)
        down = baseline * ((ordered["on"] == 0) & (ordered["protected"] == 0))
        up = baseline * (ordered["protected"] == 0)
        raise_share = self.share if self.raise_share is None else self.raise_share
        return self.share * down, raise_share * up, [tier.share * down for tier in self.tiers]

    def windows(self, horizon: Horizon) -> IntArray:
        """Number of the window in which each step begins, (N,), counted from 0 and never falling."""
        local = horizon.local.tz_localize(None)
        days = np.asarray((local.normalize() - local[0].normalize()).days)
        hour = np.asarray((local - local.normalize()).total_seconds()) / 3600
        per_day = round(24 / self.window_hours)
        slot = np.floor(hour / self.window_hours + 1e-9).astype(int)
        number = days * per_day + np.minimum(slot, per_day - 1)
        return np.cumsum(np.diff(number, prepend=number[:1]) != 0)

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Add raised, lowered and shed power to the block."""
        down, up, shed_max = self._limits(horizon)
        hours = horizon.step_hours
        raised = add_variable(block, horizon, "raised_kw", upper=up)
        lowered = add_variable(block, horizon, "lowered_kw", upper=down)
        shed = [add_variable(block, horizon, f"shed_{number}_kw", upper=most) for number, most in enumerate(shed_max)]
        windows = self.windows(horizon)
        owed = (raised * hours - lowered * ((1.0 + self.rebound) * hours)).summed(windows, int(windows[-1]) + 1)
        add_rows(block, "made_up_for", owed, equal=0.0, step=None, unit="kWh")
        flows = [
            Term(None, -self.baseline_kw(horizon)),
            Term(raised, -1.0),
            Term(lowered),
            *(Term(s) for s in shed),
        ]
        entries = [Entry(INCONVENIENCE, _MOVED, (Term(lowered, self.move_cost_per_kwh * hours),))]
        if shed:
            priced = zip(shed, self.tiers, strict=True)
            entries.append(
                Entry(
                    INCONVENIENCE,
                    _SHED,
                    tuple(Term(s, tier.price_per_kwh * hours) for s, tier in priced),
                )
            )
        return Contribution({self.port: flows}, entries, [Exclusive(raised, lowered, up, down)])

    def decide(self, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Raised and lowered power, and the sum of shed power over all tiers [kW], (N,) each."""
        tiers = [values[f"shed_{number}_kw"] for number in range(len(self.tiers))]
        unserved = np.sum([np.zeros_like(values["raised_kw"]), *tiers], axis=0)
        return {"raised_kw": values["raised_kw"], "lowered_kw": values["lowered_kw"], "unserved_kw": unserved}

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Demand, checks and inconvenience that follow from raised, lowered and shed power."""
        raised, lowered, unserved = (decisions[name] for name in self.decisions)
        down, up, shed_max = self._limits(horizon)
        hours = horizon.step_hours
        baseline = self.baseline_kw(horizon)
        demand = baseline + raised - lowered - unserved
        scale = max(float(self.profile.values.max(initial=0.0)), 1.0)
        most = np.sum(shed_max, axis=0) if shed_max else np.zeros(horizon.steps)
        owed = np.bincount(self.windows(horizon), ((1 + self.rebound) * lowered - raised) * hours)
        checks = [
            Check("raised outside its limits", outside(raised, up), "kW", scale),
            Check("lowered outside its limits", outside(lowered, down), "kW", scale),
            Check("shed outside its limits", outside(unserved, most), "kW", scale),
            Check("raised and lowered at once", np.minimum(raised, lowered).clip(0), "kW", scale),
            Check(
                "moved energy not made up for in its window",
                np.abs(owed)[self.windows(horizon)],
                "kWh",
                scale,
            ),
        ]
        amounts = [Amount(INCONVENIENCE, _MOVED, self.move_cost_per_kwh * lowered * hours)]
        if self.tiers:
            amounts.append(Amount(INCONVENIENCE, _SHED, self._shed_price(unserved, shed_max) * hours))
        columns = {
            "demand_kw": demand,
            "baseline_kw": baseline,
            "raised_kw": raised,
            "lowered_kw": lowered,
            "unserved_kw": unserved,
        }
        beside = {self.port: PortSeries(unserved_kw=unserved, shifted_kw=lowered)}
        return Replay(columns, {self.port: -demand}, checks, amounts, beside=beside)

    def _shed_price(self, unserved: FloatArray, shed_max: list[FloatArray]) -> FloatArray:
        """Price of shedding in each step [money/h], (N,), with the cheapest tiers shed first."""
        left = unserved
        cost = np.zeros_like(unserved)
        for number in np.argsort([tier.price_per_kwh for tier in self.tiers], kind="stable"):
            part = np.minimum(left, shed_max[number])
            cost += part * self.tiers[number].price_per_kwh
            left = left - part
        return cost

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Profile with the manager's orders: power is neither raised, lowered nor shed."""
        return {name: np.zeros(horizon.steps) for name in self.decisions}

    def give_way(self, decisions: dict[str, FloatArray], horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Shed the deficit that no other asset can supply, up to the limits of the tiers."""
        most = np.sum([np.zeros(horizon.steps), *self._limits(horizon)[2]], axis=0)
        return {**decisions, "unserved_kw": decisions["unserved_kw"] + np.clip(-surplus[self.port.at], 0, most)}
