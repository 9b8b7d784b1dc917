"""Files of cases: where a case is, what its results are called, and its content with a scenario and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from microgrid.case.overrides import BASE, apply_scenario, apply_settings
from microgrid.documents.currencies import stated_money
from microgrid.documents.yaml_file import Document, load_yaml
from microgrid.errors import InputError, Problem
from microgrid.money import Money

FILE_NAME = "case.yaml"


def result_name(path: str | Path) -> str:
    """Name for the results of a case: that of its folder, or of its file where that is not called case.yaml."""
    path = Path(path)
    try:
        is_file = path.is_file()
    except OSError:  # a name that the system does not accept; reading the file reports it
        is_file = False
    folder = path.parent if is_file else path
    name = path.stem if is_file and path.name != FILE_NAME else folder.absolute().resolve().name
    return re.sub(r"[^\w .-]", "_", name).strip(" .") or "case"


def case_file(path: Path) -> Path:
    """File of a case, at a path that is its folder or the file itself; an InputError if there is none."""
    try:
        file = path / FILE_NAME if path.is_dir() else path
        there = file.is_file()
    except OSError:
        file = path
        there = False
    if not there:
        raise InputError(
            Problem("no case here", file=path.as_posix(), expected=f"a folder with {FILE_NAME}, or a YAML file")
        )
    return file


def open_document(file: Path, scenario: str, settings: Mapping[str, Any]) -> tuple[Document, Document]:
    """The document of a case as it is written, and with the changes of a scenario and of settings.

    Raises:
        InputError: not YAML, no such scenario, or a change that has no place in the case.
    """
    document = load_yaml(file, file.as_posix())
    return document, apply_settings(apply_scenario(document, scenario), settings, unless_removed_from=document)


def currency_of(path: str | Path, scenario: str = BASE, settings: Mapping[str, Any] | None = None) -> Money:
    """The currency of a case with its exchange rates, of which nothing else is read.

    Raises:
        InputError: no case at the path, a document that cannot be read, or no such currency.
    """
    return stated_money(open_document(case_file(Path(path)), scenario, settings or {})[1])
