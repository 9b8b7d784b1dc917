"""Blocks of assets, balances of nodes, and the objective, as one Pyomo model."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.core as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

from microgrid.contract.asset import EMBODIED_USE, Asset, standing_lines
from microgrid.contract.ledger import EMISSIONS, Cap, Claim, Contribution, Entry, NodeCarrier, Term
from microgrid.contract.linear import Goal, elements
from microgrid.contract.sums import terms_by_group
from microgrid.contract.variables import add_rows
from microgrid.errors import InfeasibleError, nearest
from microgrid.horizon import FloatArray, Horizon


@dataclass(frozen=True)
class Model:
    """A Pyomo model with the contribution of each asset, the weights of its accounts, and its caps."""

    pyomo: Any
    contributions: Mapping[str, Contribution]
    horizon: Horizon
    weights: Mapping[str, float]
    caps: Sequence[Cap] = ()

    @property
    def counted(self) -> set[str]:
        """Accounts with a weight other than 0 in the objective or in a cap."""
        weighed = (self.weights, *(cap.weights for cap in self.caps))
        return {account for weights in weighed for account, weight in weights.items() if weight}

    @property
    def nodes(self) -> list[NodeCarrier]:
        """Every (node, carrier) that has a balance."""
        return list(dict.fromkeys(port.at for c in self.contributions.values() for port in c.flows))

    def similar_node_hint(self, where: NodeCarrier) -> str:
        """Hint for an error message that a node with a similar name may be meant; "" if there is none."""
        near = nearest(where[0], {node for node, _ in self.nodes} - {where[0]})
        return f" (is node {near!r} meant?)" if near else ""

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Every account entry with the asset that it belongs to."""
        for name, contribution in self.contributions.items():
            for entry in contribution.entries:
                yield name, entry

    def tighten(self, value_of: Callable[[Any], FloatArray]) -> bool:
        """Sharpen the lower bounds of amounts that a solution underestimates; returns whether any was sharpened."""
        counted = self.counted
        rules = [entry.tighten for _, entry in self.entries() if entry.account in counted and entry.tighten]
        return sum(tighten(value_of) for tighten in rules) > 0

    def weighted_terms(self) -> Iterator[tuple[float, Term]]:
        """Every term of the objective with its weight."""
        for _, entry in self.entries():
            weight = self.weights.get(entry.account, 0.0)
            if weight:
                yield from ((weight, term) for term in entry.terms)

    @property
    def offset(self) -> float:
        """Constant part of the objective, which no decision changes."""
        sizes = {"step": self.horizon.steps, "month": len(self.horizon.months)}
        constants = ((w, term) for w, term in self.weighted_terms() if term.variable is None)
        return float(sum(weight * term.spread(sizes[term.over]).sum() for weight, term in constants))

    def objective(self) -> LinearExpression:
        """The weighted sum of the ledger as a linear expression in the variables."""
        coefficients: list[float] = []
        variables: list[Any] = []
        for weight, term in self.weighted_terms():
            if term.variable is not None:
                coefficients += (weight * term.by_element).tolist()
                variables += elements(term.variable)
        return LinearExpression(constant=self.offset, linear_coefs=coefficients, linear_vars=variables)


def build_model(
    assets: Mapping[str, Asset], horizon: Horizon, weights: Mapping[str, float], caps: Sequence[Cap] = ()
) -> Model:
    """Build the model of a case.

    minimize    sum over entries of weight(account) x coefficient x variable
    subject to  sum over assets of flow[t] = 0  for every node, carrier and step, each asset's own rules, and caps

    Raises:
        InfeasibleError: a balance or a cap that no decision can change does not hold.
    """
    model = pyo.ConcreteModel()
    model.asset = pyo.Block(list(assets))
    contributions = {name: _contribution(asset, model.asset[name], horizon) for name, asset in assets.items()}
    built = Model(model, contributions, horizon, weights, caps)
    model.node = pyo.Block(built.nodes)
    for node in built.nodes:
        flows = [term for c in contributions.values() for term in c.at(node)]
        _add_balance(model.node[node], node, flows, built)
    for name, contribution in contributions.items():
        for claim in contribution.claims:
            _add_claim(model.asset[name], claim, contributions)
    model.cap = pyo.Block([cap.name for cap in caps])
    for cap in caps:
        _add_cap(model.cap[cap.name], cap, built)
    model.objective = Goal(built.objective)
    return built


