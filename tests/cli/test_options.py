"""Options of all commands, as click parses them."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from microgrid.cli import main


def _options() -> Iterator[tuple[str, ...]]:
    """Each command with each of its options that take one value."""
    ctx = click.Context(main)
    for name in main.list_commands(ctx):
        command = main.get_command(ctx, name)
        parts = {(name,): command}
        if isinstance(command, click.Group):
            parts = {(name, part): command.get_command(ctx, part) for part in command.list_commands(ctx)}
        for path, each in parts.items():
            for option in each.params if each else ():
                if isinstance(option, click.Option) and not (option.multiple or option.is_flag):
                    yield (*path, option.opts[0])


@pytest.mark.parametrize("words", list(_options()), ids=" ".join)
def test_an_option_of_one_value_that_is_given_twice_is_refused(words: tuple[str, ...]) -> None:
    """Proves: no value that was typed is dropped in silence. Would break: click keeps the last of two."""
    *path, option = words
    result = CliRunner().invoke(main, [*path, option, "1", option, "2"])
    assert result.exit_code == 2
    assert f"{option} is given 2 times" in result.output
