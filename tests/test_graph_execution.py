"""Tasks run as soon as they are ready, and a failure costs only what depends on it."""

import asyncio

import pytest
from parts import REQUEST, OneAtATime, PlannedBrain, ScriptedEndpoint, echo, obey, tasks

from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate

CHAIN_BESIDE_SLOW = tasks("a", ("b <GENERATED>-0", 0), ("c <GENERATED>-1", 1), "slow")


class Gate:
    """Holds the task `slow` back until the last of the chain has run."""

    def __init__(self):
        self.open = asyncio.Event()

    async def __call__(self, text, candidate):
        if text == "slow":
            await asyncio.wait_for(self.open.wait(), 20)
        if text.startswith("c "):
            self.open.set()
        return text


async def test_no_task_waits_for_one_it_does_not_depend_on(graph_of):
    result = await graph_of(CHAIN_BESIDE_SLOW, Gate()).ainvoke(REQUEST)
    assert {r["status"] for r in result["results"].values()} == {"done"}


def test_nor_from_sync_code(graph_of):
    result = graph_of(CHAIN_BESIDE_SLOW, Gate()).invoke(REQUEST)
    assert {r["status"] for r in result["results"].values()} == {"done"}


async def test_outputs_travel_along_references(graph_of):
    result = await graph_of(CHAIN_BESIDE_SLOW, echo).ainvoke(REQUEST)
    assert result["results"]["2"]["artifacts"][0]["text"] == "c b a"


async def test_failure_skips_dependents_and_nothing_else(graph_of):
    plan = tasks("fail now", ("<GENERATED>-0", 0), ("<GENERATED>-1", 1), "other")
    result = await graph_of(plan).ainvoke(REQUEST)
    statuses = {key: r["status"] for key, r in result["results"].items()}
    assert statuses == {"0": "failed", "1": "skipped", "2": "skipped", "3": "done"}
    assert result["results"]["0"]["error"] == "ValueError: told to fail: now"
    assert "needs task 0 (translation), which failed" in result["results"]["1"]["error"]


@pytest.mark.parametrize("error", [StopIteration, SystemExit, asyncio.CancelledError, MemoryError])
async def test_whatever_a_task_raises_is_a_result(graph_of, error):
    async def behave(text, candidate):
        if text == "bad":
            raise error
        return text

    result = await graph_of(tasks("bad", "good"), behave).ainvoke(REQUEST)
    assert [result["results"][key]["status"] for key in "01"] == ["failed", "done"]


async def test_next_candidate_takes_over(graph_of):
    async def behave(text, candidate: Candidate):
        if candidate.model == "model-a":
            raise RuntimeError("out of memory")
        return candidate.model

    graph = graph_of(tasks("x"), behave, models=("model-a", "model-b"))
    done = (await graph.ainvoke(REQUEST))["results"]["0"]
    assert (done["status"], done["model"]) == ("done", "model-b")
    assert done["attempts"][0]["error"] == "RuntimeError: out of memory"


async def test_task_that_takes_too_long_fails(graph_of):
    graph = graph_of(tasks("hang", "good"))
    result = await graph.ainvoke(REQUEST, context=Context(task_timeout=0.05))
    assert result["results"]["0"]["error"] == "translation took longer than 0.05 seconds"
    assert result["results"]["1"]["status"] == "done"


async def test_waiting_for_a_place_does_not_count(graph_of):
    plan = tasks(*(f"sleep 0.1{'0' * n}" for n in range(5)))
    graph = build_graph(brain=PlannedBrain(plan), endpoints=[OneAtATime(obey)])
    result = await graph.ainvoke(REQUEST, context=Context(task_timeout=0.3))
    assert {r["status"] for r in result["results"].values()} == {"done"}
    assert not any(r["reused"] for r in result["results"].values())


async def test_cancelled_task_does_not_go_on_with_the_next_candidate(graph_of):
    graph = graph_of(tasks("hang"), models=("model-a", "model-b"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await graph.ainvoke(REQUEST)
    await asyncio.sleep(0.05)
    assert graph.endpoint.ran == ["hang"]


async def test_output_that_looks_like_a_file_name_is_only_text(graph_of, tmp_path):
    (tmp_path / "notes.txt").write_text("secret")
    results = (await graph_of(tasks("say", ("<GENERATED>-0", 0)), notes).ainvoke(REQUEST))[
        "results"
    ]
    assert results["1"]["artifacts"][0]["text"] == "notes.txt"


async def notes(text, candidate):
    return text if text != "say" else "notes.txt"


@pytest.mark.parametrize("artifacts", [[], [Artifact.of_data([1], when=object())]])
async def test_result_that_can_not_be_kept_fails_its_task_only(artifacts):
    class Odd(ScriptedEndpoint):
        async def run(self, candidate, arguments, call):
            return artifacts if arguments["text"] == "odd" else [Artifact.of_text("fine")]

    graph = build_graph(brain=PlannedBrain(tasks("odd", "even")), endpoints=[Odd(obey)])
    results = (await graph.ainvoke(REQUEST))["results"]
    assert [results[key]["status"] for key in "01"] == ["failed", "done"]


async def test_kind_without_endpoint_fails_with_the_reason(graph_of):
    plan = [{"task": "text-to-video", "id": 0, "args": {"prompt": "waves"}}]
    graph = graph_of(plan, models=())
    error = (await graph.ainvoke(REQUEST))["results"]["0"]["error"]
    assert error == (
        "no endpoint can run text-to-video here: scripted: the script has no part for text-to-video"
    )


async def test_missing_file_fails_its_task_only(graph_of):
    plan = [
        {"task": "image-to-text", "id": 0, "args": {"image": "nowhere.png"}},
        {"task": "translation", "id": 1, "args": {"text": "hi"}},
    ]
    results = (await graph_of(plan).ainvoke(REQUEST))["results"]
    assert results["0"]["error"] == "there is no file 'nowhere.png'"
    assert results["1"]["status"] == "done"


async def events_of(graph):
    return [event async for event in graph.astream(REQUEST, stream_mode="custom")]


async def test_events_tell_the_course_of_each_task(graph_of):
    events = await events_of(graph_of(tasks("fail", ("<GENERATED>-0", 0), "good")))
    course = {key: [e["event"] for e in events if e["task"] == key] for key in "012"}
    assert course == {"0": ["started", "failed"], "1": ["skipped"], "2": ["started", "done"]}


async def test_event_names_model_endpoint_and_seconds(graph_of):
    done = (await events_of(graph_of(tasks("sleep 0.02"))))[-1]
    assert (done["kind"], done["model"], done["endpoint"]) == ("translation", "model-a", "scripted")
    assert done["seconds"] >= 0.02


async def test_event_comes_while_other_tasks_still_run(graph_of):
    gate = asyncio.Event()

    async def behave(text, candidate):
        if text == "held":
            await asyncio.wait_for(gate.wait(), 20)
        return text

    async for event in graph_of(tasks("held", "quick"), behave).astream(
        REQUEST, stream_mode="custom"
    ):
        if event["event"] == "done" and event["task"] == "1":
            gate.set()  # would never come if events waited for the superstep
    assert gate.is_set()


async def test_many_tasks_at_once(graph_of):
    graph = graph_of(tasks(*(f"sleep 0.01{n:03}" for n in range(200))), obey)
    results = (await graph.ainvoke(REQUEST))["results"]
    assert len(results) == len(graph.endpoint.ran) == 200
