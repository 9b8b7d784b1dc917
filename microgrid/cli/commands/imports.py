"""Command ``microgrid import FORMAT FILE``."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import click

from microgrid.cli import options
from microgrid.cli.output import echo

if TYPE_CHECKING:
    from microgrid.studies.importing import Profile

_URDB = "urdb"
_AUTO = "auto"
_COLUMN = "Only this column, or NEW=NAME, or 'NEW={column: NAME, unit: kWh, scale: 2}'; may be repeated."


class _Formats(click.Group):
    """Group with a command for each format of series, made only when it is used, and with those of other formats."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from microgrid.formats.registry import names

        return [_AUTO, *names(), _URDB]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        if name == _URDB:
            from microgrid.cli.commands.import_urdb import command as urdb

            return urdb
        return _series_command(name)


@click.group("import", cls=_Formats)
def command() -> None:
    """Convert a file of another tool to a table of series, or to a tariff."""


def _series_command(name: str) -> click.Command:
    @click.command(name, cls=options.Command, help=_help(name))
    @click.argument("file", type=click.Path())
    @click.option("--column", "columns", multiple=True, metavar="NAME", help=_COLUMN)
    @options.unit_option
    @options.scale_option
    @click.option(
        "--timezone",
        help="Time zone of the result, and of stamps whose time zone the file does not state; UTC by default.",
    )
    @options.format_options_option
    @click.option("--out", type=click.Path(dir_okay=False), help="Write the table here: .csv or .parquet.")
    @options.json_option
    @options.quiet_option
    def read(
        file: str,
        columns: tuple[str, ...],
        unit: str,
        scale: float,
        timezone: str | None,
        given: tuple[str, ...],
        out: str | None,
        as_json: bool,
        quiet: bool,
    ) -> None:
        from microgrid.studies.importing import read_profile, write_profile

        chosen = options.read_columns(columns)
        stated = options.read_format_options(given)
        profile = read_profile(file, name, timezone=timezone, columns=chosen, options=stated, unit=unit, scale=scale)
        if out:
            write_profile(profile, out)
        if as_json:
            _print_json(profile)
        elif not quiet:
            _print(profile, file, out, timezone)

    return read


def _help(name: str) -> str:
    from microgrid.formats.registry import format_of

    title = "Recognise the format of a file"
    known = ""
    if name != _AUTO:
        found = format_of(name)
        title = found.title
        fields = found.options.model_fields
        known = "".join(f"\n  {f.alias or key}  {f.description or ''}".rstrip() for key, f in fields.items())
    shows = "Shows the content of the file, the assumptions and repairs, and writes a table that a case reads."
    options_text = f"\n\n\b\nOptions of the format, see its page in the docs:{known}" if known else ""
    return f"{title}.\n\n{shows}{options_text}"


def _print_json(profile: Profile) -> None:
    from microgrid.files import json_text

    frame = profile.frame
    columns = [{"column": n, "missing": int(v.isna().sum()), "mean": float(v.mean())} for n, v in frame.items()]
    known = {
        "format": profile.format,
        "timezone": profile.timezone,
        "begin": frame.index[0].isoformat(),
        "rows": len(frame),
    }
    echo(json_text({**known, "columns": columns, "repairs": profile.log.rows()}))


def _print(profile: Profile, file: str, out: str | None, timezone: str | None) -> None:
    from microgrid.cli.tables import amount, print_table

    frame = profile.frame
    seconds = [b - a for a, b in itertools.pairwise(profile.points.tolist())]
    least, most = min(seconds) / 60, max(seconds) / 60
    rows = [
        (str(name), str(int(v.isna().sum())), *(amount(x) if x == x else "-" for x in (v.min(), v.mean(), v.max())))
        for name, v in frame.items()
    ]
    print_table(["", "missing", "least", "mean", "greatest"], rows, f"{Path(file).name}: {profile.format}")
    lengths = f"{least:g}" if least == most else f"{least:g} to {most:g}"
    echo(f"{len(frame):,} rows of {lengths} min from {frame.index[0].isoformat()} on.")
    if timezone is None:
        echo(f"Time zone: {profile.timezone}; stamps without an offset are read so unless --timezone is stated.")
    else:
        echo(f"  Shown on the clock of {profile.timezone}.")
    for repair in profile.log.repairs:
        echo(f"  {repair.column}: {repair.what} ({repair.count:,}): {repair.detail}")
    if not profile.log.repairs:
        echo("  No repairs: every value is as in the file.")
    if out:
        echo(f"{out}: written.")
