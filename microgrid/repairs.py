"""Repair log: every change to the data before it enters the model, with its count."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field

from microgrid.notices import Notice


@dataclass(frozen=True)
class Repair:
    """One kind of change to one column: what was done, to how many values, and how.

    of: number of values in the column, where values were estimated or altered; 0 where all values are still the file's.
    left_out_kwh: demand that is not served because the horizon begins or ends within it [kWh].
    """

    file: str
    column: str
    what: str
    count: int
    detail: str
    of: int = 0
    left_out_kwh: float = 0.0


@dataclass
class RepairLog:
    """Collection of repairs while a case is read; each is listed once, however often its column is used."""

    repairs: list[Repair] = field(default_factory=list)

    def add(
        self, file: str, column: str, what: str, count: int, detail: str, of: int = 0, left_out_kwh: float = 0.0
    ) -> None:
        """Record one kind of change; one with a count of 0, or one that is recorded already, is dropped."""
        repair = Repair(file, column, what, count, detail, of, left_out_kwh)
        if count and repair not in self.repairs:
            self.repairs.append(repair)

    def notices(self) -> list[Notice]:
        """Notice of each demand that the begin or end of the horizon leaves out."""
        return [
            Notice(
                f"{repair.file}, {repair.column}",
                f"{repair.left_out_kwh:,.3f} kWh of demand are not served: {repair.count:,} {repair.detail}",
                round(repair.left_out_kwh, 6),
            )
            for repair in self.repairs
            if repair.left_out_kwh
        ]

    def repaired(self) -> list[tuple[str, str, float]]:
        """File, column and share of its values that were estimated or altered, greatest share first."""
        counts: dict[tuple[str, str], float] = defaultdict(float)
        for repair in self.repairs:
            if repair.of:
                counts[repair.file, repair.column] += repair.count / repair.of
        return sorted(((*place, share) for place, share in counts.items()), key=lambda entry: -entry[2])

    def rows(self) -> list[dict[str, object]]:
        """Log as plain rows, for tables and JSON, without the demand that is left out, which ``notices`` has."""
        return [
            {key: value for key, value in asdict(repair).items() if key != "left_out_kwh"} for repair in self.repairs
        ]
