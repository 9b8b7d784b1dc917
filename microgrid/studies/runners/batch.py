"""Batch of dispatches, one after another or in processes; a failure of one does not stop the others."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microgrid.errors import ExitCode, InputError, Problem, as_failure
from microgrid.solve.limits import Limits, cores
from microgrid.studies.runners.processes import worker_pool

if TYPE_CHECKING:
    from microgrid.result.summary import Summary

Progress = Callable[[str], None]
_KILLED = Problem(
    "its process was killed, most likely for want of memory", remedy="use fewer --jobs, or a shorter horizon"
)


@dataclass(frozen=True)
class Rolling:
    """Options of a rolling horizon; see ``microgrid.studies.rolling``."""

    window_hours: float
    every_hours: float
    foresight: bool = False


@dataclass(frozen=True)
class Job:
    """Dispatch or rolling horizon of a case, whose result is to be written.

    case: path; settings: changes by dotted path; out: folder of results; rolling: options of a rolling horizon, None
    for a dispatch; end_value: of stored energy at the end [money/kWh], for all stores or by store; see
    ``microgrid.with_end_value``.
    """

    case: str
    scenario: str = "base"
    settings: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    out: str = "results"
    rolling: Rolling | None = None
    end_value: float | Mapping[str, float] | None = None

    @property
    def label(self) -> str:
        """Name of the job in messages."""
        return f"{Path(self.case).name or self.case} ({self.scenario})"


@dataclass(frozen=True)
class Outcome:
    """Outcome of a job: folder and summary of its result, or the text of its error; and its exit code."""

    job: Job
    exit_code: ExitCode
    folder: Path | None = None
    summary: Summary | None = None
    error: str = ""


def run_job(job: Job, report_progress: Progress | None = None) -> Outcome:
    """Read, solve, audit and write one case; any error becomes part of the outcome, even a defect of this program."""
    try:
        with without_collector():
            folder, summary = _run(job, report_progress or (lambda _: None))
    except Exception as error:
        code, text = as_failure(error, job.out)
        return Outcome(job, code, error=text)
    return Outcome(job, summary.exit_code, folder, summary)


@contextmanager
def without_collector() -> Iterator[None]:
    """Pause garbage collection, which would visit millions of objects of a model each time, none of them garbage.

    The model of an earlier run is: Pyomo's components refer to each other, so only a collection frees them.
    """
    paused = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def _run(job: Job, report_progress: Progress) -> tuple[Path, Summary]:
    report_progress("import")
    started = time.perf_counter()
    from microgrid.case.end_value import with_end_value
    from microgrid.case.reading import load_case
    from microgrid.files import refuse_unwritable_folder
    from microgrid.report.write_result import write_result
    from microgrid.studies.dispatch import dispatch  # loads Pyomo and HiGHS

    imported = time.perf_counter()
    report_progress("read")
    case = load_case(job.case, job.scenario, job.settings)
    if job.end_value is not None:
        case = with_end_value(case, job.end_value)
    refuse_unwritable_folder(Path(job.out) / case.name)
    timing = {"import": imported - started, "read": time.perf_counter() - imported}
    options = {"gap": job.limits.gap, "time_limit_seconds": job.limits.seconds}
    if job.rolling is None:
        solution = dispatch(case, job.limits, report_progress)
    else:
        from microgrid.studies.rolling import rolling

        options |= asdict(job.rolling)
        solution = rolling(case, **asdict(job.rolling), limits=job.limits, report_progress=report_progress)
    report_progress("report")
    timed = replace(solution, timing_seconds={**timing, **solution.timing_seconds})
    return write_result(timed, job.out, options)


def run_jobs(jobs: Iterable[Job], workers: int = 1, report_progress: Progress | None = None) -> Iterator[Outcome]:
    """Yield the outcome of each job as it ends; with several workers, jobs run at a time in processes.

    One after another, jobs end with the first one that was interrupted.

    Raises:
        InputError: two jobs would write to one folder.
    """
    jobs = list(jobs)
    _refuse_same_folder(jobs)
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            ended = run_job(job, report_progress)
            yield ended
            if ended.exit_code == ExitCode.INTERRUPTED:
                break
        return
    workers = min(workers, len(jobs))
    threads = max(1, cores() // workers)
    work = [(job, replace(job, limits=replace(job.limits, threads=threads))) for job in jobs]
    for outcome in _side_by_side(work, workers):
        if outcome is not None:
            yield outcome
            work = [pair for pair in work if pair[0] is not outcome.job]
    for pair in work:  # a killed worker breaks the pool: each job without an outcome runs again, by itself
        [outcome] = _side_by_side([pair], 1)
        yield outcome or Outcome(pair[0], ExitCode.ENVIRONMENT, error=str(_KILLED))


def _side_by_side(work: Sequence[tuple[Job, Job]], workers: int) -> Iterator[Outcome | None]:
    """Yield the outcomes of pairs (job, job as it is run) from a pool; None for a job whose worker was killed."""
    with worker_pool(workers) as pool:
        job_of = {pool.submit(run_job, shared): job for job, shared in work}
        for done in as_completed(job_of):
            fault = done.exception()
            if isinstance(fault, BrokenProcessPool):
                yield None
            elif fault is not None:
                code, text = as_failure(fault if isinstance(fault, Exception) else RuntimeError(repr(fault)))
                yield Outcome(job_of[done], code, error=text)
            else:
                yield replace(done.result(), job=job_of[done])


def _refuse_same_folder(jobs: list[Job]) -> None:
    from microgrid.case.case_file import result_name

    seen: dict[tuple[str, str, str], Job] = {}
    for job in jobs:
        other = seen.setdefault((job.out, result_name(job.case), job.scenario), job)
        if other is not job:
            raise InputError(
                Problem(
                    "two runs would write to the same folder",
                    value=f"{other.case} and {job.case}",
                    expected="cases whose folders have different names",
                    remedy="rename one, or run them one after the other with different --out",
                )
            )
