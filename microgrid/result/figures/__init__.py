"""Key figures: one function each, in files by subject, found by themselves.

Every file of this package may hold figures; those of a file that is not listed in ``_SUBJECTS`` come last. What is
registered here is in summary, terminal, report, comparisons, targets and docs without another edit.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from microgrid.result.figures.figure import Figure

_SUBJECTS = ("exchange", "energies", "shares", "comfort", "per_size")


@functools.cache
def figures() -> dict[str, Figure]:
    """Every figure by its name, in the order in which they are shown.

    Raises:
        ValueError: two figures have one name.
    """
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    rank = {name: place for place, name in enumerate(_SUBJECTS)}
    found: dict[str, Figure] = {}
    for name in sorted(names, key=lambda name: (rank.get(name, len(rank)), name)):
        for figure in _figures_of(importlib.import_module(f"{__name__}.{name}")):
            if figure.name in found:
                raise ValueError(f"two key figures are called {figure.name!r}")
            found[figure.name] = figure
    return found


def _figures_of(module: ModuleType) -> Iterator[Figure]:
    for member in vars(module).values():
        for one in member if isinstance(member, tuple) else (member,):
            if isinstance(one, Figure) and one.function.__module__ == module.__name__:
                yield one


def figure_of(name: str) -> Figure | None:
    """The figure that a value of ``kpis`` is of, whose name may begin with node and carrier: ``north.heat_demand_kwh``.

    Of other names, such as columns of a table, it says nothing: ``saved_peak_import_kw`` is no figure of a carrier.
    """
    own = name.rpartition(".")[2]
    known = figures()
    while own:
        if own in known:
            return known[own]
        own = own.partition("_")[2]
    return None


def is_compared(name: str) -> bool:
    """Whether a value of ``kpis`` is one that comparisons show as a column."""
    figure = figure_of(name)
    return figure is not None and figure.compared


def is_saving(name: str) -> bool:
    """Whether a value of ``kpis`` is one of which less than in the baseline is a saving."""
    figure = figure_of(name)
    return figure is not None and figure.saving
