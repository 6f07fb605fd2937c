"""What a trace tells of a run: names, metadata and files, for LangSmith and every other tracer.

LangChain's callbacks make the runs: one for each node, one for each try of a task, one for each
call of a chat model. A tracer sends a run when it begins and again when it ends, so what is known
only at the end is added just before the tracer hears of it. Nothing is done where nobody traces.
"""

import asyncio
import mimetypes
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import anyio.to_thread
from langchain_core.callbacks import (
    AsyncCallbackHandler,
    BaseCallbackHandler,
    BaseCallbackManager,
    Callbacks,
)
from langchain_core.messages import ToolCall
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.runnables import RunnableConfig, ensure_config
from langchain_core.tools import BaseTool
from langchain_core.tracers.base import AsyncBaseTracer, BaseTracer
from langchain_core.tracers.langchain import LangChainTracer
from langchain_core.tracers.schemas import Run as TracedRun
from langsmith import tracing_context

from hugginggpt.graph.plan import Task
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.secrets import redact_error, redacted_within

LARGEST_ATTACHMENT = 2_000_000
"""In bytes. A larger file is only named, by its path."""

Tracer = BaseTracer | AsyncBaseTracer
Manager = TypeVar("Manager", bound=BaseCallbackManager)


def annotate(config: RunnableConfig, **metadata: Any) -> None:
    """Add metadata to the run that `config` was handed out in, such as that of a node."""
    manager = config.get("callbacks")
    if isinstance(manager, BaseCallbackManager) and manager.parent_run_id is not None:
        for run in _traced(_tracers(manager), manager.parent_run_id):
            _add(run, metadata)


def outcomes(results: Mapping[str, TaskResult]) -> dict[str, str]:
    """Metadata that names the tasks that failed, were skipped, or were not run again, if any."""
    named = {
        "failed_tasks": [key for key, r in results.items() if r.status == "failed"],
        "skipped_tasks": [key for key, r in results.items() if r.status == "skipped"],
        "reused_tasks": [key for key, r in results.items() if r.reused],
    }
    return {name: ", ".join(keys) for name, keys in named.items() if keys}


