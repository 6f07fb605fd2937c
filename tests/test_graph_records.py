"""What has been done is not done again: records of finished tasks, and their store."""

import asyncio
import sqlite3

import pytest
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from parts import REQUEST, PlannedBrain, ScriptedEndpoint, echo, tasks

from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.records import Records, ResultCache, content_of, key_of
from hugginggpt.graph.results import Attempt, TaskResult
from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.candidates import Candidate

MODEL = Candidate(model="model-a", kind="translation", endpoint="scripted")
OTHER = MODEL.model_copy(update={"model": "model-b"})
DONE = TaskResult(kind="translation", status="done", model="model-a")


def thread(name):
    return {"configurable": {"thread_id": name}}


@pytest.fixture
def cache(tmp_path):
    cache = ResultCache(tmp_path / "results.sqlite")
    yield cache
    cache.close()


def records(cache, name="here", **settings):
    return Records(lambda: cache, name, **settings)


# --- in the graph ---------------------------------------------------------------------------


async def test_two_tasks_that_do_the_same_are_done_once(graph_of):
    graph = graph_of(tasks("sleep 0.05", "sleep 0.05", "other"))
    results = (await graph.ainvoke(REQUEST))["results"]
    assert sorted(graph.endpoint.ran) == ["other", "sleep 0.05"]
    assert sorted(results[key]["reused"] for key in "012") == [False, False, True]


async def test_a_later_request_of_the_thread_takes_what_was_done(graph_of):
    graph = graph_of(tasks("a"), checkpointer=InMemorySaver())
    for _ in range(2):
        await graph.ainvoke(REQUEST, thread("t"))
    assert graph.endpoint.ran == ["a"]


async def test_another_thread_does_it_again(graph_of):
    graph = graph_of(tasks("a"))
    for name in "xy":
        await graph.ainvoke(REQUEST, thread(name))
    assert graph.endpoint.ran == ["a", "a"]


async def test_unless_it_may_take_over_from_others(graph_of):
    graph = graph_of(tasks("a"))
    for name in "xy":
        await graph.ainvoke(REQUEST, thread(name), context=Context(cache=True))
    assert graph.endpoint.ran == ["a"]


async def test_records_outlive_the_graph_that_wrote_them(graph_of):
    for expected in (["a"], []):
        graph = graph_of(tasks("a"))
        await graph.ainvoke(REQUEST, thread("t"))
        assert graph.endpoint.ran == expected


async def test_any_cache_of_langgraph_will_do(graph_of):
    cache = InMemoryCache()
    for expected in (["a"], []):
        graph = graph_of(tasks("a"), cache=cache)
        await graph.ainvoke(REQUEST, thread("t"))
        assert graph.endpoint.ran == expected


async def test_a_plan_with_other_ids_finds_the_same_records(graph_of):
    await graph_of(tasks("a", ("b <GENERATED>-0", 0))).ainvoke(REQUEST, thread("t"))
    again = graph_of(tasks("first", "a", ("b <GENERATED>-1", 1)))
    results = (await again.ainvoke(REQUEST, thread("t")))["results"]
    assert again.endpoint.ran == ["first"]
    assert results["2"]["artifacts"][0]["text"] == "b a"


async def test_a_failed_task_is_tried_again(graph_of):
    graph = graph_of(tasks("fail"))
    for _ in range(2):
        await graph.ainvoke(REQUEST, thread("t"))
    assert graph.endpoint.ran == ["fail", "fail"]


async def test_a_file_that_has_changed_is_another_argument(graph_of, tmp_path):
    plan = [{"task": "translation", "id": 0, "dep": [-1], "args": {"text": "note.txt"}}]
    graph = graph_of(plan, echo)
    for words in ("one", "one", "two"):
        (tmp_path / "note.txt").write_text(words)
        await graph.ainvoke(REQUEST, thread("t"))
    assert graph.endpoint.ran == ["one", "two"]


async def test_a_result_whose_file_is_gone_is_made_again(tmp_path):
    class Painter(ScriptedEndpoint):
        async def run(self, candidate, arguments, call):
            self.ran.append(arguments["text"])
            return [call.workspace.write(b"RIFF", ".wav", "audio", "sound")]

    plan = [{"task": "text-to-speech", "id": 0, "dep": [-1], "args": {"text": "hi"}}]
    endpoint = Painter(echo)
    graph = build_graph(brain=PlannedBrain(plan), endpoints=[endpoint])
    for expected in (1, 1, 2):
        result = await graph.ainvoke(REQUEST, thread("t"))
        assert len(endpoint.ran) == expected
        if expected == 1 and result["results"]["0"]["reused"]:
            next(tmp_path.glob("hugginggpt-files/sound-*.wav")).write_bytes(b"other")


