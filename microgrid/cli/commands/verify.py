"""Command ``microgrid verify RESULT``."""

from __future__ import annotations

import click

from microgrid.cli import options
from microgrid.cli.output import echo
from microgrid.errors import ExitCode


@click.command("verify", cls=options.Command)
@click.argument("results", nargs=-1, required=True, type=click.Path(), metavar="RESULT...")
@options.json_option
@options.quiet_option
@click.pass_context
def command(ctx: click.Context, results: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Replay the schedule of each result folder, recompute its bill and compare all numbers and files.

    Exit code 0 if everything agrees, 1 if not; a folder that cannot be read does not stop the others.
    """
    from microgrid.files import json_text
    from microgrid.studies.verify import verify_results

    worst = ExitCode.FINE
    shown = []
    for found in verify_results(results):
        worst = max(worst, found.exit_code)
        shown.append(found.summary())
        for text in () if as_json and found.audit else found.lines():
            echo(text, err=True)
        if found.audit and not quiet and not as_json:
            words = "holds" if found.audit.passed else f"does not hold: {len(found.audit.findings)} finding(s)"
            echo(f"{found.folder} {words}.")
    if as_json:
        echo(json_text(shown[0] if len(shown) == 1 else shown))
    ctx.exit(worst)
