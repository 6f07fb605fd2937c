"""Running tasks outside the supersteps, so that no task waits for one it does not depend on.

LangGraph starts the next superstep when the slowest node of the last one has ended. Tasks
are therefore started as jobs: `execute` starts one and returns at once, `collect` waits
until the first of all running jobs ends. A job belongs to one run of the graph and ends
with it; the run is known by the id that LangChain's callbacks give it, the only one that
no two runs share.
"""

import asyncio
import threading
from collections.abc import Callable, Collection, Coroutine
from functools import cached_property
from math import inf
from typing import Any, NamedTuple
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.runnables import RunnableConfig

from hugginggpt.graph.budget import Budget
from hugginggpt.graph.context import Context
from hugginggpt.graph.offers import Offers
from hugginggpt.graph.records import Records
from hugginggpt.graph.results import TaskResult

Job = Coroutine[Any, Any, TaskResult]


class Belongings(NamedTuple):
    """What a run of the graph has for itself, from its first node to its end."""

    offers: Offers
    """What can run."""
    records: Records
    """What has been done before."""
    budget: Budget
    """What may still be spent."""


class RunJobs:
    """The jobs of one run of the graph."""

    def __init__(self, run_id: UUID) -> None:
        """Start with no job; `run_id` is that of the run of the graph."""
        self.run_id = run_id
        self.belongings: Belongings | None = None
        """What this run has for itself; made by its first node."""
        self._jobs: dict[str, asyncio.Task[TaskResult]] = {}

    @cached_property
    def default_context(self) -> Context:
        """Settings of a run that was given none: those of the environment, read once."""
        return Context()

    @property
    def running(self) -> Collection[str]:
        """Ids of the tasks that were started and not taken yet."""
        return self._jobs.keys()

    def start(self, task: str, job: Job, ended: Callable[[], None] | None = None) -> None:
        """Start `job` on the running loop, unless this run has a job for the task already.

        `ended` is called when it has ended.
        """
        if task in self._jobs:
            job.close()
            return
        started = self._jobs[task] = asyncio.get_running_loop().create_task(job)
        if ended is not None:
            started.add_done_callback(lambda _: ended())

    def drop(self, task: str) -> None:
        """Stop the job of the task, and forget that there was one."""
        job = self._jobs.pop(task, None)
        if job is not None:
            job.cancel()

    def ended(self) -> dict[str, TaskResult]:
        """Results of the jobs that have ended; they can still be taken."""
        jobs = self._jobs.items()
        return {task: job.result() for task, job in jobs if job.done() and not job.cancelled()}

    async def take(self, seconds: float = inf) -> dict[str, TaskResult]:
        """Results of the jobs that have ended, waiting for the first, so many seconds at most.

        Empty when none runs, or none has ended in that time.
        """
        if not self._jobs:
            return {}
        timeout = None if seconds == inf else max(seconds, 0)
        jobs = self._jobs.values()
        await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED, timeout=timeout)
        ended = [task for task, job in self._jobs.items() if job.done()]
        return {task: self._jobs.pop(task).result() for task in ended}

    def cancel(self) -> None:
        """Stop all jobs; may be called from any thread."""
        for job in self._jobs.values():
            loop = job.get_loop()
            if not job.done() and not loop.is_closed():
                loop.call_soon_threadsafe(job.cancel)


class Jobs(BaseCallbackHandler):
    """Keeps the jobs of every run apart, and ends them with their run."""

    run_inline = True
    raise_error = True

    def __init__(self) -> None:
        """Start with no run."""
        self._lock = threading.Lock()
        self._runs: dict[UUID, RunJobs] = {}
        self._root: dict[UUID, UUID] = {}

    def of(self, config: RunnableConfig) -> RunJobs:
        """The jobs of the graph run that `config` was handed out in."""
        run = self._find(config)
        if run is None:
            raise RuntimeError("a node of the graph was called outside the graph")
        return run

    def running(self, config: RunnableConfig) -> Collection[str]:
        """Tasks that run in the graph run of `config`; none where it belongs to no run.

        `update_state` asks the edges where to go on without running the graph.
        """
        run = self._find(config)
        return () if run is None else run.running

    def _find(self, config: RunnableConfig) -> RunJobs | None:
        manager = config.get("callbacks")
        parent = manager.parent_run_id if isinstance(manager, BaseCallbackManager) else None
        root = self._root.get(parent) if parent else None
        return self._runs.get(root) if root else None

    def outside(self, config: RunnableConfig, jobs: RunJobs) -> RunnableConfig:
        """`config` of a node for one of `jobs`: a graph that its tool runs is a run of its own.

        The job's own run hangs below that of the graph, which lasts as long as it does; the node
        that started it has ended by then, and tracers lose what begins below an ended run.
        """
        manager = config["callbacks"]
        if not isinstance(manager, BaseCallbackManager):
            return config
        manager = manager.copy()
        manager.remove_handler(self)
        manager.parent_run_id = jobs.run_id
        return {**config, "callbacks": manager}

    def on_chain_start(
        self,
        serialized: dict[str, Any],  # noqa: ARG002
        inputs: dict[str, Any],  # noqa: ARG002
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **_: Any,
    ) -> None:
        """Open a run of the graph, or note that a node belongs to one."""
        with self._lock:
            root = self._root.get(parent_run_id) if parent_run_id else None
            if root is None:
                if run_id in self._runs:
                    raise ValueError(f"run id {run_id} is in use by another run of this graph")
                self._runs[run_id] = RunJobs(run_id)
            self._root[run_id] = root or run_id

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:  # noqa: ARG002
        """Forget a node, or end a run and its jobs."""
        self._close(run_id)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:  # noqa: ARG002
        """Forget a node, or end a run and its jobs."""
        self._close(run_id)

    def _close(self, run_id: UUID) -> None:
        with self._lock:
            self._root.pop(run_id, None)
            run = self._runs.pop(run_id, None)
        if run is not None:
            run.cancel()
