"""Many dispatches, side by side in processes: each case and scenario by itself, one failure stops no other."""

from __future__ import annotations

import gc
import multiprocessing
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from microgrid.errors import InputError, MicrogridError, Problem
from microgrid.solve.limits import Limits, cores

Say = Callable[[str], None]


@dataclass(frozen=True)
class Rolling:
    """How a case is to be run by a rolling horizon; see ``microgrid.studies.rolling``."""

    window_hours: float
    every_hours: float
    foresight: bool = False


@dataclass(frozen=True)
class Job:
    """One dispatch, or rolling horizon, to be run and written: case, scenario, settings, limits, and where to.

    end_value: of stored energy at the end [EUR/kWh], for all stores or by store; see ``microgrid.with_end_value``.
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
        """How the job is called in messages."""
        return f"{Path(self.case).name or self.case} ({self.scenario})"


@dataclass(frozen=True)
class Outcome:
    """What became of a job: the folder and summary of its result, or the error's text; and its exit code."""

    job: Job
    exit_code: int
    folder: Path | None = None
    summary: Mapping[str, Any] | None = None
    error: str = ""


def run_job(job: Job, say: Say | None = None) -> Outcome:
    """Read, solve, audit and write one case; errors that are meant for the user become part of the outcome."""
    try:
        with without_collector():
            folder, summary = _run(job, say or (lambda _: None))
    except MicrogridError as error:
        return Outcome(job, error.exit_code, error=str(error))
    except OSError as error:
        place = error.filename or job.out
        return Outcome(job, 2, error=str(Problem(f"cannot be read or written: {error.strerror}", file=str(place))))
    held = summary["audit"]["passed"] and all(target["met"] for target in summary["targets"])
    return Outcome(job, 0 if held and summary["status"] in ("optimal", "rolling") else 1, folder, summary)


@contextmanager
def without_collector() -> Iterator[None]:
    """No garbage collection meanwhile: a model is millions of objects, none of them garbage, to be walked each time."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def _run(job: Job, say: Say) -> tuple[Path, dict[str, Any]]:
    say("import")
    started = time.perf_counter()
    from microgrid.case.end_value import with_end_value
    from microgrid.case.reading import load_case
    from microgrid.report.files import write_result
    from microgrid.studies.dispatch import dispatch  # first: see the note on its own imports

    imported = time.perf_counter()
    say("read")
    case = load_case(job.case, job.scenario, job.settings)
    if job.end_value is not None:
        case = with_end_value(case, job.end_value)
    timing = {"import": imported - started, "read": time.perf_counter() - imported}
    options = {"gap": job.limits.gap, "time_limit_seconds": job.limits.seconds}
    if job.rolling is None:
        solution = dispatch(case, job.limits, say)
    else:
        from microgrid.studies.rolling import rolling

        options |= asdict(job.rolling)
        solution = rolling(case, **asdict(job.rolling), limits=job.limits, say=say)
    say("report")
    timed = replace(solution, timing_seconds={**timing, **solution.timing_seconds})
    return write_result(timed, job.out, options)


def run_jobs(jobs: Iterable[Job], workers: int = 1, say: Say | None = None) -> Iterator[Outcome]:
    """The outcome of each job as it ends; several at a time in processes when there is more than one worker."""
    jobs = list(jobs)
    _refuse_same_folder(jobs)
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            yield run_job(job, say)
        return
    context = multiprocessing.get_context("spawn")
    workers = min(workers, len(jobs))
    threads = max(1, cores() // workers)
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        sharing = [replace(job, limits=replace(job.limits, threads=threads)) for job in jobs]
        running: list[Future[Outcome]] = [pool.submit(run_job, job) for job in sharing]
        job_of = dict(zip(running, jobs, strict=True))
        for done in as_completed(running):
            fault = done.exception()
            job = job_of[done]
            yield replace(done.result(), job=job) if fault is None else Outcome(job, 3, error=_defect(fault))


def _defect(fault: BaseException) -> str:
    """A fault that is not the user's, in full: one case must not stop the others, nor be hidden."""
    return "a defect of microgrid, please report it:\n" + "".join(traceback.format_exception(fault))


def _refuse_same_folder(jobs: list[Job]) -> None:
    from microgrid.case.reading import result_name

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
