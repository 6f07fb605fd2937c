"""Node plan: from a request to a checked plan. Node approve: the user's word on it."""

import base64
import mimetypes
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import anyio.to_thread
from langgraph.types import interrupt

from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.early import EarlyStart
from hugginggpt.graph.intake import (
    Planned,
    check_words,
    draft_plan,
    read_files,
    surroundings,
    url_artifact,
    within,
)
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import State, read_state, request_position, used
from hugginggpt.graph.usage import Usage
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import InputError, PlanError
from hugginggpt.tools.files import is_url, modality_by_name
from hugginggpt.tools.kinds import Modality


async def plan_tasks(state: State, run: Run) -> Update:
    """The resources of the request and the plan for it (HuggingGPT, section 3.1)."""
    request, remarks = await anyio.to_thread.run_sync(_read_request, state, run)
    early = EarlyStart(run, request, _earlier(state))
    planned = Planned(Plan({}))
    try:
        brief = run.brief(restart=early.restart, on_entry=early.offer)
        planned = await draft_plan(run.brain, request, brief, _earlier(state))
        planned = within(planned, run.context.max_tasks)
    finally:
        early.settle(planned.plan)
    return {
        "resources": {name: a.model_dump(mode="json") for name, a in request.resources.items()},
        "plan": planned.plan.to_state(),
        "remarks": [*remarks, *planned.remarks],
        "usage": used("plan", planned.usage) | used("select", Usage()) | used("respond", Usage()),
        "files": [],  # taken in: what comes with the next request is new
    }


_YES = frozenset({"yes", "y", "ok", "approve", "approved", "accept"})


async def approve_plan(state: State, run: Run) -> Update:
    """The plan as the user accepts, edits or refuses it; as it is where nobody is to be asked.

    The run pauses with `{"plan": <wire form>, "complaints": [...]}`. It goes on with `True` or
    "yes", with a plan in wire form instead, or with `False` or a text, which is the reason to
    refuse.
    """
    if run.context.approve == "never":
        return {}
    plan = Plan.from_state(state["plan"])
    complaints: Sequence[str] = ()
    while True:
        word = interrupt({"plan": plan.to_wire(), "complaints": list(complaints)})
        if word is True or (isinstance(word, str) and word.strip().lower() in _YES):
            return {"plan": state["plan"]}
        if isinstance(word, str) or not word:
            reason = f": {word}" if word else ""
            return {"plan": {}, "remarks": [*state["remarks"], f"The plan was refused{reason}."]}
        try:
            edited = parse_plan(word, **surroundings(read_state(state), _earlier(state)))
        except PlanError as error:
            complaints = error.complaints
            continue
        return {"plan": edited.to_state()}


def _earlier(state: State) -> dict[str, str]:
    """The kind of each task of earlier turns, however it ended."""
    return {key: result["kind"] for key, result in state.get("results", {}).items()}


def _read_request(state: State, run: Run) -> tuple[Request, list[str]]:
    """The request with the files that came with it, and what is wrong with those."""
    known = read_state(state)
    check_words(known.text)
    names = state.get("files", [])
    fresh, remarks = read_files([names] if isinstance(names, str) else names, run.files({}))
    message = state["messages"][request_position(state["messages"])]
    for block in message.content_blocks:
        try:
            fresh |= _read_block(dict(block), run, {**known.resources, **fresh})
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


_BLOCKS: dict[str, Modality] = {"image": "image", "audio": "audio", "video": "video"}


def _read_block(
    block: Mapping[str, Any], run: Run, taken: Mapping[str, Artifact]
) -> dict[str, Artifact]:
    """The medium that stands in the message itself, as a file of the workspace.

    Raises:
        InputError: it is broken, or at an address that is none of the web.

    """
    suffix = mimetypes.guess_extension(block.get("mime_type") or "") or ""
    modality = modality_by_name(f"x{suffix}") or _BLOCKS.get(block["type"])
    if modality is None:
        return {}
    if url := block.get("url"):
        if not is_url(url):  # a path would be read past `roots`
            raise InputError(f"{url!r} is not an http or https address; hand it over in `files`")
        return {url: url_artifact(url).model_copy(update={"modality": modality})}
    if not (encoded := block.get("base64")):
        return {}
    names = (f"{modality}-{number}{suffix}" for number in count(1))
    name = next(name for name in names if name not in taken)
    return {name: run.workspace.write(_decoded(encoded), suffix, modality, f"given-{modality}")}


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise InputError(f"a file in the message is not valid base64: {error}") from error
