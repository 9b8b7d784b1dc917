"""The kinds of asset: one file each, found by themselves."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from typing import Annotated, Any, Union, get_args

from pydantic import Field

from microgrid.contract.asset import Asset


@functools.cache
def kinds() -> dict[str, type[Asset]]:
    """Every asset kind by its name, from the modules of this package, in alphabetical order."""
    found: dict[str, type[Asset]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if issubclass(member, Asset) and not inspect.isabstract(member) and member.__module__ == module.__name__:
                found[kind_name(member)] = member
    return dict(sorted(found.items()))


def kind_name(asset_type: type[Asset]) -> str:
    """The word that stands for a kind in a case file."""
    return str(get_args(asset_type.model_fields["kind"].annotation)[0])


def any_asset() -> Any:
    """The type "one of all kinds", told apart by the key ``kind``."""
    return Annotated[Union[tuple(kinds().values())], Field(discriminator="kind")]  # noqa: UP007 (built at run time)
