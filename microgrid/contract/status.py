"""Statuses that a result can have, each with its meaning in words and its exit code."""

from __future__ import annotations

from enum import StrEnum

from microgrid.errors import ExitCode


class Status(StrEnum):
    """Status of a result: what is proven of its schedule, or why there is none; with the exit code of a run."""

    OPTIMAL = "optimal", "no schedule is better, within the stated gap", ExitCode.FINE
    ROLLING = "rolling", "decided window after window, with limited foresight", ExitCode.FINE
    BOUNDED = "bounded", "a schedule whose proven gap is larger than the stated one", ExitCode.NOT_HELD
    UNPROVEN = "unproven", "a schedule of which no bound is proven", ExitCode.NOT_HELD
    TIME_LIMIT = "time_limit", "the best schedule that was found before the time limit", ExitCode.NOT_HELD
    INTERRUPTED = "interrupted", "the best schedule that was found before the run was interrupted", ExitCode.INTERRUPTED
    INFEASIBLE = "infeasible", "no schedule keeps all limits", ExitCode.NO_SCHEDULE
    UNBOUNDED = "unbounded", "the objective has no least value", ExitCode.NO_SCHEDULE
    UNKNOWN = "unknown", "neither a schedule nor a proof that there is none", ExitCode.NO_SCHEDULE
    FAILED = "failed", "a run that was stopped by an error", ExitCode.NO_SCHEDULE

    meaning: str
    exit_code: ExitCode

    def __new__(cls, word: str, meaning: str = "", exit_code: ExitCode = ExitCode.DEFECT) -> Status:
        """Build a status whose value is its word."""
        status = str.__new__(cls, word)
        status._value_ = word
        status.meaning = meaning
        status.exit_code = exit_code
        return status

    @property
    def words(self) -> str:
        """Status in words for a reader, such as ``time limit``."""
        return self.value.replace("_", " ")

    @property
    def has_schedule(self) -> bool:
        """Whether there is a schedule to show."""
        return self.exit_code is not ExitCode.NO_SCHEDULE

    @property
    def fine(self) -> bool:
        """Whether a run with this status has reached its aim."""
        return self.exit_code is ExitCode.FINE
