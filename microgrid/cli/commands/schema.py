"""microgrid schema"""

from __future__ import annotations

import json

import click

from microgrid.cli import options
from microgrid.cli.output import echo


@click.command("schema", cls=options.Command)
@click.option("--tariff", is_flag=True, help="The schema of tariff files instead.")
def command(tariff: bool) -> None:
    """Print the JSON Schema of case.yaml, so that editors complete it."""
    from microgrid.case.json_schema import case_schema, tariff_schema

    echo(json.dumps(tariff_schema() if tariff else case_schema(), indent=2))
