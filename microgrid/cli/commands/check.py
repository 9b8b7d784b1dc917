"""Command ``microgrid check CASE``."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from microgrid.cli import options
from microgrid.cli.output import echo


@click.command("check", cls=options.Command)
@options.case_argument
@options.scenario_option
@options.settings_option
@options.json_option
@options.quiet_option
def command(case: str, scenario: str, settings: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Validate a case and list the repairs of its data; nothing is solved."""
    from microgrid.case.reading import load_case

    read = load_case(case, scenario, options.read_settings(settings))
    repairs = read.repairs.rows()
    notices = [asdict(notice) for notice in read.notices]
    if as_json:
        assets = {name: asset.kind for name, asset in read.assets.items()}
        about = {"case": read.name, "assets": assets, "steps": read.horizon.steps}
        echo(json.dumps({**about, "notices": notices, "repairs": repairs}))
    elif not quiet:
        echo(f"{read.title}: {len(read.assets)} assets, {read.horizon.steps:,} steps from", nl=False)
        echo(f" {read.horizon.local[0].isoformat()}; valid.")
        for repair in repairs:
            echo(f"  {repair['file']}, {repair['column']}: {repair['count']:,} {repair['what']},")
            echo(f"    {repair['detail']}")
        for notice in read.notices:
            echo(f"  Note: {notice}.")
        if not repairs:
            echo("  No repairs: every value is used as it was read.")
