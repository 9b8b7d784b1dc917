"""What could serve a node in one step: its assets at their limits, and what stands behind lines and converters."""

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
    """What the assets at a node give, a line of text each.

    bound: those that can give no more; free: those that could, so that something else holds them back.
    """

    bound: tuple[str, ...] = ()
    free: tuple[str, ...] = ()


@dataclass
class SupplySearch:
    """Walks from a node through lines and converters to everything that could serve it in a step.

    sign: 1 where power is missing, -1 where it has to be taken; x: the values of the columns; way: the nodes from the
    first one to the present one; seen: all that were described.
    """

    model: Model
    matrix: Matrix
    x: FloatArray
    step: int
    sign: float
    way: list[NodeCarrier] = field(default_factory=list)
    seen: set[NodeCarrier] = field(default_factory=set)

    def at(self, where: NodeCarrier) -> Supply:
        """What could serve a node and carrier; each node is described once."""
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
            bound = [f"{_INDENT}nothing at this node can supply more{self.model.meant(where)}"]
        return Supply(tuple(bound), tuple(free))

    def _serves(self, term: Term, way: float) -> bool:
        """Whether more of a term's variable helps the node that it stands at, or, with way = -1, burdens it."""
        if term.variable is None:
            return False
        return bool(term.spread(len(term.variable))[self.step] * self.sign * way > 0)

    def _of_term(self, name: str, contribution: Contribution, where: NodeCarrier, term: Term) -> Supply:
        column = self.matrix.span(term.variable).start + self.step
        given, highest = self.x[column], self.matrix.upper[column]
        limit = f"at most {highest:,.3f}" if np.isfinite(highest) else "no limit"
        states = self._states(contribution)
        line = f"{_INDENT}{name}: {term.variable.local_name} {round(given, 3) + 0.0:,.3f} ({limit}){states}"
        if given >= highest - _TINY * max(1.0, abs(highest)) or states:
            return Supply(bound=(line,))
        behind = list(self._behind(contribution, where))
        return self._through(line, behind) if behind else Supply(free=(line,))

    def _behind(self, contribution: Contribution, where: NodeCarrier) -> Iterator[AssetPort]:
        """The other ports at which an asset has to take what it gives here."""
        for port, terms in contribution.flows.items():
            if port.at != where and any(self._serves(term, -1.0) for term in terms):
                yield port

    def _through(self, line: str, behind: list[AssetPort]) -> Supply:
        """A line or converter that is at no limit of its own, with what stands behind it."""
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
        """States of the asset that stand at a limit at the end of the step."""
        found = []
        for variable in (state.variable for state in contribution.states):
            column = self.matrix.span(variable).start + self.step + 1
            for limit, word in ((self.matrix.lower[column], "lowest"), (self.matrix.upper[column], "highest")):
                if abs(self.x[column] - limit) < _TINY * max(1.0, abs(limit)):
                    found.append(f"; {variable.local_name} at its {word}, {limit:,.3f}")
        return "".join(found)


def _deeper(text: str) -> str:
    """The lines of a text, indented once more."""
    return "\n".join(f"{_INDENT}{line}" for line in text.splitlines())
