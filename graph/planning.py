"""Node plan: from a request to a checked plan. Node approve: the user's word on it."""

import base64
import mimetypes
from collections.abc import Sequence
from typing import Any

import anyio.to_thread
from langchain_core.messages import AnyMessage
from langgraph.types import interrupt

from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.intake import (
    check_words,
    draft_plan,
    read_files,
    surroundings,
    url_artifact,
)
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import State, read_state, request_position
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import InputError, PlanError
from hugginggpt.tools.files import modality_by_name
from hugginggpt.tools.kinds import Modality


async def plan_tasks(state: State, run: Run) -> Update:
    """The resources of the request and the plan for it (HuggingGPT, section 3.1)."""
    request, remarks = await anyio.to_thread.run_sync(_read_request, state, run)
    planned = await draft_plan(run.brain, request, _earlier(state))
    return {
        "resources": {name: a.model_dump(mode="json") for name, a in request.resources.items()},
        "plan": planned.plan.to_state(),
        "remarks": [*remarks, *planned.remarks],
    }


async def approve_plan(state: State, run: Run) -> Update:  # noqa: ARG001
    """The plan as the user accepts, edits or refuses it.

    The run pauses with `{"plan": <wire form>, "complaints": [...]}`. It goes on with `True`,
    with a plan in wire form instead, or with `False` or a text, which is the reason to refuse.
    """
    plan = Plan.from_state(state["plan"])
    complaints: Sequence[str] = ()
    while True:
        word = interrupt({"plan": plan.to_wire(), "complaints": list(complaints)})
        if word is True:
            return {"plan": state["plan"]}
        if word is False or isinstance(word, str):
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
    message = state["messages"][request_position(state["messages"])]
    fresh, remarks = read_files(state.get("files", []), run.files({}), known.resources)
    fresh |= _read_blocks(message, run, len(known.resources) + len(fresh))
    request = Request(
        text=known.text,
        resources={**known.resources, **fresh},
        history=known.history,
        earlier=known.earlier,
        # `files` stays in the state of a conversation: what an earlier turn brought is not fresh.
        fresh=tuple(name for name, a in fresh.items() if a != known.resources.get(name)),
    )
    return request, remarks


_BLOCKS: dict[str, Modality] = {"image": "image", "audio": "audio", "video": "video"}


def _read_blocks(message: AnyMessage, run: Run, count: int) -> dict[str, Artifact]:
    """Media that stand in the message itself, as files of the workspace."""
    found: dict[str, Artifact] = {}
    for block in message.content_blocks:
        fields: dict[str, Any] = dict(block)
        suffix = mimetypes.guess_extension(fields.get("mime_type") or "") or ""
        modality = modality_by_name(f"x{suffix}") or _BLOCKS.get(fields["type"])
        if modality is None:
            continue
        if url := fields.get("url"):
            found[url] = url_artifact(url).model_copy(update={"modality": modality})
        elif encoded := fields.get("base64"):
            name = f"{modality}-{count + len(found) + 1}{suffix}"
            content = _decoded(encoded)
            found[name] = run.workspace.write(content, suffix, modality, f"given-{modality}")
    return found


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise InputError(f"a file in the message is not valid base64: {error}") from error
