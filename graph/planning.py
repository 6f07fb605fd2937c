"""Node plan: from a request to a checked plan. Node approve: the user's word on it."""

import base64
import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio.to_thread
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.types import interrupt

from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request, Turn
from hugginggpt.graph.results import TaskResult
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import State
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import FileInputError, InputError, PlanError
from hugginggpt.tools.files import inspect_file, is_url, modality_by_name
from hugginggpt.tools.kinds import Modality


async def plan_tasks(state: State, run: Run) -> Update:
    """The resources of the request and the plan for it (HuggingGPT, section 3.1)."""
    request, remarks = await anyio.to_thread.run_sync(_read_request, state, run)
    draft = await run.brain.plan(request)
    if draft.remark:
        remarks.append(draft.remark)
    try:
        plan = parse_plan(draft.tasks, **_surroundings(request))
    except PlanError as error:
        plan = Plan({})
        remarks += [f"The plan could not be used: {complaint}." for complaint in error.complaints]
    return {
        "resources": {name: a.model_dump(mode="json") for name, a in request.resources.items()},
        "plan": plan.to_state(),
        "remarks": remarks,
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
            edited = parse_plan(word, **_surroundings(read_state(state)))
        except PlanError as error:
            complaints = error.complaints
            continue
        return {"plan": edited.to_state()}


def _surroundings(request: Request) -> dict[str, Any]:
    """What `parse_plan` needs to know about the request."""
    return {
        "resources": {name: artifact.modality for name, artifact in request.resources.items()},
        "earlier": {key: result.kind for key, result in request.earlier.items()},
    }


def read_state(state: State) -> Request:
    """The request as the state holds it, its files read already."""
    messages = state["messages"]
    position = _request_position(messages)
    results = {k: TaskResult.model_validate(r) for k, r in state.get("results", {}).items()}
    resources = state.get("resources", {})
    return Request(
        text=messages[position].text,
        resources={name: Artifact.model_validate(a) for name, a in resources.items()},
        history=tuple(turn for m in messages[:position] if (turn := _turn(m))),
        earlier={key: r for key, r in results.items() if r.status == "done"},
    )


def _request_position(messages: Sequence[AnyMessage]) -> int:
    for position in range(len(messages) - 1, -1, -1):
        if isinstance(messages[position], HumanMessage):
            return position
    raise InputError("there is no request: the messages hold nothing from the user")


def _turn(message: AnyMessage) -> Turn | None:
    if isinstance(message, HumanMessage):
        return Turn("user", message.text)
    return Turn("assistant", message.text) if isinstance(message, AIMessage) else None


def _read_request(state: State, run: Run) -> tuple[Request, list[str]]:
    """The request with the files that came with it, and what is wrong with those."""
    known = read_state(state)
    check_words(known.text)
    message = state["messages"][_request_position(state["messages"])]
    fresh, remarks = _read_files(state.get("files", []), run, known.resources)
    fresh |= _read_blocks(message, run, len(known.resources) + len(fresh))
    request = Request(
        text=known.text,
        resources={**known.resources, **fresh},
        history=known.history,
        earlier=known.earlier,
        fresh=tuple(fresh),
    )
    return request, remarks


def check_words(text: str) -> None:
    """Refuse a request without words, and one that is no text.

    Raises:
        InputError: it is blank or holds binary data.

    """
    if not text.strip():
        raise InputError("the request is empty: say what is to be done")
    for position, character in enumerate(text):
        if (character < " " and character not in "\t\n\r\f") or "\ud800" <= character <= "\udfff":
            raise InputError(
                f"the request holds binary data ({character!r} at position {position}); "
                "hand files over with -f instead of pasting them"
            )


def _read_files(
    names: Sequence[str], run: Run, known: Mapping[str, Artifact]
) -> tuple[dict[str, Artifact], list[str]]:
    files = run.files({})
    found: dict[str, Artifact] = {}
    remarks: list[str] = []
    for name in names:
        try:
            artifact = _url_artifact(name) if is_url(name) else inspect_file(files.find(name), name)
        except FileInputError as error:
            remarks.append(f"A file could not be used: {error}.")
            continue
        found[_short_name(name, artifact, {**known, **found})] = artifact
    return found, remarks


def _short_name(name: str, artifact: Artifact, taken: Mapping[str, Artifact]) -> str:
    """The file's own name, or the whole path where another file has that name."""
    short = name if is_url(name) else Path(name).name
    return short if short not in taken or taken[short].path == artifact.path else name


def _url_artifact(url: str) -> Artifact:
    modality = modality_by_name(url) or "text"
    mime = mimetypes.guess_type(url)[0] or "application/octet-stream"
    return Artifact(modality=modality, path=url, mime=mime)


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
            found[url] = _url_artifact(url).model_copy(update={"modality": modality})
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
