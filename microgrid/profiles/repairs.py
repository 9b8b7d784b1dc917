"""The repair log: whatever was done to the data before the model saw it, counted."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Repair:
    """One kind of change to one column: what was done, how many values it touched, how."""

    file: str
    column: str
    what: str
    count: int
    detail: str


@dataclass
class RepairLog:
    """Collects repairs while a case is read; each is listed once however often its column is used."""

    repairs: list[Repair] = field(default_factory=list)

    def add(self, file: str, column: str, what: str, count: int, detail: str) -> None:
        """Record one kind of change; a repeated record is dropped."""
        repair = Repair(file, column, what, count, detail)
        if count and repair not in self.repairs:
            self.repairs.append(repair)

    def rows(self) -> list[dict[str, object]]:
        """The log as plain rows, for tables and JSON."""
        return [asdict(repair) for repair in self.repairs]
