"""One graph, and the event loop on which a command runs it."""

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from hugginggpt.app.live import Watcher
from hugginggpt.app.terminal import complain
from hugginggpt.app.threads import Threads, open_passing, open_threads
from hugginggpt.tools.errors import InputError, SettingError

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from hugginggpt.graph.build import Graph
    from hugginggpt.graph.context import Context

GRACE = 0.5
"""Seconds that an interrupted run may take to end; then workers that are busy are left behind."""

_MODES: Any = ["custom", "updates", "messages"]

T = TypeVar("T")
Stream = AsyncIterator[Any]
Ask = Callable[[Mapping[str, Any]], Any]
"""Asks the user what the graph wants to know; see `app.asking`."""


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
    """What the run waits to be told: which plan is meant, or whether it may be carried out."""

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
        threads: Threads,
        build: Callable[[Threads], "Graph"],
        watch: Callable[[], Watcher],
        ask: Ask,
    ) -> None:
        """Run what `build` makes, each run kept in `threads` and shown by what `watch` gives."""
        self._runner = runner
        self._build = build
        self._watch = watch
        self._ask = ask
        self.threads = threads

    @cached_property
    def graph(self) -> "Graph":
        """The graph, built when first needed: importing LangGraph takes a second."""
        return self._build(self.threads)

    def wait(self, job: Coroutine[Any, Any, T]) -> T:
        """What `job` returns, run on the loop of the session.

        Raises:
            InputError: the store of threads can't be used.

        """
        with self.threads.tell():
            return self._runner.run(job)

    def run(
        self,
        given: Mapping[str, Any] | None,
        context: "Context",
        config: "RunnableConfig",
        outcome: Outcome | None = None,
    ) -> Outcome:
        """What came of one request; `interrupted` where the user pressed Ctrl-C.

        Without `given` the run of the thread goes on, of which `outcome` is known so far.
        """
        outcome = outcome or Outcome()
        feed: Any = given
        try:
            while True:
                with self._watch() as watcher, contextlib.redirect_stdout(sys.stderr):
                    if feed is None:
                        _show_earlier(watcher, outcome)
                    stream = self.graph.astream(
                        feed, config, context=context, stream_mode=_MODES, durability="sync"
                    )
                    self.wait(_follow(stream, watcher, outcome))
                if outcome.question is None:
                    return outcome
                feed = self._next(outcome, context)
        except KeyboardInterrupt:
            outcome.interrupted = True
            self._runner.run(_stop_rest())
        return outcome

    def _next(self, outcome: Outcome, context: "Context") -> Any:
        """What the run is to go on with, once the user has been asked.

        What was asked under other settings, before a run was stopped, is settled by those of now.
        """
        from langgraph.types import Command

        question, outcome.question = outcome.question or {}, None
        is_doubt = question.get("reason") == "doubt"
        is_asked = context.clarify if is_doubt else context.approve != "never"
        return Command(resume=self._ask(question) if is_asked else True)


@contextlib.contextmanager
def open_session(
    build: Callable[[Threads], "Graph"],
    *,
    watch: Callable[[], Watcher],
    ask: Ask,
    must_last: bool = True,
) -> Iterator[Session]:
    """A session on the store of threads; a passing store will do unless it `must_last`.

    Raises:
        InputError: the store can't be used.

    """
    runner = asyncio.Runner()
    stack = contextlib.AsyncExitStack()
    try:
        threads = runner.run(_open_store(stack, must_last=must_last))
        stack.callback(threads.close)
        yield Session(runner, threads, build, watch, ask)
    finally:
        runner.run(stack.aclose())
        close(runner)


async def _open_store(stack: contextlib.AsyncExitStack, *, must_last: bool) -> Threads:
    try:
        return await open_threads(stack)
    except SettingError:
        raise
    except InputError as error:
        if must_last:
            raise
        complain(f"{error}. This request is answered all the same, but can't be gone on with")
        return await open_passing(stack)


def _show_earlier(watcher: Watcher, outcome: Outcome) -> None:
    """Show what an earlier process has done of the run."""
    if outcome.plan:
        watcher.show_plan(outcome.plan)
    for key, result in outcome.results.items():
        watcher.take({**result, "event": result["status"], "task": key})


async def _stop_rest() -> None:
    """Stop what nobody has stopped yet, where an interrupt has torn the loop from its work."""
    rest = {task for task in asyncio.all_tasks() if not task.cancelling()}
    rest.discard(asyncio.current_task())
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=GRACE)


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
    if "plan" in (update or {}) and not update.get("other"):  # else it may not be the one meant
        watcher.show_plan(outcome.plan)


def close(runner: asyncio.Runner) -> None:
    """Close the loop, unless a worker is still busy: waiting for it could take minutes."""
    if not asyncio.all_tasks(runner.get_loop()):
        runner.close()
