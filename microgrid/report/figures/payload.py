"""Payload of a page: the data of its time series, heat map, duration curve and ledger, ready for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from microgrid.contract.asset import ELECTRICITY
from microgrid.contract.plan import Plan
from microgrid.report.figures.colours import line_colours
from microgrid.report.figures.series import Floats, encode_series, encode_time, local_seconds
from microgrid.report.ledger_lines import Line, accounts_of, lines_of, months_of
from microgrid.report.quantities import quantity, split_column
from microgrid.report.view import ReportView

DURATION_POINTS = 600
HEAT_MAP_MIN_DAYS = 3


class SeriesStore:
    """Store of the page's series, each only once: a flow equal to a column, or to its negative, is not repeated."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._known: dict[bytes, int] = {}
        self._own: dict[tuple[str, str, bytes], int] = {}

    def add_column(self, values: Floats, asset: str, name: str) -> int:
        """Store a column of the schedule, (N,); returns its place in ``entries``."""
        about = quantity(name)
        entry = {"asset": asset, "column": f"{asset}.{name}" if asset else name, "label": about.label}
        self.entries.append(entry | {"unit": about.unit, "scale": about.scale} | encode_series(values))
        place = len(self.entries) - 1
        mark = _fingerprint(values)
        self._known.setdefault(mark, place)
        self._own.setdefault((asset, about.unit, mark), place)
        return place

    def add_beside(self, values: Floats, asset: str, name: str) -> int:
        """Store a series beside a flow, (N,), unless the asset has an equal column; returns its place."""
        place = self._own.get((asset, quantity(name).unit, _fingerprint(values)))
        return self.add_column(values, asset, name) if place is None else place

    def add_flow(self, values: Floats, asset: str) -> tuple[int, int]:
        """Store a flow [kW], (N,), unless a column is equal to it or to its negative; returns its place and sign."""
        for sign in (1, -1):
            place = self._known.get(_fingerprint(values * sign))
            if place is not None:
                return place, sign
        return self.add_column(values, asset, "flow_kw"), 1


def build_payload(view: ReportView, colours: dict[str, str]) -> dict[str, Any]:
    """Build the data of all figures of a page; parts that the case does not have are absent or empty."""
    plan = view.plan
    store = SeriesStore()
    columns = [
        store.add_column(_values(plan.schedule[column]), *split_column(column))
        for column in map(str, plan.schedule.columns)
    ]
    lines = lines_of(plan.ledger, view.reference.ledger if view.reference else None)
    payload = {
        "time": encode_time(_index(plan), view.step_hours),
        "colours": colours,
        "balances": _balances(plan, store),
        "storages": _storages(plan, store),
        "rooms": _rooms(plan, store),
        "schedule": columns,
        "heatmap": _heat_map(plan, view.step_hours),
        "duration": _duration(view),
        "accounts": [_account(account, lines, view.reference is not None) for account in accounts_of(lines)],
    }
    payload["series"] = store.entries
    return payload


def imported_carrier(plan: Plan) -> str:
    """Carrier whose import is shown: electricity if it has a connection, else the first with one; "" if none."""
    carriers = [key[1] for key, port in plan.ports.items() if port.role == "exchange"]
    return ELECTRICITY if ELECTRICITY in carriers else next(iter(carriers), "")


def total_import(plan: Plan) -> Floats | None:
    """Import of ``imported_carrier`` over all its connections [kW], (N,); None if the case has no connection."""
    carrier = imported_carrier(plan)
    parts = [
        flow.clip(0)
        for key, flow in plan.flow_of_port.items()
        if key[1] == carrier and plan.ports[key].role == "exchange"
    ]
    return np.sum(parts, axis=0) if parts else None


def _index(plan: Plan) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(plan.schedule.index)


def _values(column: Any) -> Floats:
    return np.asarray(column, dtype=np.float64)


def _fingerprint(values: Floats) -> bytes:
    """Hash of a series rounded to 0.001, so that solver noise and -0.0 do not make two series of one."""
    return blake2b((np.rint(values * 1000.0) + 0.0).tobytes()).digest()


