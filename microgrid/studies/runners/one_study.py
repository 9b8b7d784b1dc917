"""Run of a study: its options are validated, its function is called, and its result is written, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microgrid.case.case_file import currency_of, result_name
from microgrid.case.overrides import BASE
from microgrid.documents.validation import validate
from microgrid.documents.yaml_file import Document
from microgrid.errors import InputError, Problem
from microgrid.files import refuse_unwritable_folder, replaced_folder, write_csv, write_json, write_text
from microgrid.solve.limits import Limits
from microgrid.studies.registry import study_of
from microgrid.studies.study import Question, Study, StudyResult

SUMMARY = "summary.json"


@dataclass(frozen=True)
class StudyRun:
    """Outcome of a study.

    result: under its names as they are written; summary: its figures and findings as plain data; folder: where it is
    written, if it is.
    """

    result: StudyResult
    summary: Mapping[str, Any]
    folder: Path | None = None


def run_study(
    name: str,
    path: str | Path,
    options: Mapping[str, Any] | None = None,
    *,
    scenario: str = BASE,
    settings: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    out: str | Path | None = None,
    report_progress: Callable[[str], None] = lambda _: None,
) -> StudyRun:
    """Run a study of this package or of another one, as the command of its name does.

    Args:
        name: name of the study.
        path: the case.
        options: own options of the study by name; quantities as text with their unit, as in a case file.
        scenario: scenario of the case.
        settings: changes of the case by dotted path.
        limits: gap and time limit, of a study that solves.
        out: folder of results; the result is written to ``out/<case>/<scenario>.<study>``. None: it is not written.
        report_progress: called with the name of each stage as it begins.

    Raises:
        InputError: no such study, a faulty package, a wrong option or case.
        RunEnvironmentError: no space, or no right to write; nothing is written.
    """
    study = study_of(name)
    money = currency_of(path, scenario, settings)
    with money.in_force():
        chosen = _validated(name, study, options or {})
    case = result_name(path)
    if out is not None:
        refuse_unwritable_folder(Path(out) / case)
    question = Question(path, scenario, dict(settings or {}), limits or Limits(), report_progress)
    result = study.function(question, chosen).in_currency(money.currency)
    about = {"case": case, "scenario": scenario, "study": name, "title": result.title, "currency": money.currency}
    summary = {**about, **result.figures, "findings": list(result.findings)}
    if out is None:
        return StudyRun(result, summary)
    report_progress("report")
    folder = Path(out) / case / f"{scenario}.{name}"
    with replaced_folder(folder) as new:
        for file, table in result.tables.items():
            write_csv(new / f"{file}.csv", table)
        for file, text in result.pages.items():
            write_text(new / file, text)
        write_json(new / SUMMARY, summary)
    return StudyRun(result, summary, folder)


def _validated(name: str, study: Study, options: Mapping[str, Any]) -> Any:
    """Options of a study as its model; an InputError names each that is wrong."""
    unknown = [key for key in options if key not in study.fields()]
    if unknown:
        expected = ", ".join(study.fields()) or "none"
        raise InputError(Problem(f"no option of study {name!r}", value=unknown[0], expected=f"options: {expected}"))
    return validate(study.options, dict(options), Document(f"options of {name}", dict(options)))
