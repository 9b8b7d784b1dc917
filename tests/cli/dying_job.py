"""A job whose process dies, in a file that a new process reads at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from microgrid.errors import ExitCode

if TYPE_CHECKING:
    from microgrid.studies.runners.batch import Job, Outcome


def run_or_die(job: Job, report_progress: object = None) -> Outcome:
    """Kill the process of the scenario ``killed``; any other is fine."""
    from microgrid.studies.runners.batch import Outcome

    if job.scenario == "killed":
        os._exit(9)
    return Outcome(job, ExitCode.FINE)
