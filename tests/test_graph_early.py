"""Tasks start while the plan is still being written, and a later part can't make them wrong."""

import asyncio
import json

import pytest
from chat_server import ChatServer, Reply, by_stage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from parts import ScriptedEndpoint, obey, tasks

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded import EmbeddedBrain
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.offers import LARGE

REQUEST = {"messages": [("user", "do it")]}


class WritingBrain(EmbeddedBrain):
    """Writes the entries of a plan one by one, and may then come out with another plan."""

    def __init__(self, entries, final=None, between=None, revised=None):
        self.entries = entries
        self.final = entries if final is None else final
        self.between = between
        self.revised = revised

    async def plan(self, request, brief):
        await asyncio.to_thread(brief.kinds)
        brief.restart()
        for entry in self.entries:
            brief.on_entry(entry)
            await asyncio.sleep(0)
            if self.between:
                await self.between()
        return Draft(self.final)

    async def revise(self, request, brief, draft, complaints):
        return None if self.revised is None else Draft(self.revised)


def graph_of(brain, behave=obey, models=("model-a",), **more):
    return build_graph(brain=brain, endpoints=[ScriptedEndpoint(behave, models)], **more)


def texts(state):
    return {
        key: r["artifacts"][0]["text"]
        for key, r in state.get("results", {}).items()
        if r["status"] == "done"
    }


class Signal:
    """Behaves by giving the text back, and tells when a task has started."""

    def __init__(self):
        self.started = asyncio.Event()

    async def __call__(self, text, candidate):
        self.started.set()
        return text


async def test_task_starts_before_the_plan_is_whole():
    signal = Signal()
    brain = WritingBrain(
        tasks("a", "b"), between=lambda: asyncio.wait_for(signal.started.wait(), 20)
    )
    state = await graph_of(brain, signal).ainvoke(REQUEST)
    assert texts(state) == {"0": "a", "1": "b"}


async def test_so_does_one_that_needs_it():
    seen = asyncio.Event()

    async def behave(text, candidate):
        if text == "a more":
            seen.set()
        return text

    class Waiting(WritingBrain):
        async def plan(self, request, brief):
            draft = await super().plan(request, brief)
            await asyncio.wait_for(seen.wait(), 20)
            return draft

    state = await graph_of(Waiting(tasks("a", ("<GENERATED>-0 more", 0))), behave).ainvoke(REQUEST)
    assert texts(state) == {"0": "a", "1": "a more"}


async def test_every_task_runs_once():
    brain = WritingBrain(tasks("a", ("<GENERATED>-0 b", 0), "c"))
    graph = build_graph(brain=brain, endpoints=[endpoint := ScriptedEndpoint(obey)])
    await graph.ainvoke(REQUEST)
    assert sorted(endpoint.ran) == ["a", "a b", "c"]


async def ran_early(brain, *, models=("model-a",), waits=False, **settings):
    """Texts of the tasks that ran although the plan never became whole; `waits` for the first."""
    endpoint = ScriptedEndpoint(obey, models)
    if waits:
        brain.between = until_it_ran(endpoint)
    graph = build_graph(brain=brain, endpoints=[endpoint], checkpointer=InMemorySaver())
    context = Context(**settings)
    await graph.ainvoke(REQUEST, {"configurable": {"thread_id": "t"}}, context=context)
    return endpoint.ran


async def pause():
    await asyncio.sleep(0.02)


def until_it_ran(endpoint):
    async def wait():
        async with asyncio.timeout(20):
            while not endpoint.ran:
                await asyncio.sleep(0.005)

    return wait


async def test_nothing_starts_early_where_the_plan_is_to_be_approved():
    brain = WritingBrain(tasks("a"), between=pause)
    assert await ran_early(brain, approve="plan") == []


def priced(**about):
    class Priced(ScriptedEndpoint):
        is_paid = about.get("is_paid", False)

        def candidates(self, kind):
            return [c.model_copy(update=about) for c in super().candidates(kind)]

    return Priced(obey)


async def ran_early_for_cost(endpoint, between):
    brain = WritingBrain(tasks("a"), final=[], between=between)
    graph = build_graph(brain=brain, endpoints=[endpoint])
    await graph.ainvoke(REQUEST, context=Context(approve="cost"))
    return endpoint.ran


