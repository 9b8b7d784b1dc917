"""Page with scenarios side by side, made from their summaries alone, without schedule, case or another solve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from microgrid.report.figures.colours import line_colours
from microgrid.report.ledger_lines import Line, accounts_of, lines_of_summary
from microgrid.report.pages.page import render_page
from microgrid.report.quantities import figure_quantity, label, quantity
from microgrid.report.tables.cells import Cell, Row, cell
from microgrid.result.figures import is_compared
from microgrid.result.summary import Summary

_SCRIPTS = ("series.js", "calendar.js", "figures.js", "compare.js")

Scenario = tuple[str, Summary]


def render_compare_html(views: Sequence[Scenario], title: str) -> str:
    """Render a comparison: accounts by line, peaks, KPIs and the trade-off of two accounts.

    Differences are to the first scenario. views: pairs of a scenario and its summary.

    Raises:
        ValueError: there are no views.
    """
    if not views:
        raise ValueError("nothing to compare: no scenario was given")
    accounts = _accounts(views)
    data = {
        "scenarios": [name for name, _ in views],
        "accounts": accounts,
        "scatter": _scatter(views),
    }
    return render_page(
        "compare.html",
        data,
        _SCRIPTS,
        title=title,
        notes=notes_of(views),
        scenarios=data["scenarios"],
        headline=_headline_heads(views),
        verdicts=_verdicts(views),
        accounts=[
            {"label": account["label"], "unit": account["unit"], "rows": _line_rows(account)} for account in accounts
        ],
        kpis=_kpi_rows(views),
        has_scatter=data["scatter"] is not None,
    )


def notes_of(views: Sequence[Scenario]) -> list[str]:
    """Notes for the reader of a comparison, about scenarios whose plants differ but whose investment is not counted."""
    built = [summary.investment_not_counted for _, summary in views]
    names = dict.fromkeys(asset for assets in built for asset in assets)
    differ = [name for name in names if any(assets.get(name) != built[0].get(name) for assets in built[1:])]
    if not differ:
        return []
    return [
        f"The scenarios differ in what is built ({', '.join(differ)}), and the investment is not counted: one that is "
        "cheaper here may cost more to build than it saves. To count it, give the sizes a cost"
    ]


def _accounts(views: Sequence[Scenario]) -> list[dict[str, Any]]:
    """Lines of each account with a total for each scenario, 0 if a scenario does not have the line."""
    found: dict[tuple[str, str, str], list[float]] = {}
    everything: list[Line] = []
    for place, (_, summary) in enumerate(views):
        for line in lines_of_summary(summary.lines):
            totals = found.setdefault((line.account, line.asset, line.item), [0.0] * len(views))
            totals[place] += line.optimized
            everything.append(line)
    accounts = []
    for account in accounts_of(everything):
        own = [(asset, item, totals) for (name, asset, item), totals in found.items() if name == account]
        own.sort(key=lambda entry: -max(map(abs, entry[2])))
        own = [entry for entry in own if any(entry[2])]
        colours = line_colours((asset, item) for asset, item, _ in own)
        lines = [
            {"asset": asset, "item": item, "colour": colours[asset, item], "totals": totals}
            for asset, item, totals in own
        ]
        about = quantity(account)
        accounts.append({"name": account, "label": about.label, "unit": about.unit, "lines": lines})
    return accounts


def _line_rows(account: Mapping[str, Any]) -> list[Row]:
    about = quantity(account["name"])
    rows = [
        Row(
            (line["asset"], label(line["item"])),
            tuple(cell(about, total) for total in line["totals"]),
            line["colour"],
        )
        for line in account["lines"]
    ]
    totals = [sum(column) for column in zip(*(line["totals"] for line in account["lines"]), strict=True)]
    return [*rows, Row(("Total", ""), tuple(cell(about, total) for total in totals))]


def _verdicts(views: Sequence[Scenario]) -> list[Row]:
    """Accounts and peak of each scenario, and whether it was solved and audited."""
    names = _headline_names(views)
    first = _headline(views[0][1])
    return [
        Row(
            (name, _state(summary)),
            tuple(_against(key, _headline(summary).get(key), first.get(key)) for key in names),
        )
        for name, summary in views
    ]


def _headline_names(views: Sequence[Scenario]) -> list[str]:
    return list(dict.fromkeys(key for _, summary in views for key in _headline(summary)))


def _headline_heads(views: Sequence[Scenario]) -> list[str]:
    return [f"{about.label}, {about.unit}" for about in map(quantity, _headline_names(views))]


def _headline(summary: Summary) -> dict[str, Any]:
    return {**summary.accounts, **{name: value for name, value in summary.kpis.items() if is_compared(name)}}


def _state(summary: Summary) -> str:
    return f"{label(summary.status)}, audit {'passed' if summary.audit.passed else 'failed'}"


def _against(name: str, value: Any, reference: Any) -> Cell:
    """Cell of a value, with its difference to the first scenario below it unless they are equal."""
    own = cell(quantity(name), value)
    if not isinstance(value, (int, float)) or not isinstance(reference, (int, float)) or value == reference:
        return own
    return replace(own, note=quantity(name).text(value - reference, signed=True))


def _kpi_rows(views: Sequence[Scenario]) -> list[Row]:
    """Rows of all KPIs that any scenario has."""
    rows = []
    for name in dict.fromkeys(key for _, summary in views for key in summary.figures):
        about = figure_quantity(name)
        values = [summary.figures.get(name) for _, summary in views]
        rows.append(Row((about.label, about.unit), tuple(_against(name, value, values[0]) for value in values)))
    return rows


def _scatter(views: Sequence[Scenario]) -> dict[str, Any] | None:
    """Data of a scatter plot of the first two accounts; None for a single scenario or account."""
    names = list(views[0][1].accounts)[:2]
    if len(names) < 2 or len(views) < 2:
        return None
    x, y = (quantity(name) for name in names)
    points = [
        {"name": name, "x": summary.accounts[x.name], "y": summary.accounts[y.name]}
        for name, summary in views
        if x.name in summary.accounts and y.name in summary.accounts
    ]
    axes = {key: {"label": about.label, "unit": about.unit} for key, about in (("x", x), ("y", y))}
    return {**axes, "points": points}
