"""Nodes execute and collect: tasks run as soon as they are ready, and end as results.

`execute` starts a task as a job and returns; `collect` takes what has ended. See `jobs`.
"""

from collections.abc import Mapping
from typing import Any

from hugginggpt.graph.assignment import Assignment
from hugginggpt.graph.events import emit_end
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.results import TaskResult
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.running import run_task
from hugginggpt.graph.state import State
from hugginggpt.graph.tracing import annotate, outcomes


async def execute_task(payload: Mapping[str, Any], run: Run) -> Update:
    """Start one ready task; its result is written by `collect`."""
    assignment = Assignment.from_json(payload)
    annotate(run.config, task=assignment.task.id, kind=assignment.task.kind)
    run.jobs.start(assignment.task.id, run_task(assignment, run))
    return {}


async def collect_results(state: State, run: Run) -> Update:
    """Results of the tasks that have ended since, and of those that now can't run."""
    results = await run.jobs.take(run.budget.seconds_left)
    if run.budget.is_out_of_time:
        results |= _stop_all(state, results, run)
    elif any(result.status == "failed" for result in results.values()):
        results |= _skip_blocked(state, results, run)
    annotate(run.config, **outcomes(results))
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
        emit_end(run.emit, key, result)
    return skipped


def _stop_all(state: State, results: Mapping[str, TaskResult], run: Run) -> dict[str, TaskResult]:
    """Stop what runs, and start no other: the run has to answer with what there is."""
    ended = {**state.get("results", {}), **results}
    stopped = {
        key: TaskResult.skipped(task["kind"], run.budget.out_of_time)
        for key, task in state["plan"].items()
        if key not in ended
    }
    for key, result in stopped.items():
        run.jobs.drop(key)
        emit_end(run.emit, key, result)
    return stopped
