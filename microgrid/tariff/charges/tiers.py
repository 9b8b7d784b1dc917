"""Prices that change with the quantity: tiers of energy, of power, bands of excise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from microgrid.contract.ledger import Term
from microgrid.horizon import FloatArray
from microgrid.tariff.charges.charge import Connection

if TYPE_CHECKING:
    from microgrid.contract.linear import Vector


@dataclass(frozen=True, eq=False)
class Tiers:
    """Price of the part of a quantity above each threshold; price (tiers,).

    above: (tiers,), or (months, tiers) where months have thresholds of their own; the first is 0.

    cost(q) = sum over tiers k of (price[k] - price[k - 1]) x max(0, q - above[k]);  price[-1] = 0
    """

    above: FloatArray
    price: FloatArray

    @property
    def change(self) -> FloatArray:
        """Change of the price at each threshold."""
        return np.diff(self.price, prepend=0.0)

    def cost(self, quantity: FloatArray, before: FloatArray | float = 0.0) -> FloatArray:
        """The cost of each quantity that comes after ``before``, which is not part of it."""
        left = (self.above - np.asarray(before)[..., None]).clip(0)
        return np.asarray((quantity[..., None] - left).clip(0) @ self.change)

    def terms(
        self, connection: Connection, quantity: Vector, most: FloatArray, before: FloatArray, unit: str
    ) -> list[Term]:
        """The same over the months, without the first tier; quantity: rows over the months, at most ``most``.

        Where the price rises, beyond >= q - above. Where it falls, a binary says whether the tier is reached:
        beyond <= (most - above) x reached and beyond <= q - above x reached.
        """
        found = []
        for above, change in zip(self.above.T[1:], self.change[1:], strict=True):
            left = (above - before).clip(0)
            room = (most - left).clip(0)
            beyond = connection.monthly("beyond", unit, room)
            if change >= 0:
                connection.rows("beyond", quantity - beyond, upper=left, unit="")
            else:
                reached = connection.monthly("reached", "count", binary=True)
                connection.rows("beyond", beyond - reached * room, upper=0.0, unit="")
                connection.rows("beyond", beyond - quantity + reached * left, upper=0.0, unit="")
            found.append(Term(beyond, float(change), "month"))
        return found
