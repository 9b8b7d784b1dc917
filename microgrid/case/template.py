"""The template of a case that ``microgrid init`` writes."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from microgrid.errors import InputError, Problem
from microgrid.files import replaced_folder


def write_template(name: str | Path) -> Path:
    """Copy the template into a new folder and return its path; an InputError where the path exists already."""
    folder = Path(name)
    if os.path.lexists(folder):
        raise InputError(Problem("exists already", file=folder.as_posix(), remedy="choose a name that is not taken"))
    with replaced_folder(folder) as new:
        for file in (resources.files("microgrid.case") / "template_files").iterdir():
            (new / file.name).write_bytes(file.read_bytes())
    return folder
