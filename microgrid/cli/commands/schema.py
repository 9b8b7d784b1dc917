"""Command ``microgrid schema``."""

from __future__ import annotations

import json

import click

from microgrid.cli import options
from microgrid.cli.output import echo


@click.command("schema", cls=options.Command)
@click.option("--tariff", is_flag=True, help="Print the schema of tariff files instead.")
@click.option("--summary", is_flag=True, help="Print the schema of summary.json, the key figures of a result, instead.")
@click.option("--currency", default="EUR", show_default=True, help="Currency of the results, with --summary.")
def command(tariff: bool, summary: bool, currency: str) -> None:
    """Print the JSON Schema of case.yaml, so that editors complete it."""
    from microgrid.case.json_schema import case_schema, tariff_schema

    if tariff and summary:
        raise click.UsageError("--tariff and --summary are two schemas; give one of them")
    if summary:
        from microgrid.money import CODES
        from microgrid.result.summary import summary_schema

        if currency not in CODES:
            raise click.BadParameter(f"{currency!r} is no ISO code such as EUR or GBP", param_hint="--currency")

        schema = summary_schema(currency)
    else:
        schema = tariff_schema() if tariff else case_schema()
    echo(json.dumps(schema, indent=2))
