"""Verify: the schedule of a result on disk is replayed, its bill recomputed, and every stated number compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from microgrid.audit.audit import Audit, Claim, audit
from microgrid.audit.baseline import Baseline, run_baseline
from microgrid.audit.finding import Finding
from microgrid.audit.replay import read_decisions, replay_all, stated_plan
from microgrid.case.reading import Case, load_case
from microgrid.contract.asset import Replay
from microgrid.contract.ledger import LEDGER_COLUMNS
from microgrid.contract.plan import RELATIVE, Plan, relative_gap, without_currency
from microgrid.contract.status import Status
from microgrid.errors import ExitCode, InputError, Problem, as_failure, shortened
from microgrid.report.write_result import LEDGER, MANIFEST, SCHEDULE, SCHEDULE_PARQUET, SUMMARY, stamps
from microgrid.result.outcome import describe, objective_to_reach, outcome
from microgrid.result.summary import AuditFacts, Summary
from microgrid.solve.limits import Limits
from microgrid.studies.verify_files import check_hashes, check_missing, check_parquet, check_rendered, misfits

_FIGURE_ROUNDING = 1e-6  # of a key figure, in its unit


def verify_result(folder: str | Path) -> Audit:
    """Audit the files of a result folder against their case.

    The schedule (CSV and Parquet) is replayed. The ledger is compared with the bill of the replayed flows, the summary
    with the values that follow from both, and bill and report with the texts that the program writes from them. The
    hashes in the manifest are compared last, so that a manifest that was made anew hides nothing.

    Raises:
        InputError: a file is missing or cannot be read, or the case has changed since the run.
    """
    folder = Path(folder)
    manifest = _read_json(folder / MANIFEST)
    written = _read_json(folder / SUMMARY)
    case = _load_same_case(folder, manifest)
    currency = case.money.currency
    if written.get("currency") != currency:
        what = f"currency is {shortened(str(written.get('currency')), 80)}, not {currency}"
        return Audit((Finding(SUMMARY, what, None, float("nan"), ""),), float("nan"), {})
    try:
        summary = Summary.model_validate(written)
    except ValidationError as error:
        return Audit(tuple(misfits(error, currency)), float("nan"), {})
    case = _sized(case, summary)
    schedule = _read_table(folder / SCHEDULE)
    off_axis = tuple(_check_axis(schedule, case))
    if off_axis:
        return Audit(off_axis, float("nan"), {})
    copied = check_parquet(folder / SCHEDULE_PARQUET, schedule)
    schedule = without_currency(schedule, currency)
    replays = _replays(case, schedule)
    plan = _plan(case, schedule, without_currency(_read_ledger(folder / LEDGER), currency), replays)
    baseline = run_baseline(case.assets, case.horizon)
    claim = _claim(summary, manifest, case, baseline, plan)
    verdict = audit(case.assets, plan, case.horizon, claim, case.caps, replays).in_currency(currency)
    more = [*check_missing(folder), *copied]
    if verdict.passed:
        more += _check_summary(summary, written, plan, case, baseline)
    if verdict.passed and not more:
        more += check_rendered(folder, case, plan, baseline.plan, summary, manifest)
    if not verdict.findings and not more:
        more += check_hashes(folder, manifest)
    return Audit((*verdict.findings, *more), verdict.max_residual_kw, verdict.checks)


def _replays(case: Case, schedule: pd.DataFrame) -> dict[str, Replay] | None:
    """Replays of the decisions in a schedule; None if a column is missing, about which the audit has a finding."""
    try:
        return replay_all(case.assets, read_decisions(case.assets, schedule), case.horizon)
    except KeyError:
        return None


def _plan(case: Case, schedule: pd.DataFrame, ledger: pd.DataFrame, replays: Mapping[str, Replay] | None) -> Plan:
    """Plan of a stated schedule and ledger, with the flows of its decisions if they were replayed."""
    if replays is None:
        return Plan(schedule, pd.DataFrame(), ledger)
    return stated_plan(case.assets, replays, case.horizon, schedule, ledger)


@dataclass(frozen=True)
class Verified:
    """Outcome of verifying a folder: its audit, or the text of the error that stopped it; and the exit code."""

    folder: str
    exit_code: ExitCode
    audit: Audit | None = None
    error: str = ""

    def lines(self) -> list[str]:
        """Lines to be printed: one for each finding, or the error."""
        return [str(finding) for finding in self.audit.findings] if self.audit else [self.error]

    def summary(self) -> dict[str, Any]:
        """The outcome as plain data."""
        return {
            "result": self.folder,
            **(self.audit.summary() if self.audit else {"passed": None, "error": self.error}),
        }


def verify_results(folders: Iterable[str | Path]) -> Iterator[Verified]:
    """Verify result folders one after another; a folder that cannot be read does not stop the others."""
    for folder in map(str, folders):
        try:
            found = verify_result(folder)
        except Exception as error:
            code, text = as_failure(error, folder)
            yield Verified(folder, code, error=text)
        else:
            yield Verified(folder, ExitCode.FINE if found.passed else ExitCode.NOT_HELD, found)


def _sized(case: Case, summary: Summary) -> Case:
    """The case with the sizes that the summary states; an InputError for a size outside of its limits."""
    decided: dict[str, dict[str, float]] = {}
    for name, asset in case.assets.items():
        for field, size in asset.sizes().items():
            value = summary.sizes.get(name, {}).get(field, float("nan"))
            if not size.least - RELATIVE <= value <= size + RELATIVE:
                expected = f"from {size.least:g} to {size:g}"
                where = f"sizes.{name}.{field}"
                raise InputError(
                    Problem("a size outside its limits, or none", "summary.json", None, where, f"{value:g}", expected)
                )
            if size.open:
                decided.setdefault(name, {})[field] = value
    return case.sized(decided)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            Problem("no such file", file=path.as_posix(), remedy="give a folder that 'microgrid run' wrote")
        ) from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(Problem("not valid JSON", file=path.as_posix(), value=str(error)[:80])) from None
    if not isinstance(content, dict):
        raise InputError(Problem("not a JSON object", file=path.as_posix()))
    return content


def _read_table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, encoding="utf-8")
    except FileNotFoundError:
        raise InputError(Problem("no such file", file=path.as_posix())) from None
    except (UnicodeDecodeError, ValueError, pd.errors.ParserError) as error:
        raise InputError(Problem("not a readable CSV table", file=path.as_posix(), value=str(error)[:80])) from None


def _read_ledger(path: Path) -> pd.DataFrame:
    ledger = _read_table(path)
    if list(ledger.columns) != LEDGER_COLUMNS:
        found = ", ".join(map(str, ledger.columns))
        expected = ", ".join(LEDGER_COLUMNS)
        raise InputError(Problem("not a ledger", file=path.as_posix(), line=1, value=found[:80], expected=expected))
    units = ledger["unit"].astype(object).where(ledger["unit"].notna(), "").astype(str)
    amounts = pd.to_numeric(ledger["amount"], errors="coerce")
    counted = pd.to_numeric(ledger["quantity"], errors="coerce")
    unread = (counted.isna() & ledger["quantity"].notna()) | ledger.drop(columns=["quantity", "unit"]).isna().any(
        axis=1
    )
    bad = np.flatnonzero(~np.isfinite(amounts.to_numpy(dtype=float)) | unread.to_numpy())
    if len(bad):
        row = int(bad[0])
        value = ", ".join(map(str, ledger.iloc[row]))
        raise InputError(Problem("not a line of a ledger", file=path.as_posix(), line=row + 2, value=value[:80]))
    return ledger.assign(amount=amounts, quantity=counted, unit=units)


def _load_same_case(folder: Path, manifest: Mapping[str, Any]) -> Case:
    settings = manifest.get("settings")
    recorded = manifest.get("files")
    if not isinstance(settings, dict) or not isinstance(recorded, dict) or "case" not in manifest:
        where = (folder / "manifest.json").as_posix()
        raise InputError(Problem("not the manifest of a run", file=where, remedy="run the case again"))
    path = folder / str(manifest["case"])
    case = load_case(path.resolve(), str(manifest.get("scenario", "base")), settings)
    read = {file.relative_to(case.path.resolve().parent).as_posix(): digest for file, digest in case.files.items()}
    changed = sorted(name for name in read.keys() | recorded.keys() if read.get(name) != recorded.get(name))
    if changed:
        raise InputError(
            Problem(
                "the case has changed since this result was written",
                file=(case.path.parent / changed[0]).as_posix(),
                value=", ".join(changed),
                remedy="run the case again",
            )
        )
    return case


def _check_axis(schedule: pd.DataFrame, case: Case) -> Iterator[Finding]:
    horizon = case.horizon
    if "time" not in schedule or "step_hours" not in schedule or len(schedule) != horizon.steps:
        yield Finding("schedule", f"does not have the {horizon.steps} steps of the case", None, len(schedule), "rows")
        return
    wrong = np.flatnonzero(schedule["time"].astype(str).to_numpy() != stamps(horizon))
    if len(wrong):
        row = int(wrong[0])
        yield Finding("schedule", f"time is {schedule['time'].iloc[row]}", horizon.describe(row), len(wrong), "rows")
    numbers = schedule.drop(columns="time").apply(pd.to_numeric, errors="coerce")
    for column in numbers.columns:
        bad = np.flatnonzero(~np.isfinite(numbers[column].to_numpy(dtype=float)))
        if len(bad):
            yield Finding("schedule", f"{column} is not a number", horizon.describe(int(bad[0])), len(bad), "rows")
    off = np.abs(numbers["step_hours"].to_numpy(dtype=float) - horizon.step_hours)
    if not np.all(off <= 1e-9):
        row = int(np.flatnonzero(~(off <= 1e-9))[0])
        yield Finding("schedule", "step_hours is not the step's length", horizon.describe(row), float(off[row]), "h")


def _claim(summary: Summary, manifest: Mapping[str, Any], case: Case, baseline: Baseline, plan: Plan) -> Claim:
    options = manifest.get("options")
    gap = _number(options["gap"]) if isinstance(options, dict) and "gap" in options else Limits().gap
    if summary.status is not Status.OPTIMAL:
        gap = relative_gap(summary.objective, _bound(summary), plan.turnover(case.weights))
    at_most = objective_to_reach(case, baseline, summary.status)
    return Claim(summary.objective, _bound(summary), gap, case.weights, at_most)


def _bound(summary: Summary) -> float:
    """Bound of a summary; without one, minus infinity, or NaN for an optimal status, which requires a bound."""
    if summary.bound is not None:
        return summary.bound
    return float("nan") if summary.status is Status.OPTIMAL else float("-inf")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _check_summary(
    summary: Summary, written: Mapping[str, Any], plan: Plan, case: Case, baseline: Baseline
) -> Iterator[Finding]:
    """Findings about entries of the summary that differ from the values that follow from schedule, ledger and case.

    written: content of the file, whose names state the currency.
    """
    gap = relative_gap(summary.objective, _bound(summary), plan.turnover(case.weights))
    follows = {**describe(case), **outcome(case, plan, baseline), "gap": None if np.isinf(gap) else gap}
    facts = {"passed": True, **summary.audit.model_dump(exclude={"passed"}, exclude_unset=True)}
    true = summary.with_parts(**follows, audit=AuditFacts.model_validate(facts)).plain()
    if not summary.status.has_schedule:
        yield Finding(SUMMARY, f"status is {summary.status}, not one of a solved case", None, 0.0, "")
    for path, expected in _leaves(true, ""):
        found = _at(written, path)
        if not isinstance(expected, float):
            if found != expected:
                yield Finding(SUMMARY, f"{path} is {found}, not {expected}", None, float("nan"), "")
        elif not abs(_number(found) - expected) <= RELATIVE * abs(expected) + _rounding_of(path):
            size = abs(_number(found) - expected)
            yield Finding(SUMMARY, f"{path} is {found}, not {expected:.6g}", None, size, "")


def _rounding_of(path: str) -> float:
    """Rounding of a stated number: key figures have six decimals; accounts and lines have digits, however small."""
    return _FIGURE_ROUNDING if path.startswith(("kpis", "baseline.kpis")) or path == "gap" else 0.0


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, f"{path}/{key}" if path else str(key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _leaves(value, f"{path}/{index}")
    else:
        yield path, node


def _at(node: Any, path: str) -> Any:
    for part in path.split("/"):
        if isinstance(node, Mapping):
            node = node.get(part)
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            return None
    return node
