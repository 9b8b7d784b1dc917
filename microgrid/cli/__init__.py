"""The command line: parses, calls one function of the package, prints. No logic of its own."""

from __future__ import annotations

import atexit
import gc
import sys
from typing import Any

import click

from microgrid import __version__
from microgrid.errors import InputError, MicrogridError, shortened

# Name -> module in this package that holds the command; imported only when the command is used.
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
    "sensors": "sensors",
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
    "bill": "The bill of a meter's readings.",
    "share": "Share a producer's output among meters.",
    "import": "Turn a file of another tool into one of ours.",
    "sensors": "Gather the sensors of a case, judge their quality.",
    "tariffs": "List the tariffs of the package, or write one out.",
    "init": "Write a small commented case that runs as it is.",
    "schema": "Print the JSON Schema of case.yaml.",
    "export": "Write the matrix that is solved, as MPS or LP.",
    "completion": "Print the shell's completion script.",
}


_LONGEST = 400  # letters of a message about options, which repeats what was given


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for, and that turns errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        import importlib

        command: click.Command = importlib.import_module(f"microgrid.cli.{_COMMANDS[name]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_HELP.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from microgrid.errors import nearest

            near = nearest(args[0], _COMMANDS)
            raise click.UsageError(f"{error.message} Did you mean '{near}'?" if near else error.message, ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            count = len(error.problems)
            click.echo(f"{error}\n\n{count} problem{'s' if count > 1 else ''} found.", err=True)
            ctx.exit(error.exit_code)
        except click.UsageError as error:
            text = error.format_message()
            if len(text) <= _LONGEST:
                raise
            raise click.UsageError(shortened(text, _LONGEST), error.ctx) from None
        except MicrogridError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="microgrid")
def main() -> None:
    """Optimal, audited dispatch of the energy system of a business park.

    Exit codes: 0 fine; 1 solved, but a target, the gap or the audit failed; 2 bad input; 3 infeasible or unbounded,
    or no schedule within the time limit.
    """
    atexit.register(gc.freeze)  # the collector would walk through pandas and Pyomo once more: a quarter of a small run
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a pipe in an old code page must not stop a run over a "€"
            stream.reconfigure(errors="replace")
