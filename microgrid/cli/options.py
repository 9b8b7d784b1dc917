"""Options that several commands have in common."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from microgrid.solve.limits import Limits

F = TypeVar("F", bound=Callable[..., Any])


class Command(click.Command):
    """Command that rejects an option of a single value that is given twice; click would use the last one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, after a check of the number of times that each option is given.

        Raises:
            click.UsageError: an option of a single value is given several times.
        """
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for option in dict.fromkeys(order):
            single = isinstance(option, click.Option) and not (option.multiple or option.count or option.is_flag)
            if single and order.count(option) > 1:
                raise click.UsageError(f"{option.opts[0]} is given {order.count(option)} times; give it once.", ctx)
        return super().parse_args(ctx, args)


settings_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help='Change a value of the case, e.g. --set assets.li-ion.capacity="2 MWh".',
)


scenario_option = click.option(
    "--scenario", default="base", show_default=True, help="Scenario of the case; 'compare' takes several."
)
out_option = click.option(
    "--out",
    default="results",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Folder of results.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print errors only.")
jobs_option = click.option(
    "--jobs", "-j", default=1, show_default=True, type=click.IntRange(1), help="Number of dispatches to run at a time."
)
gap_option = click.option(
    "--gap",
    default=1e-3,
    show_default=True,
    type=click.FloatRange(0),
    help="Relative gap to be reached if there are on/off decisions.",
)
time_limit_option = click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop the solver after this time.",
)


def _end_values(_context: click.Context, _option: click.Parameter, texts: Sequence[str]) -> str | dict[str, str] | None:
    """Parse ``--end-value``: the text of a price for all stores, or store -> price."""
    found: dict[str, str] = {}
    for text in texts:
        store, _, price = text.rpartition("=")
        if store.strip() in found:
            raise click.BadParameter(f"{text!r}: a second price for {store.strip() or 'all stores'}; give it once")
        found[store.strip()] = price.strip()
    if "" in found and len(found) > 1:
        raise click.BadParameter(
            "a price for all stores and one for a single store; give PRICE once, or STORE=PRICE for each"
        )
    return found.get("", found or None)


end_value_option = click.option(
    "--end-value",
    metavar="PRICE or STORE=PRICE",
    multiple=True,
    callback=_end_values,
    help="Worth of what stores hold at the end, e.g. '0.15 EUR/kWh' or 'li-ion=0.15 EUR/kWh'; not billed.",
)
format_options_option = click.option(
    "--option", "given", multiple=True, metavar="KEY=VALUE", help="Option of the format; may be repeated."
)
unit_option = click.option("--unit", default="", help="Unit of columns whose names do not end in one, such as kWh.")
scale_option = click.option("--scale", default=1.0, show_default=True, help="Number that every value is multiplied by.")
case_argument = click.argument("case", type=click.Path())


def read_settings(texts: Sequence[str]) -> dict[str, Any]:
    """Values of ``--set`` by path."""
    from microgrid.case.overrides import overlap, parse_setting

    found: dict[str, Any] = {}
    for path, value in map(parse_setting, texts):
        other = next((known for known in found if overlap(known, path)), None)
        if other is not None:
            what = f"--set {path}" if other == path else f"--set {other} and --set {path}"
            raise click.UsageError(f"{what}: one place is set twice; set it once.")
        found[path] = value
    return found


def read_format_options(texts: Sequence[str]) -> dict[str, str]:
    """Options of a format by name, from ``--option``."""
    for text in texts:
        if "=" not in text:
            raise click.BadParameter(f"{text!r} is not KEY=VALUE", param_hint="--option")
    return {key.strip(): value for key, _, value in (text.partition("=") for text in texts)}


def read_columns(texts: Sequence[str]) -> dict[str, Any]:
    """Columns by new name, from ``--column``: NAME as in the file, NEW=NAME or NEW={column, unit, scale}."""
    from microgrid.case.overrides import parse_setting

    found: dict[str, Any] = {}
    for text in texts:
        name, _, own = text.partition("=")
        is_mapping = own.lstrip().startswith("{")
        found[name.strip()] = parse_setting(text, "--column")[1] if is_mapping else own or name
    return found


@dataclass(frozen=True)
class RunOptions:
    """Options of every command that solves: changes of the case, limits, folder of results, form of output."""

    settings: dict[str, Any]
    limits: Limits
    out: str
    as_json: bool
    quiet: bool


def run_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of every command that solves, and pass them to it as one parameter ``run``."""

    @functools.wraps(function)
    def collected(
        *arguments: Any,
        settings: Sequence[str],
        gap: float,
        time_limit: float | None,
        out: str,
        as_json: bool,
        quiet: bool,
        **others: Any,
    ) -> None:
        from microgrid.solve.limits import Limits

        run = RunOptions(read_settings(settings), Limits(gap, time_limit), out, as_json, quiet)
        function(*arguments, run=run, **others)

    together: Callable[..., None] = collected
    for option in (quiet_option, json_option, out_option, time_limit_option, gap_option, settings_option):
        together = option(together)
    return together


def gather_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of ``run_options`` except those of the solver, for a command that solves nothing."""

    @functools.wraps(function)
    def collected(
        *arguments: Any, settings: Sequence[str], out: str, as_json: bool, quiet: bool, **others: Any
    ) -> None:
        from microgrid.solve.limits import Limits

        function(*arguments, run=RunOptions(read_settings(settings), Limits(), out, as_json, quiet), **others)

    together: Callable[..., None] = collected
    for option in (quiet_option, json_option, out_option, settings_option):
        together = option(together)
    return together
