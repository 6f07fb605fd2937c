"""What can run here: the candidates of each kind of task, and the choice that needs no brain."""

import asyncio
from collections.abc import Iterable, Sequence

from hugginggpt.graph.context import Context
from hugginggpt.graph.results import Selection
from hugginggpt.tools.candidates import Candidate, Found, find_candidates
from hugginggpt.tools.endpoints import Endpoint
from hugginggpt.tools.kinds import KINDS, TaskKind
from hugginggpt.tools.tool import no_endpoint

LARGE = 1_000_000_000
"""Bytes from which loading a model is a cost: minutes to fetch, and much of the memory."""


class Offers:
    """Finds the candidates of each kind once. Looking them up may take time: use a thread."""

    def __init__(
        self, context: Context, endpoints: Sequence[Endpoint], own: Endpoint | None
    ) -> None:
        """Look on `endpoints` first; `own` is the brain, where it can do tasks itself."""
        self._context = context
        self._endpoints = endpoints
        self._own = own if context.brain_as_endpoint != "never" else None
        self._found: dict[str, Found] = {}
        self._refreshed: set[str] = set()

    @property
    def endpoints(self) -> list[Endpoint]:
        """All places where a task may run."""
        return [*self._endpoints, *([self._own] if self._own else [])]

    def of(self, kind: str) -> Found:
        """The candidates of that kind, best first, and why others can't run."""
        if kind not in self._found:
            self._found[kind] = self._find(KINDS[kind])
        return self._found[kind]

    async def refresh(self, kinds: Iterable[str]) -> None:
        """Look for new candidates of these kinds, on all endpoints at once."""
        names = [kind for kind in kinds if kind not in self._refreshed]
        wanted = [KINDS[name] for name in names]
        await asyncio.gather(*(endpoint.refresh(wanted) for endpoint in self._endpoints))
        self._refreshed.update(names)
        for name in names:
            self._found.pop(name, None)

    def prepare(self, selections: Iterable[Selection]) -> None:
        """Begin to get the chosen models ready; their tasks may have to wait for others."""
        by_name = {endpoint.name: endpoint for endpoint in self.endpoints}
        for candidate in dict.fromkeys(s.chosen for s in selections if s.chosen):
            if candidate.endpoint in by_name:
                by_name[candidate.endpoint].prepare(candidate)

    def is_costly(self, candidate: Candidate) -> bool:
        """Whether running it costs money, or the loading of a large model that is not there yet.

        A model whose size is not known is taken for a small one.
        """
        endpoint = next((e for e in self.endpoints if e.name == candidate.endpoint), None)
        if endpoint is None:
            return False
        is_large = (candidate.size or 0) >= LARGE
        return endpoint.is_paid or (is_large and not endpoint.is_loaded(candidate))

    def known(self, kind: str) -> Found | None:
        """The candidates of that kind where they have been looked up already."""
        return self._found.get(kind)

    def kinds(self) -> list[TaskKind]:
        """The kinds of task that a plan may use."""
        runnable = [kind for name, kind in KINDS.items() if self.of(name).candidates]
        return list(KINDS.values()) if self._context.offer == "all" else runnable

    def settled(self, kind: str, found: Found) -> Selection | None:
        """The selection where there is nothing to choose, or rank decides; else None."""
        candidates, refusals = found
        if not candidates:
            return Selection(chosen=None, reason=no_endpoint(KINDS[kind], refusals))
        if len(candidates) == 1:
            return Selection(chosen=candidates[0], reason="the only model that can run here")
        if self._context.selection == "rank":
            return ranked_first(candidates)
        return None

    def _find(self, kind: TaskKind) -> Found:
        found = find_candidates(kind, self._endpoints, self._context.candidates)
        if self._own is None:
            return found
        if self._context.brain_as_endpoint == "fallback" and found.candidates:
            return found
        own = find_candidates(kind, [self._own], 1)
        return Found((*found.candidates, *own.candidates), (*found.refusals, *own.refusals))


def ranked_first(candidates: Sequence[Candidate]) -> Selection:
    """The first candidate: they come ranked."""
    first, *others = candidates
    return Selection(
        chosen=first,
        reason=f"ranked first of {len(candidates)} candidates by endpoint and downloads",
        others=tuple(others),
    )
