"""Options of the file from which a derived series is computed."""

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
    """Options of a file: its columns and format, the filling of holes, the alignment of its year with the horizon."""

    columns: dict[str, Column] = Field(
        default_factory=dict,
        description="Columns that are renamed: new name, with its unit at the end -> name in the file, "
        "or `{column, unit, scale}`.",
    )
    format: str | dict[str, Any] | None = Field(default=None, description="Format of the file, as for any series.")
    fill: Fill | None = Field(default=None, description="How missing values are filled.")
    align: Alignment | None = Field(default=None, description="How data of another year are aligned with the horizon.")

    def table(self, reading: Reading, file: str) -> Table:
        """Table in a file of the case, with the columns renamed as stated."""
        return reading.table(file, self.format, self.columns)
