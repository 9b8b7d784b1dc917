"""Translation of a solver's answer into the terms of the model: values by asset, accounts, shadow prices."""

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
    """A solved model: values of every variable, amounts of the accounts, shadow prices, and the solver's answer.

    values: asset -> variable -> values over its index; amounts: (asset, amount) of each entry; bounded: (asset,
    account, item) of the entries whose amount is a lower bound only; pooled: (asset, account) of which only the sum is
    known; shadow_price: (node, carrier) -> change of the objective per kWh drawn there [money/kWh], (N,), of a problem
    without binaries; cap_price: name of a cap -> decrease of the objective per unit by which the cap is raised,
    (groups,), of a problem without binaries; known: start for a similar model; size: of the matrix; timing: time of
    each stage [s]; less_price: increase of the objective per unit less of an account, see ``price_of_less``, None if
    not computed.
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
    """Read all results from an answer; started, compiled: times at which compiling began and ended [s]."""
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
        known=remember(matrix, answer.basis, answer.x, answer.row_dual, answer.slope),
        cap_price=_cap_prices(model, matrix, answer),
    )


def _cap_prices(model: Model, matrix: Matrix, answer: Answer) -> dict[str, FloatArray]:
    if not len(answer.row_dual):
        return {}
    rows = {name: block.component("limit") for name, block in model.pyomo.cap.items()}
    return {name: -answer.row_dual[matrix.span(limit)] for name, limit in rows.items() if limit is not None}


def _read_values(model: Model, matrix: Matrix, x: FloatArray) -> dict[str, dict[str, FloatArray]]:
    """Values of every variable of every asset; a state on N+1 points has its N values at the ends of the steps."""
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
