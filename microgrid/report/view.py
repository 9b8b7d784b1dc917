"""What a report shows: plain tables and dictionaries, free of any solver, model or asset kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Plan:
    """One way to run the site over the horizon.

    schedule: one row a step, index ``time`` (step start, tz-aware, site's local time); columns
        ``<asset>.<quantity_unit>`` such as ``li-ion.charge_kw`` or ``hvac.indoor_temperature_degc``.
        Powers are means over the step, states are at the step's end.
    flows: same index; columns a MultiIndex (node, carrier, asset): power that the asset supplies to the
        node [kW], negative where it draws. Each (node, carrier) group sums to zero in every step.
    ledger: columns month ("2018-01"), account ("cost_eur", "emissions_kgco2"), asset, item, amount.
    """

    schedule: pd.DataFrame
    flows: pd.DataFrame
    ledger: pd.DataFrame


@dataclass(frozen=True)
class ReportView:
    """Everything that one run's report shows.

    summary: the content of summary.json.
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
    summary: Mapping[str, Any]
    assumptions: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    repairs: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)
