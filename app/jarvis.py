"""Drop-in for the web API of JARVIS, the code of the HuggingGPT paper: its requests, its replies.

https://github.com/microsoft/JARVIS (hugginggpt/server/awesome_chat.py, `server`). As there, each
request brings its whole conversation. Keys come from the environment of the server: `api_key`,
`api_type` and `api_endpoint` of a request are not used.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import anyio.to_thread
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel, Field, ValidationError

from hugginggpt.app.inputs import load_settings
from hugginggpt.graph.blocks import link_files, list_files
from hugginggpt.graph.build import graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import InputError

Stage = Literal["hugginggpt", "tasks", "results"]

_STOPS: dict[Stage, list[str]] = {
    "hugginggpt": [],
    "tasks": ["select"],
    "results": ["respond"],
}
"""The nodes before which a run ends, by what is asked for."""

_FILE = re.compile(r"(?:https?://[^\s/]+)?/files/([\w-]+(?:\.[\w-]+)+)")
"""A file of the workspace as answers name it."""


class _Message(BaseModel):
    role: Literal["system", "user", "assistant"]
    content: str


class _Call(BaseModel):
    messages: list[_Message] = Field(min_length=1)


async def reply(body: bytes, stage: Stage) -> Any:
    """What JARVIS would reply to the request: a message, a plan, or results by task id.

    Raises:
        InputError: the request can't be used, or the settings want its plan approved.

    """
    call = _parse(body)
    context = await anyio.to_thread.run_sync(load_settings)
    context = context.model_copy(update={"clarify": False})  # there is no form for a question
    given = await anyio.to_thread.run_sync(_given, call, context)
    if stage == "tasks":
        context = context.model_copy(update={"stream_plan": False})  # nothing is to start
    state = await _run(given, context, _STOPS[stage])
    if stage == "hugginggpt" or not state["plan"]:
        return {"message": await anyio.to_thread.run_sync(_answer, state)}
    return Plan.from_state(state["plan"]).to_wire() if stage == "tasks" else _told(state)


def _parse(body: bytes) -> _Call:
    try:
        call = _Call.model_validate_json(body)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        example = '{"messages": [{"role": "user", "content": "..."}]}'
        raise InputError(f"{'; '.join(faults)}; a request looks like {example}") from error
    if call.messages[-1].role != "user":
        raise InputError(f"the last message is of role {call.messages[-1].role!r}, not 'user'")
    return call


def _given(call: _Call, context: Context) -> dict[str, Any]:
    """The input of the graph; files that an earlier answer named are handed over with it."""
    *earlier, last = call.messages
    folder = Path(context.workspace).expanduser()
    names = {n for n in _FILE.findall(last.content) if (folder / n).is_file()}
    words = _FILE.sub(lambda m: m[1] if m[1] in names else m[0], last.content)
    messages = [*((m.role, m.content) for m in earlier), ("user", words)]
    return {"messages": messages, "files": [str((folder / n).absolute()) for n in sorted(names)]}


async def _run(given: Any, context: Context, stops: Sequence[str]) -> dict[str, Any]:
    """The state where the run ended; at the answer where there is no task."""
    runnable = graph.copy({"checkpointer": InMemorySaver()})
    config: Any = {"configurable": {"thread_id": uuid4().hex}}
    state: dict[str, Any] = await runnable.ainvoke(
        given, config, context=context, interrupt_before=[*stops]
    )
    if not state["plan"] and stops:
        state = await runnable.ainvoke(None, config, context=context)
    if "__interrupt__" in state:
        raise InputError(
            f"plans need approval here (HUGGINGGPT_APPROVE={context.approve}): "
            "use the server's threads, where a run can be resumed"
        )
    return state


def _answer(state: Mapping[str, Any]) -> str:
    """The answer, with files as this server gives them."""
    files = [artifact for result in _results(state).values() for artifact in result.artifacts]
    text = link_files(state["messages"][-1].text, files, "")
    return text + list_files(text, files, "")


def _results(state: Mapping[str, Any]) -> dict[str, TaskResult]:
    results = state.get("results", {})
    return {k: TaskResult.model_validate(results[k]) for k in state["plan"] if k in results}


def _told(state: Mapping[str, Any]) -> dict[str, Any]:
    """Results by task id, each in the three parts that JARVIS has."""
    wire = {str(task["id"]): task for task in Plan.from_state(state["plan"]).to_wire()}
    return {
        key: {
            "task": wire[key],
            "inference result": _inference(result),
            "choose model result": {
                "id": result.model or "",
                "reason": state["selections"].get(key, {}).get("reason", ""),
            },
        }
        for key, result in _results(state).items()
    }


def _inference(result: TaskResult) -> dict[str, Any]:
    """What came of a task: `generated text`, `generated image`, ..., `predicted`, or `error`."""
    if result.status != "done":
        return {"error": {"message": result.error or result.status}}
    told: dict[str, Any] = {}
    for artifact in result.artifacts:
        told.setdefault(*_named(artifact))
    return told


def _named(artifact: Artifact) -> tuple[str, Any]:
    if artifact.path is not None:
        return f"generated {artifact.modality}", f"/files/{Path(artifact.path).name}"
    if artifact.text is not None:
        return "generated text", artifact.text
    return "predicted", artifact.data
