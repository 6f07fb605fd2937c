"""A run keeps to its budget, and answers with what there is."""

import asyncio
import json

import pytest
from chat_server import ChatServer, Reply, by_stage, stage_of
from parts import REQUEST, PlannedBrain, ScriptedEndpoint, echo, tasks

from hugginggpt.graph.budget import Budget
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.usage import Usage
from hugginggpt.tools.errors import BrainError, WorkspaceError

PLAN = json.dumps({"tasks": tasks("a"), "reply": ""})


async def test_time_that_is_up_ends_in_an_answer_with_what_there_is(graph_of):
    plan = tasks("quick", "hang", ("<GENERATED>-1", 1))
    state = await graph_of(plan).ainvoke(REQUEST, context=Context(max_seconds=0.5))
    assert [state["results"][key]["status"] for key in "012"] == ["done", "skipped", "skipped"]
    assert "HUGGINGGPT_MAX_SECONDS" in state["results"]["1"]["error"]
    assert "quick" in state["messages"][-1].text


async def test_and_leaves_nothing_running(graph_of):
    await graph_of(tasks("hang")).ainvoke(REQUEST, context=Context(max_seconds=0.2))
    assert len(asyncio.all_tasks()) == 1


async def test_tasks_beyond_the_limit_are_left_out_and_told(graph_of):
    graph = graph_of(tasks("a", ("b <GENERATED>-0", 0), "c"))
    state = await graph.ainvoke(REQUEST, context=Context(max_tasks=2))
    assert (list(state["plan"]), sorted(graph.endpoint.ran)) == (["0", "1"], ["a", "b a"])
    assert "Left out of the plan: task 2 (translation): at most 2" in state["messages"][-1].text


async def test_files_beyond_the_limit_are_not_written(tmp_path):
    class Speaker(ScriptedEndpoint):
        async def run(self, candidate, arguments, call):
            return [call.workspace.write(b"x" * 600, ".wav", "audio", arguments["text"])]

    plan = [
        {"task": "text-to-speech", "id": n, "dep": [], "args": {"text": word}}
        for n, word in enumerate(("one", "two"))
    ]
    graph = build_graph(brain=PlannedBrain(plan), endpoints=[Speaker(echo)])
    state = await graph.ainvoke(REQUEST, context=Context(max_bytes=1000))
    assert sorted(r["status"] for r in state["results"].values()) == ["done", "failed"]
    assert len(list((tmp_path / "hugginggpt-files").glob("*.wav"))) == 1
    assert "HUGGINGGPT_MAX_BYTES" in state["messages"][-1].text


def test_nothing_is_limited_without_settings():
    budget = Budget()
    budget.add(Usage(10**6, 10**9, 10**9))
    budget.spend_bytes(10**12)
    budget.check_call()
    assert not budget.is_out_of_time


@pytest.mark.parametrize(
    ("setting", "used", "said"),
    [
        ({"max_calls": 2}, Usage(calls=2), "the calls .* are used up .HUGGINGGPT_MAX_CALLS=2"),
        (
            {"max_tokens": 100},
            Usage(1, 60, 40),
            "tokens .* used up .HUGGINGGPT_MAX_TOKENS=100",
        ),
    ],
)
def test_the_chat_model_is_not_asked_beyond_its_limits(setting, used, said):
    budget = Budget(Context(**setting))
    budget.check_call()
    budget.add(used)
    with pytest.raises(BrainError, match=said):
        budget.check_call()


def test_bytes_are_counted_together():
    budget = Budget(Context(max_bytes=10))
    budget.spend_bytes(6)
    with pytest.raises(WorkspaceError, match="5 bytes is too large"):
        budget.spend_bytes(5)
    budget.spend_bytes(4)


# --- the chat model -------------------------------------------------------------------------


async def asked(monkeypatch, *, plan=PLAN, behave=echo, **settings):
    """The stages that a chat model was asked for, and the state, under these limits."""
    with ChatServer(by_stage(plan=plan, respond="All done.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        graph = build_graph(endpoints=[ScriptedEndpoint(behave)])
        context = Context(brain="openai:test", **settings)
        state = await graph.ainvoke(REQUEST, context=context)
    return [stage_of(call) for call in server.calls], state


async def test_calls_that_are_used_up_cost_the_wording_only(monkeypatch):
    stages, state = await asked(monkeypatch, max_calls=1)
    assert (stages, state["results"]["0"]["status"]) == (["plan"], "done")
    assert "HUGGINGGPT_MAX_CALLS" in state["messages"][-1].text


async def test_so_do_tokens(monkeypatch):
    stages, state = await asked(monkeypatch, max_tokens=10)
    assert (stages, state["results"]["0"]["status"]) == (["plan"], "done")
    assert "HUGGINGGPT_MAX_TOKENS" in state["messages"][-1].text


async def test_no_call_at_all_is_told(monkeypatch):
    stages, state = await asked(monkeypatch, max_calls=0)
    assert (stages, state["plan"]) == ([], {})
    assert "HUGGINGGPT_MAX_CALLS" in state["messages"][-1].text


async def test_a_plan_that_takes_all_the_time_is_told(monkeypatch):
    stages, state = await asked(monkeypatch, plan=Reply("x", hang=True), max_seconds=1)
    assert (stages, state["plan"]) == (["plan"], {})
    assert "could not be planned" in state["messages"][-1].text


async def test_time_that_tasks_have_used_up_costs_the_wording_only(monkeypatch):
    async def hang(text, candidate):
        await asyncio.Event().wait()

    stages, state = await asked(monkeypatch, behave=hang, max_seconds=3)
    assert (stages, state["results"]["0"]["status"]) == (["plan"], "skipped")
    assert "HUGGINGGPT_MAX_SECONDS" in state["messages"][-1].text
