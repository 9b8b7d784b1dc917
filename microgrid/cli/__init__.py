"""Command line: it parses, calls one function of the package and prints, without logic of its own."""

from __future__ import annotations

import atexit
import gc
import io
import sys
from contextlib import suppress
from typing import Any

import click

from microgrid.cli.interrupt import end_on_interrupt
from microgrid.cli.output import echo, flush
from microgrid.errors import MEANINGS, ExitCode, ProblemsError, as_failure, shortened
from microgrid.studies.registry import study_names, summary_of
from microgrid.version import __version__

# Name -> module in ``microgrid.cli.commands``, which is imported only if its command is used, to start fast. Studies
# with a variable ``STUDY`` are commands besides.
_COMMANDS = {
    "run": "run",
    "compare": "compare",
    "sweep": "sweep",
    "rolling": "rolling",
    "check": "check",
    "verify": "verify",
    "bill": "bill",
    "share": "share",
    "import": "imports",
    "tariffs": "tariffs",
    "init": "init",
    "schema": "schema",
    "export": "export",
    "completion": "completion",
}
_HELP = {
    "run": "Dispatch cases: optimal schedule, audit and report.",
    "compare": "Dispatch all scenarios of a case, side by side.",
    "sweep": "Dispatch a case with many settings, side by side.",
    "rolling": "Dispatch window after window, with limited foresight.",
    "check": "Validate a case and list repairs; no solve.",
    "verify": "Replay a result on disk and recompute its bill.",
    "bill": "Bill the readings of a meter.",
    "share": "Share a producer's output among meters.",
    "import": "Convert a file of another tool to a table.",
    "tariffs": "List the tariffs of the package, or write one out.",
    "init": "Write a small commented case that runs as it is.",
    "schema": "Print the JSON Schema of case.yaml.",
    "export": "Write the matrix that is solved, as MPS or LP.",
    "completion": "Print the shell's completion script.",
}


_LONGEST = 400  # characters of a message about options, which repeats the input


class _Lazy(click.Group):
    """Group that imports a command only when it is used, and turns errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS, *(name for name in study_names() if name not in _COMMANDS)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in study_names():
            from microgrid.cli.studies import study_command

            return study_command(name, _COMMANDS)
        if name not in _COMMANDS:
            return None
        import importlib

        command: click.Command = importlib.import_module(f"microgrid.cli.commands.{_COMMANDS[name]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*_HELP.items(), *((name, summary_of(name)) for name in study_names())])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from microgrid.errors import nearest

            near = nearest(args[0], self.list_commands(ctx))
            raise click.UsageError(f"{error.message} Did you mean '{near}'?" if near else error.message, ctx) from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.ClickException as error:
            ctx.exit(_shown(error))

    def invoke(self, ctx: click.Context) -> Any:
        end_on_interrupt(ctx)
        try:
            done = super().invoke(ctx)
            flush()
            return done
        except click.exceptions.Exit as ended:
            ctx.exit(_flushed(ended.exit_code))
        except click.ClickException as error:
            ctx.exit(_shown(error))
        except (KeyboardInterrupt, click.Abort):
            echo("interrupted", err=True)
            ctx.exit(ExitCode.INTERRUPTED)
        except BrokenPipeError:  # the reader of a pipe has closed it: click ends silently
            raise
        except Exception as error:
            ctx.exit(_print_failure(error))


def _shown(error: click.ClickException) -> int:
    """Print an error of click, with control characters of the input escaped; returns the exit code."""
    if isinstance(error, click.UsageError) and len(error.format_message()) > _LONGEST:
        error = click.UsageError(shortened(error.format_message(), _LONGEST), error.ctx)
    text = io.StringIO()
    error.show(text)
    echo(text.getvalue(), err=True, nl=False)
    return error.exit_code


def _flushed(code: int) -> int:
    try:
        flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        return max(code, _print_failure(error))
    return code


def _print_failure(error: Exception) -> ExitCode:
    code, text = as_failure(error)
    if isinstance(error, ProblemsError):
        count = len(error.problems)
        text += f"\n\n{count} problem{'s' if count > 1 else ''} found."
    with suppress(OSError):  # without an output, the exit code is left
        echo(text, err=True)
    return code


_HEAD = "Optimal, audited dispatch of the energy system of a business park."
_CODES = "".join(f"\n  {code:>3}  {meaning}" for code, meaning in MEANINGS.items())


@click.group(
    cls=_Lazy,
    help=f"{_HEAD}\n\n\b\nExit codes, of several results the greatest:{_CODES}",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="microgrid")
def main() -> None:
    """Optimal, audited dispatch of the energy system of a business park."""
    atexit.register(gc.freeze)  # a last collection of pandas and Pyomo takes a quarter of a small run
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # an old code page of a pipe has no "€", which must not end a run
            stream.reconfigure(errors="replace")
