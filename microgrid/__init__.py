"""microgrid: optimal, audited dispatch of business parks, districts and city zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from microgrid.case.reading import Case, load_case
    from microgrid.errors import InfeasibleError, InputError, MicrogridError
    from microgrid.solution import Solution
    from microgrid.solve.limits import Limits
    from microgrid.studies.dispatch import dispatch

_WHERE = {
    "Case": "microgrid.case.reading",
    "load_case": "microgrid.case.reading",
    "InfeasibleError": "microgrid.errors",
    "InputError": "microgrid.errors",
    "MicrogridError": "microgrid.errors",
    "Solution": "microgrid.solution",
    "Limits": "microgrid.solve.limits",
    "dispatch": "microgrid.studies.dispatch",
}

__all__ = [
    "Case",
    "InfeasibleError",
    "InputError",
    "Limits",
    "MicrogridError",
    "Solution",
    "dispatch",
    "load_case",
]


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used, so that ``import microgrid`` costs nothing."""
    if name not in _WHERE:
        raise AttributeError(f"module 'microgrid' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_WHERE[name]), name)
