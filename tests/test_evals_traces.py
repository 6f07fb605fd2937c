"""What evaluators read in traces of real runs, and exact scores of trees made by hand."""

import asyncio
import json
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import langsmith
import pytest
from chat_server import ChatServer, by_stage
from langchain_core.messages import AIMessage
from langchain_core.tracers.langchain import LangChainTracer
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command
from langsmith import Client
from langsmith_server import LangSmithServer
from parts import REQUEST, ScriptedEndpoint, obey, tasks

from hugginggpt.evals.traces import (
    Price,
    cost,
    evaluate_trace,
    failures,
    fallbacks,
    outside_top,
    parallelism,
    unsupported,
    wasted_waiting,
)
from hugginggpt.evals.trees import read_trace
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.tools.errors import InputError

KEYS = [
    "parallelism",
    "wasted_waiting",
    "failures",
    "fallbacks",
    "outside_top",
    "unsupported",
    "cost",
]


async def collected(graph, context=None):
    """The run tree of a real run, kept in memory."""
    collector = RunCollectorCallbackHandler()
    await graph.ainvoke(REQUEST, {"callbacks": [collector]}, context=context)
    (root,) = collector.traced_runs
    return root


async def fail_on_a(text, candidate):
    if candidate.model == "model-a":
        raise RuntimeError("out of memory")
    return text


# --- trees of real runs ----------------------------------------------------------------------


async def test_all_scores_of_a_run(graph_of):
    scores = evaluate_trace(await collected(graph_of(tasks("a", ("b <GENERATED>-0", 0)))))
    assert [score["key"] for score in scores] == KEYS
    assert all(set(score) == {"key", "score", "comment"} for score in scores)


async def test_tasks_beside_each_other_are_on_no_longer_path_than_one(graph_of):
    trace = read_trace(await collected(graph_of(tasks("sleep 0.1", "sleep 0.10"))))
    first, second = (tries[0] for tries in trace.attempts.values())
    assert first.begin < second.end
    assert second.begin < first.end
    assert parallelism(trace)["score"] > 0


async def test_failed_and_skipped_tasks_are_named(graph_of):
    plan = tasks("fail now", ("<GENERATED>-0", 0), "fine", "well")
    score = failures(await collected(graph_of(plan)))
    assert score["score"] == 0.5
    assert score["comment"] == (
        "2 of 4; task 0 (translation) failed: ValueError: told to fail: now; "
        "task 1 (translation) skipped: it needs task 0 (translation), which failed"
    )


async def test_a_fallback_is_named_with_its_reason(graph_of):
    graph = graph_of(tasks("x"), fail_on_a, models=("model-a", "model-b"))
    score = fallbacks(await collected(graph))
    assert score["score"] == 1.0
    assert "task 0 (translation): model-a failed: RuntimeError('out of memory')" in score["comment"]


async def test_the_trace_of_a_cancelled_run_can_be_read(graph_of):
    graph, collector = graph_of(tasks("quick", "hang")), RunCollectorCallbackHandler()
    run = asyncio.create_task(graph.ainvoke(REQUEST, {"callbacks": [collector]}))
    while len(graph.endpoint.ran) < 2 or not collector.run_map:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    run.cancel()
    await asyncio.wait([run])
    scores = {score["key"]: score for score in evaluate_trace(collector.traced_runs[0])}
    assert scores["failures"]["comment"] == "1 of 2; task 1 (translation) not finished: "
    assert scores["unsupported"]["score"] is None


async def test_the_trace_of_a_run_that_went_on_after_approval_can_be_read(graph_of):
    graph = graph_of(tasks("a", ("<GENERATED>-0 b", 0)), checkpointer=InMemorySaver())
    thread, context = {"configurable": {"thread_id": "t"}}, Context(approve="plan")
    await graph.ainvoke(REQUEST, thread, context=context)
    collector = RunCollectorCallbackHandler()
    config = {**thread, "callbacks": [collector]}
    await graph.ainvoke(Command(resume=True), config, context=context)
    trace = read_trace(collector.traced_runs[0])
    assert list(trace.attempts) == ["0", "1"]
    assert trace.needed("1") == ["0"]


async def test_the_graph_is_found_inside_another(graph_of):
    parent = StateGraph(MessagesState)
    parent.add_node("plan", lambda state: {})  # a node that only has the name of one of ours
    parent.add_node("multimodal", graph_of(tasks("a")))
    parent.add_edge(START, "plan")
    parent.add_edge("plan", "multimodal")
    assert list(read_trace(await collected(parent.compile())).attempts) == ["0"]


async def test_a_second_request_is_scored_by_its_own_tasks(graph_of):
    graph = graph_of(tasks("fail"), checkpointer=InMemorySaver())
    thread = {"configurable": {"thread_id": "t"}}
    await graph.ainvoke(REQUEST, thread)
    graph.nodes["plan"].bound.parts.fixed_brain.tasks = [{**tasks("fine")[0], "id": 7}]
    collector = RunCollectorCallbackHandler()
    await graph.ainvoke(REQUEST, {**thread, "callbacks": [collector]})
    assert failures(collector.traced_runs[0])["comment"] == "0 of 1"


