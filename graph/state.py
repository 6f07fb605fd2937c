"""The state of the graph: everything that a reader of Studio needs, all of it JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import MessagesState
from pydantic import Field

from hugginggpt.graph.request import Request, Turn
from hugginggpt.graph.results import TaskResult
from hugginggpt.graph.usage import Usage
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import RequestError

Stage = Literal["plan", "select", "respond"]


def merge(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any]:
    """Entries of both by key; those of `new` win."""
    return {**(old or {}), **(new or {})}


class InputState(MessagesState, total=False):
    """What a caller gives: `messages`, of which the last is the request, and `files`."""

    files: Annotated[
        list[str],
        Field(
            title="Files",
            description="Paths or URLs of the files that come with this request; those in the "
            "message itself need not be named.",
        ),
    ]


class OutputState(MessagesState, total=False):
    """What a caller gets back: the conversation with the answer, and what led to it.

    Keys of `plan`, `selections` and `results` are task ids.
    """

    resources: Annotated[
        dict[str, Any],
        Field(
            title="Resources",
            description="Files of the whole conversation by the name under which a plan refers "
            "to them. Written by plan.",
        ),
        merge,
    ]
    plan: Annotated[
        dict[str, Any],
        Field(
            title="Plan",
            description="Tasks of the current request by id. Written by plan, changed by approve.",
        ),
    ]
    remarks: Annotated[
        list[str],
        Field(
            title="Remarks",
            description="What the user is told about the plan, such as a file that can't be "
            "read. Written by plan; approve adds why the plan was refused.",
        ),
    ]
    selections: Annotated[
        dict[str, Any],
        Field(
            title="Selections",
            description="The model chosen for each task, and why, by task id. Written by select.",
        ),
        merge,
    ]
    results: Annotated[
        dict[str, Any],
        Field(
            title="Results",
            description="How each task ended, by task id, earlier requests of the conversation "
            "included. Written by collect.",
        ),
        merge,
    ]
    usage: Annotated[
        dict[str, Any],
        Field(
            title="Usage",
            description="Calls and tokens of the chat model for this request, by node; each "
            "node writes its own.",
        ),
        merge,
    ]


class State(InputState, OutputState):
    """What the nodes know."""


def used(stage: Stage, usage: Usage) -> dict[str, dict[str, int]]:
    """The entry of `usage` that the node `stage` writes."""
    return {stage: asdict(usage)}


def read_state(state: State) -> Request:
    """The request as the state holds it, its files read already."""
    messages = state["messages"]
    position = request_position(messages)
    results = {k: TaskResult.model_validate(r) for k, r in state.get("results", {}).items()}
    resources = state.get("resources", {})
    return Request(
        text=messages[position].text,
        resources={name: Artifact.model_validate(a) for name, a in resources.items()},
        history=tuple(turn for m in messages[:position] if (turn := _turn(m))),
        earlier={key: r for key, r in results.items() if r.status == "done"},
    )


def request_position(messages: Sequence[AnyMessage]) -> int:
    """Where the latest message of the user stands.

    Raises:
        RequestError: there is none.

    """
    for position in range(len(messages) - 1, -1, -1):
        if isinstance(messages[position], HumanMessage):
            return position
    raise RequestError("there is no request: the messages hold nothing from the user")


def _turn(message: AnyMessage) -> Turn | None:
    if isinstance(message, HumanMessage):
        return Turn("user", message.text)
    return Turn("assistant", message.text) if isinstance(message, AIMessage) else None
