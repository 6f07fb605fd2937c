"""Nodes execute and collect: tasks run as soon as they are ready, and end as results.

`execute` starts a task as a job and returns; `collect` takes what has ended. See `jobs`.
"""

import time
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from langchain_core.tools import ToolException

from hugginggpt.graph.plan import Plan, Reference, Task, Template, Value, references
from hugginggpt.graph.results import Attempt, Selection, TaskResult
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import State
from hugginggpt.prompts.wording import in_words
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.errors import HuggingGPTError, TaskError
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


async def execute_task(payload: Mapping[str, Any], run: Run) -> Update:
    """Start one ready task; its result is written by `collect`."""
    assignment = Assignment.from_json(payload)
    run.jobs.start(assignment.task.id, _run_task(assignment, run))
    return {}


async def collect_results(state: State, run: Run) -> Update:
    """Results of the tasks that have ended since, and of those that now can't run."""
    results = await run.jobs.take()
    if any(result.status == "failed" for result in results.values()):
        results |= _skip_blocked(state, results, run)
    return {"results": {key: r.model_dump(mode="json") for key, r in results.items()}}


def _skip_blocked(
    state: State, results: Mapping[str, TaskResult], run: Run
) -> dict[str, TaskResult]:
    plan = Plan.from_state(state["plan"])
    known = {key: result["status"] for key, result in state.get("results", {}).items()}
    known |= {key: result.status for key, result in results.items()}
    words = {"failed": "failed", "skipped": "was skipped"}
    unusable = {k: words[s] for k, s in known.items() if s != "done" and k in plan.tasks}
    skipped = {
        key: TaskResult.skipped(plan.tasks[key].kind, reason)
        for key, reason in plan.blocked(unusable).items()
    }
    for key, result in skipped.items():
        _emit_end(run, key, result)
    return skipped


async def _run_task(assignment: Assignment, run: Run) -> TaskResult:
    """How the task ended: the chosen candidate's result, or that of the next that works."""
    task, selection = assignment.task, assignment.selection
    attempts: list[Attempt] = []
    began = time.monotonic()
    for candidate in (selection.chosen, *selection.others):
        if candidate is None:
            return _ended(run, task, _failure(task, selection.reason, [], began))
        run.emit(_event("started", task.id, candidate))
        try:
            artifacts = await _call(assignment, candidate, run)
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


async def _call(assignment: Assignment, candidate: Candidate, run: Run) -> list[Artifact]:
    """What the candidate makes of the task, run as the tool of its kind."""
    task = assignment.task
    tool = task_tool(
        task.task_kind,
        run.endpoints,
        files=run.files(assignment.given),
        workspace=run.workspace,
        network=run.context.network,
        timeout=run.context.task_timeout,
        candidate=candidate,
        verbatim=frozenset(n for n, v in task.arguments.items() if any(references(v))),
        progress=lambda doing, share: run.emit(
            _event("progress", task.id, candidate, doing=doing, share=share)
        ),
    )
    call = {
        "type": "tool_call",
        "id": task.id,
        "name": tool.name,
        "args": _arguments(assignment),
    }
    message = await tool.ainvoke(call, run.parts.jobs.without(run.config))
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
    _emit_end(run, task.id, result)
    return result


def _emit_end(run: Run, task: str, result: TaskResult) -> None:
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
