"""Tables of a summary as rows of formatted text, which HTML templates and Markdown only lay out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from microgrid.report.figures.colours import line_colours
from microgrid.report.figures.series import Floats
from microgrid.report.ledger_lines import Line
from microgrid.report.quantities import MISSING, Quantity, figure_quantity, label, quantity, split_column
from microgrid.report.tables.cells import Cell, Row, cell
from microgrid.report.view import ReportView
from microgrid.result.summary import Summary, TargetFacts

# Parts of a summary that no other table shows: quality of the answer, and effort of the solver.
_OF_THE_SOLVER = {"weights", "status", "objective", "bound", "gap"} | {
    "timing_seconds",
    "size",
    "solver",
}


def bill_rows(lines: Iterable[Line], account: str, coloured: bool = True) -> tuple[list[Row], Row]:
    """Rows of an account by asset and item: optimized, baseline and difference; the total last."""
    about = quantity(account)
    own = [line for line in lines if line.account == account]
    colours = line_colours((line.asset, line.item) for line in own if coloured)
    rows = [
        Row(
            (line.asset, label(line.item)),
            _compared(about, line.optimized, line.baseline, alone=line.baseline is None),
            colours.get((line.asset, line.item), ""),
        )
        for line in own
    ]
    references = [line.baseline for line in own if line.baseline is not None]
    total = sum(line.optimized for line in own)
    return rows, Row(("Total", ""), _compared(about, total, sum(references), alone=not references))


def month_rows(lines: Iterable[Line], account: str, months: list[str]) -> list[Row]:
    """Rows of an account with the amounts of each month, as in the monthly bars; the total last."""
    about = quantity(account)
    own = [line for line in lines if line.account == account and not line.is_empty]
    colours = line_colours((line.asset, line.item) for line in own)
    rows = [
        Row(
            (f"{line.asset} \u00b7 {label(line.item)}",),
            tuple(cell(about, line.months.get(month, 0.0)) for month in months),
            colours.get((line.asset, line.item), ""),
        )
        for line in own
    ]
    sums = (sum(line.months.get(month, 0.0) for line in own) for month in months)
    return [*rows, Row(("Total",), tuple(cell(about, amount) for amount in sums))]


def kpi_rows(summary: Summary) -> list[Row]:
    """Rows of all key figures that either plan has."""
    beside = summary.reference
    own, reference = summary.figures, beside.figures if beside else {}
    rows = []
    for name in dict.fromkeys([*own, *reference]):
        about = figure_quantity(name)
        cells = _compared(about, own.get(name), reference.get(name), alone=beside is None)
        rows.append(Row((about.label, about.unit), cells))
    return rows


def size_rows(summary: Summary) -> list[Row]:
    """Rows of the sizes that were decided or have a cost."""
    return [
        Row((asset, quantity(name).label), (cell(quantity(name), size, unit=True),))
        for asset, own in summary.sizes.items()
        for name, size in own.items()
    ]


def _compared(about: Quantity, value: Any, reference: Any, *, alone: bool = False) -> tuple[Cell, ...]:
    """Cells of value, reference and difference; of the value alone if there is no baseline."""
    if alone:
        return (cell(about, value),)
    numbers = isinstance(value, (int, float)) and isinstance(reference, (int, float))
    return (
        cell(about, value),
        cell(about, reference),
        cell(about, value - reference if numbers else None, signed=True),
    )


def audit_rows(summary: Summary) -> list[Row]:
    """Rows of all residuals and verdicts of the audit."""
    return list(_facts(summary.audit.model_dump(exclude_unset=True)))


def solver_rows(summary: Summary) -> list[Row]:
    """Rows of status, objective, bound, gap, targets and timings: the parts that no other table shows."""
    shown = {summary.written(name) for name in _OF_THE_SOLVER}
    facts = _facts({name: value for name, value in summary.plain().items() if name in shown})
    return [*map(_target_row, summary.targets), *facts]


def _target_row(target: TargetFacts) -> Row:
    """Row of a target: its value, its limits, and whether they are met."""
    about = figure_quantity(target.figure)
    limits = [
        (words, limit) for words, limit in (("at least", target.min), ("at most", target.max)) if limit is not None
    ]
    wanted = " and ".join(f"{words} {about.with_unit(limit)}" for words, limit in limits)
    text = f"{about.with_unit(target.value)}, wanted {wanted}: {'met' if target.met else 'missed'}"
    return Row((f"Target \u00b7 {about.label}",), (Cell(text),))


def _facts(tree: Mapping[str, Any], *above: str) -> Iterable[Row]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _facts(value, *above, str(key))
        elif isinstance(value, (list, tuple)):
            yield Row(
                (" \u00b7 ".join((*map(_group, above), label(str(key)))),),
                (Cell(", ".join(map(str, value)) or MISSING),),
            )
        else:
            yield _fact(tuple(above), str(key), value)


def _group(key: str) -> str:
    return quantity(key).label


def _fact(above: tuple[str, ...], key: str, value: Any) -> Row:
    about = quantity(key)
    if not about.unit and above:  # "timing_seconds": {"solve": 1.2} has its unit in the group's name
        group = quantity(above[-1])
        about = Quantity(key, about.label, group.unit, group.scale, group.decimals)
    if key == "passed":
        about = Quantity(key, "Overall", "", 1.0, 0)
    if isinstance(value, bool):
        shown = Cell("passed" if value and (key == "passed" or "checks" in above) else "yes" if value else "no")
    elif isinstance(value, int) and not about.unit:
        shown = cell(Quantity(key, about.label, "", 1.0, 0), value)
    elif key == "gap":
        shown = cell(Quantity(key, "Gap", "%", 100.0, 4), value, unit=True)
    else:
        shown = cell(about, value, unit=True)
    return Row((" \u00b7 ".join((*map(_group, above), about.label)),), (shown,))


def series_rows(view: ReportView) -> list[Row]:
    """Rows of the schedule's columns: least, mean and greatest value, and the energy of a power."""
    hours = np.asarray(view.step_hours, dtype=float)
    rows = []
    for column in map(str, view.plan.schedule.columns):
        asset, name = split_column(column)
        about = quantity(name)
        values = np.asarray(view.plan.schedule[column], dtype=float)
        low, mean, high = _spread(values, hours)
        energy = float(np.nansum(values * hours)) if about.unit == "kW" else None
        cells = (*(cell(about, value) for value in (low, mean, high)), cell(quantity("energy_kwh"), energy))
        rows.append(Row((asset, about.label, about.unit), cells))
    return rows


def comfort_rows(view: ReportView) -> list[Row]:
    """Rows of the rooms: temperatures, and duration and extent of leaving the comfort band."""
    hours = np.asarray(view.step_hours, dtype=float)
    rows = []
    for (_, _, asset), port in view.plan.ports.items():
        room = port.beside.room
        if room is None:
            continue
        outside = np.where(room.outside_k > 1e-6, room.outside_k, 0.0)  # a smaller difference is rounding of the solver
        temperatures = tuple(cell(quantity("x_degc"), value) for value in _spread(room.temperature_degc, hours))
        away = cell(quantity("x_hours"), float(hours[outside > 0].sum()))
        rows.append(Row((asset,), (*temperatures, away, cell(quantity("x_kh"), float(outside @ hours)))))
    return rows


def _spread(values: Floats, hours: Floats) -> tuple[float, float, float]:
    """Least value, mean over time and greatest value of a series, (N,), without its missing values."""
    known = np.isfinite(values)
    if not known.any():
        return (float("nan"),) * 3
    mean = float(np.average(values[known], weights=hours[known]))
    return float(values[known].min()), mean, float(values[known].max())
