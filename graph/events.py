"""Custom stream events: what happens to a task, told while it happens."""

from typing import Any, Literal

from langgraph.types import StreamWriter

from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.candidates import Candidate

Event = Literal["started", "progress", "retried", "done", "failed", "skipped"]


def event(kind: Event, task: str, about: Candidate | TaskResult, **more: Any) -> dict[str, Any]:
    """A custom stream event; `error` says why a task failed, was skipped, or is tried again."""
    return {
        "event": kind,
        "task": task,
        "kind": about.kind,
        "model": about.model,
        "endpoint": about.endpoint,
        "seconds": 0.0,
        "error": None,
        **more,
    }


def emit_end(emit: StreamWriter, task: str, result: TaskResult) -> None:
    """Tell how a task has ended."""
    told = {"seconds": result.seconds, "error": result.error, "reused": result.reused}
    emit(event(result.status, task, result, **told))
