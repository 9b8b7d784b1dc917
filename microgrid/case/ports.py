"""Checks of the nodes and carriers that assets name: existence, and hints at misspelt names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from microgrid.case.schema import WELL_KNOWN_CARRIERS
from microgrid.contract.asset import Asset
from microgrid.documents.yaml_file import Document
from microgrid.errors import InputError, Problem, nearest
from microgrid.notices import Notice


def check_ports(
    assets: Mapping[str, Asset], nodes: Collection[str], carriers: Collection[str], document: Document
) -> None:
    """Check that nodes are declared, if the case declares any, and carriers are declared or well known.

    Raises:
        InputError: lists every unknown node and carrier, with the key that names it and the nearest known name.
    """
    known = {"node": [*nodes], "carrier": [*dict.fromkeys((*WELL_KNOWN_CARRIERS, *carriers))]}
    problems = []
    for name, asset in assets.items():
        stated = {"node": [port.node for port in asset.ports()], "carrier": [port.carrier for port in asset.ports()]}
        problems += [
            _unknown(name, word, value, known[word], document)
            for word, values in stated.items()
            for value in dict.fromkeys(values)
            if known[word] and value not in known[word]
        ]
    if problems:
        raise InputError(problems)


def _unknown(asset: str, word: str, value: str, known: list[str], document: Document) -> Problem:
    """Problem of an unknown node or carrier, with the place where the asset names it; word: "node" or "carrier"."""
    key = _key_of(document.data["assets"][asset], word, value)
    near = nearest(value, known)
    if key is None:
        remedy = f"state the {word} of the asset"
    elif near:
        remedy = f"did you mean {near!r}? If not, declare it under '{word}s'"
    else:
        remedy = f"declare it under '{word}s'"
    path = ("assets", asset, key or word)
    file, line = document.place(path)
    return Problem(f"no such {word}", file, line, ".".join(path), value, "one of " + ", ".join(known), remedy)


def _key_of(parameters: Mapping[str, Any], word: str, value: str) -> str | None:
    """Key under which an asset names a node or carrier: ``word``, or another key of a kind with several ports."""
    return next((key for key in (word, *parameters) if parameters.get(key) == value), None)


def lone_nodes(assets: Mapping[str, Asset]) -> list[Notice]:
    """Notices of nodes that only one asset is connected to and whose name is close to that of another node."""
    users = defaultdict(set)
    for name, asset in assets.items():
        for port in asset.ports():
            users[port.node].add(name)
    found = []
    for node, names in users.items():
        near = nearest(node, [other for other in users if other != node])
        if len(names) == 1 and near:
            message = (
                f"nothing else is connected to node {node!r}: if {near!r} is meant, correct the name; "
                "if not, declare the nodes under 'nodes'"
            )
            found.append(Notice(f"assets.{min(names)}", message))
    return found
