"""Node approve: the user's word on a plan, after its models are chosen and before it runs.

Models come first, since a plan can't be judged without what it costs.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import anyio.to_thread
from langgraph.types import interrupt

from hugginggpt.graph.edits import Edit, Named, choose, chosen_by_user, read_edit
from hugginggpt.graph.intake import surroundings
from hugginggpt.graph.offers import Offers
from hugginggpt.graph.plan import Plan, Task
from hugginggpt.graph.results import Selection
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import (
    Approval,
    State,
    Verdict,
    ended_kinds,
    read_state,
    unfinished,
)
from hugginggpt.graph.tables import plan_table
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.errors import PlanError

_YES = frozenset({"yes", "y", "ok", "approve", "approved", "accept", "true"})
_NO = frozenset({"", "no", "n", "refuse", "reject", "false"})
_SHOWN = ("model", "endpoint", "size", "downloads", "licence", "caveat")
"""What the question tells of a model."""


async def approve_plan(state: State, run: Run) -> Update:
    """What the user says of the plan; that it is accepted where they are not to be asked.

    The run pauses with JSON: `reason` ("plan" or "cost"), `plan` (what is still to be done, in
    wire form, each task with its `model` and `endpoint`), `table` (the same in Markdown),
    `choices` (the models of each task, by id), and, where the last edit was faulty, its
    `complaints` and the edit itself as `edited`.

    It goes on with True or "yes"; with an edited plan in wire form, or its JSON: tasks added,
    deleted or changed, `model` as "id" or "id @ endpoint"; with False, "no" or "", which refuse
    it; or with any other text: the reason for another plan.
    """
    if state.get("asks") is None:
        return await _accept(state, run)
    word = interrupt(_question(state))
    verdict = _verdict(word)
    if verdict == "accepted":
        return {"plan": state["plan"], **await _accept(state, run)}
    if verdict == "refused":
        done = {key: t for key, t in state["plan"].items() if key not in unfinished(state)}
        remarks = [*state.get("remarks", []), "The plan was refused."]
        return {"plan": done, "remarks": remarks, "approval": _said("refused")}
    if verdict == "objected":
        return {"approval": _said("objected", reason=str(word).strip())}
    try:
        return await _edit(word, state, run)
    except PlanError as error:
        return {"approval": _said("faulty", complaints=error.complaints, edited=word)}


def _verdict(word: Any) -> Verdict:
    """What the word comes to; an edit is still to be checked."""
    if isinstance(word, str):
        said = word.strip()
        if said.startswith(("[", "{")):
            return "edited"
        plain = said.lower().rstrip(".!")
        return "accepted" if plain in _YES else "refused" if plain in _NO else "objected"
    if word is True:
        return "accepted"
    return "edited" if word else "refused"


def _said(
    verdict: Verdict,
    *,
    reason: str = "",
    kept: Iterable[str] = (),
    complaints: Sequence[str] = (),
    edited: Any = None,
) -> Approval:
    return Approval(
        verdict=verdict,
        reason=reason,
        kept=list(kept),
        complaints=list(complaints),
        edited=edited,
    )


# --- the question ---------------------------------------------------------------------------


def _question(state: State) -> dict[str, Any]:
    """What the run pauses with, from the state alone: it is the same when it is asked again."""
    tasks = {key: Task.model_validate(state["plan"][key]) for key in unfinished(state)}
    selections = _selections(state, tasks)
    chosen = {key: s.chosen for key, s in selections.items()}
    last = state.get("approval") or _said("accepted")
    plan = [
        {**entry, "model": c and c.model, "endpoint": c and c.endpoint}
        for entry, c in zip(Plan(tasks).to_wire(), chosen.values(), strict=True)
    ]
    return {
        "reason": state["asks"],
        "table": plan_table(plan),
        "plan": plan,
        "choices": {key: [_told(c) for c in _all(s)] for key, s in selections.items()},
        "complaints": last["complaints"],
        "edited": last["edited"],
    }


def _told(candidate: Candidate) -> dict[str, Any]:
    return candidate.model_dump(mode="json", include=set(_SHOWN))


def _selections(state: State, keys: Iterable[str]) -> dict[str, Selection]:
    stored = state["selections"]
    return {key: Selection.model_validate(stored[key]) for key in keys}


def _all(selection: Selection) -> list[Candidate]:
    return [c for c in (selection.chosen, *selection.others) if c is not None]


# --- yes ------------------------------------------------------------------------------------


async def _accept(state: State, run: Run) -> Update:
    """Begin to load the models. Those that nobody was asked about do not stand in for others."""
    selections = _selections(state, unfinished(state))
    run.offers.prepare(selections.values())
    update: Update = {"approval": _said("accepted")}
    if run.context.approve == "cost":
        careful = {key: _no_surprise(s, run.offers) for key, s in selections.items()}
        update["selections"] = _to_state(careful)
    return update


def _no_surprise(selection: Selection, offers: Offers) -> Selection:
    """The selection; where its model costs nothing, neither do those that stand in for it."""
    if selection.chosen is None or offers.is_costly(selection.chosen):
        return selection
    free = tuple(c for c in selection.others if not offers.is_costly(c))
    return selection.model_copy(update={"others": free})


def _to_state(selections: Mapping[str, Selection]) -> dict[str, Any]:
    return {key: s.model_dump(mode="json") for key, s in selections.items()}


# --- an edit --------------------------------------------------------------------------------


async def _edit(edited: Any, state: State, run: Run) -> Update:
    """The edited plan; its tasks keep the models that they had, or get those that it names.

    Raises:
        PlanError: it is no valid plan, or names a model that is none of the task's.

    """
    edit = read_edit(edited, surroundings(read_state(state), ended_kinds(state)))
    most = run.context.max_tasks
    if most is not None and len(edit.plan.tasks) > most:
        what = f"{len(edit.plan.tasks)} tasks; at most {most} may be done"
        raise PlanError([f"the plan holds {what} (HUGGINGGPT_MAX_TASKS)"])
    before = _selections(state, unfinished(state))
    same = {key for key, t in edit.plan.tasks.items() if _is_kind(state["plan"].get(key), t.kind)}
    shown = {key: selection for key, selection in before.items() if key in same}
    named = await _chosen(_without_left_over(edit, before, same), shown, run)
    done = {key: t for key, t in state["plan"].items() if key not in unfinished(state)}
    return {
        "plan": {**done, **edit.plan.to_state()},
        "selections": _to_state(named),
        "approval": _said("edited", kept=[*(shown.keys() | named.keys())]),
    }


def _is_kind(task: Mapping[str, Any] | None, kind: str) -> bool:
    return task is not None and task["kind"] == kind


def _without_left_over(edit: Edit, before: Mapping[str, Selection], same: Collection[str]) -> Edit:
    """The edit without models that still stand beside tasks whose kind the user has changed."""
    named = {
        key: name
        for key, name in edit.named.items()
        if key in same or key not in before or not _is_model(before[key].chosen, name)
    }
    return edit._replace(named=named)


def _is_model(candidate: Candidate | None, named: Named) -> bool:
    return candidate is not None and named.model == candidate.model and not named.is_exact


async def _chosen(edit: Edit, shown: Mapping[str, Selection], run: Run) -> dict[str, Selection]:
    """The selections that differ from those that the user saw."""
    chosen: dict[str, Selection] = {}
    complaints: list[str] = []
    for key, named in edit.named.items():
        old = shown.get(key)
        task = edit.plan.tasks[key]
        candidates = _all(old) if old else await _candidates(task.kind, run)
        try:
            candidate = choose(named, old.chosen if old else None, candidates)
        except PlanError as error:
            complaints += [f"task {key} ({task.kind}): {told}" for told in error.complaints]
            continue
        if old is None or candidate != old.chosen:
            chosen[key] = chosen_by_user(candidate, candidates)
    if complaints:
        raise PlanError(complaints)
    return chosen


async def _candidates(kind: str, run: Run) -> Sequence[Candidate]:
    """The models of a kind that the shown plan did not hold."""
    await run.offers.refresh([kind])
    found = await anyio.to_thread.run_sync(run.offers.of, kind)
    return found.candidates
