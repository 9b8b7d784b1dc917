"""What a solver's answer means in the model's own terms: values by asset, accounts, shadow prices."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyomo.core as pyo

from microgrid.contract.ledger import Amount, Term
from microgrid.horizon import FloatArray, Horizon
from microgrid.model.assembly import Model
from microgrid.model.matrix import Matrix
from microgrid.solve.answer import Answer
from microgrid.solve.warm_start import Known, remember


@dataclass(frozen=True)
class Solved:
    """Values of every variable, what the accounts amount to, shadow prices, and how good the answer is.

    values: asset -> variable -> numbers over its index; amounts: of all entries, bounds of an amount among them;
    bounded: (asset, account, item) of those; pooled: (asset, account) of which the sum alone is known;
    shadow_price: (node, carrier) -> change of the objective per kWh drawn there [EUR/kWh], (N,), for problems without
    binaries; cap_price: name of a cap -> what one unit more of it would save, by group, likewise; known: where a
    similar model may begin; less_price: what a trifle less of the account that was asked about would cost, if told.
    """

    values: Mapping[str, Mapping[str, FloatArray]]
    amounts: list[tuple[str, Amount]]
    bounded: frozenset[tuple[str, str, str]]
    pooled: frozenset[tuple[str, str]]
    shadow_price: Mapping[tuple[str, str], FloatArray]
    answer: Answer
    size: Mapping[str, int]
    timing: Mapping[str, float]
    known: Known | None
    cap_price: Mapping[str, FloatArray]
    less_price: float | None = None


def read_back(model: Model, matrix: Matrix, answer: Answer, started: float, compiled: float) -> Solved:
    """Everything in an answer; started, compiled: when the solve began and the matrix was there."""
    solved = time.perf_counter()
    return Solved(
        values=_read_values(model, matrix, answer.x),
        amounts=_amounts(model, matrix, answer.x),
        bounded=frozenset((name, entry.account, entry.item) for name, entry in model.entries() if entry.bound),
        pooled=frozenset((name, entry.account) for name, entry in model.entries() if entry.pooled),
        shadow_price=_shadow_prices(model, matrix, answer),
        answer=answer,
        size=matrix.size,
        timing={
            "compile": compiled - started,
            "solve": solved - compiled,
            "read_back": time.perf_counter() - solved,
        },
        known=remember(matrix, answer.basis, answer.x),
        cap_price=_cap_prices(model, matrix, answer),
    )


def _cap_prices(model: Model, matrix: Matrix, answer: Answer) -> dict[str, FloatArray]:
    if not len(answer.row_dual):
        return {}
    rows = {name: block.component("limit") for name, block in model.pyomo.cap.items()}
    return {name: -answer.row_dual[matrix.span(limit)] for name, limit in rows.items() if limit is not None}


def _read_values(model: Model, matrix: Matrix, x: FloatArray) -> dict[str, dict[str, FloatArray]]:
    """Every indexed variable of every asset; of states on points, those at the steps' ends."""
    found: dict[str, dict[str, FloatArray]] = {}
    for name in model.contributions:
        found[name] = {}
        for variable in model.pyomo.asset[name].component_objects(pyo.Var, descend_into=False):
            values = matrix.values(variable, x)
            on_points = len(values) == model.horizon.steps + 1
            found[name][variable.local_name] = values[1:] if on_points else values
    return found


def _amounts(model: Model, matrix: Matrix, x: FloatArray) -> list[tuple[str, Amount]]:
    found = []
    for asset, entry in model.entries():
        for over in ("step", "month"):
            terms = [term for term in entry.terms if term.over == over]
            if terms:
                values = np.sum([_evaluate(term, matrix, x, model.horizon) for term in terms], axis=0)
                found.append((asset, Amount(entry.account, entry.item, values, over)))
    return found


def _evaluate(term: Term, matrix: Matrix, x: FloatArray, horizon: Horizon) -> FloatArray:
    size = horizon.steps if term.over == "step" else len(horizon.months)
    coefficient = term.spread(size)
    return coefficient if term.variable is None else coefficient * matrix.values(term.variable, x)


def _shadow_prices(model: Model, matrix: Matrix, answer: Answer) -> dict[tuple[str, str], FloatArray]:
    if not len(answer.row_dual):
        return {}
    hours = model.horizon.step_hours
    balances = {node: model.pyomo.node[node].component("power_balance") for node in model.nodes}
    return {node: answer.row_dual[matrix.span(rows)] / hours for node, rows in balances.items() if rows is not None}
