"""What is said of a file that a series is worked out from."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from microgrid.formats.renamed_columns import Column
from microgrid.formats.timed_table import Table
from microgrid.parameters import Parameters
from microgrid.series.align import Alignment
from microgrid.series.context import Reading
from microgrid.series.fill import Fill


class FromFile(Parameters):
    """How a file is read, how its holes are filled, and how its year is laid on that of the horizon."""

    columns: dict[str, Column] = Field(
        default_factory=dict,
        description="Columns under other names: new name, with its unit at the end -> name in the file, "
        "or `{column, unit, scale}`.",
    )
    format: str | dict[str, Any] | None = Field(default=None, description="Format of the file, as of any series.")
    fill: Fill | None = Field(default=None, description="How missing values are filled.")
    align: Alignment | None = Field(default=None, description="How another year is laid on the horizon's.")

    def table(self, reading: Reading, file: str) -> Table:
        """The table in a file of the case, with its columns under the names that are looked for."""
        return reading.table(file, self.format, self.columns)
