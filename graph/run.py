"""What nodes work with: `Parts` is shared by all runs of a graph, `Run` belongs to one call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.runtime import get_runtime
from langgraph.types import StreamWriter

from hugginggpt.graph.brain import Brain, open_brain
from hugginggpt.graph.context import Context
from hugginggpt.graph.jobs import Jobs, RunJobs
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Endpoint, open_endpoint
from hugginggpt.tools.files import Files
from hugginggpt.tools.loops import call_sync

Update = dict[str, Any]


@dataclass(slots=True)
class Parts:
    """The live objects of a graph: opened once, by name, when first needed."""

    fixed_brain: Brain | None = None
    fixed_endpoints: Sequence[Endpoint] | None = None
    jobs: Jobs = field(default_factory=Jobs)
    _brains: dict[str, Brain] = field(default_factory=dict)
    _endpoints: dict[str, Endpoint] = field(default_factory=dict)

    def brain(self, context: Context) -> Brain:
        """The brain that the graph was built with, or else the one that the settings name."""
        if self.fixed_brain is not None:
            return self.fixed_brain
        if context.brain not in self._brains:
            self._brains[context.brain] = open_brain(context.brain)
        return self._brains[context.brain]

    def endpoints(self, context: Context) -> Sequence[Endpoint]:
        """The endpoints that the graph was built with, or else those that the settings name."""
        if self.fixed_endpoints is not None:
            return self.fixed_endpoints
        for name in context.endpoints:
            if name not in self._endpoints:
                self._endpoints[name] = open_endpoint(name)
        return [self._endpoints[name] for name in context.endpoints]


@dataclass(frozen=True)
class Run:
    """One call of one node."""

    parts: Parts
    config: RunnableConfig
    context: Context
    emit: StreamWriter
    """Sends a custom stream event; keeps working after the node has returned."""

    @property
    def brain(self) -> Brain:
        """What plans, selects and answers in this run."""
        return self.parts.brain(self.context)

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Where models may run in this run, the preferred one first."""
        return self.parts.endpoints(self.context)

    @property
    def jobs(self) -> RunJobs:
        """The running tasks of this run of the graph."""
        return self.parts.jobs.of(self.config)

    @cached_property
    def workspace(self) -> Workspace:
        """Where this run writes files."""
        return Workspace(self.context.workspace)

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
        context = runtime.context or self.parts.jobs.of(config).default_context
        run = Run(self.parts, config, context, runtime.stream_writer)
        return await self.function(state, run)
