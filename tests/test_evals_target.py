"""One run of the graph, kept whole."""

import pytest
from parts import DoubtfulBrain, ScriptedEndpoint, echo, tasks

from hugginggpt.evals.target import run_request
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context


@pytest.fixture
def context(tmp_path):
    return Context(brain="embedded", workspace=str(tmp_path / "made"), roots=())


async def test_plan_results_answer_and_times_are_kept(graph_of, context):
    run = await run_request(graph_of(tasks("a", ("b", 0))), "do it", [], context)
    assert run.kinds == ("translation", "translation")
    assert [result.status for result in run.results.values()] == ["done", "done"]
    assert "translation" in run.answer
    first, second = run.spans
    assert 0 <= first.began <= first.ended <= second.began <= second.ended <= run.seconds


async def test_failed_and_skipped_tasks_are_undone(graph_of, context):
    run = await run_request(graph_of(tasks("fail me", ("b", 0))), "do it", [], context)
    assert [task.id for task in run.undone] == ["0", "1"]
    assert {span.status for span in run.spans} == {"failed", "skipped"}


async def test_request_that_cannot_be_used_is_an_error(graph_of, context):
    run = await run_request(graph_of([]), "   ", [], context)
    assert run.error
    assert (run.kinds, run.answer) == ((), "")


async def test_which_plan_is_meant_is_not_asked(context):
    brain = DoubtfulBrain(tasks("one"), tasks("two", "three"))
    graph = build_graph(brain=brain, endpoints=[ScriptedEndpoint(echo)])
    asking = context.model_copy(update={"clarify": True})
    run = await run_request(graph, "do it", [], asking)
    assert [result.status for result in run.results.values()] == ["done"]
