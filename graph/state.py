"""The state of the graph: everything that a reader of Studio needs, all of it JSON."""

from collections.abc import Mapping
from typing import Annotated, Any

from langgraph.graph import MessagesState


def merge(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any]:
    """Entries of both by key; those of `new` win."""
    return {**(old or {}), **(new or {})}


class InputState(MessagesState, total=False):
    """What a caller gives: `messages`, of which the last is the request, and `files`."""

    files: list[str]
    """Paths or URLs of the files that come with this request."""


class State(InputState, total=False):
    """What the nodes know. Keys of `plan`, `selections` and `results` are task ids."""

    resources: Annotated[dict[str, Any], merge]
    """Files of the whole conversation by the name under which a plan refers to them. By plan."""
    plan: dict[str, Any]
    """Tasks of the current request. Written by plan, changed by approve."""
    remarks: list[str]
    """What the user is told about the plan, such as a file that can't be read. By plan."""
    selections: Annotated[dict[str, Any], merge]
    """The model chosen for each task, and why. Written by select."""
    results: Annotated[dict[str, Any], merge]
    """How each task ended, earlier requests of the conversation included. Written by collect."""


class OutputState(MessagesState, total=False):
    """What a caller gets back: the conversation with the answer, and what led to it."""

    resources: Annotated[dict[str, Any], merge]
    plan: dict[str, Any]
    remarks: list[str]
    selections: Annotated[dict[str, Any], merge]
    results: Annotated[dict[str, Any], merge]
