"""What nodes work with: `Parts` is shared by all runs of a graph, `Run` belongs to one call."""

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import anyio.to_thread
from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.runtime import get_runtime
from langgraph.types import StreamWriter

from hugginggpt.graph.brain import Brain, Brief, open_brain
from hugginggpt.graph.budget import Budget
from hugginggpt.graph.context import Context
from hugginggpt.graph.jobs import Belongings, Jobs, RunJobs
from hugginggpt.graph.offers import Offers
from hugginggpt.graph.records import FILE_NAME, Cache, Records, ResultCache
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Endpoint, EndpointSettings, open_endpoint
from hugginggpt.tools.files import Files
from hugginggpt.tools.loops import call_sync

Update = dict[str, Any]


@dataclass(slots=True)
class Parts:
    """The live objects of a graph: opened once, by name, when first needed."""

    fixed_brain: Brain | None = None
    fixed_endpoints: Sequence[Endpoint] | None = None
    fixed_cache: Cache | None = None
    jobs: Jobs = field(default_factory=Jobs)
    _brains: dict[Any, Brain] = field(default_factory=dict)
    _endpoints: dict[tuple[str, EndpointSettings], Endpoint] = field(default_factory=dict)
    _caches: dict[Path, Cache] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def open(self, context: Context) -> "Opened":
        """The brain and endpoints that the graph was built with, or else those of the settings.

        Raises:
            SettingError: one of them does not exist, or something that it needs is missing.

        """
        has_brain = self.fixed_brain is not None or _key(context.brain) in self._brains
        if has_brain and (self.fixed_endpoints is not None or self._knows(context)):
            return self._open(context)
        # In a thread: packages are imported, and files read.
        return await anyio.to_thread.run_sync(self._open, context)

    def _open(self, context: Context) -> "Opened":
        with self._lock:
            return Opened(self._brain(context), self._endpoints_of(context))

    def _knows(self, context: Context) -> bool:
        settings = context.endpoint_settings
        return all((name, settings) in self._endpoints for name in context.endpoints)

    def _brain(self, context: Context) -> Brain:
        if self.fixed_brain is not None:
            return self.fixed_brain
        key = _key(context.brain)
        if key not in self._brains:
            self._brains[key] = open_brain(context.brain)
        return self._brains[key]

    def _endpoints_of(self, context: Context) -> Sequence[Endpoint]:
        if self.fixed_endpoints is not None:
            return self.fixed_endpoints
        keys = [(name, context.endpoint_settings) for name in context.endpoints]
        for key in keys:
            if key not in self._endpoints:
                self._endpoints[key] = open_endpoint(*key)
        return [self._endpoints[key] for key in keys]

    def records(self, context: Context, config: RunnableConfig) -> Records:
        """The records of finished tasks that a run of the thread of `config` has."""
        thread = config.get("configurable", {}).get("thread_id")
        return Records(
            partial(self._cache, context),
            None if thread is None else str(thread),
            shared=context.cache,
        )

    def _cache(self, context: Context) -> Cache:
        """Where finished tasks are recorded: as the graph was built, else in the workspace."""
        if self.fixed_cache is not None:
            return self.fixed_cache
        path = Path(context.workspace).expanduser().absolute() / FILE_NAME
        with self._lock:
            if path not in self._caches:
                self._caches[path] = ResultCache(path)
            return self._caches[path]


class Opened(NamedTuple):
    """What a run works with."""

    brain: Brain
    endpoints: Sequence[Endpoint]


def _key(brain: Any) -> Any:
    """What a brain is kept under; a chat model is kept alive by its own brain."""
    return brain if isinstance(brain, str) else id(brain)


def _settings(given: Any, jobs: RunJobs) -> Context:
    """The settings of this graph; what a graph around it was given may be of another kind."""
    if isinstance(given, Context):
        return given
    if isinstance(given, Mapping):
        given = {name: given[name] for name in Context.model_fields if name in given}
        return Context(**given) if given else jobs.default_context
    return jobs.default_context


@dataclass(frozen=True)
class Run:
    """One call of one node."""

    parts: Parts
    brain: Brain
    """What plans, selects and answers in this run."""
    config: RunnableConfig
    context: Context
    jobs: RunJobs
    """The running tasks of this run of the graph."""
    offers: Offers
    """What can run in this run."""
    records: Records
    """What has been done before."""
    budget: Budget
    """What this run may still spend."""
    emit: StreamWriter
    """Sends a custom stream event; keeps working after the node has returned."""

    @cached_property
    def workspace(self) -> Workspace:
        """Where this run writes files."""
        return Workspace(self.context.workspace, self.budget.spend_bytes)

    def brief(self, **listeners: Any) -> Brief:
        """What the brain is told besides the request; `listeners` hear of a plan as it grows."""
        return Brief(self.context, self.offers.kinds, self.budget, **listeners)

    def files(self, given: Mapping[str, str]) -> Files:
        """The files that this run may read; `given` names those of the request."""
        return Files(self.context.readable, given)


class Node(Runnable[Any, Update]):
    """An async function as a node of the graph, callable from sync and async code alike."""

    def __init__(self, function: Callable[[Any, Run], Awaitable[Update]], parts: Parts) -> None:
        """Wrap `function`, which takes the state and a `Run`."""
        self.function = function
        self.parts = parts

    def invoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Update:  # noqa: A002
        """The update that the function returns, waited for on the background loop."""
        return call_sync(self._call, input, config)

    async def ainvoke(
        self,
        input: Any,  # noqa: A002
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> Update:
        """The update that the function returns."""
        return await self._call(input, config)

    async def _call(self, state: Any, config: RunnableConfig | None) -> Update:
        config, runtime = config or {}, get_runtime(Context)
        jobs = self.parts.jobs.of(config)
        context = _settings(runtime.context, jobs)
        brain, endpoints = await self.parts.open(context)
        if jobs.belongings is None:
            budget = Budget(context)
            offers = Offers(context, endpoints, brain.endpoint(context, budget))
            records = self.parts.records(context, config)
            jobs.belongings = Belongings(offers, records, budget)
        emit = runtime.stream_writer
        run = Run(self.parts, brain, config, context, jobs, *jobs.belongings, emit)
        return await self.function(state, run)
