"""Parts that go wrong on purpose, and what a run with one of them comes to."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hugginggpt.graph.brain import Brain, Draft
from hugginggpt.graph.brain.embedded import EmbeddedBrain
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import Call, Endpoint, EndpointSettings
from hugginggpt.tools.endpoints.hosted import HostedEndpoint

REQUEST = {"messages": [("user", "do it")]}
SICK = "translation"
"""The kind of task that meets the fault; all others are summaries, and none of them does."""

Work = Callable[[str, Call], Awaitable[Artifact]]


def task(number: int, text: str, *needs: int, kind: str = "summarization") -> dict[str, Any]:
    """One task in wire form."""
    return {"task": kind, "id": number, "dep": list(needs) or [-1], "args": {"text": text}}


PLAN = (
    task(0, "one"),
    task(1, "<GENERATED>-0 more", 0),
    task(2, "sick", kind=SICK),
    task(3, "<GENERATED>-2 more", 2),
    task(4, "two"),
)
"""Three tasks that the fault does not touch, the one that meets it, and one that needs that."""


class FaultyBrain(EmbeddedBrain):
    """Proposes the tasks it was made with."""

    def __init__(self, tasks: Sequence[Mapping[str, Any]]) -> None:
        self._tasks = tasks

    async def plan(self, request, brief):
        return Draft(list(self._tasks))


class Doer(Endpoint):
    """Does one kind of task by a function of its first argument."""

    def __init__(self, name: str, kind: str, work: Work, models: Sequence[str] = ("model",)):
        self.name = name
        self._kind = kind
        self._work = work
        self._models = models

    def candidates(self, kind):
        if kind.name != self._kind:
            return []
        return [Candidate(model=m, kind=kind.name, endpoint=self.name) for m in self._models]

    def refusal(self, kind):
        return f"it does {self._kind} only"

    def obstacle(self, candidate):
        return None

    async def run(self, candidate, arguments, call):
        return [await self._work(str(next(iter(arguments.values()))), call)]

    def slot(self):
        return nullcontext()


async def echo(text: str, call: Call) -> Artifact:
    """The text again."""
    return Artifact.of_text(text)


class _Known:
    """A catalogue of one model."""

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate

    def models(self, kind):
        return [self._candidate] if kind.name == self._candidate.kind else []

    async def refresh(self, kinds):
        return


def hosted(url: str) -> HostedEndpoint:
    """A hosted endpoint that knows one model, which is served at `url`."""
    candidate = Candidate(model=f"{url}/model", kind=SICK, endpoint="")
    return HostedEndpoint(EndpointSettings(), catalogue=_Known(candidate))


@dataclass(frozen=True)
class Setting:
    """What a run with a fault is built from."""

    sick: Endpoint | None = None
    """Does the sick task; None: it is as well as the others."""
    brain: Brain | None = field(default_factory=lambda: FaultyBrain(PLAN))
    """None: the one that the context names."""
    context: Mapping[str, Any] = field(default_factory=dict)


Prepare = Callable[[AsyncExitStack, Path], Setting]
"""Makes ready what a fault needs; the stack ends it, the folder is empty."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, and where."""

    name: str
    stage: str
    prepare: Prepare


class Row(NamedTuple):
    """What a fault has cost."""

    kept: int
    """Tasks that are done."""
    lost: list[str]
    """Tasks that are not, and how they ended."""
    told: str
    """What the user is told of it; empty where that is nothing."""
    seconds: float


async def suffer(fault: Fault, *, spare: bool = False) -> Row:
    """A run with that fault; with `spare` there is another model for the sick task."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        setting = fault.prepare(stack, folder)
        sick = setting.sick or Doer("well", SICK, echo)
        endpoints = [Doer("steady", "summarization", echo, ("model", "better")), sick]
        endpoints += [Doer("spare", SICK, echo)] if spare else []
        graph = build_graph(brain=setting.brain, endpoints=endpoints)
        context = {"workspace": str(folder / "files"), **setting.context}
        began = time.monotonic()
        state = await graph.ainvoke(REQUEST, context=Context(**context))
        return _row(state, time.monotonic() - began)


def _row(state: Mapping[str, Any], seconds: float) -> Row:
    results = state.get("results", {})
    ended = {key: results[key]["status"] if key in results else "lost" for key in state["plan"]}
    lost = [f"{key} {status}" for key, status in ended.items() if status != "done"]
    return Row(list(ended.values()).count("done"), lost, _told(state), seconds)


def _told(state: Mapping[str, Any]) -> str:
    """What the user is told that went otherwise: by the answer, by the choice of the models."""
    answer = state["messages"][-1].text
    if not state["plan"]:
        return answer
    _, _, notes = answer.partition("### Good to know")
    lines = [line for line in answer.splitlines() if "which failed" not in line]
    failed = [line for line in lines if line.startswith(("- **Could not do", "- **Skipped"))]
    chosen = [f"({s['reason']})" for s in state["selections"].values() if "since" in s["reason"]]
    return " ".join(dict.fromkeys([*failed, *notes.split("\n"), *chosen])).strip()
