"""View of a report: its content as plain tables and dictionaries, independent of solver, model and asset kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pandas is needed for annotations only, and would slow the import of the report
    from microgrid.contract.plan import Plan
    from microgrid.result.summary import Summary

__all__ = ["Plan", "ReportView"]


@dataclass(frozen=True)
class ReportView:
    """Content of the report of one run.

    baseline: the rule-based plan; shown if it is feasible, see ``reference``. summary: the content of summary.json.
    assumptions: rows with keys asset, field, value (text with its unit), meaning, source ("" if none).
    repairs: rows of the repair log with keys file, column, what, count, detail.
    notes: sentences that a reader must not miss (for example: "Weather is synthetic ...").
    """

    case_name: str
    title: str
    scenario: str
    site: Mapping[str, Any]
    plan: Plan
    baseline: Plan | None
    step_hours: Sequence[float]
    summary: Summary
    assumptions: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    repairs: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def reference(self) -> Plan | None:
        """The baseline, if it is feasible, so that the plan can be compared with it; else None."""
        return None if self.summary.reference is None else self.baseline