async def test_a_trace_from_the_server_scores_like_the_one_in_memory(graph_of):
    graph = graph_of(tasks("a", ("b <GENERATED>-0", 0), "fail"))
    collector = RunCollectorCallbackHandler()
    with LangSmithServer() as server, closing(Client(api_url=server.url, api_key="n")) as client:
        tracer = LangChainTracer(client=client)
        await graph.ainvoke(REQUEST, {"callbacks": [tracer, collector]})
        client.flush()
    there = evaluate_trace(server.tree(server.root))
    here = evaluate_trace(collector.traced_runs[0])
    timeless = [score for score in there if score["key"] not in ("parallelism", "wasted_waiting")]
    assert timeless == [score for score in here if score["key"] not in KEYS[:2]]


@pytest.mark.filterwarnings("ignore:'upload_runs' parameter is in beta")
def test_langsmith_evaluates_with_it_offline(graph_of):
    example = langsmith.schemas.Example(id=uuid4(), dataset_id=uuid4(), inputs=REQUEST)
    graph = graph_of(tasks("sleep 0.01", "fail"))
    with LangSmithServer() as server:
        # `upload_results=False` alone still sends the runs of LangChain (langsmith 0.15).
        client = Client(api_url=server.url, api_key="none", tracing_sampling_rate=0)
        (row,) = langsmith.evaluate(
            lambda inputs: graph.invoke(inputs),
            data=[example],
            evaluators=[partial(evaluate_trace, prices={}), failures],
            client=client,
            upload_results=False,
            max_concurrency=0,
        )
        client.close()
    assert not server.runs
    scores = {r.key: r.score for r in row["evaluation_results"]["results"]}
    assert list(scores) == KEYS
    assert scores["failures"] == 0.5
    assert scores["parallelism"] > 0


PLAN = json.dumps({"tasks": tasks("one"), "reply": ""})
CHOICE = json.dumps({"selections": [{"task": 0, "id": "model-b @ scripted", "reason": "it fits"}]})


async def asked(monkeypatch, answer):
    """The tree of a run with a chat model, which takes the second best and answers so."""
    graph = build_graph(endpoints=[ScriptedEndpoint(obey, ("model-a", "model-b"))])
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with ChatServer(by_stage(plan=PLAN, select=CHOICE, respond=answer)) as chat:
        monkeypatch.setenv("OPENAI_BASE_URL", chat.url)
        return await collected(graph, Context(brain="openai:scripted"))


async def test_a_choice_outside_the_top_is_named(monkeypatch):
    run = await asked(monkeypatch, "It is one.")
    assert outside_top(run)["comment"] == "1 of 1; task 0 (translation): candidate 2"
    assert outside_top(run, top=2)["score"] == 0.0


async def test_cost_is_that_of_the_tokens_told(monkeypatch):
    trace = read_trace(await asked(monkeypatch, "It is one."))
    tokens = [call.tokens for call in trace.calls]
    expected = sum(3 * t[0] + 5 * t[1] for t in tokens) / 1e6
    assert len(tokens) == 3
    assert cost(trace, {"scripted": Price(3, 5)})["score"] == pytest.approx(expected)


async def test_no_price_no_cost(monkeypatch):
    score = cost(await asked(monkeypatch, "It is one."), {"other": Price(3, 5)})
    assert score["score"] is None
    assert score["comment"].endswith("no price for scripted")


async def test_an_answer_that_no_result_supports(monkeypatch):
    run = await asked(monkeypatch, "It is one, with 93% certainty; see sunset.png.")
    assert unsupported(run)["comment"] == "nothing supports sunset.png, 93"


# --- trees made by hand ----------------------------------------------------------------------


def at(second):
    return datetime.fromtimestamp(1_700_000_000 + second, UTC).isoformat()


def node(name, start, end, *, outputs=None, inputs=None, **metadata):
    extra = {"metadata": {"langgraph_node": name, **metadata}}
    return {
        "name": name,
        "run_type": "chain",
        "start_time": at(start),
        "end_time": at(end),
        "inputs": inputs or {},
        "outputs": outputs or {},
        "extra": extra,
    }


def tool(task, start, end, wait=0.0, attempt=1, status="done", error=None):
    work = end - start - wait
    made = node("", start, end, task=str(task), attempt=attempt, status=status, run_seconds=work)
    return {**made, "run_type": "tool", "error": error}


def tree(dependencies, *runs, answer="", selected=1.0, told=None, results=None):
    """A run of the graph: which tasks each task depends on, the tries, the answer."""
    plan = {
        key: {"id": key, "kind": "translation", "dependencies": needed}
        for key, needed in dependencies.items()
    }
    children = [
        node("plan", 0, 0.5, inputs={"plan": {}}, outputs={"plan": plan, "remarks": []}),
        node("select", 0.5, selected),
        *runs,
        node("collect", 1, 2, outputs={"results": results or {}}),
        node(
            "respond",
            8,
            9,
            inputs={"plan": plan, **(told or {})},
            outputs={"messages": [AIMessage(answer)]},
        ),
    ]
    return {**node("hugginggpt", 0, 9), "child_runs": children}


