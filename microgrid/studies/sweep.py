"""Sweep: one case is dispatched with many settings, each from the solution of the one before."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from microgrid.contract.status import Status
from microgrid.errors import ExitCode, InputError, Problem, as_failure
from microgrid.result.figures import is_saving
from microgrid.solve.limits import Limits, cores
from microgrid.studies.compare import compared, figures
from microgrid.studies.runners.processes import worker_pool
from microgrid.studies.verdict import findings_of

Variant = Mapping[str, Any]


@dataclass(frozen=True)
class Sweep:
    """Result of a sweep, with a row for each variant in their order.

    table: settings of the variant, status, audit_passed, targets_met, accounts and key figures; findings: number of row
    -> error of a failed variant, findings of the audit, missed targets, or a missing proof of the optimum; compared:
    columns that are shown first.
    """

    table: pd.DataFrame
    findings: Mapping[int, str]
    exit_code: ExitCode
    compared: Sequence[str] = ()


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
    report_progress: Callable[[str], None] | None = None,
) -> Sweep:
    """Dispatch a case once for each variant; a variant that fails does not stop the others, an interrupted one does.

    Neighbouring variants should be similar: each begins from the solution of the one before, which takes a part of the
    time and does not affect any proof. Each is audited and compared with its own baseline.

    Args:
        path: the case.
        variants: changes by dotted path, such as ``{"assets.li-ion.capacity": "2 MWh"}``; see ``product``.
        scenario: scenario of the case to which the changes are made.
        settings: changes that are made to all variants.
        limits: gap and time limit of each variant.
        workers: number of processes, each of which takes a run of neighbouring variants.
        report_progress: called with a line about each such run that ends.

    Raises:
        InputError: no variants; a variant that changes an asset that the case does not have; no such case or scenario.
    """
    chosen = [dict(variant) for variant in variants]
    work = _Work(str(path), scenario, dict(settings or {}), chosen, limits or Limits())
    _check_variants(work)
    workers = max(1, min(workers, len(chosen)))
    rows: list[dict[str, Any]] = []
    for found in _run_all(work, workers):
        rows += found
        if report_progress:
            report_progress(f"{len(rows)} of {len(chosen)} variants")
    shown = [
        {key: value for key, value in row.items() if key not in ("finding", "exit_code", "compared")} for row in rows
    ]
    set_by_variants = dict.fromkeys(name for variant in chosen for name in variant)
    table = pd.DataFrame(shown).astype(dict.fromkeys(set_by_variants, object))
    for name in set_by_variants:
        table[name] = [row.get(name, "") if row.get(name, "") is not None else "removed" for row in rows]
    findings = {number: row["finding"] for number, row in enumerate(rows) if row["finding"]}
    seen_first = list(dict.fromkeys(name for row in rows for name in row["compared"]))
    return Sweep(table, findings, max(row["exit_code"] for row in rows), seen_first)


def _check_variants(work: _Work) -> None:
    """Raise an InputError for a change of an asset that the scenario lacks, which would make all rows equal."""
    from microgrid.case.reading import load_case

    if not work.variants:
        raise InputError(Problem("nothing to sweep", expected="at least one variant"))
    case = load_case(work.path, work.scenario, work.settings)
    for name in dict.fromkeys(name for variant in work.variants for name in variant):
        section, _, rest = str(name).partition(".")
        asset, inner, _ = rest.partition(".")
        if section == "assets" and inner and asset not in case.assets:
            expected = "one of its assets: " + ", ".join(case.assets)
            raise InputError(
                Problem(f"scenario {work.scenario!r} has no such asset to vary", value=name, expected=expected)
            )
        if name == "currency":
            expected = "one currency, so that the variants can be compared"
            raise InputError(
                Problem(
                    "the currency cannot be varied", value=name, expected=expected, remedy="vary exchange_rates instead"
                )
            )
        if name in work.settings:
            raise InputError(Problem("both set and varied", value=name, remedy="set it or vary it"))


def product(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination of the values of each path; the last path changes fastest, so that neighbours are alike."""
    return [dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values())]


def _run_all(work: _Work, workers: int) -> Iterable[list[dict[str, Any]]]:
    if workers == 1:
        yield from ([row] for row in _run_part(work))
        return
    edges = [len(work.variants) * number // workers for number in range(workers + 1)]
    limits = replace(work.limits, threads=max(1, cores() // workers))
    parts = [replace(work, variants=work.variants[a:b], limits=limits) for a, b in itertools.pairwise(edges)]
    with worker_pool(workers) as pool:
        yield from pool.map(_list_part, parts)


def _list_part(work: _Work) -> list[dict[str, Any]]:
    return list(_run_part(work))


def _run_part(work: _Work) -> Iterable[dict[str, Any]]:
    from microgrid.case.reading import load_case
    from microgrid.studies.dispatch import dispatch
    from microgrid.studies.runners.batch import without_collector

    like = None
    for variant in work.variants:
        row: dict[str, Any] = {
            **variant,
            "status": Status.FAILED.value,
            "finding": "",
            "exit_code": ExitCode.FINE,
            "compared": [],
        }
        try:
            with without_collector():
                case = load_case(work.path, work.scenario, {**work.settings, **variant})
                like = dispatch(case, work.limits, like=like, margin=False)
            row |= figures(like.summary) | {"targets_met": like.summary.targets_met}
            row |= {"finding": "\n".join(findings_of(like.summary)), "exit_code": like.summary.exit_code}
            row |= {"compared": compared([like.summary], is_saving)}
        except Exception as error:
            code, text = as_failure(error, work.path)
            row |= {"finding": text, "exit_code": code}
        yield row
        if row["exit_code"] == ExitCode.INTERRUPTED:
            break