async def test_what_costs_does_not_start_early_where_cost_is_to_be_approved():
    assert await ran_early_for_cost(priced(size=LARGE), pause) == []
    assert await ran_early_for_cost(priced(is_paid=True), pause) == []


async def test_what_costs_nothing_does():
    endpoint = priced()
    assert await ran_early_for_cost(endpoint, until_it_ran(endpoint)) == ["a"]


async def test_nor_does_what_it_may_stand_in_for():
    class Paid(ScriptedEndpoint):
        name = "paid"
        is_paid = True

    endpoints = [ScriptedEndpoint(obey), Paid(obey)]
    brain = WritingBrain(tasks("fail"), final=[], between=pause)
    context = Context(approve="cost", selection="rank")
    await build_graph(brain=brain, endpoints=endpoints).ainvoke(REQUEST, context=context)
    assert [endpoint.ran for endpoint in endpoints] == [[], []]


async def test_nothing_starts_early_where_that_is_off():
    brain = WritingBrain(tasks("a"), final=[], between=pause)
    assert await ran_early(brain, stream_plan=False) == []
    assert await ran_early(brain, waits=True) == ["a"]


async def test_nothing_starts_early_where_the_brain_is_to_choose_the_model():
    brain = WritingBrain(tasks("a"), final=[], between=pause)
    assert await ran_early(brain, models=("a", "b")) == []
    assert await ran_early(brain, models=("a", "b"), waits=True, selection="rank") == ["a"]


async def test_list_that_unfolds_does_not_start_early():
    plan = [{"task": "translation", "id": 0, "dep": [-1], "args": {"text": ["a", "b"]}}]
    assert await ran_early(WritingBrain(plan, final=[], between=pause)) == []


async def test_failure_skips_what_needs_it():
    brain = WritingBrain(tasks("fail now", ("<GENERATED>-0", 0), "c"), between=pause)
    results = (await graph_of(brain).ainvoke(REQUEST))["results"]
    assert [results[key]["status"] for key in "012"] == ["failed", "skipped", "done"]


async def test_task_that_the_plan_has_changed_runs_anew():
    brain = WritingBrain(
        tasks("a", ("<GENERATED>-0 b", 0)), tasks("A", ("<GENERATED>-0 b", 0)), pause
    )
    assert texts(await graph_of(brain).ainvoke(REQUEST)) == {"0": "A", "1": "A b"}


async def test_task_that_the_plan_has_dropped_leaves_nothing():
    brain = WritingBrain(tasks("hang", "b"), tasks("b"), pause)
    state = await asyncio.wait_for(graph_of(brain).ainvoke(REQUEST), 20)
    assert texts(state) == {"0": "b"}


async def test_id_that_is_written_twice_does_not_mix_the_tasks():
    first, second = tasks("a")[0], tasks("b")[0]
    brain = WritingBrain([first, second], revised=[second], between=pause)
    assert texts(await graph_of(brain).ainvoke(REQUEST)) == {"0": "b"}


async def test_task_goes_on_when_the_rest_of_the_plan_is_mended():
    ran = []

    async def behave(text, candidate):
        ran.append(text)
        return text

    faulty = [*tasks("a"), {"task": "nonsense", "id": 1}]
    brain = WritingBrain(faulty, revised=tasks("a", "b"), between=pause)
    assert texts(await graph_of(brain, behave).ainvoke(REQUEST)) == {"0": "a", "1": "b"}
    assert sorted(ran) == ["a", "b"]


async def test_plan_that_fails_stops_what_has_started():
    stopped = asyncio.Event()

    async def behave(text, candidate):
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    class Failing(WritingBrain):
        async def plan(self, request, brief):
            await super().plan(request, brief)
            raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        await graph_of(Failing(tasks("a"), between=pause), behave).ainvoke(REQUEST)
    await asyncio.wait_for(stopped.wait(), 20)


async def test_second_turn_does_not_start_under_an_id_of_the_first():
    config = {"configurable": {"thread_id": "t"}}
    brain = WritingBrain(tasks("a"), between=pause)
    graph = graph_of(brain, checkpointer=InMemorySaver())
    await graph.ainvoke(REQUEST, config)
    brain.entries = brain.final = tasks("b")
    state = await graph.ainvoke(REQUEST, config)
    assert texts(state) == {"0": "a", "1": "b"}


