"""The case that ``microgrid init`` writes."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from microgrid.errors import InputError, Problem


def write_template(name: str | Path) -> Path:
    """Copy the template into a new folder and return it; an InputError when something is there already."""
    folder = Path(name)
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise InputError(
            Problem("exists already", file=folder.as_posix(), remedy="choose a name that is not taken")
        ) from None
    except OSError as error:
        raise InputError(Problem(f"cannot be created: {error.strerror}", file=folder.as_posix())) from None
    for file in (resources.files("microgrid.case") / "template_files").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder
