"""The kinds of asset: one file each in this folder, found by themselves, and those that other packages add."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from typing import Annotated, Any, Union, get_args

from pydantic import Field

from microgrid.contract.asset import Asset
from microgrid.extensions import found_outside, load_outside, refuse_extension

GROUP = "microgrid.assets"


@functools.cache
def kinds() -> dict[str, type[Asset]]:
    """Every asset kind by its name in alphabetical order: the modules of this folder, and what other packages add.

    Raises:
        InputError: what is wrong with a kind of another package, by the name of the package.
    """
    found: dict[str, type[Asset]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if issubclass(member, Asset) and not inspect.isabstract(member) and member.__module__ == module.__name__:
                found[kind_name(member)] = member
    added = load_outside(GROUP, found, "a class of a kind of asset", type)
    for name, kind in added.items():
        if not issubclass(kind, Asset) or inspect.isabstract(kind) or kind_name(kind) != name:
            expected = f"a subclass of microgrid.contract.asset.Asset that is complete, with kind: Literal[{name!r}]"
            raise refuse_extension(found_outside(GROUP)[name], "not a kind of asset of that name", expected)
    return dict(sorted({**found, **added}.items()))


def kind_name(asset_type: type[Asset]) -> str:
    """The word that stands for a kind in a case file."""
    return str(get_args(asset_type.model_fields["kind"].annotation)[0])


def any_asset() -> Any:
    """The type "one of all kinds", told apart by the key ``kind``."""
    return Annotated[Union[tuple(kinds().values())], Field(discriminator="kind")]  # noqa: UP007 (built at run time)
