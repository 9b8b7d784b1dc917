"""What a report shows: plain tables and dictionaries, free of any solver, model or asset kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # importing the report must stay cheap: pandas is only named here, not used
    from microgrid.contract.plan import Plan

__all__ = ["Plan", "Quantities", "ReportView"]

Quantities = Mapping[tuple[str, str, str], tuple[float, str]]
"""What a line of the cost counts: (month, asset, item) -> (quantity, its unit)."""


@dataclass(frozen=True)
class ReportView:
    """Everything that one run's report shows.

    summary: the content of summary.json.
    assumptions: rows with keys asset, field, value (text with its unit), meaning, source ("" if none).
    repairs: rows of the repair log with keys file, column, what, count, detail.
    notes: sentences that a reader must not miss (for example: "Weather is synthetic ...").
    quantities, baseline_quantities: what the lines of the bill count, in either plan.
    """

    case_name: str
    title: str
    scenario: str
    site: Mapping[str, Any]
    plan: Plan
    baseline: Plan | None
    step_hours: Sequence[float]
    summary: Mapping[str, Any]
    assumptions: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    repairs: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)
    quantities: Quantities = field(default_factory=dict)
    baseline_quantities: Quantities = field(default_factory=dict)
