"""Node plan: from a request to a checked plan."""

from collections.abc import Mapping, Sequence
from typing import get_args

import anyio.to_thread

from hugginggpt.graph.blocks import read_block
from hugginggpt.graph.early import EarlyStart
from hugginggpt.graph.intake import (
    Planned,
    check_words,
    doubt,
    draft_plan,
    read_files,
    within,
)
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import Stage, State, ended_kinds, read_state, request_position, used
from hugginggpt.graph.usage import Usage
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import InputError


async def plan_tasks(state: State, run: Run) -> Update:
    """The resources of the request and the plan for it (HuggingGPT, section 3.1)."""
    request, remarks = await anyio.to_thread.run_sync(_read_request, state, run)
    earlier = ended_kinds(state)
    early = EarlyStart(run, request, earlier)
    planned = Planned(Plan({}))
    try:
        brief = run.brief(restart=early.restart, on_entry=early.offer)
        planned = await draft_plan(run.brain, request, brief, earlier)
        planned = within(planned, run.context.max_tasks)
    finally:
        early.settle(planned.plan)
    return {
        "resources": {name: a.model_dump(mode="json") for name, a in request.resources.items()},
        **_plans(planned, remarks, asks=run.context.clarify),
        "usage": _unused() | used("plan", planned.usage),
        "files": [],  # taken in: what comes with the next request is new
        "asks": None,
        "approval": None,
        "replanned": False,
    }


def _plans(planned: Planned, remarks: Sequence[str], *, asks: bool) -> Update:
    """The plan, and the other one if the user is to be asked which they mean, else a word on it."""
    told, other = [*remarks, *planned.remarks], planned.other
    update: Update = {"plan": planned.plan.to_state(), "remarks": told, "other": None}
    if asks and other is not None:
        update["other"] = {"plan": other.plan.to_state(), "remarks": [*remarks, *other.remarks]}
    elif other is not None:
        told.append(doubt(planned.plan, other.plan))
    return update


def _unused() -> dict[str, dict[str, int]]:
    """Zeros in the place of what the last request has used."""
    stages: tuple[Stage, ...] = get_args(Stage)
    return {name: count for stage in stages for name, count in used(stage, Usage()).items()}


def _read_request(state: State, run: Run) -> tuple[Request, list[str]]:
    """The request with the files that came with it, and what is wrong with those."""
    known = read_state(state)
    check_words(known.text)
    names = state.get("files", [])
    fresh, remarks = read_files([names] if isinstance(names, str) else names, run.files({}))
    message = state["messages"][request_position(state["messages"])]
    for block in message.content_blocks:
        try:
            fresh |= read_block(dict(block), run.workspace, fresh, known.resources)
        except InputError as error:
            remarks.append(f"A file could not be used: {error}.")
    request = Request(
        text=known.text,
        resources={**known.resources, **_renamed(known.resources, fresh), **fresh},
        history=known.history,
        earlier=known.earlier,
        fresh=tuple(fresh),
    )
    return request, remarks


def _renamed(known: Mapping[str, Artifact], fresh: Mapping[str, Artifact]) -> dict[str, Artifact]:
    """Earlier files whose names are taken by fresh ones, under their whole paths."""
    return {
        str(known[name].path): known[name]
        for name, artifact in fresh.items()
        if name in known and known[name].path != artifact.path
    }