async def test_a_store_that_fails_costs_no_result(graph_of, caplog):
    class Broken(InMemoryCache):
        async def aget(self, keys):
            raise sqlite3.OperationalError("disk I/O error")

        async def aset(self, pairs):
            raise sqlite3.OperationalError("disk I/O error")

    state = await graph_of(tasks("a"), cache=Broken()).ainvoke(REQUEST, thread("t"))
    assert state["results"]["0"]["status"] == "done"
    assert "disk I/O error" in caplog.text


async def test_nor_does_one_that_can_not_be_opened(graph_of, tmp_path, caplog):
    (tmp_path / "taken").write_text("a file, where the workspace is to be")
    graph = graph_of(tasks("a", ("b <GENERATED>-0", 0)))
    state = await graph.ainvoke(REQUEST, thread("t"), context=Context(workspace="taken"))
    assert {r["status"] for r in state["results"].values()} == {"done"}
    assert len(caplog.records) == 1


async def test_a_fallback_that_worked_is_found_before_the_first_model_is_tried_again(graph_of):
    async def behave(text, candidate):
        if candidate.model == "model-a":
            raise RuntimeError("broken")
        return text

    for expected in (2, 0):
        graph = graph_of(tasks("a"), behave, models=("model-a", "model-b"))
        state = await graph.ainvoke(REQUEST, thread("t"))
        assert len(graph.endpoint.ran) == expected
    assert state["results"]["0"]["attempts"][0]["error"] == "RuntimeError: broken"


# --- the store ------------------------------------------------------------------------------


async def test_what_is_kept_is_found(cache):
    await records(cache).keep("c", MODEL, DONE)
    found = await records(cache).find("c", [MODEL])
    assert found == DONE.model_copy(update={"reused": True})


async def test_the_result_of_another_model_does_not_count(cache):
    await records(cache).keep("c", OTHER, DONE)
    assert await records(cache).find("c", [MODEL, OTHER]) is None


async def test_unless_the_first_had_failed(cache):
    failed = (Attempt(model="model-a", endpoint="scripted", error="no"),)
    await records(cache).keep("c", OTHER, DONE.model_copy(update={"attempts": failed}))
    assert await records(cache).find("c", [MODEL, OTHER]) is not None


async def test_a_record_of_another_version_does_not_count(cache):
    key = key_of("c", MODEL)
    space = records(cache)._spaces[0]
    await cache.aset({(space, key): ({"status": "whatever"}, None)})
    assert await records(cache).find("c", [MODEL]) is None


async def test_the_oldest_records_go_when_the_file_is_full(tmp_path):
    cache = ResultCache(tmp_path / "small.sqlite", max_bytes=100_000)
    kept = records(cache)
    for number in range(60):
        text = Artifact.of_text(f"{number} " + "x" * 5000)
        await kept.keep(str(number), MODEL, DONE.model_copy(update={"artifacts": (text,)}))
    assert await kept.find("0", [MODEL]) is None
    assert await kept.find("59", [MODEL]) is not None
    cache.close()


async def test_two_processes_may_use_one_file(tmp_path):
    one, other = (ResultCache(tmp_path / "results.sqlite") for _ in range(2))
    await asyncio.gather(
        *(records(c).keep(f"{n}", MODEL, DONE) for n in range(50) for c in (one, other))
    )
    assert await records(other).find("49", [MODEL]) is not None
    one.close()
    other.close()


@pytest.mark.parametrize(
    "other",
    [
        MODEL.model_copy(update={"model": "model-b"}),
        MODEL.model_copy(update={"revision": "abc"}),
        MODEL.model_copy(update={"kind": "summarization"}),
    ],
)
def test_kind_model_and_revision_count(other):
    assert key_of("c", MODEL) != key_of("c", other)


def test_a_file_counts_by_what_it_holds(tmp_path):
    one, other = tmp_path / "a.txt", tmp_path / "b.txt"
    one.write_text("same")
    other.write_text("same")
    assert content_of({"text": one}) == content_of({"text": other})
    assert content_of({"text": one}) != content_of({"text": str(one)})


def test_the_order_of_arguments_does_not_count():
    assert content_of({"a": "1", "b": ["2"]}) == content_of({"b": ["2"], "a": "1"})


def test_files_of_a_workspace_are_known_by_their_names(tmp_path):
    from hugginggpt.tools.artifacts import is_whole

    artifact = Workspace(tmp_path).write(b"RIFF", ".wav", "audio", "sound")
    assert is_whole(artifact)
    (tmp_path / artifact.path).write_bytes(b"RIFX")
    assert not is_whole(artifact)
