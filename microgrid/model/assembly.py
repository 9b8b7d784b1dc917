"""Blocks of assets, balances of nodes, and the objective, as one Pyomo model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.core as pyo
from pyomo.common.gc_manager import PauseGC
from pyomo.core.expr.numeric_expr import LinearExpression

import microgrid.model.lean_pyomo  # noqa: F401 (before all that loads scipy)
from microgrid.assets.asset import Asset
from microgrid.errors import InfeasibleError
from microgrid.horizon import Horizon
from microgrid.ledger import Contribution, Entry, NodeCarrier, Term


@dataclass(frozen=True)
class Model:
    """A Pyomo model with what its assets contributed to it."""

    pyomo: Any
    contributions: Mapping[str, Contribution]
    horizon: Horizon
    weights: Mapping[str, float]

    @property
    def nodes(self) -> list[NodeCarrier]:
        """Every (node, carrier) that has a balance."""
        return list(dict.fromkeys(node for c in self.contributions.values() for node in c.flows))

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Every account entry with the asset that it belongs to."""
        for name, contribution in self.contributions.items():
            for entry in contribution.entries:
                yield name, entry


def build_model(assets: Mapping[str, Asset], horizon: Horizon, weights: Mapping[str, float]) -> Model:
    """Minimize  sum over entries of weight(account) x coefficient x variable
    subject to  sum over assets of flow[t] = 0  for every node, carrier and step, and each asset's own rules.
    """
    with PauseGC():
        model = pyo.ConcreteModel()
        model.asset = pyo.Block(list(assets))
        contributions = {name: asset.build(model.asset[name], horizon) for name, asset in assets.items()}
        built = Model(model, contributions, horizon, weights)
        model.node = pyo.Block(built.nodes)
        for node in built.nodes:
            flows = [term for c in contributions.values() for term in c.flows.get(node, ())]
            _add_balance(model.node[node], node, flows, horizon)
        model.objective = pyo.Objective(expr=_objective(built))
    return built


def _add_balance(block: Any, node: NodeCarrier, terms: list[Term], horizon: Horizon) -> None:
    """Sum of coefficient[t] x variable[t] + constant[t] = 0 in each step."""
    constant = np.zeros(horizon.steps)
    rows: list[tuple[list[float], list[Any]]] = []
    for term in terms:
        coefficients = term.spread(horizon.steps)
        if term.variable is None:
            constant += coefficients
        else:
            rows.append((coefficients.tolist(), list(term.variable.values())))
    demand = (-constant).tolist()
    coefficients_of = list(zip(*(c for c, _ in rows), strict=True))
    variables_of = list(zip(*(v for _, v in rows), strict=True))

    @block.Constraint(range(horizon.steps if rows else 0))
    def power_balance(_: Any, t: int) -> Any:
        body = LinearExpression(constant=0.0, linear_coefs=coefficients_of[t], linear_vars=variables_of[t])
        return (demand[t], body, demand[t])

    if not rows and constant.any():
        first = int(np.flatnonzero(constant)[0])
        what = "lacks" if constant[first] < 0 else "cannot get rid of"
        raise InfeasibleError(
            f"infeasible: at {horizon.describe(first)} node {node[0]!r} {what} {abs(constant[first]):.3f} kW of "
            f"{node[1]}, and nothing at it can be decided. "
            "Add an asset that supplies or takes power there, such as a grid."
        )


def _objective(model: Model) -> Any:
    constant, coefficients, variables = 0.0, [], []
    for _, entry in model.entries():
        weight = model.weights.get(entry.account, 0.0)
        for term in entry.terms:
            if term.variable is None:
                size = model.horizon.steps if term.over == "step" else len(model.horizon.months)
                constant += weight * float(term.spread(size).sum())
                continue
            coefficients += (weight * term.spread(len(term.variable))).tolist()
            variables += list(term.variable.values())
    return LinearExpression(constant=constant, linear_coefs=coefficients, linear_vars=variables)
