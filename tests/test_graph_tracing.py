"""What LangSmith gets to see of a run: names, parents, metadata, files, and no secrets."""

import asyncio
import json
from contextlib import contextmanager

import langsmith
import pytest
from chat_server import ChatServer, by_stage
from chat_server import Reply as Said
from hosted import candidate, endpoint
from inference_server import InferenceServer
from inference_server import Reply as Served
from langchain_core.tracers.langchain import LangChainTracer
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler
from langsmith import Client, run_trees
from langsmith_server import LangSmithServer
from parts import REQUEST, OneAtATime, PlannedBrain, ScriptedEndpoint, obey, tasks

from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.tracing import LARGEST_ATTACHMENT

HF_TOKEN = "hf_planted_for_this_test"
OPENAI_KEY = "planted for this test too"
PLAN = json.dumps({"tasks": tasks("one"), "reply": ""})
CHOICE = json.dumps({"selections": [{"task": 0, "id": "model-b @ scripted", "reason": "it fits"}]})


@pytest.fixture
def server():
    with LangSmithServer() as started:
        yield started


@contextmanager
def tracer_for(server, **settings):
    """A tracer whose client has sent everything when the `with` ends."""
    client = Client(api_url=server.url, api_key="none", **settings)
    try:
        yield LangChainTracer(client=client)
    finally:
        client.flush()
        client.close()


async def traced(server, graph, request=REQUEST, *, context=None, **settings):
    """What the graph answers, once the server has its trace."""
    with tracer_for(server, **settings) as tracer:
        return await graph.ainvoke(request, {"callbacks": [tracer]}, context=context)


def names(runs):
    return [run.name for run in sorted(runs, key=lambda run: run.dotted_order)]


# --- names, parents, times -------------------------------------------------------------------


async def test_runs_are_named_after_what_they_do(server, graph_of):
    await traced(server, graph_of(tasks("one")))
    assert server.root.name == "hugginggpt"
    assert set(names(server.children(server.root))) == {
        "plan",
        "approve",
        "select",
        "execute",
        "translation · model-a",
        "collect",
        "respond",
    }


def test_and_so_they_are_from_sync_code(server, graph_of):
    with tracer_for(server) as tracer:
        graph_of(tasks("one")).invoke(REQUEST, {"callbacks": [tracer]})
    assert "translation · model-a" in names(server.children(server.root))


async def test_a_task_lies_within_the_run_of_the_graph(server, graph_of):
    await traced(server, graph_of(tasks("sleep 0.1", ("b <GENERATED>-0", 0), "fail")))
    root = server.root
    for run in server.named("translation"):
        assert run.parent_run_id == root.id
        assert root.start_time <= run.start_time <= run.end_time <= root.end_time


async def test_a_task_is_as_long_as_its_work(server, graph_of):
    await traced(server, graph_of(tasks("sleep 0.1")))
    (run,) = server.named("translation")
    (execute,) = server.named("execute")
    assert execute.end_time < run.end_time
    assert run.metadata["run_seconds"] >= 0.1


async def test_a_fallback_after_its_node_has_ended_stays_in_the_tree(graph_of):
    async def behave(text, candidate):
        if candidate.model == "model-a":
            await asyncio.sleep(0.1)
            raise RuntimeError("out of memory")
        return text

    collector = RunCollectorCallbackHandler()
    graph = graph_of(tasks("x"), behave, models=("model-a", "model-b"))
    await graph.ainvoke(REQUEST, {"callbacks": [collector]})
    (root,) = collector.traced_runs
    tools = [run for run in root.child_runs if run.run_type == "tool"]
    assert [run.extra["metadata"]["attempt"] for run in tools] == [1, 2]
    assert [run.extra["metadata"]["status"] for run in tools] == ["failed", "done"]


async def test_a_traced_function_inside_a_tool_hangs_below_the_tool(server, graph_of):
    @langsmith.traceable(name="inner")
    async def behave(text, candidate):
        return text

    await traced(server, graph_of(tasks("x"), behave))
    (inner,) = server.named("inner")
    (task,) = server.named("translation")
    assert inner.parent_run_id == task.id


