"""The kinds of asset: one file each in this folder, found automatically, and those that other packages add."""

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
    """Kinds of asset by name in alphabetical order: those of the modules of this folder and of other packages.

    Raises:
        InputError: a kind of another package is faulty; the error names the package.
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
    """Name of a kind in a case file, the only value of its field ``kind``."""
    return str(get_args(asset_type.model_fields["kind"].annotation)[0])


def any_asset() -> Any:
    """Type of an asset of any kind: a union discriminated by the key ``kind``."""
    return Annotated[Union[tuple(kinds().values())], Field(discriminator="kind")]  # noqa: UP007 (the members are known at run time only)
