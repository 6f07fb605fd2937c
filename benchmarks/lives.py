"""A run that dies where it is told to, in a process of its own; the next life goes on with it."""

import asyncio
import hashlib
import json
import os
import re
import signal
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, NamedTuple

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from benchmarks.journal import Journal
from benchmarks.parts import REQUEST, Spec
from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded import EmbeddedBrain
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.records import ResultCache
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import Endpoint

Durability = Literal["sync", "async", "exit"]


class Point(NamedTuple):
    """A moment of a run: the `count`-th time that it gets to `name`."""

    name: str
    count: int


@dataclass(frozen=True)
class Life:
    """One process of a run: where its traces are, and when it dies."""

    folder: Path
    """Of the whole run: its journal, its files, its result, and the checkpoints of SQLite."""
    spec: Spec
    order: Sequence[int]
    """In which the plan lists its tasks; their ids follow it."""
    durability: Durability
    database: str | None = None
    """Address of a Postgres that keeps the checkpoints; None: a SQLite file."""
    dies_at: Point | None = None

    @property
    def config(self) -> Any:
        """The same thread in all lives."""
        return {"configurable": {"thread_id": self.folder.name}}


class Points:
    """Counts how often a run gets where, and ends the process at one of these moments."""

    def __init__(self, last: Point | None) -> None:
        self.reached: Counter[str] = Counter()
        self._last = last

    def reach(self, name: str) -> None:
        """Note that the run is at `name`; does not return where its life ends there."""
        self.reached[name] += 1
        if self._last == (name, self.reached[name]):
            os.kill(os.getpid(), signal.SIGKILL)


class DyingBrain(EmbeddedBrain):
    """Plans the tasks of a spec; each has its name and its time in its text."""

    def __init__(self, life: Life, points: Points) -> None:
        self._ids = {task: number for number, task in enumerate(life.order)}
        self._spec = life.spec
        self._points = points

    async def plan(self, request, brief):
        self._points.reach("plan")
        return Draft([self._task(task) for task in self._ids])

    def _task(self, task: int) -> dict[str, Any]:
        seconds, needs = self._spec[task]
        ids = [self._ids[n] for n in needs]
        words = [f"n{task}", f"{seconds:g}", *(f"<GENERATED>-{n}" for n in ids)]
        return {
            "task": "translation",
            "id": self._ids[task],
            "dep": ids or [-1],
            "args": {"text": " ".join(words)},
        }

    async def answer(self, request, plan, results, remarks, brief):
        self._points.reach("answer begins")
        answer = await super().answer(request, plan, results, remarks, brief)
        self._points.reach("answer ends")
        return answer


class DyingEndpoint(Endpoint):
    """Sleeps for as long as the text says, and notes when each task starts and ends."""

    name = "dying"

    def __init__(self, journal: Journal, points: Points) -> None:
        self._journal = journal
        self._points = points

    def candidates(self, kind):
        return [Candidate(model="sleep", kind=kind.name, endpoint=self.name)]

    def refusal(self, kind):
        return "never"

    def obstacle(self, candidate):
        return None

    async def run(self, candidate, arguments, call):
        name, seconds, *_ = arguments["text"].split()
        self._journal.note("start", name)
        self._points.reach("task starts")
        await asyncio.sleep(float(seconds))
        digest = hashlib.sha256(arguments["text"].encode()).hexdigest()[:8]
        self._journal.note("end", name)
        self._points.reach("task ends")
        return [Artifact.of_text(f"{name}:{digest}")]

    def slot(self):
        return nullcontext()


class DyingCache(ResultCache):
    """Notes when the result of each task is written."""

    def __init__(self, path: Path, journal: Journal, points: Points) -> None:
        super().__init__(path)
        self._journal = journal
        self._points = points

    def set(self, mapping):
        self._points.reach("record begins")
        super().set(mapping)
        for value, _ in mapping.values():
            self._journal.note("record", value["artifacts"][0]["text"].partition(":")[0])
        self._points.reach("record ends")


class _Dying:
    """Mixed into a saver: its writes are moments at which the process may die."""

    points: Points

    async def aput(self, *arguments):
        self.points.reach("checkpoint begins")
        stored = await super().aput(*arguments)  # type: ignore[misc]
        self.points.reach("checkpoint ends")
        return stored

    async def aput_writes(self, *arguments):
        self.points.reach("writes begin")
        await super().aput_writes(*arguments)  # type: ignore[misc]
        self.points.reach("writes end")


@asynccontextmanager
async def _saver(life: Life, points: Points) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    kind, address = AsyncSqliteSaver, str(life.folder / "checkpoints.sqlite")
    if life.database is not None:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

        kind, address = AsyncPostgresSaver, life.database
    dying = type(f"Dying{kind.__name__}", (_Dying, kind), {})
    async with dying.from_conn_string(address) as saver:
        saver.points = points
        await saver.setup()
        yield saver


def live(life: Life, parent: Connection) -> None:
    """Begin the run, or go on with it, until the answer is there or this process is stopped."""
    try:
        asyncio.run(_live(life, parent))
    except KeyboardInterrupt:  # ends as a process that is interrupted does, without a traceback
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        (life.folder / "error").write_text(traceback.format_exc())
        raise


async def _live(life: Life, parent: Connection) -> None:
    journal, points = Journal(life.folder / "journal"), Points(life.dies_at)
    cache = DyingCache(life.folder / "results.sqlite", journal, points)
    brain = DyingBrain(life, points)
    async with _saver(life, points) as saver:
        graph = build_graph(
            saver, brain=brain, endpoints=[DyingEndpoint(journal, points)], cache=cache
        )
        known = (await graph.aget_state(life.config)).metadata is not None
        parent.send("began")
        stream = graph.astream(
            None if known else REQUEST,
            life.config,
            context=Context(workspace=str(life.folder / "files")),
            durability=life.durability,
            stream_mode=["custom", "values"],
        )
        async for mode, part in stream:
            if mode == "values":
                state = part
            elif part["event"] == "done":
                journal.note("told", _name(state["plan"][part["task"]]))
    _keep(life, {"state": _told(state), "points": points.reached})


def _name(task: Mapping[str, Any]) -> str:
    """What the endpoint calls a task; its id may be another in each plan."""
    return re.findall(r"n\d+", json.dumps(task["arguments"]))[0]


def _told(state: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same however often a run was killed."""
    results = state.get("results", {}).values()
    outputs = [f"{r['status']} {r['artifacts'][0]['text']}" for r in results if r["artifacts"]]
    return {"answer": state["messages"][-1].text, "outputs": sorted(outputs)}


def _keep(life: Life, result: Mapping[str, Any]) -> None:
    (life.folder / "result.new").write_text(json.dumps(result))
    os.replace(life.folder / "result.new", life.folder / "result.json")