async def test_tracing_that_the_environment_asks_for(server, graph_of, monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", server.url)
    monkeypatch.setenv("LANGSMITH_API_KEY", "none")
    monkeypatch.setattr(run_trees, "_CLIENT", None)
    langsmith.utils.get_env_var.cache_clear()
    try:
        await graph_of(tasks("one")).ainvoke(REQUEST)
        run_trees.get_cached_client().flush()
        run_trees.get_cached_client().close()
    finally:
        langsmith.utils.get_env_var.cache_clear()
    assert names(server.named("translation")) == ["translation · model-a"]


# --- metadata --------------------------------------------------------------------------------


async def test_a_task_tells_what_it_is_and_how_it_went(server, graph_of):
    await traced(server, graph_of(tasks("one")))
    (run,) = server.named("translation")
    told = run.metadata
    known = {"task": "0", "kind": "translation", "model": "model-a", "endpoint": "scripted"}
    assert known.items() <= told.items()
    assert (told["attempt"], told["status"], told["bytes"]) == (1, "done", 0)
    assert told["seconds"] == pytest.approx(told["wait_seconds"] + told["run_seconds"], abs=0.002)


async def test_waiting_for_a_place_is_told_apart_from_running(server):
    plan = tasks("sleep 0.1", "sleep 0.10")
    await traced(server, build_graph(brain=PlannedBrain(plan), endpoints=[OneAtATime(obey)]))
    _, second = sorted(r.metadata["wait_seconds"] for r in server.named("translation"))
    assert second >= 0.095


async def test_each_try_is_a_run(server, graph_of):
    async def behave(text, candidate):
        if candidate.model == "model-a":
            raise RuntimeError("out of memory")
        return text

    await traced(server, graph_of(tasks("x"), behave, models=("model-a", "model-b")))
    first, second = sorted(server.named("translation"), key=lambda run: run.dotted_order)
    assert (first.name, first.metadata["status"]) == ("translation · model-a", "failed")
    assert "out of memory" in first.error
    assert (second.metadata["attempt"], second.metadata["status"]) == (2, "done")
    assert second.error is None


async def test_failed_and_skipped_tasks_show_where_results_are_collected(server, graph_of):
    plan = tasks("fail now", ("<GENERATED>-0", 0), ("<GENERATED>-1", 1))
    await traced(server, graph_of(plan))
    (collect,) = server.named("collect")
    assert collect.metadata["failed_tasks"] == "0"
    assert collect.metadata["skipped_tasks"] == "1, 2"


async def test_a_task_that_was_done_before_shows_where_results_are_collected(server, graph_of):
    await traced(server, graph_of(tasks("twice", ("twice", 0))))
    assert [run.metadata.get("reused_tasks") for run in server.named("collect")] == [None, "1"]


async def test_a_task_tells_how_often_its_endpoint_tried_again(server):
    class Shaky(ScriptedEndpoint):
        async def run(self, candidate, arguments, call):
            call.retried("busy")
            call.retried("busy")
            return await super().run(candidate, arguments, call)

    graph = build_graph(brain=PlannedBrain(tasks("one")), endpoints=[Shaky(obey)])
    await traced(server, graph)
    (run,) = server.named("translation")
    assert (run.metadata["attempt"], run.metadata["retries"]) == (1, 2)


async def test_execute_tells_which_task_it_starts(server, graph_of):
    await traced(server, graph_of(tasks("one", "two")))
    assert sorted(run.metadata["task"] for run in server.named("execute")) == ["0", "1"]


async def test_select_tells_where_the_chosen_models_stand(server, graph_of):
    await traced(server, graph_of(tasks("one"), models=("model-a", "model-b")))
    (select,) = server.named("select")
    assert select.metadata["ranks"] == {"0": 1}


# --- transport -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("able", "path", "encoding"),
    [
        ({}, "/runs/multipart", "zstd"),
        ({"compressed": False}, "/runs/multipart", "none"),
        ({"multipart": False}, "/runs/batch", "none"),
    ],
)
async def test_what_is_known_at_the_end_arrives_in_every_way(able, path, encoding, graph_of):
    with LangSmithServer(**able) as server:
        async with asyncio.timeout(20):
            while encoding not in server.encodings:  # a client begins before it knows the server
                await traced(server, graph_of(tasks("one", "fail")))
    assert set(server.paths) == {path}
    assert {r.metadata.get("status") for r in server.named("translation")} == {"done", "failed"}
    assert not [run.name for run in server.runs.values() if run.is_pending]


