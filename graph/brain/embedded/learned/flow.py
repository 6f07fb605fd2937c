"""Which kinds work on what which others make, as the examples have it: P(link | both planned)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hugginggpt.graph.brain.embedded.learned.linker import Linker
from hugginggpt.graph.brain.embedded.learned.views import POSITION

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SEEN, _LINKED = 2.0, 0.6
"""Pairs of kinds begin as if they had been seen so often, and linked so often."""
_LIKELY = 0.35
"""From this share on a kind works on what the other makes."""
_CLEARLY = 1.5
"""So much likelier one order has to be than the other to be taken whatever the words' order."""


class Flow:
    """How often each kind takes from each other one; shape of `shares` (givers, takers)."""

    def __init__(self, shares: NDArray[np.float32], linker: Linker | None = None) -> None:
        self.shares = shares
        self.linker = linker
        """What tells for one request which it is; None: nothing beside the words."""

    @property
    def arrays(self) -> Mapping[str, NDArray[np.float32]]:
        """What it holds, by name."""
        links = {} if self.linker is None else {"links": self.linker.weights}
        return {"flow": self.shares, **links}

    def share(self, giver: str, taker: str) -> float:
        """Of the plans with both kinds the share in which the one takes from the other."""
        return float(self.shares[POSITION[giver], POSITION[taker]])

    def giver(self, taker: str, others: Collection[str]) -> str | None:
        """Which of the others the kind works on; None: on none of them."""
        best = max(others, key=lambda other: self.share(other, taker), default=None)
        return best if best is not None and self.share(best, taker) >= _LIKELY else None

    def order(self, kinds: Sequence[str]) -> list[str]:
        """The kinds, those that give before those that take; else as they come."""
        left, ordered = list(kinds), []
        while left:
            free = (kind for kind in left if not self._waits(kind, left))
            ordered.append(next(free, left[0]))
            left.remove(ordered[-1])
        return ordered

    def _waits(self, kind: str, others: Collection[str]) -> bool:
        """Whether one of the others has to come first."""
        shares = [(self.share(o, kind), self.share(kind, o)) for o in others if o != kind]
        return any(gives >= _LIKELY and gives > _CLEARLY * takes for gives, takes in shares)


def flow_from(arrays: Mapping[str, NDArray[Any]]) -> Flow | None:
    """The flow that has given such arrays; None where there is none among them."""
    if "flow" not in arrays:
        return None
    return Flow(arrays["flow"], Linker(arrays["links"]) if "links" in arrays else None)


def flow_of(plans: Sequence[Sequence[Mapping[str, Any]]]) -> Flow:
    """How results flow in these plans, in wire form."""
    import numpy as np

    seen = np.full((len(POSITION), len(POSITION)), _SEEN, dtype=np.float32)
    linked = np.full_like(seen, _LINKED)
    for tasks in plans:
        kinds = {task["id"]: task["task"] for task in tasks}
        for giver in set(kinds.values()):
            for taker in set(kinds.values()) - {giver}:
                seen[POSITION[giver], POSITION[taker]] += 1
        pairs = {(kinds[d], task["task"]) for task in tasks for d in task["dep"] if d in kinds}
        for giver, taker in pairs:
            linked[POSITION[giver], POSITION[taker]] += giver != taker
    return Flow(linked / seen)
