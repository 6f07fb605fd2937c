"""The graph as a node of a graph of yours: `python -m hugginggpt.examples.subgraph`.

A desk sorts reviews. Its state shares `messages`, `files` and `results` with the graph, its
checkpointer keeps both, and a plan that is to be approved interrupts the desk.
"""

from collections.abc import Iterator
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command

from hugginggpt import Context, build_graph
from hugginggpt.examples import FOLDER, example


class Desk(MessagesState, total=False):
    """What the desk knows about one review."""

    files: list[str]
    results: dict[str, Any]
    """Of the tasks, by id; written by the graph."""
    department: str


def route(state: Desk) -> dict[str, str]:
    """Happy reviews go to the shop window."""
    label = state["results"]["0"]["artifacts"][0]["data"][0]["label"]
    return {"department": "shop window" if label == "positive" else "complaints"}


def build_desk() -> Any:
    """The desk: multimodal work first, then plain code."""
    desk = StateGraph(Desk, context_schema=Context)
    desk.add_node("multimodal", build_graph())
    desk.add_node("route", route)
    desk.add_edge(START, "multimodal")
    desk.add_edge("multimodal", "route")
    return desk.compile(InMemorySaver())


def sort(review: str) -> Iterator[str]:
    """What happens to the review, as it happens."""
    desk = build_desk()
    config = {"configurable": {"thread_id": review}}
    path = str(example(review))
    context = Context(brain="embedded", approve="plan", roots=(str(FOLDER),))
    feed: Any = {"messages": [("user", "Is this review good or bad?")], "files": [path]}
    modes = ["custom", "updates"]
    while feed is not None:
        stream = desk.stream(feed, config, context=context, stream_mode=modes, subgraphs=True)
        feed = None
        for _, mode, chunk in stream:
            if mode == "custom":
                yield f"{chunk['kind']} {chunk['event']}"
            elif "__interrupt__" in chunk and feed is None:
                yield f"approved: {chunk['__interrupt__'][0].value['plan'][0]['task']}"
                feed = Command(resume=True)
            elif "route" in chunk:
                yield f"to the {chunk['route']['department']}"


if __name__ == "__main__":
    for line in sort("review-2.txt"):
        print(line)