async def test_a_run_that_is_patched_while_it_runs_keeps_its_metadata(server, graph_of):
    gate = asyncio.Event()

    async def behave(text, candidate):
        await asyncio.wait_for(gate.wait(), 20)
        return text

    with tracer_for(server) as tracer:
        run = asyncio.create_task(
            graph_of(tasks("held"), behave).ainvoke(REQUEST, {"callbacks": [tracer]})
        )
        while not server.named("translation"):
            await asyncio.sleep(0.01)
            await asyncio.to_thread(tracer.client.flush)
        assert server.named("translation")[0].is_pending
        gate.set()
        await run
    assert server.named("translation")[0].metadata["status"] == "done"


async def test_a_cancelled_run_leaves_nothing_pending(server, graph_of):
    graph = graph_of(tasks("hang a", "hang b"))
    with tracer_for(server) as tracer:
        run = asyncio.create_task(graph.ainvoke(REQUEST, {"callbacks": [tracer]}))
        while len(graph.endpoint.ran) < 2:
            await asyncio.sleep(0.01)
        run.cancel()
        await asyncio.wait([run])
        while any(run.end_time is None for run in tracer.run_map.values()):
            await asyncio.sleep(0.01)  # jobs end right after their run
    assert [run.metadata["status"] for run in server.named("translation")] == ["stopped"] * 2
    assert not [run.name for run in server.runs.values() if run.is_pending]


# --- files -----------------------------------------------------------------------------------


class Recorder(ScriptedEndpoint):
    """Makes a file of so many bytes as the text says."""

    async def run(self, candidate, arguments, call):
        content = b"x" * int(arguments["text"])
        return [call.workspace.write(content, ".wav", "audio", "speech")]


def recording(size):
    plan = [{"task": "text-to-speech", "id": 0, "dep": [-1], "args": {"text": str(size)}}]
    return build_graph(brain=PlannedBrain(plan), endpoints=[Recorder(obey)])


async def test_a_small_file_is_attached(server):
    result = await traced(server, recording(1000))
    (run,) = server.named("text-to-speech")
    ((name, file),) = run.files.items()
    path = result["results"]["0"]["artifacts"][0]["path"]
    assert path.endswith(f"{name.removesuffix('_wav')}.wav")
    assert file == ("audio/x-wav", b"x" * 1000)
    assert run.metadata["bytes"] == 1000


async def test_a_large_file_is_only_named(server):
    result = await traced(server, recording(LARGEST_ATTACHMENT + 1))
    (run,) = server.named("text-to-speech")
    assert run.files == {}
    assert run.metadata["bytes"] == LARGEST_ATTACHMENT + 1
    assert result["results"]["0"]["artifacts"][0]["path"] in json.dumps(run.outputs)


@pytest.mark.parametrize(
    "hides", [{"hide_outputs": True}, {"hide_inputs": True}, {"anonymizer": lambda data: data}]
)
async def test_no_file_is_sent_where_something_is_to_be_hidden(server, hides):
    await traced(server, recording(1000), **hides)
    (run,) = server.named("text-to-speech")
    assert run.files == {}


async def test_a_file_of_the_user_is_attached_to_the_task_that_reads_it(server, tmp_path):
    (tmp_path / "note.txt").write_text("seen by the task")
    graph = build_graph(brain=PlannedBrain(tasks("note.txt")), endpoints=[ScriptedEndpoint(obey)])
    await traced(server, graph, {**REQUEST, "files": ["note.txt"]})
    (run,) = server.named("translation")
    assert run.files["note_txt"].content == b"seen by the task"


