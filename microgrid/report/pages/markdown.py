"""Short form of the report, as Markdown for a pull request or a CI log.

The text depends on the case only, without timing, matrix size or version, so that it can be committed as a reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from microgrid.contract.ledger import COST
from microgrid.errors import plain
from microgrid.report.ledger_lines import Line, accounts_of, lines_of
from microgrid.report.pages.html import horizon_text
from microgrid.report.quantities import quantity
from microgrid.report.tables import carbon, headline, invoice, summary_rows
from microgrid.report.tables.bill import view_bill
from microgrid.report.tables.cells import Row
from microgrid.report.view import ReportView
from microgrid.suffixes import bare_name


def render_markdown(view: ReportView) -> str:
    """Render headline, bill by line, KPIs, audit and notes as GitHub-flavoured Markdown, with a newline at the end."""
    lines = lines_of(view.plan.ledger, view.reference.ledger if view.reference else None)
    compared = ["Optimized", "Baseline", "Difference"] if view.reference else ["Value"]
    parts = [
        f"# {_plain(view.title)}",
        f"{_plain(view.case_name)}, scenario **{_plain(view.scenario)}**. {_plain(horizon_text(view))}.",
        *(f"> **Note:** {_plain(note)}" for note in (*view.notes, headline.baseline_fault(view.summary)) if note),
        _verdicts(view),
        headline.verdict(view.summary),
        *_sizes(view),
        *_bill(view),
        *_accounts(lines, compared),
        *_emissions(view),
        "## Key figures",
        _table(["Figure", "Unit"], compared, summary_rows.kpi_rows(view.summary)),
        "## Audit",
        _audit(view),
        "## Repairs",
        _repairs(view),
    ]
    return plain("\n\n".join(part for part in parts if part) + "\n")  # without control characters, for terminals


def _verdicts(view: ReportView) -> str:
    audit = "passed" if view.summary.audit.passed else "failed"
    return f"Status: **{_plain(view.summary.status)}**, audit **{audit}**."


def _audit(view: ReportView) -> str:
    """Findings of the audit, or the number of checks if there are none; residuals are in the page and summary.json."""
    audit = view.summary.audit
    if audit.findings:
        return "\n".join(f"- {_plain(finding)}" for finding in audit.findings)
    return f"{len(audit.checks)} kinds of checks on every asset and step, all within their tolerance."


def _sizes(view: ReportView) -> Iterable[str]:
    rows = summary_rows.size_rows(view.summary)
    if rows:
        yield "## Sizes"
        yield _table(["Asset", "Size"], ["Value"], rows)


def _bill(view: ReportView) -> Iterable[str]:
    bill = view_bill(view)
    currency = view.summary.currency
    if not bill.empty:
        rows, total = invoice.flat_rows(bill, currency)
        yield "## Bill"
        yield _table(["Asset", "Line"], invoice.heads(bill, currency), [*rows, total])


def _accounts(lines: list[Line], compared: list[str]) -> Iterable[str]:
    """Tables of all accounts except the cost, which the bill shows."""
    for account in accounts_of(line for line in lines if bare_name(line.account) != COST):
        about = quantity(account)
        rows, total = summary_rows.bill_rows(lines, account, coloured=False)
        yield f"## {_plain(about.label)}, {_plain(about.unit)}"
        yield _table(["Asset", "Line"], compared, [*rows, total])


def _emissions(view: ReportView) -> Iterable[str]:
    currency = view.summary.currency
    caps = carbon.cap_rows(view.summary.emissions, currency)
    for title, heads, numbers, rows in (
        ("Emissions in figures", ["Figure"], ["Value"], carbon.emission_rows(view.summary.emissions, currency)),
        ("Emissions by scope", ["Scope"], ["kgCO₂"], carbon.scope_rows(view.summary.emissions)),
        (
            "Price of the caps",
            ["Cap", "Period"],
            [carbon.per_tonne(currency).unit],
            caps,
        ),
    ):
        if rows:
            yield f"## {title}"
            yield _table(heads, numbers, rows)


def _repairs(view: ReportView) -> str:
    if not view.repairs:
        return "Nothing was repaired: every input value was used as it was read."
    keys = ("file", "column", "what", "count", "detail")
    rows = [Row(tuple(str(entry.get(key, "")) for key in keys), ()) for entry in view.repairs]
    return _table([key.capitalize() for key in keys], [], rows)


def _table(heads: Sequence[str], numbers: Sequence[str], rows: Sequence[Row]) -> str:
    lines = [_row([*heads, *numbers]), _row(["---"] * len(heads) + ["---:"] * len(numbers))]
    lines += [_row([*map(_plain, row.head), *(_plain(cell.text) for cell in row.cells)]) for row in rows]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _plain(text: str) -> str:
    """Escape the characters of a text that are markup in Markdown, and replace line breaks by spaces."""
    flat = " ".join(text.split("\n"))
    for mark in ("\\", "`", "*", "_", "[", "]", "|", "#"):
        flat = flat.replace(mark, "\\" + mark)
    return flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
