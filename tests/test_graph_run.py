"""The graph inside other programs: other graphs' settings, callbacks, tags and metadata."""

from dataclasses import dataclass

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command
from parts import REQUEST, tasks

from hugginggpt import Context


@dataclass
class Theirs:
    """Settings of somebody else's graph."""

    brain: str = "of a mouse"


def parent_of(graph, *, context=None, **settings):
    builder = StateGraph(MessagesState, context_schema=context)
    builder.add_node("multimodal", graph)
    builder.add_edge(START, "multimodal")
    return builder.compile(**settings)


def test_settings_of_another_kind_are_left_to_the_graph_around(graph_of):
    parent = parent_of(graph_of(tasks("bonjour")), context=Theirs)
    assert "bonjour" in parent.invoke(REQUEST, context=Theirs())["messages"][-1].text


@pytest.mark.parametrize("context", [Context(approve="plan"), {"approve": "plan", "other": 1}])
def test_interrupt_reaches_the_checkpointer_of_the_graph_around(graph_of, context):
    parent = parent_of(graph_of(tasks("bonjour")), checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t"}}
    assert parent.invoke(REQUEST, config, context=context)["__interrupt__"]
    state = parent.invoke(Command(resume=True), config, context=context)
    assert "bonjour" in state["messages"][-1].text


def test_events_reach_the_stream_of_the_graph_around(graph_of):
    parent = parent_of(graph_of(tasks("bonjour")))
    stream = parent.stream(REQUEST, stream_mode="custom", subgraphs=True)
    assert [event["event"] for _, event in stream] == ["started", "done"]


class Heard(BaseCallbackHandler):
    """Keeps tags and metadata of each tool run."""

    def __init__(self):
        self.tools = []

    def on_tool_start(self, serialized, input_str, *, tags=None, metadata=None, **_):
        self.tools.append((tags, metadata))


async def test_callbacks_tags_and_metadata_reach_the_tasks(graph_of):
    heard = Heard()
    graph = graph_of(tasks("bonjour")).with_config(tags=["mine"], metadata={"customer": "42"})
    await graph.ainvoke(REQUEST, {"callbacks": [heard]})
    ((tags, metadata),) = heard.tools
    assert "mine" in tags
    assert metadata["customer"] == "42"


async def test_chain(graph_of):
    chain = graph_of(tasks("bonjour")) | (lambda state: state["results"]["0"]["status"])
    assert await chain.abatch([REQUEST, REQUEST]) == ["done", "done"]
