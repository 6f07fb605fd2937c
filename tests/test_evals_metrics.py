"""The measures of TaskBench on small examples."""

import pytest

from hugginggpt.evals.metrics import Outline, Score, measure, micro, overlap

A = Outline(("a", "b"), ((0, 1),))
B = Outline(("a",), ())
NONE = Outline((), ())


def test_a_perfect_plan() -> None:
    report = measure([(A, A)])
    assert (report.nodes.f1, report.edges.f1, report.exact_sets, report.exact_plans) == (1, 1, 1, 1)


def test_micro_counts_over_the_corpus() -> None:
    report = measure([(A, B), (A, A)])
    assert report.nodes == Score(precision=1.0, recall=0.75)
    assert report.edges == Score(precision=1.0, recall=0.5)


def test_the_mean_is_over_requests() -> None:
    assert measure([(A, B), (A, A)]).mean_node_f1 == pytest.approx((2 / 3 + 1) / 2)


def test_nothing_right_and_nothing_planned_agree() -> None:
    assert overlap(frozenset(), frozenset()).f1 == 1
    assert measure([(NONE, NONE)]).exact_plans == 1


def test_nothing_in_common() -> None:
    assert micro([(frozenset("a"), frozenset("b"))]).f1 == 0


def test_a_kind_counts_once_in_the_set_but_not_in_the_plan() -> None:
    twice = Outline(("a", "a"), ())
    report = measure([(B, twice)])
    assert (report.exact_sets, report.exact_plans) == (1, 0)
