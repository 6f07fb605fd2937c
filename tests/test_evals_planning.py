"""The measuring command."""

import pytest

from hugginggpt.evals.dataset import Case, load_cases
from hugginggpt.evals.metrics import measure
from hugginggpt.evals.planning import confusions, main, misses, outline_of, run_cases
from hugginggpt.graph.brain import Draft

CASE = Case(id="x", request="sum up", tasks=("summarization",))


def test_own_cases_reach_the_bar() -> None:
    report = measure(run_cases(load_cases()))
    assert report.nodes.f1 > 0.95
    assert report.edges.f1 > 0.9


def test_the_outline_of_a_plan_counts_positions_not_ids() -> None:
    tasks = [
        {"task": "image-to-text", "id": 5, "dep": [-1], "args": {}},
        {"task": "translation", "id": 6, "dep": [5, 2], "args": {}},
    ]
    assert outline_of(tasks).links == ((0, 1),)


def test_a_wrong_plan_is_a_miss() -> None:
    pairs = run_cases([CASE], lambda _: Draft([]))
    assert [case.id for case, _ in misses([CASE], pairs)] == ["x"]
    assert confusions(pairs)["summarization"]["missed"] == 1


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--kinds", "--misses"]) == 0
    assert "e-F1" in capsys.readouterr().out
