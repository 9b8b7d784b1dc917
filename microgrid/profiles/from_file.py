"""What is said of a file that a series is worked out from."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from microgrid.parameters import Parameters
from microgrid.profiles.align import Alignment
from microgrid.profiles.gaps import Fill


class FromFile(Parameters):
    """How a file is read, how its holes are filled, and how its year is laid on that of the horizon."""

    format: str | dict[str, Any] | None = Field(default=None, description="Format of the file, as of any series.")
    fill: Fill | None = Field(default=None, description="How missing values are filled.")
    align: Alignment | None = Field(default=None, description="How another year is laid on the horizon's.")
