"""Colours of assets, each equal in all figures, distinct for colour-blind readers and on light or dark paper.

Colours follow the roles of an asset at its ports: generation is warm, storage green, exchange with a network blue,
demand grey or violet, conversion red, transfer brown. Within a group the order is that of the names, so an asset
keeps its colour from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_PALETTES: Mapping[str, tuple[str, ...]] = {
    "generation": ("#E9A820", "#CE5A2B", "#F0CF7A", "#9C5A1A"),
    "storage": ("#17967A", "#7CCBB5", "#0C5B4B", "#B7D98B"),
    "exchange": ("#2F74B5", "#8FC1E8", "#1D4A7D"),
    "conversion": ("#C0504D", "#E39B99", "#7F2F2D"),
    "transfer": ("#6B5B4B", "#A8998A", "#463B30"),
    "demand": ("#75808C", "#C77FB0", "#B3BAC3", "#7E5FA6", "#8A4A6E", "#4C5560"),
}
# Contrasting colours across the groups for the lines of an account, since one asset may have ten of them.
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


def line_colours(lines: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Colour of each line (asset, item) of an account, in the given order: neighbours in a bar differ in hue."""
    return {line: _PLAIN[place % len(_PLAIN)] for place, line in enumerate(dict.fromkeys(lines))}


def asset_colours(roles: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Colour of each asset from its roles; of several roles the one with the first palette counts."""
    groups: dict[str, list[str]] = {role: [] for role in _PALETTES}
    for asset in sorted(roles):
        own = set(roles[asset])
        groups[next((role for role in _PALETTES if role in own), "demand")].append(asset)
    return {
        asset: _PALETTES[role][place % len(_PALETTES[role])]
        for role, assets in groups.items()
        for place, asset in enumerate(assets)
    }
