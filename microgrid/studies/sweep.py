"""Sweep: one case with many settings, each dispatched from where the one before it stood."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from microgrid.errors import InputError, MicrogridError, Problem
from microgrid.solve.limits import Limits, cores
from microgrid.studies.compare import figures

Variant = Mapping[str, Any]


@dataclass(frozen=True)
class Sweep:
    """table: one row a variant, what it sets and what came of it; errors: text of those that failed, by row."""

    table: pd.DataFrame
    errors: Mapping[int, str]
    exit_code: int


@dataclass(frozen=True)
class _Work:
    path: str
    scenario: str
    settings: Variant
    variants: Sequence[Variant]
    limits: Limits


def sweep(
    path: str | Path,
    variants: Iterable[Variant],
    *,
    scenario: str = "base",
    settings: Variant | None = None,
    limits: Limits | None = None,
    workers: int = 1,
    say: Callable[[str], None] | None = None,
) -> Sweep:
    """Dispatch a case once for each variant; one that fails stops no other.

    Variants that are next to each other should be alike: each begins from where the one before it stood, which takes a
    part of the time and changes nothing that is proven. Each is audited and held against its own baseline.

    Args:
        path: the case.
        variants: changes by dotted path, such as ``{"assets.li-ion.capacity": "2 MWh"}``; see ``product``.
        scenario: of the case, to which the changes are made.
        settings: changes that hold for all variants.
        limits: gap and time limit of each.
        workers: how many processes share the variants, each a stretch of neighbours.
        say: called with a line about each stretch that ends.

    Raises:
        InputError: no variants.
    """
    chosen = [dict(variant) for variant in variants]
    if not chosen:
        raise InputError(Problem("nothing to sweep", expected="at least one variant"))
    workers = min(workers, len(chosen))
    work = _Work(str(path), scenario, dict(settings or {}), chosen, limits or Limits())
    rows: list[dict[str, Any]] = []
    for found in _run_all(work, workers):
        rows += found
        if say:
            say(f"{len(rows)} of {len(chosen)} variants")
    table = pd.DataFrame([{k: v for k, v in row.items() if k not in ("error", "exit_code")} for row in rows])
    errors = {number: row["error"] for number, row in enumerate(rows) if row["error"]}
    return Sweep(table, errors, max(row["exit_code"] for row in rows))


def product(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination of the values of each path; the last path changes fastest, so that neighbours are alike."""
    return [dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values())]


def _run_all(work: _Work, workers: int) -> Iterable[list[dict[str, Any]]]:
    if workers == 1:
        yield from ([row] for row in _run_stretch(work))
        return
    edges = [len(work.variants) * part // workers for part in range(workers + 1)]
    limits = replace(work.limits, threads=max(1, cores() // workers))
    stretches = [replace(work, variants=work.variants[a:b], limits=limits) for a, b in itertools.pairwise(edges)]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_list_stretch, stretches)


def _list_stretch(work: _Work) -> list[dict[str, Any]]:
    return list(_run_stretch(work))


def _run_stretch(work: _Work) -> Iterable[dict[str, Any]]:
    from microgrid.case.reading import load_case
    from microgrid.studies.batch import without_collector
    from microgrid.studies.dispatch import dispatch

    like = None
    for variant in work.variants:
        row: dict[str, Any] = {**variant, "status": "failed", "error": "", "exit_code": 0}
        try:
            with without_collector():
                case = load_case(work.path, work.scenario, {**work.settings, **variant})
                like = dispatch(case, work.limits, like=like)
            summary = like.summary
            held = summary["audit"]["passed"] and summary["status"] == "optimal"
            met = all(target["met"] for target in summary["targets"])
            row |= {**figures(summary), "exit_code": 0 if held and met else 1}
        except MicrogridError as error:
            row |= {"error": str(error), "exit_code": error.exit_code}
        yield row
