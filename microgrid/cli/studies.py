"""Commands of the studies, of this package and of others: made of what each study states of itself."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from microgrid.cli import options
from microgrid.cli.output import echo
from microgrid.cli.progress import stages
from microgrid.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from pydantic.fields import FieldInfo

    from microgrid.studies.runners.one_study import StudyRun
    from microgrid.studies.study import Study

_LISTS = (list, tuple, set, frozenset)


def study_command(name: str, taken: Mapping[str, object]) -> click.Command:
    """Command of a study, which is imported; that of a faulty one raises its error once it is used, with any arguments.

    taken: names of the commands that are no studies.
    """
    from microgrid.studies.registry import refuse_name, study_of

    try:
        refuse_name(name, taken)
        return _command(name, study_of(name))
    except InputError as error:
        return _failing(name, error)


def _failing(name: str, error: InputError) -> click.Command:
    @click.command(name, add_help_option=False, context_settings={"ignore_unknown_options": True})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def failing(**_: object) -> None:
        raise error

    return failing


def _command(name: str, study: Study) -> click.Command:
    own = study.fields()

    def run(ctx: click.Context, case: str, scenario: str, run: options.RunOptions, **values: Any) -> None:
        from microgrid.studies.runners.one_study import run_study

        given = {key: _plain(values[_own(key)]) for key in own if _is_given(ctx, key)}
        asked: dict[str, Any] = {"scenario": scenario, "settings": run.settings, "limits": run.limits, "out": run.out}
        with stages(name, run.quiet or run.as_json) as report_progress:
            found = run_study(name, case, given, **asked, report_progress=report_progress)
        _show(found, run)
        ctx.exit(found.result.exit_code)

    command: Callable[..., None] = click.pass_context(run)
    command = options.run_options(command) if study.solves else options.gather_options(command)
    for key, about in reversed(own.items()):
        command = _option(key, about)(command)
    command = options.case_argument(options.scenario_option(command))
    return click.command(name, cls=options.Command, help=study.help)(command)


def _own(key: str) -> str:
    """Name of the parameter of an own option, which cannot be that of a shared one."""
    return f"own_{key}"


def _is_given(ctx: click.Context, key: str) -> bool:
    return ctx.get_parameter_source(_own(key)) is not click.core.ParameterSource.DEFAULT


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _option(key: str, about: FieldInfo) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Option of the command line for an option of a study, whose text the model of the options reads."""
    flag = f"--{key.replace('_', '-')}"
    if about.annotation is bool:
        return click.option(flag, _own(key), is_flag=True, help=about.description)
    multiple = typing.get_origin(about.annotation) in _LISTS
    return click.option(
        flag,
        _own(key),
        multiple=multiple,
        metavar="TEXT",
        required=about.is_required(),
        help=f"{about.description}{'; may be repeated' if multiple else ''}{_default(about)}",
    )


def _default(about: FieldInfo) -> str:
    """Default of an option for its help, with its unit; "" without one."""
    from microgrid.units import Unit

    if about.is_required() or about.default in (None, "", (), []):
        return ""
    unit = next((mark.unit for mark in about.metadata if isinstance(mark, Unit)), "")
    return f"  [default: {about.default:g} {unit}]" if unit else f"  [default: {about.default}]"


def _show(found: StudyRun, run: options.RunOptions) -> None:
    """Print a result: findings always, tables and notes, or the summary as JSON."""
    from microgrid.files import json_text

    result = found.result
    if run.as_json:
        echo(json_text(found.summary))
        return
    if not run.quiet:
        shown = result.tables if result.shown is None else result.shown
        for title, table in shown.items():
            _print(table, title)
        for note in result.notes:
            echo(click.wrap_text(note, 80))
    for finding in result.findings:
        echo(click.wrap_text(finding, 80), err=True)
    if not run.quiet and found.folder is not None:
        echo(f"Files: {found.folder.as_posix()}")


def _print(table: pd.DataFrame, title: str) -> None:
    from microgrid.cli.tables import cell_text, print_table

    rows = [tuple(map(cell_text, row)) for row in table.itertuples(index=False, name=None)]
    print_table(list(map(str, table.columns)), rows, title)
