"""Runs over a domain, and the figures of the HuggingGPT paper."""

import asyncio

import pytest
from taskbench_files import READ_AND_TURN, write_bench

from hugginggpt.evals.record import Row, new_report
from hugginggpt.evals.taskbench.data import Node, ToolPlan, load_bench
from hugginggpt.evals.taskbench.measures import MEASURES
from hugginggpt.evals.taskbench.published import comparability
from hugginggpt.evals.taskbench.run import (
    is_unplanned,
    paper_figures,
    report_of,
    row_of,
    run_bench,
)
from hugginggpt.tools.errors import BrainError


class Scripted:
    """Plans as told: a plan for each request, or an error."""

    def __init__(self, answer):
        self.answer = answer

    async def plan(self, request):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def bench(tmp_path):
    rows = [{**READ_AND_TURN, "id": str(number)} for number in range(3)]
    return load_bench(write_bench(tmp_path, gold=rows))


def row(shape, right, planned, **about):
    parts = {"ED": (0.5, 1.0)}
    return Row(id="x", shape=shape, right=right, planned=planned, parts=parts, seconds=0, **about)


def report(*rows):
    return new_report("t", "b", ["ED"], rows)


async def test_a_right_plan_has_no_complaint(bench):
    told = await row_of(bench.samples[0], Scripted(bench.samples[0].right), bench)
    assert told.is_right
    assert told.parts["n-F1"] == (4, 4)


async def test_what_is_wrong_is_said(bench):
    planned = ToolPlan((Node("Image-to-Text"), Node("Text-to-Speech")))
    told = await row_of(bench.samples[0], Scripted(planned), bench)
    assert told.complaints == ("missing: Translation", "not asked for: Text-to-Speech")


async def test_other_links_are_wrong_too(bench):
    apart = ToolPlan((Node("Image-to-Text", ("plate.jpg",)), Node("Translation", ("plate",))))
    assert (await row_of(bench.samples[0], Scripted(apart), bench)).complaints == ("other links",)


async def test_request_without_a_plan_is_an_empty_one(bench):
    told = await row_of(bench.samples[0], Scripted(BrainError("no line")), bench)
    assert is_unplanned(told)
    assert told.parts["n-F1"] == (0, 2)
    assert "Requests without a plan, which count as empty plans: 1." in " ".join(
        report_of(bench, [told], "b").notes
    )


async def test_empty_plan_is_a_plan(bench):
    assert not is_unplanned(await row_of(bench.samples[0], Scripted(ToolPlan(())), bench))


async def test_every_sample_gives_a_row_in_the_order_of_the_data(bench):
    rows, heard = [], []
    await run_bench(bench, Scripted(bench.samples[0].right), rows, lambda: heard.append(1))
    told = report_of(bench, rows[::-1], "b")
    assert [each.id for each in told.rows] == ["0", "1", "2"]
    assert len(heard) == 3
    assert told.measures == MEASURES
    assert not any(each.request for each in told.rows)


async def test_cancelled_run_leaves_what_is_done(bench):
    class Slow:
        async def plan(self, request):
            if rows:
                await asyncio.Event().wait()
            return bench.samples[0].right

    rows = []
    run = asyncio.ensure_future(run_bench(bench, Slow(), rows, lambda: None))
    while not rows:
        await asyncio.sleep(0)
    run.cancel()
    await asyncio.wait({run})
    assert len(rows) == 1


async def test_tools_that_the_domain_lacks_are_told_of(bench):
    planned = ToolPlan((*bench.samples[0].right.nodes, Node("Juggling")))
    told = await row_of(bench.samples[0], Scripted(planned), bench)
    notes = " ".join(report_of(bench, [told], "b").notes)
    assert "has no tool for: 1." in notes
    assert "n-F1 is 80.0" in notes  # 2 of 3 planned, 2 of 2 wanted


def test_single_tasks_are_weighted_by_how_often_each_is_right():
    """Right A, A, B; planned A, B, B. A: precision 1, recall 1/2; B: precision 1/2, recall 1."""
    rows = [row("single", (r,), (p,)) for r, p in ("AA", "AB", "BB")]
    found = paper_figures(report(*rows), "single")
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.nodes.precision == pytest.approx((2 * 1 + 1 / 2) / 3)
    assert found.nodes.recall == pytest.approx(found.accuracy)
    assert found.f1 == pytest.approx(2 / 3)


def test_chains_are_micro_averages():
    rows = [row("chain", ("A", "B"), ("A",)), row("chain", ("A", "C"), ("A", "B"))]
    found = paper_figures(report(*rows), "chain")
    assert found.nodes == pytest.approx((2 / 3, 2 / 4))
    assert found.f1 == pytest.approx(4 / 7)
    assert (found.accuracy, found.edit_distance) == (0, 0.5)


def test_shape_without_rows_has_no_figures():
    assert paper_figures(report(row("single", ("A",), ("A",))), "dag") is None


def test_hand_labels_are_not_called_the_same_test(bench):
    assert "not the same test" in comparability(bench._replace(source="hand labels"))
    assert "first 3 requests against TaskBench's own plans" in comparability(bench)
