"""A run that was cancelled goes on, wherever it stood."""

import asyncio
import threading
import time

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from parts import REQUEST, PlannedBrain, ScriptedEndpoint, obey, tasks

from hugginggpt.graph.build import build_graph
from hugginggpt.graph.routing import Routes

THREAD = {"configurable": {"thread_id": "t"}}
PLAN = tasks("a", ("b <GENERATED>-0", 0))


@pytest.fixture
def graph():
    endpoint = ScriptedEndpoint(obey)
    graph = build_graph(InMemorySaver(), brain=PlannedBrain(PLAN), endpoints=[endpoint])
    graph.endpoint = endpoint
    return graph


async def stop_at(edge, graph, monkeypatch):
    """Cancel a run while that edge is being asked, after the node before it has written."""
    asked, route = threading.Event(), getattr(Routes, edge)

    def slow(self, *arguments):
        if not asked.is_set():
            asked.set()
            time.sleep(0.05)
        return route(self, *arguments)

    monkeypatch.setattr(Routes, edge, slow)
    again = build_graph(graph.checkpointer, brain=PlannedBrain(PLAN), endpoints=[graph.endpoint])

    async def stream():
        async for _ in again.astream(REQUEST, THREAD, stream_mode=["custom", "values"]):
            pass

    running = asyncio.create_task(stream())
    while not asked.is_set():
        await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.wait([running])


EDGES = ["after_plan", "after_approve", "after_collect"]


@pytest.mark.parametrize("edge", EDGES)
async def test_goes_on_from_an_edge_that_was_not_asked(edge, graph, monkeypatch):
    await stop_at(edge, graph, monkeypatch)
    state = await graph.ainvoke(None, THREAD)
    assert [state["results"][key]["artifacts"][0]["text"] for key in "01"] == ["a", "b a"]
    assert state["messages"][-1].type == "ai"


@pytest.mark.parametrize("edge", EDGES)
async def test_and_in_sync_code(edge, graph, monkeypatch):
    await stop_at(edge, graph, monkeypatch)
    state = await asyncio.to_thread(graph.invoke, None, THREAD)
    assert state["messages"][-1].type == "ai"


async def test_a_finished_run_is_left_as_it_is(graph):
    before = await graph.ainvoke(REQUEST, THREAD)
    after = await graph.ainvoke(None, THREAD)
    assert after["messages"] == before["messages"]
    assert graph.endpoint.ran == ["a", "b a"]


async def test_going_on_from_an_earlier_point_is_no_repair(graph):
    await graph.ainvoke(REQUEST, THREAD)
    history = [s async for s in graph.aget_state_history(THREAD)]
    selected = next(s for s in history if s.next == ("approve",))
    state = await graph.ainvoke(None, selected.config)
    assert state["messages"][-1].type == "ai"
