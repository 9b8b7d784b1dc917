"""Command ``microgrid schema``."""

from __future__ import annotations

import json

import click

from microgrid.cli import options
from microgrid.cli.output import echo


@click.command("schema", cls=options.Command)
@click.option("--tariff", is_flag=True, help="The schema of tariff files instead.")
@click.option("--summary", is_flag=True, help="The schema of summary.json, the key figures of a result, instead.")
def command(tariff: bool, summary: bool) -> None:
    """Print the JSON Schema of case.yaml, so that editors complete it."""
    from microgrid.case.json_schema import case_schema, tariff_schema

    if tariff and summary:
        raise click.UsageError("--tariff and --summary are two schemas: ask for one of them")
    if summary:
        from microgrid.result.summary import summary_schema

        schema = summary_schema()
    else:
        schema = tariff_schema() if tariff else case_schema()
    echo(json.dumps(schema, indent=2))
