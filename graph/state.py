"""The state of the graph: everything that a reader of Studio needs, all of it JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import MessagesState
from pydantic import Field
from typing_extensions import TypedDict

from hugginggpt.graph.request import Request, Turn
from hugginggpt.graph.results import TaskResult
from hugginggpt.graph.usage import Usage
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import RequestError

Stage = Literal["plan", "select", "replan", "respond"]
Asked = Literal["plan", "cost"]
"""Why the user is asked about a plan: they want to see every plan, or this one costs something."""
Verdict = Literal["accepted", "edited", "faulty", "refused", "objected"]
"""What the user's word comes to; `faulty` is an edit that is no valid plan, `objected` a reason
to plan anew."""


class Approval(TypedDict):
    """The user's last word on the plan."""

    verdict: Verdict
    reason: str
    """Why the user objects."""
    kept: list[str]
    """Tasks of the edited plan that have a model already, one that was shown or is the user's."""
    complaints: list[str]
    """What is wrong with the edit."""
    edited: Any
    """The faulty edit as it came, so that nothing typed is lost."""


class Other(TypedDict):
    """The plan that may be meant instead."""

    plan: dict[str, Any]
    """Its tasks by id."""
    remarks: list[str]
    """What the user is told about it."""


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
            description="Tasks of the current request by id. Written by plan, changed by clarify, "
            "approve and replan.",
        ),
    ]
    remarks: Annotated[
        list[str],
        Field(
            title="Remarks",
            description="What the user is told about the plan, such as a file that can't be "
            "read. Written by plan, and by clarify for the plan that is meant; approve adds that "
            "the plan was refused, replan why there is another one.",
        ),
    ]
    selections: Annotated[
        dict[str, Any],
        Field(
            title="Selections",
            description="The model chosen for each task, and why, by task id. Written by select; "
            "approve puts in what the user chose.",
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


class State(InputState, OutputState, total=False):
    """What the nodes know. Plan empties what the last request has left in these fields."""

    other: Annotated[
        Other | None,
        Field(
            title="Other plan",
            description="The plan that may be meant instead, where the user is to be asked which; "
            "null: they are not. Written by plan, so that a run that is taken up again asks what "
            "it had asked.",
        ),
    ]
    asks: Annotated[
        Asked | None,
        Field(
            title="Asks",
            description="Why the user is asked before the plan is carried out; null: they are not. "
            "Written by select, so that a run that is taken up again asks what it had asked.",
        ),
    ]
    approval: Annotated[
        Approval | None,
        Field(
            title="Approval",
            description="The user's word on the plan; null before approve was reached. Written by "
            "approve.",
        ),
    ]
    replanned: Annotated[
        bool,
        Field(
            title="Replanned",
            description="Whether another plan was looked for after a failure, which happens once. "
            "Written by replan.",
        ),
    ]


def used(stage: Stage, usage: Usage) -> dict[str, dict[str, int]]:
    """The entry of `usage` that the node `stage` writes when it runs for the first time."""
    return {stage: asdict(usage)}


def used_more(stage: Stage, usage: Usage, state: State) -> dict[str, dict[str, int]]:
    """The entry of `usage` of a node that may have run for this request before."""
    return used(stage, Usage(**state.get("usage", {}).get(stage, {})) + usage)


def unfinished(state: State) -> list[str]:
    """Ids of the plan's tasks that have no result yet."""
    results = state.get("results", {})
    return [key for key in state["plan"] if key not in results]


def stuck(state: State) -> list[str]:
    """Ids of the plan's tasks that failed and that skipped ones would have needed."""
    plan, results = state["plan"], state.get("results", {})
    status = {key: results[key]["status"] for key in plan if key in results}
    needed = {d for key in status if status[key] == "skipped" for d in plan[key]["dependencies"]}
    return [key for key, how in status.items() if how == "failed" and key in needed]


def ended_kinds(state: State) -> dict[str, str]:
    """The kind of each task that has ended, earlier requests included, however it ended."""
    return {key: result["kind"] for key, result in state.get("results", {}).items()}


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