class TaskTrace(AsyncCallbackHandler):
    """Names the run of one try of one task, and tells tracers how it ended.

    Seconds are counted from `ready`, when the task could begin, by `time.monotonic`.
    """

    run_inline = True
    """In the order of the handlers: before the tracers, which send the run as they hear of it."""

    def __init__(
        self,
        task: Task,
        candidate: Candidate,
        attempt: int,
        ready: float,
        given: Iterable[str] = (),
    ) -> None:
        """Trace that try; `given` are paths of the user's files that the task reads."""
        self._name = f"{task.kind} · {candidate.model}"
        self._known = {
            "task": task.id,
            "kind": task.kind,
            "model": candidate.model,
            "endpoint": candidate.endpoint,
            "attempt": attempt,
        }
        self.retries = 0
        """How often the endpoint has tried again."""
        self._given = tuple(given)
        self._tracers: list[Tracer] = []
        self._ready = ready
        self._started: float | None = None

    def started(self) -> None:
        """Note that the task has its place on the endpoint: it waits no longer."""
        self._started = time.monotonic()

    async def call(self, tool: BaseTool, call: ToolCall, config: RunnableConfig) -> Any:
        """What the tool makes of the call, as a run right below that which `config` names."""
        # The node that began the job is still the current run to LangSmith, and would go before.
        with tracing_context(parent=False):
            return await tool.ainvoke(call, self._named(config))

    def _named(self, config: RunnableConfig) -> RunnableConfig:
        metadata = {**config.get("metadata", {}), **self._known}
        named: RunnableConfig = {**config, "run_name": self._name, "metadata": metadata}
        manager = config.get("callbacks")
        if isinstance(manager, BaseCallbackManager) and (tracers := _tracers(manager)):
            self._tracers = tracers
            named["callbacks"] = _before_tracers(self, manager)
        return named

    async def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        """Tell how long it took and what it made."""
        times = self._times()
        made: list[Artifact] = getattr(output, "artifact", None) or []
        paths = [artifact.path for artifact in made if artifact.path]
        read = await anyio.to_thread.run_sync(_read_files, self._given, paths)
        self._tell(run_id, read.attachments, status="done", bytes=read.size, **times)

    async def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Tell how long it took to fail; one that was stopped has not failed."""
        stopped = isinstance(error.__cause__ or error, asyncio.CancelledError)
        self._tell(run_id, {}, status="stopped" if stopped else "failed", **self._times())

    def _times(self) -> dict[str, float]:
        now = time.monotonic()
        started = now if self._started is None else self._started
        return {
            "seconds": round(now - self._ready, 3),
            "wait_seconds": round(started - self._ready, 3),
            "run_seconds": round(now - started, 3),
        }

    def _tell(self, run_id: UUID, attachments: Mapping[str, Any], **how: Any) -> None:
        for run in _traced(self._tracers, run_id):
            _add(run, {**how, "retries": self.retries})
        for run in _traced(filter(_takes_files, self._tracers), run_id):
            run.attachments = {**(run.attachments or {}), **attachments}


class ModelTrace(AsyncCallbackHandler):
    """Keeps keys, which a server may quote when it refuses them, out of the run of one call."""

    run_inline = True

    async def on_llm_error(
        self, error: BaseException, *, response: LLMResult | None = None, **_: Any
    ) -> None:
        """Hide them in the error, and in the answer that came with it."""
        redact_error(error)
        for generations in response.generations if response else ():
            for generation in generations:
                if isinstance(generation, ChatGeneration):
                    message = generation.message
                    message.response_metadata = redacted_within(message.response_metadata)


def model_callbacks() -> Callbacks:
    """The callbacks of the current run for a call of a chat model below it."""
    callbacks = ensure_config().get("callbacks")
    if not isinstance(callbacks, BaseCallbackManager):
        return [ModelTrace(), *(callbacks or [])]
    return _before_tracers(ModelTrace(), callbacks)


def _before_tracers(handler: BaseCallbackHandler, manager: Manager) -> Manager:
    """`manager` for one run, which tells `handler` first; runs inside that one don't inherit it."""
    manager = manager.copy()
    manager.handlers.insert(0, handler)
    return manager


def _tracers(manager: BaseCallbackManager) -> list[Tracer]:
    return [each for each in manager.handlers if isinstance(each, BaseTracer | AsyncBaseTracer)]


def _traced(tracers: Iterable[Tracer], run_id: UUID) -> list[TracedRun]:
    """The run as each of the tracers keeps it."""
    found = (tracer.run_map.get(str(run_id)) for tracer in tracers)
    return [run for run in found if run is not None]


def _add(run: TracedRun, metadata: Mapping[str, Any]) -> None:
    """Add to the run's metadata, which it may share with others."""
    extra = run.extra if run.extra is not None else {}
    run.extra = {**extra, "metadata": {**(extra.get("metadata") or {}), **metadata}}


# --- files ---------------------------------------------------------------------------------------


class _Read(NamedTuple):
    """What the files of a task weigh, and those that are sent along."""

    size: int
    """Of all files that the task made, in bytes."""
    attachments: dict[str, tuple[str, bytes]]


def _takes_files(tracer: Tracer) -> bool:
    """Whether files may go where the tracer sends runs.

    LangSmith hides inputs and outputs, and masks them, but not attachments: where anything is to
    be hidden or masked, none is sent.
    """
    if not isinstance(tracer, LangChainTracer):
        return False
    hides = ("_hide_inputs", "_hide_outputs", "_anonymizer")
    return not any(getattr(tracer.client, name, None) for name in hides)


def _read_files(given: Iterable[str], made: Iterable[str]) -> _Read:
    paths = list(dict.fromkeys(made))
    found = [_attachment(path) for path in dict.fromkeys([*given, *paths])]
    return _Read(sum(map(_size, paths)), {a[0]: a[1] for a in found if a is not None})


def _attachment(path: str) -> tuple[str, tuple[str, bytes]] | None:
    """The file under a name that LangSmith takes, which may hold no full stop."""
    if not 0 < _size(path) <= LARGEST_ATTACHMENT:
        return None
    try:
        content = Path(path).read_bytes()
    except OSError:
        return None
    mime = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Path(path).name.replace(".", "_"), (mime, content)


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
