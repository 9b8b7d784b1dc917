"""What the site takes from the code: a page for each kind of asset, tables of keys, and the help of the commands.

A comment ``<!-- generated: NAME ARGUMENT -->`` in a page is replaced: ``keys package.module.Model`` by the table of a
model, ``units`` and ``suffixes`` by the units that are understood, ``commands`` by the help of every command,
``exit_codes`` and ``figures`` by their tables.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import click
from asset_pages import write_pages
from parameters import table, takes_size, unit_examples, unit_suffixes
from sphinx.application import Sphinx

_PLACE = re.compile(r"<!-- generated: (\w+) ?(.*?) -->")


def keys(path: str) -> str:
    """The table of the keys of a model, given as ``package.module.Model``."""
    return table(_model(path))


def commands(_: str) -> str:
    """The help of the program and of each of its commands, as the terminal shows it."""
    from microgrid.cli import main

    parts = [_help(main, "microgrid")]
    with click.Context(main, info_name="microgrid", **main.context_settings) as context:
        for name in main.list_commands(context):
            command = main.get_command(context, name)
            if command is not None:
                parts.append(f"## microgrid {name}\n\n{_help(command, name, context)}")
                inner = command.commands.items() if isinstance(command, click.Group) else ()
                parts += [f"### microgrid {name} {sub}\n\n{_help(own, f'{name} {sub}', context)}" for sub, own in inner]
    return "\n\n".join(parts)


def _help(command: click.Command, name: str, parent: click.Context | None = None) -> str:
    settings = command.context_settings
    context = click.Context(command, parent=parent, info_name=name, terminal_width=80, max_content_width=80, **settings)
    return f"```text\n{command.get_help(context)}\n```"


def _model(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _units(_: str) -> str:
    return unit_examples()


def _suffixes(_: str) -> str:
    return unit_suffixes()


def _exit_codes(_: str) -> str:
    from microgrid.errors import MEANINGS

    rows = "\n".join(f"| {code} | {meaning} |" for code, meaning in MEANINGS.items())
    return f"| exit code | meaning |\n|---|---|\n{rows}"


def _figures(_: str) -> str:
    from microgrid.result.figures import figures

    rows = []
    for name, figure in figures().items():
        unit = figure.suffix.unit if figure.suffix else ""
        each = "carrier" if figure.each == "carrier" else "site"
        places = f"{each}, node" if figure.by_node else each
        definition = " ".join(figure.definition.split()).replace("|", "\\|")
        rows.append(
            f"| `{name}` | {'0-1' if unit == 'count' else unit} | {places} | {definition} [more]({figure.page}) |"
        )
    return "\n".join(["| Figure | Unit | For each | Definition |", "|---|---|---|---|", *rows])


def _sizes(_: str) -> str:
    """Every key of a kind that takes a size."""
    from microgrid.assets import kinds

    found = {
        kind: [f"`{info.alias}`" for info in model.model_fields.values() if takes_size(info)]
        for kind, model in kinds().items()
    }
    rows = [f"- `{kind}`: {', '.join(keys)}" for kind, keys in found.items() if keys]
    return "\n".join(rows)


_MAKERS = {
    "sizes": _sizes,
    "keys": keys,
    "commands": commands,
    "units": _units,
    "suffixes": _suffixes,
    "exit_codes": _exit_codes,
    "figures": _figures,
}


def fill(text: str) -> str:
    """A page with its generated parts in place."""
    return _PLACE.sub(lambda found: _MAKERS[found[1]](found[2]), text)


def _fill(_: Sphinx, __: str, source: list[str]) -> None:
    source[0] = fill(source[0])


def _flatten(*event: Any) -> None:
    """Continuation lines flush with their paragraph, since docstrings here are plain text and not reStructuredText."""
    lines: list[str] = event[-1]
    in_section = False
    for number, line in enumerate(lines):
        if not line.strip():
            in_section = False
        elif re.fullmatch(r"(Args|Returns|Raises|Yields):", line.strip()):
            in_section = True
        elif not in_section:
            lines[number] = line.strip()


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages of the kinds before the sources are read, and fill in the rest while they are."""
    app.connect("builder-inited", lambda app: write_pages(Path(app.srcdir) / "assets"))
    app.connect("source-read", _fill)
    app.connect("autodoc-process-docstring", _flatten, priority=100)  # before napoleon
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
