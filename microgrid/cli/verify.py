"""microgrid verify RESULT"""

from __future__ import annotations

import click

from microgrid.cli import options


@click.command("verify")
@click.argument("result", type=click.Path())
@options.json_option
@options.quiet_option
@click.pass_context
def command(ctx: click.Context, result: str, as_json: bool, quiet: bool) -> None:
    """Replay the schedule of a result folder, recompute its bill and compare all numbers; exit 0 or 1."""
    from microgrid.report.files import json_text
    from microgrid.studies.verify import verify_result

    verdict = verify_result(result)
    if as_json:
        click.echo(json_text(verdict.summary()))
    else:
        for finding in verdict.findings:
            click.echo(str(finding), err=True)
        if not quiet:
            words = "holds" if verdict.passed else f"does not hold: {len(verdict.findings)} finding(s)"
            click.echo(f"{result} {words}.")
    ctx.exit(0 if verdict.passed else 1)
