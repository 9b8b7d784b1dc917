"""Contract of a line of the bill: its amount follows from the meter, its entry from a connection in the model."""

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
    """Readings of a meter: mean power of each step [kW], (N,), at least 0.

    export_of: asset -> the part of the export that counts as its own [kW], (N,).
    """

    import_kw: FloatArray
    export_kw: FloatArray
    horizon: Horizon
    export_of: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def export_of_none_kw(self) -> FloatArray:
        """Export that counts as no asset's own [kW], (N,)."""
        return self.export_kw - sum(self.export_of.values(), np.zeros(len(self.export_kw)))

    def monthly(self, per_step: FloatArray) -> FloatArray:
        """Sum over the steps of each local month, (months,)."""
        return self.horizon.by_month(per_step)


@dataclass(frozen=True, eq=False)
class Quantity:
    """Quantity of a line in each month, (months,), and its unit; the unit is "" where the line has no quantity."""

    values: FloatArray
    unit: str


@dataclass(eq=False)
class Connection:
    """Connection to the network in the model: power drawn and fed in, and the variables that lines share.

    block: of the model, which gets all new variables and rules; import_max_kw, export_max_kw: limits of the power;
    export_of: asset -> the part of the export that counts as its own; shared: variables that several lines use, by a
    key; numbers: how many names ``name`` has given, by stem.
    """

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
        """Name that nothing on the block has yet: "peak_0_kw", then "peak_1_kw", ..."""
        number = self.numbers.get(stem, 0)
        self.numbers[stem] = number + 1
        return f"{stem}_{number}_{unit}"

    def monthly(self, stem: str, unit: str, upper: Bound = None, lower: Bound = 0.0, binary: bool = False) -> Variable:
        """Add a variable over the months to the block."""
        name = self.name(stem, unit)
        return add_variable(self.block, self.horizon, name, "month", lower, upper, binary)

    def rows(self, stem: str, vector: Vector, upper: Bound, step: IntArray | None = None, unit: str = "kW") -> None:
        """Add a rule to the block: vector <= upper."""
        add_rows(self.block, self.name(stem, "limit"), vector, upper=upper, step=step, unit=unit)


class Charge(Protocol):
    """Line of the bill that follows from the meter alone."""

    @property
    def item(self) -> str:
        """Name of the line on the bill."""
        ...

    def amount(self, meter: Meter) -> Amount:
        """Amount of the line [money], per step or per month."""
        ...

    def quantity(self, meter: Meter) -> Quantity:
        """Quantity of the line, such as kWh or kW, by month."""
        ...

    def entry(self, connection: Connection) -> Entry:
        """Entry of the line in the model; adds its variables and rules to the connection's block."""
        ...
