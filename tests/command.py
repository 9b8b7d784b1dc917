"""The command line as tests call it: in a process of its own, or in theirs, which spares a second of imports."""

from __future__ import annotations

import subprocess
import sys

from click.testing import CliRunner

from microgrid.cli import main


def outside(*arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run ``microgrid`` in a process of its own, for at most ``timeout`` [s]."""
    command = [sys.executable, "-m", "microgrid", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def inside(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``microgrid`` in this process; an exception that it does not turn into an exit code fails the test."""
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)
