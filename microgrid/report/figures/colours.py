"""One colour per asset, the same in every figure, clear to colour-blind readers and on light or dark paper.

Colours follow what an asset does, read from the names of its columns: what generates is warm, what stores is
green, what exchanges with a network is blue, what consumes is grey or violet. The order within a group is
that of the names, so an asset keeps its colour from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_PALETTES: Mapping[str, tuple[str, ...]] = {
    "generation": ("#E9A820", "#CE5A2B", "#F0CF7A", "#9C5A1A"),
    "storage": ("#17967A", "#7CCBB5", "#0C5B4B", "#B7D98B"),
    "exchange": ("#2F74B5", "#8FC1E8", "#1D4A7D"),
    "demand": ("#75808C", "#C77FB0", "#B3BAC3", "#7E5FA6", "#8A4A6E", "#4C5560"),
}
# For the lines of an account, which one asset may have ten of: contrasting colours across the groups.
_PLAIN = (
    "#2F74B5",
    "#E9A820",
    "#17967A",
    "#C77FB0",
    "#75808C",
    "#CE5A2B",
    "#8FC1E8",
    "#7CCBB5",
    "#7E5FA6",
    "#9C5A1A",
)
_ROLE_OF_QUANTITY = (
    ("state_of_charge_kwh", "storage"),
    ("import_kw", "exchange"),
    ("export_kw", "exchange"),
    ("generation_kw", "generation"),
    ("available_kw", "generation"),
)


def line_colours(lines: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Colour of each line (asset, item) of an account, in the order given: neighbours in a bar differ in hue."""
    return {line: _PLAIN[place % len(_PLAIN)] for place, line in enumerate(dict.fromkeys(lines))}


def asset_colours(quantities: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Colour of each asset, from the quantities that its columns report."""
    groups: dict[str, list[str]] = {role: [] for role in _PALETTES}
    for asset in sorted(quantities):
        groups[_role(set(quantities[asset]))].append(asset)
    return {
        asset: _PALETTES[role][place % len(_PALETTES[role])]
        for role, assets in groups.items()
        for place, asset in enumerate(assets)
    }


def _role(quantities: set[str]) -> str:
    return next((role for name, role in _ROLE_OF_QUANTITY if name in quantities), "demand")
