"""One task as the graph runs it: its arguments resolved, its candidates tried, its result told."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from langchain_core.messages import ToolCall
from langchain_core.tools import ToolException

from hugginggpt.graph.plan import Reference, Task, Template, Value, references
from hugginggpt.graph.results import Attempt, Selection, TaskResult
from hugginggpt.graph.run import Run
from hugginggpt.graph.tracing import TaskTrace
from hugginggpt.prompts.wording import in_words
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.errors import HuggingGPTError, TaskError
from hugginggpt.tools.files import is_url
from hugginggpt.tools.kinds import Modality, fits
from hugginggpt.tools.tool import task_tool

Event = Literal["started", "progress", "done", "failed", "skipped"]


class Assignment(NamedTuple):
    """A ready task with all that it needs; travels to `execute` as JSON."""

    task: Task
    selection: Selection
    inputs: Mapping[str, TaskResult]
    """Results of its dependencies."""
    given: Mapping[str, str]
    """Paths of the user's files that it names."""

    @classmethod
    def from_json(cls, payload: Mapping[str, Any]) -> "Assignment":
        """The assignment that `routing` sent."""
        return cls(
            Task.model_validate(payload["task"]),
            Selection.model_validate(payload["selection"]),
            {key: TaskResult.model_validate(r) for key, r in payload["inputs"].items()},
            payload["given"],
        )


def named_files(arguments: Iterable[Any], paths: Mapping[str, str]) -> dict[str, str]:
    """Paths of the user's own files that the arguments name; `paths` has them all by name."""
    return {
        name: paths[name]
        for name in _strings(arguments)
        if name in paths and not is_url(paths[name])
    }


def _strings(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _strings(value)


async def run_task(assignment: Assignment, run: Run) -> TaskResult:
    """How the task ended: the chosen candidate's result, or that of the next that works."""
    task, selection = assignment.task, assignment.selection
    attempts: list[Attempt] = []
    began = time.monotonic()
    for candidate in (selection.chosen, *selection.others):
        if candidate is None:
            return _ended(run, task, _failure(task, selection.reason, [], began))
        run.emit(_event("started", task.id, candidate))
        try:
            artifacts = await _call(assignment, candidate, run, len(attempts) + 1)
        except Exception as error:  # noqa: BLE001 - a failing task must not take others down
            attempts.append(_attempt(candidate, error))
        else:
            result = TaskResult(
                kind=task.kind,
                status="done",
                model=candidate.model,
                endpoint=candidate.endpoint,
                artifacts=tuple(artifacts),
                caveat=candidate.caveat,
                seconds=round(time.monotonic() - began, 3),
                attempts=tuple(attempts),
            )
            return _ended(run, task, result)
    return _ended(run, task, _failure(task, attempts[-1].error, attempts, began))


async def _call(
    assignment: Assignment, candidate: Candidate, run: Run, attempt: int
) -> list[Artifact]:
    """What the candidate makes of the task, run as the tool of its kind."""
    task = assignment.task
    trace = TaskTrace(task, candidate, attempt, assignment.given.values())
    tool = task_tool(
        task.task_kind,
        run.offers.endpoints,
        files=run.files(assignment.given),
        workspace=run.workspace,
        network=run.context.network,
        timeout=run.context.task_timeout,
        candidate=candidate,
        verbatim=frozenset(n for n, v in task.arguments.items() if any(references(v))),
        started=trace.started,
        progress=lambda doing, share: run.emit(
            _event("progress", task.id, candidate, doing=doing, share=share)
        ),
    )
    call = ToolCall(type="tool_call", id=task.id, name=tool.name, args=_arguments(assignment))
    message = await trace.call(tool, call, run.parts.jobs.outside(run.config, run.jobs))
    # Through JSON here, where a value that is none fails this task and not the whole run.
    return [Artifact.model_validate(a.model_dump(mode="json")) for a in message.artifact]


def _arguments(assignment: Assignment) -> dict[str, Any]:
    """The task's arguments with every reference replaced by what it refers to."""
    return {
        argument.name: _resolved(
            assignment.task.arguments[argument.name], argument.modality, assignment
        )
        for argument in assignment.task.task_kind.arguments
        if argument.name in assignment.task.arguments
    }


def _resolved(value: Value, wanted: Modality, assignment: Assignment) -> Any:
    if isinstance(value, Reference):
        return _output(value.reference, wanted, assignment)
    if isinstance(value, Template):
        parts = (_resolved(part, "text", assignment) for part in value.parts)
        return "".join(str(part) for part in parts)
    if isinstance(value, list):
        return [_resolved(item, wanted, assignment) for item in value]
    return value


def _output(key: str, wanted: Modality, assignment: Assignment) -> Any:
    """The output of task `key` in the form that an argument of modality `wanted` takes.

    Raises:
        TaskError: the task left nothing of that form.

    """
    result = assignment.inputs.get(key)
    artifacts = result.artifacts if result else ()
    same = next((a for a in artifacts if a.modality == wanted), None)
    if same is not None:
        return next(v for v in (same.path, same.text, same.data) if v is not None)
    if any(fits(a.modality, wanted) for a in artifacts):
        return in_words(artifacts)
    raise TaskError(f"task {key} left no {wanted} to work on")


def _attempt(candidate: Candidate, error: Exception) -> Attempt:
    expected = isinstance(error, HuggingGPTError | ToolException)
    message = str(error) if expected else f"{type(error).__name__}: {error}"
    return Attempt(model=candidate.model, endpoint=candidate.endpoint, error=message)


def _failure(task: Task, error: str, attempts: list[Attempt], began: float) -> TaskResult:
    last = attempts[-1] if attempts else None
    return TaskResult(
        kind=task.kind,
        status="failed",
        model=last and last.model,
        endpoint=last and last.endpoint,
        seconds=round(time.monotonic() - began, 3),
        error=error,
        attempts=tuple(attempts),
    )


def _ended(run: Run, task: Task, result: TaskResult) -> TaskResult:
    emit_end(run, task.id, result)
    return result


def emit_end(run: Run, task: str, result: TaskResult) -> None:
    """Tell the stream of custom events how a task has ended."""
    run.emit(_event(result.status, task, result, seconds=result.seconds, error=result.error))


def _event(event: Event, task: str, about: Candidate | TaskResult, **more: Any) -> dict[str, Any]:
    """A custom stream event; `error` says why a task failed or was skipped."""
    return {
        "event": event,
        "task": task,
        "kind": about.kind,
        "model": about.model,
        "endpoint": about.endpoint,
        "seconds": 0.0,
        "error": None,
        **more,
    }