CHAIN = {"0": [], "1": ["0"], "2": []}


@pytest.mark.parametrize(
    ("runs", "share"),
    [
        ([tool(0, 1, 2), tool(1, 2, 4), tool(2, 1, 3)], 1.0),
        ([tool(0, 1, 2), tool(1, 3, 5), tool(2, 1, 3)], 0.75),  # a second before 1
        ([tool(0, 1, 2), tool(1, 2, 5, wait=1), tool(2, 1, 3)], 0.75),  # the same, for a place
        ([tool(2, 1, 3), tool(0, 3, 4), tool(1, 4, 6)], 0.6),  # one after another
        ([tool(2, 1, 2), tool(2, 2, 4, attempt=2)], 1.0),  # a fallback is work
        ([tool(2, 1, 2), tool(2, 3, 5)], 1.0),  # that of a draft is not
        ([tool(2, 1, 1)], 1.0),
        ([], None),
        ([tool(2, 1, 3, status="stopped")], None),
    ],
)
def test_parallelism_is_the_critical_path_over_wall_time(runs, share):
    assert parallelism(tree(CHAIN, *runs))["score"] == share


@pytest.mark.parametrize(
    ("runs", "seconds"),
    [
        ([tool(0, 1, 2), tool(1, 2, 4)], 0.0),
        ([tool(0, 1, 2), tool(1, 2.5, 4)], 0.5),  # after its input was there
        ([tool(0, 1, 2), tool(1, 2.5, 4, wait=0.25)], 0.75),  # and for a place
        ([tool(0, 1.5, 2), tool(2, 1.25, 2)], 0.75),  # after the models were chosen
        ([tool(0, 0.2, 0.4), tool(1, 0.4, 0.9)], 0.0),  # while the plan was written
        ([tool(0, 0.2, 0.4), tool(1, 1.0, 2.0)], 0.0),  # its model was not chosen before
        ([], None),
    ],
)
def test_wasted_waiting_is_what_tasks_could_have_begun_earlier(runs, seconds):
    assert wasted_waiting(tree(CHAIN, *runs))["score"] == seconds


def test_the_longest_wait_is_named():
    runs = [tool(0, 1, 2), tool(1, 2.5, 4), tool(2, 1.1, 3)]
    score = wasted_waiting(tree(CHAIN, *runs))
    assert score["comment"] == "most before task 1 (translation): 0.500 s"


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        ("It shows 3 cats.", 0),  # as many as the list holds
        ("It shows 4 cats.", 1),
        ("It is 96% sure, 0.96 in all.", 0),
        ("It is 0.957 sure.", 1),  # the result says 0.9576
        ("It is 0.9576 sure.", 0),
        ("It cost 1,250 in 2024.", 1),  # 1250 is there
        ("See [cats.png](out/cats.png).", 0),
        ("See dogs.png and dogs.png.", 1),
        ("1. first\n2. second", 0),
        ("Fine.\n\n### How\n| 0 | translation | 7.31 |", 0),
        ("Fine.\n\n### Good to know\n- took 99 s", 0),
        ("", None),
    ],
)
def test_unsupported_counts_what_no_result_holds(answer, claims):
    told = {
        "results": {
            "0": {
                "artifacts": [
                    {"data": [{"label": "cat", "score": 0.9576}, {}, {}], "path": "out/cats.png"}
                ]
            }
        },
        "messages": [AIMessage("what about 1250?")],
        "usage": {"plan": {"calls": 99}},
    }
    assert unsupported(tree(CHAIN, answer=answer, told=told))["score"] == claims


def test_a_failure_counts_though_it_was_planned_anew():
    run = tree({"0": [], "1": []}, results={"0": {"status": "failed", "error": "no"}})
    anew = {"2": {"id": "2", "kind": "summarization", "dependencies": []}}
    run["child_runs"] += [
        node("replan", 3, 4, outputs={"plan": anew}),
        node("collect", 5, 6, outputs={"results": {"2": {"status": "done"}}}),
    ]
    assert failures(run)["comment"] == "1 of 2; task 0 (translation) failed: no"


def test_a_plan_without_tasks_has_nothing_to_score():
    scores = {score["key"]: score["score"] for score in evaluate_trace(tree({}, answer="Hello."))}
    assert scores == {**dict.fromkeys(KEYS, None), "unsupported": 0.0, "cost": 0.0}


def test_calls_that_tell_no_tokens_have_no_cost():
    call = {**node("plan", 0, 0.4, ls_model_name="m"), "run_type": "llm"}
    run = tree(CHAIN)
    run["child_runs"][0]["child_runs"] = [call]
    score = cost(run, {"m": Price(1, 1)})
    assert score["score"] is None
    assert score["comment"] == "0 tokens in, 0 out, 1 calls; 1 calls told no tokens"


@pytest.mark.parametrize("run", [{}, {"name": "x", "child_runs": [node("plan", 0, 1)]}])
def test_a_tree_without_a_run_of_the_graph_is_refused(run):
    with pytest.raises(InputError, match="holds no run of the graph"):
        evaluate_trace(run)
