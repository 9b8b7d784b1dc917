"""The repair log: whatever was done to the data before the model saw it, counted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field

from microgrid.notices import Notice


@dataclass(frozen=True)
class Repair:
    """One kind of change to one column: what was done, how many values it touched, how.

    of: how many values there are, where something was made up or altered; 0 where all is still what the file says.
    left_out_kwh: demand that is not served because the horizon begins or ends within it.
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
    """Collects repairs while a case is read; each is listed once however often its column is used."""

    repairs: list[Repair] = field(default_factory=list)

    def add(
        self, file: str, column: str, what: str, count: int, detail: str, of: int = 0, left_out_kwh: float = 0.0
    ) -> None:
        """Record one kind of change; a repeated record is dropped."""
        repair = Repair(file, column, what, count, detail, of, left_out_kwh)
        if count and repair not in self.repairs:
            self.repairs.append(repair)

    def notices(self) -> list[Notice]:
        """Demand that the edges of the horizon leave out, which a result is not to be read without."""
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
        """File, column and share of its values that were made up or altered, the worst first."""
        counts: dict[tuple[str, str], float] = defaultdict(float)
        for repair in self.repairs:
            if repair.of:
                counts[repair.file, repair.column] += repair.count / repair.of
        return sorted(((*place, share) for place, share in counts.items()), key=lambda entry: -entry[2])

    def rows(self) -> list[dict[str, object]]:
        """The log as plain rows, for tables and JSON; demand that is left out stands among the notices."""
        return [
            {key: value for key, value in asdict(repair).items() if key != "left_out_kwh"} for repair in self.repairs
        ]
