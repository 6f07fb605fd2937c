"""The embedded brain: plans by cues, selects by rank, words answers from typed results.

No key, no network, no model: milliseconds, and the same answer every time.
"""

from collections.abc import Mapping, Sequence

import anyio.to_thread

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import Selection, TaskResult
from hugginggpt.tools.candidates import Candidate


class EmbeddedBrain:
    """A `Brain` that needs nothing but this package."""

    name = "embedded"

    async def plan(self, request: Request) -> Draft:
        """The tasks whose cues stand in the request."""
        from hugginggpt.graph.brain.embedded.planner import draft

        # In a thread: the first call reads the cues from disk.
        return await anyio.to_thread.run_sync(draft, request)

    async def select(
        self,
        request: Request,  # noqa: ARG002
        plan: Plan,  # noqa: ARG002
        candidates: Mapping[str, Sequence[Candidate]],
    ) -> dict[str, Selection]:
        """The first candidate of each task: they come ranked."""
        return {
            key: Selection(
                chosen=ranked[0],
                reason=f"ranked first of {len(ranked)} candidates by endpoint and downloads",
            )
            for key, ranked in candidates.items()
        }

    async def answer(
        self,
        request: Request,
        plan: Plan,
        results: Mapping[str, TaskResult],
        remarks: Sequence[str],
    ) -> str:
        """The direct answer, then the steps, the files, and what to know about them."""
        from hugginggpt.graph.brain.embedded.composer import compose

        return await anyio.to_thread.run_sync(compose, request, plan, results, remarks)
