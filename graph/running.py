"""One task as the graph runs it: its inputs found, its candidates tried, its result told."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio.to_thread
from langchain_core.messages import ToolCall
from langchain_core.tools import ToolException

from hugginggpt.graph.assignment import Assignment
from hugginggpt.graph.events import emit_end, event
from hugginggpt.graph.plan import Task
from hugginggpt.graph.records import content_of
from hugginggpt.graph.results import Attempt, Selection, TaskResult
from hugginggpt.graph.run import Run
from hugginggpt.graph.tracing import TaskTrace
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.errors import HuggingGPTError, OutOfMemoryError, WorkspaceError
from hugginggpt.tools.inputs import Inputs
from hugginggpt.tools.secrets import causes, redacted
from hugginggpt.tools.tool import task_tool


async def run_task(assignment: Assignment, run: Run) -> TaskResult:
    """How the task ended: as recorded, where the same was done before, else by running it."""
    trial = _Trial(assignment, run)
    try:
        result = await trial.result()
    except Exception as error:  # noqa: BLE001 - a failing task must not take others down
        result = trial.failed(_said(error))
    emit_end(run.emit, assignment.task.id, result)
    return result


@dataclass
class _Trial:
    """The candidates of one task, tried in turn."""

    assignment: Assignment
    run: Run
    attempts: list[Attempt] = field(default_factory=list)
    tries: int = 0
    """Candidates tried so far; one of them may count as several attempts."""
    began: float = field(default_factory=time.monotonic)

    @property
    def task(self) -> Task:
        return self.assignment.task

    async def result(self) -> TaskResult:
        """The recorded result, or that of the first candidate that works."""
        candidates = in_turn(self.assignment.selection, self.run.context.attempts)
        if not candidates:
            return self.failed(self.assignment.selection.reason)
        arguments, content = await self._prepare()
        async with self.run.records.turn(content):
            known = await self.run.records.find(content, candidates)
            return known or await self._try(candidates, arguments, content)

    async def _prepare(self) -> tuple[dict[str, Any], str]:
        """The arguments, what lies at addresses fetched, and a digest of what they hold."""
        kind, assignment = self.task.task_kind, self.assignment
        network = self.run.context.network
        inputs = Inputs(self._files, self.run.workspace, network, assignment.verbatim)
        arguments = await inputs.fetch(kind, assignment.arguments)
        resolved = await inputs.resolve(kind, arguments)
        if any(isinstance(each, Path) for each in _leaves(resolved.values())):
            return arguments, await anyio.to_thread.run_sync(content_of, resolved)
        return arguments, content_of(resolved)

    @property
    def _files(self) -> Any:
        return self.run.files(self.assignment.given)

    async def _try(
        self, candidates: Sequence[Candidate], arguments: dict[str, Any], content: str
    ) -> TaskResult:
        left = list(candidates)
        while left:
            candidate, began = left.pop(0), time.monotonic()
            self.run.emit(event("started", self.task.id, candidate))
            try:
                artifacts = await self._call(candidate, arguments)
            except Exception as error:  # noqa: BLE001 - the next candidate may do better
                self._note(candidate, _said(error), began)
                left = _still_of_use(left, candidate, error)
            else:
                result = self._done(candidate, artifacts)
                await self.run.records.keep(content, candidate, result)
                return result
        return self.failed(self.attempts[-1].error)

    async def _call(self, candidate: Candidate, arguments: dict[str, Any]) -> list[Artifact]:
        """What the candidate makes of the task, run as the tool of its kind."""
        run, task = self.run, self.task
        self.tries += 1
        began = time.monotonic() if self.tries > 1 else self.began
        trace = TaskTrace(task, candidate, self.tries, began, self.assignment.given.values())

        def tell(doing: str, share: float | None) -> None:
            run.emit(event("progress", task.id, candidate, doing=doing, share=share))

        def retried(error: str) -> None:
            trace.retries += 1
            self._note(candidate, error, began)
            run.emit(event("retried", task.id, candidate, error=error))

        tool = task_tool(
            task.task_kind,
            run.offers.endpoints,
            files=self._files,
            workspace=run.workspace,
            network=run.context.network,
            timeout=run.context.task_timeout,
            candidate=candidate,
            verbatim=self.assignment.verbatim,
            progress=tell,
            retried=retried,
            started=trace.started,
        )
        call = ToolCall(type="tool_call", id=task.id, name=tool.name, args=arguments)
        message = await trace.call(tool, call, run.parts.jobs.outside(run.config, run.jobs))
        # Through JSON here, where a value that is none fails this task and not the whole run.
        return [Artifact.model_validate(a.model_dump(mode="json")) for a in message.artifact]

    def _note(self, candidate: Candidate, error: str, began: float) -> None:
        seconds = round(time.monotonic() - began, 3)
        self.attempts.append(
            Attempt(
                model=candidate.model, endpoint=candidate.endpoint, error=error, seconds=seconds
            )
        )

    def _done(self, candidate: Candidate, artifacts: Sequence[Artifact]) -> TaskResult:
        return TaskResult(
            kind=self.task.kind,
            status="done",
            model=candidate.model,
            endpoint=candidate.endpoint,
            artifacts=tuple(artifacts),
            caveat=candidate.caveat,
            seconds=round(time.monotonic() - self.began, 3),
            attempts=tuple(self.attempts),
        )

    def failed(self, error: str) -> TaskResult:
        """The result of a task that can't be done."""
        last = self.attempts[-1] if self.attempts else None
        return TaskResult(
            kind=self.task.kind,
            status="failed",
            model=last and last.model,
            endpoint=last and last.endpoint,
            seconds=round(time.monotonic() - self.began, 3),
            error=error,
            attempts=tuple(self.attempts),
        )


def in_turn(selection: Selection, attempts: int) -> list[Candidate]:
    """At most `attempts` candidates to try, the chosen one first.

    The last of them is on another endpoint than the others, where there is one: what ails one
    endpoint ails all of its models.
    """
    if selection.chosen is None:
        return []
    offered = [selection.chosen, *selection.others]
    tried = offered[:attempts]
    seen = {candidate.endpoint for candidate in tried}
    elsewhere = next((c for c in offered[attempts:] if c.endpoint not in seen), None)
    return [*tried[:-1], elsewhere] if elsewhere and len(tried) > 1 else tried


def _still_of_use(
    left: Sequence[Candidate], failed: Candidate, error: Exception
) -> list[Candidate]:
    """Those of the candidates left that may do better than the one that failed."""
    led = list(causes(error))
    if any(isinstance(cause, WorkspaceError) for cause in led):
        return []  # what none of them could write
    if not any(isinstance(cause, OutOfMemoryError | MemoryError) for cause in led):
        return list(left)
    return [c for c in left if c.endpoint != failed.endpoint or _is_smaller(c, failed)]


def _is_smaller(one: Candidate, other: Candidate) -> bool:
    return one.size is not None and other.size is not None and one.size < other.size


def _said(error: Exception) -> str:
    expected = isinstance(error, HuggingGPTError | ToolException)
    name = type(error).__name__
    return redacted(str(error) if expected else f"{name}: {error}" if str(error) else name)


def _leaves(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _leaves(value)
        else:
            yield value
