"""Key figures: one function each, in modules by subject that are found automatically, and those of other packages.

Every module of this package may hold figures; those of a module that is not listed in ``_SUBJECTS`` come last. A
registered figure is in summary, terminal, report, comparisons, targets and docs without another edit.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from microgrid.extensions import found_outside, load_outside, refuse_extension
from microgrid.result.figures.figure import Figure
from microgrid.suffixes import bare_name

GROUP = "microgrid.figures"
_EXPECTED = "a key figure, see microgrid.result.figures.figure"

_SUBJECTS = ("exchange", "energies", "shares", "comfort", "per_size")


@functools.cache
def figures() -> dict[str, Figure]:
    """All figures by name, in the order in which they are shown.

    Raises:
        ValueError: two figures have one name.
        InputError: a figure of another package cannot be loaded; the error names the package.
    """
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    rank = {name: place for place, name in enumerate(_SUBJECTS)}
    found: dict[str, Figure] = {}
    for name in sorted(names, key=lambda name: (rank.get(name, len(rank)), name)):
        for figure in _figures_of(importlib.import_module(f"{__name__}.{name}")):
            if figure.name in found:
                raise ValueError(f"two key figures are called {figure.name!r}")
            found[figure.name] = figure
    added = load_outside(GROUP, found, _EXPECTED, Figure)
    for name, figure in added.items():
        if figure.name != name:
            raise refuse_extension(
                found_outside(GROUP)[name], f"its figure is called {figure.name!r}", f"a figure called {name!r}"
            )
    return {**found, **added}


def _figures_of(module: ModuleType) -> Iterator[Figure]:
    for member in vars(module).values():
        for one in member if isinstance(member, tuple) else (member,):
            if isinstance(one, Figure) and one.function.__module__ == module.__name__:
                yield one


def figure_of(name: str) -> Figure | None:
    """Figure of a value of ``kpis``, whose name may begin with node and carrier: ``north.heat_demand_kwh``.

    An amount of money may carry the code of its currency, as in a summary: ``cost_eur_per_ha``.

    Other names, such as columns of a table, are not recognised: ``saved_peak_import_kw`` is no figure of a carrier
    "saved".
    """
    own = bare_name(name).rpartition(".")[2]
    known = figures()
    while own:
        if own in known:
            return known[own]
        own = own.partition("_")[2]
    return None


def is_compared(name: str) -> bool:
    """Whether comparisons show the value ``name`` of ``kpis`` as a column."""
    figure = figure_of(name)
    return figure is not None and figure.compared


def is_brief(name: str) -> bool:
    """Whether the short table of the terminal shows the value ``name`` of ``kpis``."""
    figure = figure_of(name)
    return figure is None or figure.brief


def is_saving(name: str) -> bool:
    """Whether a decrease of the value ``name`` of ``kpis`` from the baseline counts as a saving."""
    figure = figure_of(name)
    return figure is not None and figure.saving
