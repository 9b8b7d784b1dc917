"""Possible supply of a node in one step: its assets at their limits, and those behind lines and converters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from microgrid.contract.ledger import Contribution, NodeCarrier, Term
from microgrid.contract.ports import AssetPort
from microgrid.horizon import FloatArray
from microgrid.model.assembly import Model
from microgrid.model.matrix import Matrix

_TINY = 1e-6
_INDENT = "  "


@dataclass(frozen=True)
class Supply:
    """Supply by the assets at a node, a line of text for each.

    bound: assets at a limit; free: assets below their limits, so that another rule must hold them back.
    """

    bound: tuple[str, ...] = ()
    free: tuple[str, ...] = ()


@dataclass
class SupplySearch:
    """Search from a node through lines and converters for all assets that could serve it in a step.

    x: values of the columns, (n,); sign: 1 where power is missing, -1 where there is too much; way: nodes from the
    first one to the current one; seen: all nodes that have been described.
    """

    model: Model
    matrix: Matrix
    x: FloatArray
    step: int
    sign: float
    way: list[NodeCarrier] = field(default_factory=list)
    seen: set[NodeCarrier] = field(default_factory=set)

    def at(self, where: NodeCarrier) -> Supply:
        """Describe the assets that could serve a node and carrier; each node is described once."""
        self.seen.add(where)
        self.way.append(where)
        found = [
            self._of_term(name, contribution, where, term)
            for name, contribution in self.model.contributions.items()
            for term in contribution.at(where)
            if self._serves(term, 1.0)
        ]
        self.way.pop()
        bound = [line for part in found for line in part.bound]
        free = [line for part in found for line in part.free]
        if not bound and not free:
            more = "supply more" if self.sign > 0 else "take more"
            bound = [f"{_INDENT}nothing at this node can {more}{self.model.similar_node_hint(where)}"]
        return Supply(tuple(bound), tuple(free))

    def _serves(self, term: Term, way: float) -> bool:
        """Whether a greater value of a term's variable reduces the imbalance at its node, or increases it (way -1)."""
        if term.variable is None:
            return False
        return bool(term.spread(len(term.variable))[self.step] * self.sign * way > 0)

    def _of_term(self, name: str, contribution: Contribution, where: NodeCarrier, term: Term) -> Supply:
        column = self.matrix.span(term.variable).start + self.step
        given = self.x[column]
        highest = self.matrix.upper[column]
        limit = f"at most {highest:,.3f}" if np.isfinite(highest) else "no limit"
        states = self._states(contribution)
        line = f"{_INDENT}{name}: {term.variable.local_name} {round(given, 3) + 0.0:,.3f} ({limit}){states}"
        if given >= highest - _TINY * max(1.0, abs(highest)) or states:
            return Supply(bound=(line,))
        behind = list(self._behind(contribution, where))
        return self._through(line, behind) if behind else Supply(free=(line,))

    def _behind(self, contribution: Contribution, where: NodeCarrier) -> Iterator[AssetPort]:
        """Other ports of an asset at which it must draw the power that it supplies at ``where``."""
        for port, terms in contribution.flows.items():
            if port.at != where and any(self._serves(term, -1.0) for term in terms):
                yield port

    def _through(self, line: str, behind: list[AssetPort]) -> Supply:
        """Describe a line or converter that is at no limit of its own, with the supply of the nodes behind it."""
        bound: list[str] = []
        free: list[str] = []
        for port in (port for port in behind if port.at not in self.way):
            heading = f"{line}, behind it node {port.node!r} ({port.carrier})"
            if port.at in self.seen:
                bound.append(f"{heading}, which is described here already")
                continue
            found = self.at(port.at)
            for lines, kept in ((found.bound, bound), (found.free, free)):
                if lines:
                    kept.append("\n".join([f"{heading}:", *(_deeper(text) for text in lines)]))
        return Supply(tuple(bound), tuple(free))

    def _states(self, contribution: Contribution) -> str:
        """Text about the states of an asset that are at a limit at the end of the step, "" if there are none."""
        found = []
        for variable in (state.variable for state in contribution.states):
            column = self.matrix.span(variable).start + self.step + 1
            for limit, word in ((self.matrix.lower[column], "lowest"), (self.matrix.upper[column], "highest")):
                if abs(self.x[column] - limit) < _TINY * max(1.0, abs(limit)):
                    found.append(f"; {variable.local_name} at its {word}, {limit:,.3f}")
        return "".join(found)


def _deeper(text: str) -> str:
    """A text with each line indented by one more level."""
    return "\n".join(f"{_INDENT}{line}" for line in text.splitlines())
