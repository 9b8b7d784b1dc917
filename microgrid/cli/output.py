"""Output to the terminal: control characters are escaped, and a stream that cannot be written is an error."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from microgrid.errors import plain


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text to standard output, or to standard error, with its control characters as escapes."""
    click.echo(plain(text), err=err, nl=nl)


def flush() -> None:
    """Flush standard output; an OSError if it cannot be written, which Python would hide at its exit."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError, ValueError):  # keeps Python from writing the rest again at its exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise
