"""Run the graph on one request and keep all of it: a `Trajectory`."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hugginggpt.evals.record import Span
from hugginggpt.graph.build import Graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.plan import Plan, Task
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import HuggingGPTError

_ENDS = ("done", "failed", "skipped")


@dataclass(frozen=True)
class Trajectory:
    """What one run has left."""

    request: str
    plan: Plan
    results: Mapping[str, TaskResult]
    answer: str
    seconds: float
    spans: tuple[Span, ...] = ()
    error: str = ""
    """Why the run broke off; empty where it did not."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the planned tasks, in order."""
        return tuple(task.kind for task in self.plan.tasks.values())

    def of(self, kind: str) -> list[tuple[Task, TaskResult]]:
        """The tasks of that kind that have ended, each with how."""
        return [
            (task, self.results[key])
            for key, task in self.plan.tasks.items()
            if task.kind == kind and key in self.results
        ]

    def artifacts(self, kind: str) -> list[Artifact]:
        """What the tasks of that kind have produced."""
        return [artifact for _, result in self.of(kind) for artifact in result.artifacts]

    @property
    def undone(self) -> list[Task]:
        """The tasks that were not done."""
        done = {key for key, result in self.results.items() if result.status == "done"}
        return [task for key, task in self.plan.tasks.items() if key not in done]


async def run_request(
    graph: Graph, request: str, files: Sequence[Path], context: Context
) -> Trajectory:
    """What the graph makes of the request, which may read these files besides its roots."""
    names = [str(path) for path in files]
    changes = {"roots": (*context.roots, *names), "clarify": False}
    allowed = context.model_copy(update=changes)
    given: Any = {"messages": [("user", request)], "files": names}
    clock = _Clock()
    state: Mapping[str, Any] = {}
    error = ""
    try:
        stream: AsyncIterator[Any] = graph.astream(
            given, context=allowed, stream_mode=["custom", "values"]
        )
        async for mode, chunk in stream:
            if mode == "custom":
                clock.hear(chunk)
            else:
                state = chunk
    except HuggingGPTError as raised:
        error = str(raised)
    results = {key: TaskResult.model_validate(r) for key, r in state.get("results", {}).items()}
    messages = state.get("messages", [])
    answer = messages[-1].text if messages and messages[-1].type == "ai" else ""
    plan = Plan.from_state(state.get("plan", {}))
    return Trajectory(request, plan, results, answer, clock.now, tuple(clock.spans), error)


class _Clock:
    """Hears when tasks start and end."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._started: dict[str, float] = {}
        self.spans: list[Span] = []

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return round(time.perf_counter() - self._began, 4)

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take note of a custom event of the graph."""
        now, task = self.now, event.get("task", "")
        if event.get("event") == "started":
            self._started.setdefault(task, now)
        if event.get("event") in _ENDS:
            began = self._started.get(task, now)
            self.spans.append(
                Span(task=task, kind=event["kind"], began=began, ended=now, status=event["event"])
            )
