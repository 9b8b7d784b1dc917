"""Reason why no schedule exists: the least violation of the rules, in hours, kilowatts and assets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from microgrid.contract.ledger import NodeCarrier
from microgrid.horizon import FloatArray
from microgrid.model.assembly import Model
from microgrid.model.certificate import proves_infeasible
from microgrid.model.chain import Point
from microgrid.model.elastic import Elastic, elastic
from microgrid.model.matrix import Matrix
from microgrid.model.pairs import no_pairs, pairs_of
from microgrid.model.verbs import without_costs, without_decisions
from microgrid.solve.answer import Answer
from microgrid.solve.exclusive.search import solve_exclusive
from microgrid.solve.explain.supply import SupplySearch
from microgrid.solve.limits import Limits
from microgrid.solve.warm_start import Begin

_TINY = 1e-6
_SHOWN = 6
# Of equal shortages the later one is a little cheaper. So the hour from which a store is empty is named, and not an
# earlier one in which the store was spared.
_LATE = 1e-4
_ELSEWHERE = (
    "The reason is a rule beyond this step: a cap on emissions, a budget, a ramp, a window, or where a state must end."
)
_SECONDS = 60.0  # time limit of the search for the least shortage with on/off decisions


@dataclass(frozen=True)
class Diagnosis:
    """Diagnosis of a problem for which no schedule was found.

    text: first hour, shortfall, limits in its way, total and remedy, in a few sentences; "" if nothing is missing;
    proven: whether prices prove that no schedule exists; begin: basis and values from which the linear problem can be
    solved again, if nothing is proven.
    """

    text: str
    proven: bool
    begin: Begin | None = None


def diagnose(model: Model, matrix: Matrix) -> Diagnosis:
    """Diagnose why no schedule was found.

    The least total shortage and surplus with which all balances hold is found first; its prices prove that no schedule
    exists without it. If no shortage or surplus helps, rules of the assets contradict each other, and the least
    violated set of rules is named.
    """
    rows, where = _balances(model, matrix)
    late = 1.0 - _LATE * np.array([step for _, step in where]) / model.horizon.steps
    loose = elastic(without_decisions(without_costs(matrix)), rows, late, steps=model.horizon.steps)
    answer = solve_exclusive(loose.matrix, no_pairs(), Limits(), model.horizon.steps)
    if not answer.found:
        return _diagnose_rules(model, matrix)
    if answer.certified and proves_infeasible(matrix, answer.row_dual):
        caps = _priced_caps(model, matrix, answer.row_dual)
        return Diagnosis(_explain_balance(model, matrix, answer.x, where, loose.missing(answer.x), caps), True)
    begin = _begin(matrix, loose, answer)
    whole = elastic(without_costs(matrix), rows, late)
    answer = solve_exclusive(whole.matrix, pairs_of(model, matrix), Limits(seconds=_SECONDS))
    missing = whole.missing(answer.x) if answer.found else np.zeros(0)
    if np.any(np.abs(missing) > _TINY):
        return Diagnosis(_explain_balance(model, matrix, answer.x, where, missing), False, begin)
    return Diagnosis("", False, begin)


def _begin(matrix: Matrix, loose: Elastic, answer: Answer) -> Begin:
    """Start for the original problem from the answer of the elastic one."""
    found = loose.back(Point(answer.x, answer.row_dual, answer.basis))
    return Begin(found.basis, np.clip(found.x, matrix.lower, matrix.upper))


def _balances(model: Model, matrix: Matrix) -> tuple[NDArray[np.int64], list[tuple[NodeCarrier, int]]]:
    """Rows of all balances, (b,), and the node and step of each."""
    rows = [np.zeros(0, dtype=np.int64)]
    where = []
    for node in model.nodes:
        balance = model.pyomo.node[node].component("power_balance")
        if balance is not None:
            rows.append(np.arange(len(matrix.row_lower))[matrix.span(balance)])
            where += [(node, step) for step in range(model.horizon.steps)]
    return np.concatenate(rows), where


def _priced_caps(model: Model, matrix: Matrix, row_dual: FloatArray) -> list[str]:
    """A line of text for each cap whose price is not 0, so that raising it would reduce the shortage."""
    found = []
    tiny = _TINY * np.abs(row_dual).max(initial=0.0)
    for cap in model.caps:
        rule = model.pyomo.cap[cap.name].component("limit")
        prices = np.zeros(0) if rule is None else np.abs(row_dual[matrix.span(rule)])
        found += [
            f"  {cap.name} in {cap.labels[i]}: at most {cap.most[i]:,.3f}"
            for i in np.flatnonzero(prices > tiny).tolist()
        ]
    return found


def _explain_balance(
    model: Model,
    matrix: Matrix,
    x: FloatArray,
    where: list[tuple[NodeCarrier, int]],
    missing: FloatArray,
    caps: Sequence[str] = (),
) -> str:
    wrong = np.flatnonzero(np.abs(missing) > _TINY * np.abs(missing).max())
    order = sorted(wrong.tolist(), key=lambda i: where[i][1])
    first = order[0]
    (node, carrier), step = where[first]
    hours = model.horizon.step_hours
    energy = sum(abs(missing[i]) * hours[where[i][1]] for i in order)
    lacks = missing[first] > 0
    verb = "lacks" if lacks else "cannot get rid of"
    size = abs(missing[first])
    supply = SupplySearch(model, matrix, x, step, 1.0 if lacks else -1.0).at((node, carrier))
    bound, free = list(supply.bound[: _SHOWN * 2]), list(supply.free[: _SHOWN * 2])
    if caps:  # a binding cap is the reason why free assets supply no more
        bound = [*caps[:_SHOWN], *bound]
        free = []
    remedy = (
        "Remedy: raise one of these limits, add supply, lower the demand, or allow some of it to be shed."
        if lacks
        else "Remedy: allow curtailment, storage or export to take the surplus."
    )
    lines = [
        f"infeasible: at {model.horizon.describe(step)} node {node!r} {verb} {size:,.3f} kW of {carrier}.",
        f"In total, {len(order)} step(s) do not balance, by {energy:,.3f} kWh.",
        *(["Limits reached in this step:", *bound] if bound or not free else []),
        *(["At no limit in this step, but held back by another rule:", *free] if free else []),
        remedy if bound or not free else _ELSEWHERE,
        *([_ELSEWHERE] if bound and free else []),
    ]
    return "\n".join(lines)


def _diagnose_rules(model: Model, matrix: Matrix) -> Diagnosis:
    rows = np.arange(len(matrix.row_lower))
    loose = elastic(without_decisions(without_costs(matrix)), rows, 1.0)
    answer = solve_exclusive(loose.matrix, no_pairs(), Limits())
    if not answer.found:
        return Diagnosis("infeasible: the lower limit of a variable is above its upper limit", True)
    slack = np.abs(loose.missing(answer.x))
    wrong = np.flatnonzero(slack > _TINY * slack.max())
    if not answer.certified or not proves_infeasible(matrix, answer.row_dual):
        return Diagnosis("", False, _begin(matrix, loose, answer))
    named = [
        f"  {_in_words(model, matrix, i)}: by {slack[i]:,.3f} {_unit(matrix, i)}".rstrip()
        for i in wrong[:_SHOWN].tolist()
    ]
    more = f"\n  ... and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    text = (
        "infeasible: rules of single assets contradict each other. All others hold if these are violated:\n"
        + "\n".join(named)
        + more
        + "\nRemedy: compare start, end, limits and windows of the assets that are named."
    )
    return Diagnosis(text, True)


def _unit(matrix: Matrix, row: int) -> str:
    family = next(f for f in matrix.rows if f.start <= row < f.start + f.size)
    return str(getattr(family.component, "unit", ""))


def _in_words(model: Model, matrix: Matrix, row: int) -> str:
    """Asset, name and local hour of a row: "hvac: air temperature, 2018-01-01T05:00:00+01:00"."""
    family = next(f for f in matrix.rows if f.start <= row < f.start + f.size)
    number = row - family.start
    rule = family.component.local_name.replace("_", " ")
    asset = family.component.parent_block().index()
    step = getattr(family.component, "step", None)
    if step is None and family.size == 1:
        return f"{asset}: {rule}"
    return f"{asset}: {rule}, " + (f"number {number}" if step is None else model.horizon.describe(int(step[number])))