async def test_result_of_an_earlier_turn_is_used_early():
    config = {"configurable": {"thread_id": "t"}}
    brain = WritingBrain(tasks("a"), between=pause)
    graph = graph_of(brain, checkpointer=InMemorySaver())
    await graph.ainvoke(REQUEST, config)
    follow = [{"task": "translation", "id": 1, "dep": [0], "args": {"text": "<GENERATED>-0 b"}}]
    brain.entries = brain.final = follow
    assert texts(await graph.ainvoke(REQUEST, config)) == {"0": "a", "1": "a b"}


async def test_events_tell_of_tasks_as_they_are_planned():
    brain = WritingBrain(tasks("a", ("<GENERATED>-0 b", 0)), between=pause)
    events = [e async for e in graph_of(brain).astream(REQUEST, stream_mode="custom")]
    assert [e["event"] for e in events if e["task"] == "1"] == ["planned", "started", "done"]
    assert events[0]["arguments"] == {"text": "a"}


async def test_events_tell_of_tasks_that_were_dropped():
    brain = WritingBrain(tasks("hang", "b"), tasks("b"), pause)
    events = [e async for e in graph_of(brain).astream(REQUEST, stream_mode="custom")]
    told = [(e["event"], e["task"]) for e in events]
    assert told.index(("dropped", "0")) > told.index(("started", "0"))
    assert told[-1] == ("done", "0")  # the task that the finished plan holds under that id


def test_from_sync_code():
    brain = WritingBrain(tasks("a", ("<GENERATED>-0 b", 0)), between=pause)
    assert texts(graph_of(brain).invoke(REQUEST)) == {"0": "a", "1": "a b"}


# --- no later part of a plan can make a result wrong ----------------------------------------------


@st.composite
def plans(draw):
    """A plan of up to six tasks, faults included: doubled ids, circles, missing references."""
    size = draw(st.integers(1, 6))
    ids = [draw(st.integers(0, 6)) if draw(st.booleans()) else n for n in range(size)]
    return [
        {
            "task": draw(
                st.sampled_from(["translation", "summarization", "nonsense", "image-to-text"])
            ),
            "id": number,
            "dep": [],
            "args": draw(arguments()),
        }
        for number in ids
    ]


@st.composite
def arguments(draw):
    needed = draw(st.lists(st.integers(0, 6), max_size=2))
    words = draw(st.sampled_from(["x", "y", "fail now"]))
    text = " ".join([words, *(f"<GENERATED>-{n}" for n in needed)])
    return {"text": [text, text]} if draw(st.integers(0, 9)) == 0 else {"text": text}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(written=plans(), final=plans() | st.none(), revised=plans() | st.none())
def test_results_are_those_of_a_plan_that_was_not_streamed(written, final, revised):
    def outcome(stream_plan):
        brain = WritingBrain(written, final, None, revised)
        state = graph_of(brain).invoke(REQUEST, context=Context(stream_plan=stream_plan))
        return state["plan"], {
            key: (r["status"], [a["text"] for a in r["artifacts"]], r["error"])
            for key, r in state.get("results", {}).items()
        }

    assert outcome(True) == outcome(False)


# --- with a real stream ---------------------------------------------------------------------------


async def test_over_http(monkeypatch):
    signal = Signal()

    async def plan(call):
        return Reply(json.dumps({"tasks": tasks("a", "b"), "reply": ""}), per_token=0.005)

    with ChatServer(by_stage(plan=plan, respond="done")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        graph = build_graph(endpoints=[ScriptedEndpoint(signal)])
        order = []
        async for mode, chunk in graph.astream(
            REQUEST, context=Context(brain="openai:t"), stream_mode=["custom", "updates"]
        ):
            order.append(chunk["event"] + chunk["task"] if mode == "custom" else next(iter(chunk)))
    assert order.index("done0") < order.index("planned1") < order.index("plan")


async def test_chat_model_that_was_handed_over():
    plan = AIMessage(json.dumps({"tasks": tasks("a"), "reply": ""}))
    model = GenericFakeChatModel(messages=iter([plan, AIMessage("It is *a*.")]))
    graph = build_graph(endpoints=[ScriptedEndpoint(obey)])
    state = await graph.ainvoke(REQUEST, context=Context(brain=model))
    assert texts(state) == {"0": "a"}
    assert state["messages"][-1].text.startswith("It is *a*.")
