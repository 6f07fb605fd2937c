"""Jobs belong to one run: they are never shared, start once, and end with it."""

import asyncio
import threading
from uuid import uuid4

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from parts import REQUEST, tasks


def job_count():
    return sum("_run_task" in repr(task) for task in asyncio.all_tasks())


async def test_200_runs_at_once(graph_of):
    graph = graph_of(tasks("sleep 0.01", ("b <GENERATED>-0", 0), "c"))
    answers = await asyncio.gather(*(graph.ainvoke(REQUEST) for _ in range(200)))
    assert {len(answer["results"]) for answer in answers} == {3}
    assert len(graph.endpoint.ran) == 600
    assert job_count() == 0


def test_50_threads_of_invoke(graph_of):
    graph = graph_of(tasks("sleep 0.01", ("b <GENERATED>-0", 0)))
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(graph.invoke(REQUEST))) for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [len(answer["results"]) for answer in answers] == [2] * 50


async def test_sync_call_inside_a_running_loop(graph_of):
    result = graph_of(tasks("a", ("b <GENERATED>-0", 0))).invoke(REQUEST)
    assert result["results"]["1"]["status"] == "done"


async def test_jobs_run_on_the_callers_loop(graph_of):
    loops = []

    async def behave(text, candidate):
        loops.append(asyncio.get_running_loop())
        return text

    await graph_of(tasks("a"), behave).ainvoke(REQUEST)
    assert loops == [asyncio.get_running_loop()]


async def test_cancelled_run_leaves_no_job(graph_of):
    graph = graph_of(tasks("hang", "hang too"))
    run = asyncio.create_task(graph.ainvoke(REQUEST))
    while len(graph.endpoint.ran) < 2:
        await asyncio.sleep(0.01)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await asyncio.sleep(0.05)
    assert job_count() == 0


async def test_abandoned_stream_leaves_no_job(graph_of):
    graph = graph_of(tasks("hang", "b"))
    stream = graph.astream(REQUEST, stream_mode="custom")
    async for event in stream:
        if event["event"] == "done":
            break
    await stream.aclose()
    await asyncio.sleep(0.05)
    assert job_count() == 0


async def test_two_runs_with_one_id_are_refused(graph_of):
    graph, config = graph_of(tasks("hang")), {"run_id": uuid4()}
    first = asyncio.create_task(graph.ainvoke(REQUEST, config))
    while not graph.endpoint.ran:
        await asyncio.sleep(0.01)
    with pytest.raises(ValueError, match="is in use by another run"):
        await graph.ainvoke(REQUEST, config)
    first.cancel()


async def test_as_a_subgraph_twice_in_parallel(graph_of):
    graph = graph_of(tasks("sleep 0.02", ("b <GENERATED>-0", 0)))

    async def call(state):
        return {"messages": (await graph.ainvoke(REQUEST))["messages"][-1:]}

    parent = StateGraph(MessagesState)
    for name in ("left", "right"):
        parent.add_node(name, call)
        parent.add_edge(START, name)
    answer = await parent.compile().ainvoke(REQUEST)
    assert len(answer["messages"]) == 3


async def test_as_a_node_of_another_graph(graph_of):
    parent = StateGraph(MessagesState)
    parent.add_node("multimodal", graph_of(tasks("a")))
    parent.add_edge(START, "multimodal")
    answer = await parent.compile(checkpointer=InMemorySaver()).ainvoke(
        REQUEST, {"configurable": {"thread_id": "1"}}
    )
    assert "translation" in answer["messages"][-1].text


async def test_a_tool_may_run_the_graph_itself(graph_of):
    inner = graph_of(tasks("inner"))

    async def behave(text, candidate):
        answer = await inner.ainvoke(REQUEST)
        return answer["results"]["0"]["artifacts"][0]["text"]

    result = await graph_of(tasks("outer"), behave).ainvoke(REQUEST)
    assert result["results"]["0"]["artifacts"][0]["text"] == "inner"


async def test_run_goes_on_in_another_process(graph_of, tmp_path):
    """A saver on disk, a run cut off in the middle, and a graph that knows nothing of it."""
    config = {"configurable": {"thread_id": "t"}}
    plan = tasks("quick", "hang")
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "s.sqlite")) as saver:
        first = graph_of(plan, checkpointer=saver)
        run = asyncio.create_task(first.ainvoke(REQUEST, config, durability="sync"))
        while not (await first.aget_state(config)).values.get("results"):
            await asyncio.sleep(0.01)  # until `quick` is in the state; `hang` still runs
        run.cancel()
        await asyncio.wait([run])

        async def behave(text, candidate):
            return text

        second = graph_of(plan, behave, checkpointer=saver)
        result = await second.ainvoke(None, config)
    assert {r["status"] for r in result["results"].values()} == {"done"}
    assert second.endpoint.ran == ["hang"]


class ToolTimes(BaseCallbackHandler):
    """Counts tool runs that were begun and ended."""

    def __init__(self):
        self.open = 0
        self.seen = 0

    def on_tool_start(self, *args, **kwargs):
        self.open += 1
        self.seen += 1

    def on_tool_end(self, *args, **kwargs):
        self.open -= 1

    def on_tool_error(self, *args, **kwargs):
        self.open -= 1


@pytest.mark.parametrize("text", ["good", "fail", "sleep 0.05"])
async def test_every_tool_run_that_begins_is_ended(graph_of, text):
    times = ToolTimes()
    await graph_of(tasks(text)).ainvoke(REQUEST, {"callbacks": [times]})
    assert (times.seen, times.open) == (1, 0)


async def test_tool_run_of_a_cancelled_job_is_ended(graph_of):
    times = ToolTimes()
    graph = graph_of(tasks("hang"))
    run = asyncio.create_task(graph.ainvoke(REQUEST, {"callbacks": [times]}))
    while not graph.endpoint.ran:
        await asyncio.sleep(0.01)
    run.cancel()
    await asyncio.sleep(0.05)
    assert (times.seen, times.open) == (1, 0)
