"""The optimization model: assembled from what the assets hand over, knowing none of them by kind; and its matrix.

Pyomo imports scipy.stats as soon as it meets scipy, whichever of the two is loaded first: a second at every start, for
sparse matrices that do not need it. So scipy is out of sight while Pyomo is loaded here, before any file of this
folder, and Pyomo's watch for it is ended. If Pyomo renames what is touched, all still works, only slower.
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
