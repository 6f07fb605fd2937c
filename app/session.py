"""One graph, and the event loop on which a command runs it."""

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hugginggpt.app.live import Watcher

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from hugginggpt.graph.build import Graph
    from hugginggpt.graph.context import Context

GRACE = 0.5
"""Seconds that an interrupted run may take to end; then workers that are busy are left behind."""

_MODES: Any = ["custom", "updates", "messages"]

Stream = AsyncIterator[Any]
Approve = Callable[[Mapping[str, Any]], Any]
"""Asks the user about a plan; see `graph.approval.approve_plan` for what goes in and comes back."""


@dataclass(slots=True)
class Outcome:
    """What a run has left so far, in the JSON of the graph's state."""

    plan: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    selections: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    answer: str = ""
    usage: dict[str, dict[str, int]] = field(default_factory=dict)
    """Calls and tokens of the chat model, by node."""
    interrupted: bool = False
    question: Mapping[str, Any] | None = None
    """What the run waits to be told: the plan that is to be approved."""

    def absorb(self, update: Mapping[str, Any]) -> None:
        """Take over what one node has written."""
        self.plan = update.get("plan", self.plan)
        self.remarks = update.get("remarks", self.remarks)
        self.selections |= update.get("selections", {})
        self.results |= update.get("results", {})
        self.usage |= update.get("usage", {})
        for message in update.get("messages", ()):
            self.answer = message.text

    @property
    def total_usage(self) -> dict[str, int]:
        """Calls and tokens of the chat model: those of the nodes, and of tasks that it did."""
        artifacts = (a for result in self.results.values() for a in result["artifacts"])
        tasks = (a["metadata"].get("usage", {}) for a in artifacts)
        total: Counter[str] = Counter()
        for usage in (*self.usage.values(), *tasks):
            total.update(usage)
        return {name: total[name] for name in ("calls", "input_tokens", "output_tokens")}

    @property
    def failures(self) -> bool:
        """Whether anything that was asked for could not be done."""
        from hugginggpt.graph.intake import LEFT_OUT, UNPLANNED, UNUSABLE

        undone = any(
            self.results.get(key, {"status": "missing"})["status"] != "done" for key in self.plan
        )
        return undone or any(
            remark.startswith((UNPLANNED, UNUSABLE, LEFT_OUT)) for remark in self.remarks
        )

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files that the tasks produced, as JSON of artifacts, in the order of the plan."""
        artifacts = (a for key in self.plan for a in self.results.get(key, {}).get("artifacts", ()))
        return list({a["path"]: a for a in artifacts if a.get("path")}.values())


class Session:
    """Runs a graph, turn by turn. Ctrl-C ends a turn at once, whatever its workers do."""

    def __init__(
        self,
        runner: asyncio.Runner,
        build: Callable[[], "Graph"],
        watch: Callable[[], Watcher],
        approve: Approve,
    ) -> None:
        """Run what `build` makes on the loop of `runner`, each run shown by what `watch` gives."""
        self._runner = runner
        self._build = build
        self._watch = watch
        self._approve = approve

    @cached_property
    def graph(self) -> "Graph":
        """The graph, built when first needed: importing LangGraph takes a second."""
        return self._build()

    def run(
        self,
        given: Mapping[str, Any],
        context: "Context",
        config: "RunnableConfig | None" = None,
    ) -> Outcome:
        """What came of one request; `interrupted` where the user pressed Ctrl-C."""
        outcome = Outcome()
        feed: Any = given
        try:
            while feed is not None:
                with self._watch() as watcher, contextlib.redirect_stdout(sys.stderr):
                    stream = self.graph.astream(feed, config, context=context, stream_mode=_MODES)
                    self._runner.run(_follow(stream, watcher, outcome))
                feed = self._next(outcome)
        except KeyboardInterrupt:
            outcome.interrupted = True
        return outcome

    def _next(self, outcome: Outcome) -> Any:
        """What the run is to go on with; None where it has ended."""
        question, outcome.question = outcome.question, None
        if question is None:
            return None

        from langgraph.types import Command

        return Command(resume=self._approve(question))


async def _follow(stream: Stream, watcher: Watcher, outcome: Outcome) -> None:
    """Run the graph in a task of its own, so that it can be left behind when interrupted."""
    pump = asyncio.ensure_future(_pump(stream, watcher, outcome))
    try:
        await asyncio.shield(pump)
    finally:
        if not pump.done():
            pump.cancel()
            await asyncio.wait({pump}, timeout=GRACE)


async def _pump(stream: Stream, watcher: Watcher, outcome: Outcome) -> None:
    async for mode, chunk in stream:
        if mode == "custom":
            watcher.take(chunk)
            continue
        if mode == "messages":
            message, about = chunk
            _take_words(message, about, watcher)
            continue
        for node, update in chunk.items():
            _take_update(node, update, watcher, outcome)


def _take_words(message: Any, about: Mapping[str, Any], watcher: Watcher) -> None:
    """Show a piece of the answer; the whole of it comes with the update."""
    is_piece = type(message).__name__ == "AIMessageChunk"
    if is_piece and about.get("langgraph_node") == "respond":
        watcher.hear(str(message.text))


def _take_update(node: str, update: Any, watcher: Watcher, outcome: Outcome) -> None:
    if node == "__interrupt__":
        outcome.question = update[0].value
        return
    outcome.absorb(update or {})
    if "plan" in (update or {}):
        watcher.show_plan(outcome.plan)


def close(runner: asyncio.Runner) -> None:
    """Close the loop, unless a worker is still busy: waiting for it could take minutes."""
    if not asyncio.all_tasks(runner.get_loop()):
        runner.close()