async def test_the_embedded_default_speaks_into_the_trace(server):
    request = {"messages": [("user", "Say 'good morning' aloud")]}
    await traced(server, build_graph(), request, context=Context(brain="embedded"))
    (run,) = server.named("text-to-speech")
    (file,) = run.files.values()
    assert file.content.startswith(b"RIFF")
    assert run.metadata["bytes"] == len(file.content)


# --- chat models -----------------------------------------------------------------------------


@pytest.fixture
def openai(monkeypatch):
    """Opens a scripted chat server for the brain `openai:scripted`."""
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI_KEY)

    @contextmanager
    def opened(**script):
        with ChatServer(by_stage(**script)) as chat:
            monkeypatch.setenv("OPENAI_BASE_URL", chat.url)
            yield Context(brain="openai:scripted")

    return opened


def two_models():
    return build_graph(endpoints=[ScriptedEndpoint(obey, ("model-a", "model-b"))])


async def test_calls_of_the_chat_model_are_named_after_their_stage(server, openai):
    with openai(plan=PLAN, select=CHOICE, respond="It is one.") as context:
        await traced(server, two_models(), context=context)
    for stage in ("plan", "select", "respond"):
        node, call = sorted(server.named(stage), key=lambda run: run.dotted_order)
        assert (call.run_type, call.name, call.parent_run_id) == ("llm", stage, node.id)


async def test_calls_of_the_chat_model_tell_their_tokens(server, openai):
    with openai(plan=PLAN, select=CHOICE, respond="It is one.") as context:
        result = await traced(server, two_models(), context=context)
    for run in server.runs.values():
        if run.run_type == "llm":
            told = run.metadata["usage_metadata"]
            assert told["output_tokens"] == result["usage"][run.name]["output_tokens"] > 0
            assert run.metadata["ls_model_name"] == "scripted"


async def test_a_task_that_starts_while_the_plan_is_written_is_no_part_of_planning(server, openai):
    plan = json.dumps({"tasks": tasks("one"), "reply": "more words " * 9})
    graph = build_graph(endpoints=[ScriptedEndpoint(obey)])
    with openai(plan=Said(plan, per_token=0.005), respond="It is one.") as context:
        await traced(server, graph, context=context)
    (task,) = server.named("translation")
    assert task.parent_run_id == server.root.id
    assert task.end_time < server.named("select")[0].start_time


async def test_a_task_that_the_chat_model_does_holds_its_call(server, openai):
    plan = json.dumps({"tasks": [{**tasks("one")[0], "task": "summarization"}], "reply": ""})
    with openai(plan=plan, other="Short.", respond="Short.") as context:
        await traced(server, build_graph(endpoints=[]), context=context)
    task, call = sorted(server.named("summarization"), key=lambda run: run.dotted_order)
    assert (task.name, task.run_type) == ("summarization · openai:scripted", "tool")
    assert (call.name, call.run_type, call.parent_run_id) == ("summarization", "llm", task.id)


# --- secrets ---------------------------------------------------------------------------------


async def test_no_key_is_sent_even_where_servers_quote_it(server, openai, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", HF_TOKEN)
    refused = Served({"error": f"bad token {HF_TOKEN}"}, status=401)
    wrong = Said(f"wrong key {OPENAI_KEY}", status=401)
    with InferenceServer(refused) as hub, openai(plan=PLAN, select=wrong, respond=wrong) as context:
        model = candidate("translation", f"{hub.url}/model", providers=())
        places = [endpoint(None, model), ScriptedEndpoint(obey)]
        await traced(server, build_graph(endpoints=places), context=context)
    said = b"\n".join(server.said)
    assert b"wrong key" in said
    assert b"bad token" in said
    assert OPENAI_KEY.encode() not in said
    assert HF_TOKEN.encode() not in said
