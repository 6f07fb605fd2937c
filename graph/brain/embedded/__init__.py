"""The embedded brain: plans by cues and examples, selects by rank, words answers from results.

No key, no network, no chat model: milliseconds, and the same answer every time.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from hugginggpt.graph.brain import Answer, Brief, Choices, Draft
from hugginggpt.graph.budget import Budget
from hugginggpt.graph.context import Context
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.candidates import Candidate

if TYPE_CHECKING:
    from hugginggpt.graph.brain.embedded.explanation import Explanation
    from hugginggpt.graph.brain.embedded.taught import TaughtPlanner


class EmbeddedBrain:
    """A `Brain` that needs nothing but this package."""

    name = "embedded"

    async def plan(self, request: Request, brief: Brief) -> Draft:
        """The tasks that the request needs by its cues, by examples, and by the user's lessons."""
        # In a thread: the first call reads the cues from disk.
        return await anyio.to_thread.run_sync(_draft, request, brief.context.lessons)

    async def explain(self, request: Request, brief: Brief) -> "Explanation":
        """How `plan` comes to its tasks: which words led to which task and link."""
        return await anyio.to_thread.run_sync(_explain, request, brief.context.lessons)

    async def revise(
        self,
        request: Request,  # noqa: ARG002
        brief: Brief,  # noqa: ARG002
        draft: Draft,  # noqa: ARG002
        complaints: Sequence[str],  # noqa: ARG002
    ) -> Draft | None:
        """None: the same request brings the same draft."""
        return None

    async def replan(
        self,
        request: Request,  # noqa: ARG002
        plan: Plan,
        results: Mapping[str, TaskResult],
        brief: Brief,
    ) -> Draft | None:
        """The way round by kinds that do the same work, where they can run here."""
        from hugginggpt.graph.brain.embedded.detours import detour

        tasks = await anyio.to_thread.run_sync(detour, plan, results, brief.kinds)
        return Draft(tasks) if tasks else None

    async def select(
        self,
        request: Request,  # noqa: ARG002
        plan: Plan,  # noqa: ARG002
        candidates: Mapping[str, Sequence[Candidate]],
        brief: Brief,  # noqa: ARG002
    ) -> Choices:
        """The first candidate of each task: they come ranked."""
        from hugginggpt.graph.offers import ranked_first

        return Choices({key: ranked_first(ranked) for key, ranked in candidates.items()})

    async def answer(
        self,
        request: Request,
        plan: Plan,
        results: Mapping[str, TaskResult],
        remarks: Sequence[str],
        brief: Brief,  # noqa: ARG002
    ) -> Answer:
        """The direct answer, then the steps, the files, and what to know about them."""
        from hugginggpt.graph.brain.composer import compose

        return Answer(await anyio.to_thread.run_sync(compose, request, plan, results, remarks))

    async def check(self, context: Context) -> str:  # noqa: ARG002
        """That there is nothing to try."""
        return "needs no key and no network"

    def endpoint(self, context: Context, budget: Budget | None = None) -> None:
        """None: it can plan tasks, and do none."""


def _taught(lessons: str | None) -> "TaughtPlanner | None":
    """The planner that has had the lessons in the file; None where there is no such file."""
    path = os.path.expanduser(lessons or "")
    if not os.path.exists(path):
        return None
    from hugginggpt.graph.brain.embedded.taught import planner_of

    return planner_of(Path(path))


def _draft(request: Request, lessons: str | None) -> Draft:
    from hugginggpt.graph.brain.embedded.planner import draft

    planner = _taught(lessons)
    return draft(request) if planner is None else planner.draft(request)


def _explain(request: Request, lessons: str | None) -> "Explanation":
    from hugginggpt.graph.brain.embedded.explanation import explain

    planner = _taught(lessons)
    return explain(request) if planner is None else planner.explain(request)
