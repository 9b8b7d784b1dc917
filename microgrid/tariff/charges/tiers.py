"""Tiered prices, which change with the quantity: tiers of energy or power, bands of excise."""

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
    """cost(q) = sum over tiers k of (price[k] - price[k - 1]) x max(0, q - above[k]), with price[-1] = 0

    price: of the part of a quantity between the tier's threshold and the next, (tiers,); above: thresholds, (tiers,),
    or (months, tiers) where months have thresholds of their own; the first is 0.
    """

    above: FloatArray
    price: FloatArray

    @property
    def change(self) -> FloatArray:
        """Change of the price at each threshold, (tiers,)."""
        return np.diff(self.price, prepend=0.0)

    def cost(self, quantity: FloatArray, before: FloatArray | float = 0.0) -> FloatArray:
        """Cost of each quantity that follows on ``before``, whose own cost is not included, (months,)."""
        left = (self.above - np.asarray(before)[..., None]).clip(0)
        return np.asarray((quantity[..., None] - left).clip(0) @ self.change)

    def terms(
        self, connection: Connection, quantity: Vector, most: FloatArray, before: FloatArray, unit: str
    ) -> list[Term]:
        """Terms of the cost in the model over the months, for all tiers but the first, which its caller bills.

        Where the price rises:  beyond >= q - above.  Where it falls, a binary variable is 1 if the tier is reached:
        beyond <= (most - above) x reached  and  beyond <= q - above x reached.

        quantity: q, a row for each month, at most ``most`` (months,); before: quantity before the horizon, (months,).
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
