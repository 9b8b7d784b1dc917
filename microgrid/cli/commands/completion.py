"""Command ``microgrid completion SHELL``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from microgrid.cli import options
from microgrid.cli.output import echo


@click.command("completion", cls=options.Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell; for bash: eval "$(microgrid completion bash)"."""
    from microgrid.cli import main

    completion = get_completion_class(shell)
    if completion is None:  # a future version of click may not support the shell
        raise click.UsageError(f"the installed version of click has no completion for {shell}")
    echo(completion(main, {}, "microgrid", "_MICROGRID_COMPLETE").source())