def _balances(plan: Plan, store: SeriesStore) -> list[dict[str, Any]]:
    """Flows of the assets at each node and carrier, those with the most energy first."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    weights: dict[tuple[str, str], float] = {}
    for place, column in enumerate(plan.flows.columns):
        node, carrier, asset = tuple(column)
        values = _values(plan.flows.iloc[:, place])
        series, sign = store.add_flow(values, str(asset))
        key = (str(node), str(carrier))
        groups.setdefault(key, []).append({"asset": str(asset), "series": series, "sign": sign})
        weights[key] = weights.get(key, 0.0) + float(np.nansum(np.abs(values)))
    ordered = sorted(groups, key=lambda key: -weights[key])
    return [{"node": node, "carrier": carrier, "parts": groups[node, carrier]} for node, carrier in ordered]


def _storages(plan: Plan, store: SeriesStore) -> list[dict[str, Any]]:
    """Series of the content of each store."""
    return [
        {"series": store.add_beside(port.beside.stored_kwh, asset, "stored_kwh")}
        for (_, _, asset), port in plan.ports.items()
        if port.role == "storage" and port.beside.stored_kwh is not None
    ]


def _rooms(plan: Plan, store: SeriesStore) -> list[dict[str, Any]]:
    """Series of each indoor temperature with its limits of comfort."""
    rooms = []
    for (_, _, asset), port in plan.ports.items():
        room = port.beside.room
        if room is not None:
            series = store.add_beside(room.temperature_degc, asset, "indoor_temperature_degc")
            low = store.add_beside(room.lowest_degc, asset, "lowest_comfortable_degc")
            high = store.add_beside(room.highest_degc, asset, "highest_comfortable_degc")
            rooms.append({"series": series, "low": low, "high": high})
    return rooms


def _heat_map(plan: Plan, step_hours: Sequence[float]) -> dict[str, Any] | None:
    """Mean import in each hour of each local day [kW]; None without import or for less than three days.

    A step longer than an hour counts in every hour that it covers. An hour that the clock repeats in autumn has the
    mean of both; an hour that the clock skips in spring is missing.
    """
    values = total_import(plan)
    if values is None:
        return None
    hours = np.asarray(step_hours, dtype=float)
    pieces = np.maximum(np.ceil(hours - 1e-9), 1).astype(np.int64)
    step = np.repeat(np.arange(len(hours)), pieces)
    part = np.arange(len(step)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    hour = (local_seconds(_index(plan))[step] + 3600 * part) // 3600
    weight = np.minimum(hours[step] - part, 1.0)
    first = int(hour[0] // 24)
    days = int(hour[-1] // 24) - first + 1
    if days < HEAT_MAP_MIN_DAYS:
        return None
    cell = hour - 24 * first
    energy = np.bincount(cell, weights=weight * np.nan_to_num(values[step]), minlength=24 * days)
    covered = np.bincount(cell, weights=weight, minlength=24 * days)
    mean = np.divide(energy, covered, out=np.full(24 * days, np.nan), where=covered > 0)
    return {"first_day": first, "days": days} | encode_series(mean)


def _duration(view: ReportView) -> dict[str, Any] | None:
    """Duration curve of import, [h, kW], of the plan and, if there is one, of the baseline."""
    optimized = total_import(view.plan)
    if optimized is None:
        return None
    hours = np.asarray(view.step_hours, dtype=float)
    reference = total_import(view.reference) if view.reference else None
    return {
        "optimized": _duration_curve(optimized, hours),
        "baseline": None if reference is None else _duration_curve(reference, hours),
        "total_hours": float(hours.sum()),
    }


def _duration_curve(values: Floats, hours: Floats) -> list[list[float]]:
    """Corners [h, kW] of a duration curve: those of the sixty highest steps, and evenly spaced ones of all others."""
    order = np.argsort(-np.nan_to_num(values), kind="stable")
    before = np.cumsum(hours[order]) - hours[order]
    count = len(order)
    kept = np.unique(
        np.concatenate((np.arange(min(60, count)), np.linspace(0, count - 1, DURATION_POINTS).astype(int)))
    )
    corners = [[round(float(before[i]), 3), round(float(values[order[i]]), 3)] for i in kept]
    return [*corners, [round(float(hours.sum()), 3), corners[-1][1]]]


def _account(account: str, lines: list[Line], has_baseline: bool) -> dict[str, Any]:
    """Lines of an account with their months and totals, for stacked bars."""
    own = [line for line in lines if line.account == account and not line.is_empty]
    months = months_of(own)
    about = quantity(account)
    colours = line_colours((line.asset, line.item) for line in own)
    return {
        "name": account,
        "label": about.label,
        "unit": about.unit,
        "months": months,
        "baseline": has_baseline,
        "lines": [
            {
                "asset": line.asset,
                "item": line.item,
                "colour": colours[line.asset, line.item],
                "months": [line.months.get(month, 0.0) for month in months],
                "totals": [line.optimized, line.baseline] if has_baseline else [line.optimized],
            }
            for line in own
        ],
    }
