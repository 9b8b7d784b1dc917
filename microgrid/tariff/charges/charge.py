"""What a line of the bill is: an amount that follows from the meter, and the same as rules of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from microgrid.contract.ledger import Amount, Entry
from microgrid.contract.variables import Bound, add_rows, add_variable
from microgrid.horizon import FloatArray, Horizon, IntArray

if TYPE_CHECKING:
    from microgrid.contract.linear import Variable, Vector


@dataclass(frozen=True, eq=False)
class Meter:
    """What a meter shows: mean power of each step [kW], (N,) and at least 0.

    export_of: asset -> the part of the export that counts as its own.
    """

    import_kw: FloatArray
    export_kw: FloatArray
    horizon: Horizon
    export_of: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def export_of_none_kw(self) -> FloatArray:
        """Export that is nobody's own."""
        return self.export_kw - sum(self.export_of.values(), np.zeros(len(self.export_kw)))

    def monthly(self, per_step: FloatArray) -> FloatArray:
        """Sum over the steps of each local month, (months,)."""
        return self.horizon.by_month(per_step)


@dataclass(frozen=True, eq=False)
class Quantity:
    """What a line counts in each month: values (months,) and their unit; "" where a line counts nothing."""

    values: FloatArray
    unit: str


@dataclass(eq=False)
class Connection:
    """A connection to the network in the model: power drawn and fed in on its block, and what lines have in common."""

    block: Any
    horizon: Horizon
    imported: Variable
    exported: Variable | None
    import_max_kw: float
    export_max_kw: float
    export_of: Mapping[str, Variable] = field(default_factory=dict)
    shared: dict[bytes, Variable] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def name(self, stem: str, unit: str) -> str:
        """A name that nothing on the block has: "peak_0_kw", "peak_1_kw", ..."""
        number = self.numbers.get(stem, 0)
        self.numbers[stem] = number + 1
        return f"{stem}_{number}_{unit}"

    def monthly(self, stem: str, unit: str, upper: Bound = None, lower: Bound = 0.0, binary: bool = False) -> Variable:
        """A new variable over the months."""
        name = self.name(stem, unit)
        return add_variable(self.block, self.horizon, name, "month", lower, upper, binary)

    def rows(self, stem: str, vector: Vector, upper: Bound, step: IntArray | None = None, unit: str = "kW") -> None:
        """A new rule: vector <= upper."""
        add_rows(self.block, self.name(stem, "limit"), vector, upper=upper, step=step, unit=unit)


class Charge(Protocol):
    """A line of the bill that follows from the meter alone."""

    @property
    def item(self) -> str:
        """Name of the line on the bill."""
        ...

    def amount(self, meter: Meter) -> Amount:
        """What the line comes to [EUR], per step or per month."""
        ...

    def quantity(self, meter: Meter) -> Quantity:
        """What the line counts."""
        ...

    def entry(self, connection: Connection) -> Entry:
        """The same line in the model."""
        ...