def _add_claim(block: Any, claim: Claim, contributions: Mapping[str, Contribution]) -> None:
    """Add the rule  claimed[t] <= power that the other asset supplies[t],  which is 0 if there is no such asset."""
    other = contributions.get(claim.asset, Contribution()).at(claim.at)
    supply = [term.variable * term.coefficient for term in _supplying(other) if term.variable is not None]
    count = len(claim.variable)
    constant = sum((t.spread(count) for t in _supplying(other) if t.variable is None), np.zeros(count))
    above = functools.reduce(operator.sub, supply, claim.variable.all)
    add_rows(block, f"{claim.variable.local_name}_claim", above, upper=constant)


def _add_cap(block: Any, cap: Cap, model: Model) -> None:
    terms = [
        replace(term, coefficient=np.asarray(term.coefficient) * cap.weights[entry.account])
        for _, entry in model.entries()
        if cap.weights.get(entry.account)
        for term in entry.terms
    ]
    groups = len(cap.most)
    vector, constant = terms_by_group(terms, model.horizon, cap.group, groups)
    if vector is not None:
        add_rows(block, "limit", vector, upper=cap.most - constant, step=None, unit="")
    elif (constant > cap.most).any():
        first = int(np.argmax(constant > cap.most))
        raise InfeasibleError(
            f"infeasible: {cap.name} in {cap.labels[first]}: {constant[first]:,.1f} is more than "
            f"{cap.most[first]:,.1f}, whatever is decided. Raise the cap."
        )


def _contribution(asset: Asset, block: Any, horizon: Horizon) -> Contribution:
    """Contribution of an asset, with the cost and emissions of its existence, see ``standing_lines``."""
    found = asset.build(block, horizon)
    entries = list(found.entries)
    for line in standing_lines(asset, horizon):
        sized = line.field is not None and asset.sizes()[line.field].open
        term = Term(block.component(line.field), line.per_unit, "month") if sized else Term(None, line.values, "month")
        entries.append(Entry(line.account, line.item, (term,)))
    if asset.embodied_kgco2_per_kwh:
        supply = _supplying(term for terms in found.flows.values() for term in terms)
        factor = asset.embodied_kgco2_per_kwh * horizon.step_hours
        terms = tuple(Term(term.variable, factor * term.coefficient) for term in supply)
        entries.append(Entry(EMISSIONS, EMBODIED_USE, terms))
    return replace(found, entries=entries)


def _supplying(terms: Iterable[Term]) -> list[Term]:
    """Terms that supply a node, with a coefficient of 0 in the steps in which they draw from it."""
    positive = (replace(term, coefficient=np.maximum(term.coefficient, 0.0)) for term in terms)
    return [term for term in positive if np.any(term.coefficient)]


def _add_balance(block: Any, node: NodeCarrier, terms: list[Term], model: Model) -> None:
    """Add the balance of a node:  sum of coefficient[t] x variable[t] + constant[t] = 0  in each step."""
    horizon = model.horizon
    constant = sum((t.spread(horizon.steps) for t in terms if t.variable is None), np.zeros(horizon.steps))
    supplied = [term.variable * term.coefficient for term in terms if term.variable is not None]
    if supplied:
        add_rows(block, "power_balance", functools.reduce(operator.add, supplied), equal=-constant)
    elif constant.any():
        first = int(np.flatnonzero(constant)[0])
        what = "lacks" if constant[first] < 0 else "cannot get rid of"
        raise InfeasibleError(
            f"infeasible: at {horizon.describe(first)} node {node[0]!r} {what} {abs(constant[first]):.3f} kW of "
            f"{node[1]}, and nothing at it can be decided"
            f"{model.similar_node_hint(node)}. Add an asset that supplies or takes power there, such as a grid."
        )
