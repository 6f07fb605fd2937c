"""Node replan: another plan, where the user refused the first with a reason, or it got stuck."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.draft import read_entry
from hugginggpt.graph.intake import LEFT_OUT, UNUSABLE, Planned, keep_sound, surroundings, within
from hugginggpt.graph.plan import Plan, Task
from hugginggpt.graph.results import TaskResult
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import (
    State,
    ended_kinds,
    read_state,
    stuck,
    unfinished,
    used_more,
)
from hugginggpt.graph.usage import Usage
from hugginggpt.prompts.planning import wire
from hugginggpt.tools.errors import BrainError, PlanError


async def replan(state: State, run: Run) -> Update:
    """The plan for what is left of the request; finished tasks stay in it, and do not run again.

    A reason of the user's is said back to the brain each time. After a failure that others needed
    the brain is asked once a request, and the old plan stays where that leads nowhere.
    """
    approval = state.get("approval")
    if approval is not None and approval["verdict"] == "objected":
        return await _after_refusal(approval["reason"], state, run)
    may = run.context.replan and not run.budget.is_out_of_time
    update = await _after_failure(state, run) if may else {}
    return {**update, "replanned": True}


# --- the user refused the plan --------------------------------------------------------------


async def _after_refusal(reason: str, state: State, run: Run) -> Update:
    plan = Plan.from_state(state["plan"])
    left = Plan({key: plan.tasks[key] for key in unfinished(state)})
    done = {key: task for key, task in plan.tasks.items() if key not in left.tasks}
    draft = Draft(left.to_wire(), words=wire({"tasks": left.to_wire(), "reply": ""}))
    update = partial(_update, state, stale=(LEFT_OUT, UNUSABLE))
    refused = f"The plan was refused: {_sentence(reason)}"
    try:
        complaint = f"the user refused it: {reason}"
        revised = await run.brain.revise(read_state(state), run.brief(), draft, [complaint])
    except BrainError as error:
        told = [refused, f"It could not be planned anew: {_sentence(str(error))}"]
        return update(done, told, error.usage or Usage())
    if revised is None:
        return update(done, [refused], Usage())
    planned = _checked(revised, state, run)
    if planned.plan.tasks:
        refused = f"Planned anew, since the plan was refused: {_sentence(reason)}"
    tasks = {**done, **planned.plan.tasks}
    return update(tasks, [refused, *planned.remarks], planned.usage)


# --- a task failed that others needed -------------------------------------------------------


async def _after_failure(state: State, run: Run) -> Update:
    plan = Plan.from_state(state["plan"])
    results = {key: TaskResult.model_validate(state["results"][key]) for key in plan.tasks}
    try:
        draft = await run.brain.replan(read_state(state), plan, results, run.brief())
    except BrainError as error:
        return _kept(state, plan, [str(error)], error.usage or Usage())
    if draft is None:
        return {}
    done = {key: task for key, task in plan.tasks.items() if results[key].status == "done"}
    draft = draft._replace(tasks=_without(done, draft.tasks))
    planned = _checked(draft, state, run)
    lost = _blocked(planned.plan, plan, results)
    tasks = {key: task for key, task in planned.plan.tasks.items() if key not in lost}
    if not tasks:
        reasons = planned.complaints or tuple(lost.values()) or planned.remarks
        return _kept(state, plan, list(reasons), planned.usage)
    dropped = [f"{LEFT_OUT}: task {key}: {reason}." for key, reason in lost.items()]
    told = [*_causes(state, results), *planned.remarks, *dropped]
    return _update(state, {**done, **tasks}, told, planned.usage)


def _kept(state: State, plan: Plan, reasons: Sequence[str], usage: Usage) -> Update:
    """The old plan, and why there is no other one."""
    told = [f"It could not be planned anew: {_sentence(reason)}" for reason in reasons]
    return _update(state, plan.tasks, told, usage)


def _causes(state: State, results: Mapping[str, TaskResult]) -> list[str]:
    return [
        f"Planned anew, since task {key} ({results[key].kind}) failed: "
        f"{_sentence(results[key].error or '')}"
        for key in stuck(state)
    ]


def _without(done: Mapping[str, Task], tasks: Any) -> Any:
    """The drafted tasks without those that are done: some models write the whole plan again."""
    if not isinstance(tasks, list):
        return tasks
    return [e for position, e in enumerate(tasks) if not _is_among(done, e, position)]


def _is_among(done: Mapping[str, Task], entry: Any, position: int) -> bool:
    try:
        row = read_entry(entry, position)
    except PlanError:
        return False  # told with the other faults of the draft
    task = done.get(row.key)
    return task is not None and (task.kind, task.arguments) == (row.kind.name, row.arguments)


def _blocked(fresh: Plan, old: Plan, results: Mapping[str, TaskResult]) -> dict[str, str]:
    """Tasks of the fresh plan that need one which was not done, with the reason."""
    words = {"failed": "failed", "skipped": "was skipped"}
    unusable = {key: words[r.status] for key, r in results.items() if r.status != "done"}
    return Plan({**old.tasks, **fresh.tasks}).blocked(unusable)


# --- shared ---------------------------------------------------------------------------------


def _checked(draft: Draft, state: State, run: Run) -> Planned:
    """The part of the draft that is sound, and no more than may be done besides what was."""
    planned = keep_sound(draft, surroundings(read_state(state), ended_kinds(state)))
    results = state.get("results", {})
    ran = sum(key in results and results[key]["status"] != "skipped" for key in state["plan"])
    most = run.context.max_tasks
    return within(planned, None if most is None else max(most - ran, 0))


def _update(
    state: State,
    tasks: Mapping[str, Task],
    told: Sequence[str],
    usage: Usage,
    stale: tuple[str, ...] = (),
) -> Update:
    """What the node writes; remarks that begin with `stale` were about a plan that is gone."""
    remarks = [remark for remark in state.get("remarks", []) if not remark.startswith(stale)]
    return {
        "plan": Plan(tasks).to_state(),
        "remarks": [*remarks, *told],
        "usage": used_more("replan", usage, state),
    }


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
