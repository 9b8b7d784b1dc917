"""The optimization model: assembled from the contributions of the assets, whatever their kinds; and its matrix.

Pyomo imports scipy.stats as soon as scipy is loaded, whichever of the two comes first. This costs a second at every
start, and sparse matrices do not need it. So scipy is taken out of ``sys.modules`` while Pyomo is loaded here, before
any other module of this package, and Pyomo's callback for scipy is removed. If a version of Pyomo has another name for
its callbacks, everything still works, only slower.
"""

import sys

_scipy = sys.modules.pop("scipy", None)
try:
    from pyomo.common import dependencies
finally:
    if _scipy is not None:
        sys.modules["scipy"] = _scipy
_watched = getattr(getattr(dependencies, "DeferredImportCallbackFinder", None), "_callbacks", {})
_watched.pop("scipy", None)
