"""Headline of a report: the most important key figures as cards, and the result in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from microgrid.report.quantities import Quantity, quantity
from microgrid.result.figures import figure_of, figures
from microgrid.result.summary import Figures, Summary

_PERCENT = Quantity("", "", "%", 100.0, 1)


@dataclass(frozen=True)
class Card:
    """Card with a key figure and its change from the baseline; tone: "good", "bad" or ""."""

    label: str
    value: str
    unit: str
    change: str = ""
    tone: str = ""


def key_figures(summary: Summary) -> list[Card]:
    """Cards of a summary: the accounts first, then the figures that are cards.

    A self-consumption of 100 % means little if much is curtailed, so both are shown together.
    """
    beside = summary.reference
    accounts, kpis = (beside.accounts, beside.kpis) if beside else ({}, {})
    pairs = [(name, value, accounts.get(name)) for name, value in summary.accounts.items()]
    cards = [summary.written(name) for name, figure in figures().items() if figure.card]
    extra = [(name, summary.kpis.get(name)) for name in cards]
    pairs += [(name, value, kpis.get(name)) for name, value in extra if value is not None]
    return [_card(quantity(name), value, reference) for name, value, reference in pairs]


def _card(about: Quantity, value: float, reference: float | None) -> Card:
    rounded = _rounded(about, value)
    if reference is None:
        return Card(about.label, rounded.text(value), about.unit)
    change = value - reference
    figure = figure_of(about.name)
    better_when_lower = figure is None or figure.better != "higher"
    text = f"{rounded.text(change, signed=True)}\u00a0{'points' if about.unit == '%' else about.unit}"
    if about.unit != "%" and reference:
        text += f" ({_PERCENT.text(change / abs(reference), signed=True)}\u00a0%)"
    if abs(change) <= 1e-9 * max(abs(value), abs(reference)):
        return Card(about.label, rounded.text(value), about.unit, "as in the baseline")
    tone = "good" if (change < 0) == better_when_lower else "bad"
    return Card(about.label, rounded.text(value), about.unit, text + " against baseline", tone)


def _rounded(about: Quantity, value: float) -> Quantity:
    """The quantity with decimals for about four digits of a value, which are enough for a headline."""
    size = abs(value * about.scale)
    decimals = 0 if size >= 1000 else 1 if size >= 10 else 2
    return Quantity(about.name, about.label, about.unit, about.scale, decimals)


def baseline_fault(summary: Summary) -> str:
    """Sentence for a baseline that violates a limit, so that savings cannot be measured by it; else ""."""
    if summary.baseline is None or summary.reference is not None:
        return ""
    findings = "; ".join(summary.baseline.findings)
    because = f" Violations: {findings}" if findings else ""
    return f"The rule-based baseline does not keep all limits, so nothing is compared with it.{because}"


def verdict(summary: Summary) -> str:
    """Result in one sentence; "" without a feasible baseline or without a change from it."""
    beside = summary.reference
    if beside is None:
        return ""
    before: Figures = {**beside.kpis, **beside.accounts}
    parts = []
    for name, saved in (summary.savings or {}).items():
        reference = before.get(name) or 0.0
        if abs(saved) <= 1e-9 * abs(reference):
            continue
        about = quantity(name)
        amount = _rounded(about, saved).with_unit(abs(saved))
        share = f" ({_PERCENT.with_unit(abs(saved / reference))})" if reference else ""
        parts.append(f"{about.label.lower()} {'lower' if saved > 0 else 'higher'} by {amount}{share}")
    if not parts:
        return ""
    return "Against the baseline: " + (", ".join(parts[:-1]) + " and " if parts[1:] else "") + parts[-1] + "."
