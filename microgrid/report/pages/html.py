"""Report of a run as one HTML page that opens anywhere, without a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from microgrid.contract.asset import ELECTRICITY
from microgrid.contract.ledger import COST, EMISSIONS, INCONVENIENCE, STORE_DRAWDOWN
from microgrid.report.figures.colours import asset_colours, line_colours
from microgrid.report.figures.payload import build_payload, imported_carrier
from microgrid.report.ledger_lines import Line, accounts_of, lines_of, months_of
from microgrid.report.pages.page import render_page
from microgrid.report.quantities import label, number, quantity, split_column
from microgrid.report.tables import carbon, headline, invoice, summary_rows
from microgrid.report.tables.bill import view_bill
from microgrid.report.view import ReportView
from microgrid.suffixes import bare_name

_SCRIPTS = (
    "series.js",
    "calendar.js",
    "window.js",
    "timefigures.js",
    "heatmap.js",
    "figures.js",
    "bill.js",
    "report.js",
)


_READING = {
    INCONVENIENCE: "Amounts that guide the optimizer but are on no bill: for demand that is moved or shed, rooms "
    "outside their comfort band, and stores outside their window.",
    STORE_DRAWDOWN: "A valuation, not a payment: the energy in stores at the start less that at the end, at their end "
    "value. A negative amount means that they end fuller than they began.",
}


def render_html(view: ReportView) -> str:
    """Render the whole report as one self-contained HTML text (no request, no other file).

    Figures, tables and key figures appear if the view has their data: a case without storage has no state of charge,
    and a run without baseline no comparison.

    Raises:
        ValueError: the schedule's index has no time zone, or does not fit ``step_hours``.
    """
    colours = _colours(view)
    lines = lines_of(view.plan.ledger, view.reference.ledger if view.reference else None)
    payload = build_payload(view, colours)
    return render_page(
        "report.html",
        payload,
        _SCRIPTS,
        title=view.title,
        header=_header(view),
        notes=[note for note in (*view.notes, headline.baseline_fault(view.summary)) if note],
        cards=headline.key_figures(view.summary),
        verdict=headline.verdict(view.summary),
        has_baseline=view.reference is not None,
        accounts=[_account(account, lines) for account in accounts_of(lines)],
        **_bill(view, lines),
        sizes=summary_rows.size_rows(view.summary),
        emissions=carbon.emission_rows(view.summary.emissions, view.summary.currency),
        scopes=carbon.scope_rows(view.summary.emissions),
        cap_unit=carbon.per_tonne(view.summary.currency).unit,
        caps=carbon.cap_rows(view.summary.emissions, view.summary.currency),
        kpis=summary_rows.kpi_rows(view.summary),
        series=summary_rows.series_rows(view),
        comfort=summary_rows.comfort_rows(view),
        assumptions=view.assumptions,
        repairs=view.repairs,
        audit=summary_rows.audit_rows(view.summary),
        solver=summary_rows.solver_rows(view.summary),
        import_title=_import_title(view),
        **_parts(payload),
    )


def _colours(view: ReportView) -> dict[str, str]:
    """Colours of the assets of both plans, as an asset may be in the baseline only."""
    roles: dict[str, set[str]] = {}
    for plan in (view.plan, view.reference) if view.reference else (view.plan,):
        for (_, _, asset), port in plan.ports.items():
            roles.setdefault(asset, set()).add(port.role)
        columns = (split_column(str(column))[0] for column in plan.schedule.columns)
        for asset in (*columns, *plan.flows.columns.get_level_values(-1), *plan.ledger["asset"]):
            roles.setdefault(str(asset), set())
    return asset_colours(roles)


def _import_title(view: ReportView) -> str:
    carrier = imported_carrier(view.plan)
    return "Import from the grid" if carrier in ("", ELECTRICITY) else f"Import of {carrier}"


def _header(view: ReportView) -> dict[str, Any]:
    summary = view.summary
    return {
        "case": view.case_name,
        "scenario": view.scenario,
        "horizon": horizon_text(view),
        "site": [(quantity(key).label, _site_text(key, value)) for key, value in view.site.items()],
        "status": label(summary.status),
        "solved": summary.status.fine,
        "gap": _gap_text(summary.gap),
        "audit": summary.audit.passed,
    }


def _gap_text(gap: float | None) -> str | None:
    """Text of a gap for a badge; a gap too small to matter is called small instead of written in powers of ten."""
    if gap is None:
        return None
    return "below 0.001\u00a0%" if abs(gap) < 1e-5 else f"{number(gap * 100.0, 3)}\u00a0%"


def _site_text(key: str, value: Any) -> str:
    return quantity(key).with_unit(value) if quantity(key).unit else str(value)


def horizon_text(view: ReportView) -> str:
    """Text of the horizon: ``1 January 2018 to 31 December 2018, 8 760 steps of 1 h, Europe/Paris``."""
    index = pd.DatetimeIndex(view.plan.schedule.index)
    last = index[-1] + pd.Timedelta(hours=float(view.step_hours[-1])) - pd.Timedelta(seconds=1)
    first_day, last_day = (f"{stamp.day} {stamp:%B %Y}" for stamp in (index[0], last))
    days = first_day if first_day == last_day else f"{first_day} to {last_day}"
    return f"{days}, {number(len(index), 0)} steps of {_step_text(view)}, {index.tz}"


def _step_text(view: ReportView) -> str:
    lengths = sorted({round(hours * 60.0, 3) for hours in view.step_hours})
    shown = [f"{minutes / 60:g}\u00a0h" if minutes >= 60 else f"{minutes:g}\u00a0min" for minutes in lengths]
    return shown[0] if len(shown) == 1 else f"{shown[0]} to {shown[-1]}"


def _bill(view: ReportView, lines: list[Line]) -> dict[str, Any]:
    """Pages of the bill, with the colours of its lines in the figures."""
    bill = view_bill(view)
    currency = view.summary.currency
    account = view.summary.written(COST)
    colours = line_colours((line.asset, line.item) for line in lines if line.account == account)
    return {
        "bill_pages": invoice.bill_pages(bill, colours, currency),
        "bill_heads": invoice.heads(bill, currency),
    }


def _account(account: str, lines: list[Line]) -> dict[str, Any]:
    """Account with its table and its months; the cost has the pages of the bill instead of a table."""
    about = quantity(account)
    name = bare_name(account)
    rows, total = summary_rows.bill_rows(lines, account)
    own = [line for line in lines if line.account == account]
    months = months_of(own)
    return {
        "id": {COST: "bill", EMISSIONS: "emissions"}.get(name, f"account-{account}"),
        "is_bill": name == COST,
        "is_emissions": name == EMISSIONS,
        "reading": _READING.get(name, ""),
        "title": "Bill" if name == COST else about.label,
        "label": about.label,
        "unit": about.unit,
        "rows": rows,
        "total": total,
        "months": [] if len(months) < 2 else [_month_text(month) for month in months],
        "month_rows": summary_rows.month_rows(own, account, months),
    }


def _month_text(month: str) -> str:
    stamp = pd.to_datetime(month, format="%Y-%m", errors="coerce")
    return month if pd.isna(stamp) else f"{stamp:%b %Y}"


def _parts(payload: Mapping[str, Any]) -> dict[str, bool]:
    """Name of figure -> whether the case has data for it."""
    names = ("balances", "storages", "rooms", "heatmap", "duration")
    return {f"has_{name}": bool(payload[name]) for name in names}
