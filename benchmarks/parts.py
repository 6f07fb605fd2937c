"""What the benchmarks share: plans of sleeping tasks, and an endpoint that sleeps."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from typing import Any

from hugginggpt.graph.brain import Answer, Draft
from hugginggpt.graph.brain.embedded import EmbeddedBrain
from hugginggpt.graph.build import build_graph
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import Endpoint

Spec = Sequence[tuple[float, Sequence[int]]]
"""For each task: how long it sleeps, in seconds, and which tasks it needs."""

REQUEST = {"messages": [("user", "run the benchmark")]}


def tasks_of(spec: Spec) -> list[dict[str, Any]]:
    """The plan in wire form. Each task has a text of its own: like ones would be done once."""
    return [
        {
            "task": "translation",
            "id": n,
            "dep": list(needs) or [-1],
            "args": {"text": f"{seconds} s of task {n}"},
        }
        for n, (seconds, needs) in enumerate(spec)
    ]


class PlannedBrain(EmbeddedBrain):
    """Proposes one plan, and answers with one word."""

    def __init__(self, spec: Spec) -> None:
        self._tasks = tasks_of(spec)

    async def plan(self, request, brief):
        return Draft(self._tasks)

    async def answer(self, request, plan, results, remarks, brief):
        assert len(results) == len(self._tasks)
        assert all(r.status == "done" and not r.reused for r in results.values())
        return Answer("done")


class SleepingEndpoint(Endpoint):
    """Sleeps for as many seconds as the text begins with."""

    name = "sleeping"

    def __init__(self, models: Sequence[str] = ("sleep",)) -> None:
        self._models = models

    def candidates(self, kind):
        return [Candidate(model=m, kind=kind.name, endpoint=self.name) for m in self._models]

    def refusal(self, kind):
        return "never"

    def obstacle(self, candidate):
        return None

    async def run(self, candidate, arguments, call):
        if (seconds := float(arguments["text"].split()[0])) > 0:
            await asyncio.sleep(seconds)
        return [Artifact.of_text(arguments["text"])]

    def slot(self):
        return nullcontext()


def graph_of(spec: Spec, **settings: Any):
    """Our graph, which carries out the tasks of `spec`."""
    return build_graph(brain=PlannedBrain(spec), endpoints=[SleepingEndpoint()], **settings)


def critical_path(spec: Spec) -> float:
    """Length of the longest chain of tasks, in seconds: no scheduler can be faster."""
    ends: list[float] = []
    for seconds, needs in spec:
        ends.append(seconds + max((ends[n] for n in needs), default=0.0))
    return max(ends)


async def wall(run: Callable[[], Awaitable[Any]], repeat: int = 3) -> float:
    """Seconds of the best of `repeat` runs."""
    best = float("inf")
    for _ in range(repeat):
        began = time.perf_counter()
        await run()
        best = min(best, time.perf_counter() - began)
    return best
