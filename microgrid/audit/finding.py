"""Finding of an audit: what is wrong, where, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from microgrid.money import in_currency
from microgrid.suffixes import coded_name


@dataclass(frozen=True)
class Finding:
    """Violation that the audit found.

    asset: asset, node or cap; what: rule that is violated, with ``{name}`` and ``{unit}`` in place of both; step: local
    time of the first such step, None for a total; size: amount of the violation; unit: of ``size``; name: of the column
    or account, "" without one.
    """

    asset: str
    what: str
    step: str | None
    size: float
    unit: str
    name: str = ""

    def in_currency(self, currency: str) -> Finding:
        """The finding with the code of a currency in its name and unit of an amount of money."""
        return replace(self, unit=in_currency(self.unit, currency), name=coded_name(self.name, currency))

    def __str__(self) -> str:
        when = f" at {self.step}" if self.step else ""
        size = f", by {self.size:.6g} {self.unit}".rstrip() if np.isfinite(self.size) and self.size else ""
        what = self.what.replace("{name}", self.name).replace("{unit}", self.unit)
        return f"{self.asset}{when}: {what}{size}"
