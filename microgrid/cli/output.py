"""What goes to the terminal: text of the user's never steers it, and a stream that is full is told."""

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
    """Hand everything to standard output; an OSError where it takes no more, which the interpreter's end would hide."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError, ValueError):  # what cannot be written is not tried again at the interpreter's end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise
