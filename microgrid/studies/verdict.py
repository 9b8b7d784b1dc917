"""Verdict on an answer: its status, and sentences about missing proofs, failed audits and missed targets."""

from __future__ import annotations

import numpy as np

from microgrid.contract.plan import RELATIVE, Plan, proven, relative_gap
from microgrid.contract.status import Status
from microgrid.result.summary import Summary
from microgrid.solve.answer import Answer
from microgrid.solve.limits import Limits
from microgrid.solve.read_back import Solved


def status_of(answer: Answer, objective: float, solved: Solved, limits: Limits) -> Status:
    """Status of an answer, "optimal" only if its objective, as billed, is proven to be within the stated gap.

    The gap may be missed if amounts that the model knows by lower bounds are billed higher, or by the tolerances of the
    solver.
    """
    gap = RELATIVE if answer.certified and not solved.bounded else max(limits.gap, RELATIVE)
    if answer.status != Status.OPTIMAL or proven(objective, answer.bound, gap, answer.turnover):
        return answer.status
    return Status.BOUNDED if np.isfinite(answer.bound) else Status.UNPROVEN


def shortfall(status: Status, objective: float, answer: Answer) -> tuple[str, ...]:
    """Sentence about a schedule that is not proven to be within the stated gap; none if it is."""
    if status is Status.BOUNDED:
        gap = relative_gap(objective, answer.bound, answer.turnover)
        return (
            f"This schedule is not proven optimal: its objective is {objective:,.6g}, that of any schedule is at least "
            f"{answer.bound:,.6g}, a gap of {gap:.2%}.",
        )
    if status is Status.UNPROVEN:
        return ("This schedule is not proven optimal: the solver's dual values prove no bound of the objective.",)
    return ()


def differences(solved: Solved, plan: Plan) -> tuple[str, ...]:
    """Sentence for each line that the model knows by a lower bound: the amount in the model, and the one billed."""
    found = []
    for asset, amount in solved.amounts:
        if (asset, amount.account, amount.item) in solved.bounded:
            ledger = plan.ledger
            lines = ledger[(ledger["asset"] == asset) & (ledger["item"] == amount.item)]
            # Adding 0.0 keeps a solver's rounding from being shown as "-0.00".
            billed, modelled = (round(float(parts.sum()), 2) + 0.0 for parts in (lines["amount"], amount.values))
            found.append(
                f"The line {amount.item!r} of {asset} is billed {billed:,.2f}. The optimizer approximates it by linear "
                f"rules, which give {modelled:,.2f}: no plan is cheaper by more than the difference."
            )
    return tuple(found)


def findings_of(summary: Summary) -> list[str]:
    """Findings about a schedule: a missing proof of the optimum, those of its audit, and missed targets."""
    found = [] if summary.status.fine else [f"status {summary.status.words}"]
    found += [f"audit: {finding}" for finding in summary.audit.findings]
    return found + [f"target missed: {target.figure} is {target.value}" for target in summary.targets if not target.met]
