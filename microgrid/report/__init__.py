"""Reports of a solved case: one HTML page, its short Markdown form, and scenarios side by side.

Importing this package is cheap: templates, numpy and pandas are loaded by the first call that needs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from microgrid.report.view import ReportView

__all__ = ["ReportView", "render_compare_html", "render_html", "render_markdown"]


def render_html(view: ReportView) -> str:
    """One self-contained page with every figure and table of a run; see `microgrid.report.html`."""
    from microgrid.report import html

    return html.render_html(view)


def render_markdown(view: ReportView) -> str:
    """The same in short, for a pull request or a CI log; see `microgrid.report.markdown`."""
    from microgrid.report import markdown

    return markdown.render_markdown(view)


def render_compare_html(views: Sequence[tuple[str, Mapping[str, Any]]], title: str) -> str:
    """Scenarios side by side, from their summaries alone; see `microgrid.report.compare`."""
    from microgrid.report import compare

    return compare.render_compare_html(views, title)
