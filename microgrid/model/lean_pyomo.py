"""Pyomo without scipy.stats. Import this before Pyomo, scipy or pint.

Pyomo watches for scipy and, when anyone loads it, imports scipy.stats as well: a second at every start, for a sparse
matrix that does not need it. If Pyomo renames what is touched here, all still works, only slower.
"""

from pyomo.common import dependencies

_watched = getattr(getattr(dependencies, "DeferredImportCallbackFinder", None), "_callbacks", {})
_watched.pop("scipy", None)
