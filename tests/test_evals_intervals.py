"""Measures with their intervals."""

import random

from test_evals_record import report, row

from hugginggpt.evals.intervals import difference, interval_of, parts_in, ratio

HALF = [(1.0, 1.0)] * 50 + [(0.0, 1.0)] * 50


def test_a_measure_is_one_sum_over_another():
    assert ratio([(2.0, 4.0), (0.0, 2.0)]) == 2 / 6


def test_nothing_to_measure():
    assert ratio([(0.0, 0.0)]) is None
    assert interval_of([]) is None


def test_interval_holds_the_value_and_is_the_same_every_time():
    found = interval_of(HALF)
    assert found.low < found.value == 0.5 < found.high
    assert found == interval_of(HALF)


def test_interval_of_a_share_is_about_two_standard_errors_wide():
    """sqrt(0.5 * 0.5 / 100) = 0.05."""
    found = interval_of(HALF)
    assert 0.15 < found.high - found.low < 0.25


def test_more_cases_make_it_narrower():
    few, many = interval_of(HALF), interval_of(HALF * 10)
    assert many.high - many.low < (few.high - few.low) / 2


def test_cases_that_all_agree_leave_no_doubt():
    assert interval_of([(1.0, 1.0)] * 3) == (1, 1, 1)


def test_difference_pairs_the_cases():
    """A gain of one case in ten is sure, though each of both shares for itself is in doubt."""
    chance = random.Random(1)
    before = [(float(chance.random() < 0.5), 1.0) for _ in range(200)]
    after = [(1.0, 1.0) if number % 10 == 0 else part for number, part in enumerate(before)]
    grown = difference(before, after)
    assert grown.low > 0
    assert interval_of(before).high > ratio(after)


def test_no_difference():
    assert difference(HALF, HALF).value == 0


def test_draws_that_hold_nothing_count_as_nothing():
    found = interval_of([(1.0, 1.0), (0.0, 0.0)])
    assert (found.low, found.high) == (0, 1)


def test_precision_of_no_task_is_told_of_mixed_requests_only():
    rows = (
        row("a", "none", (), part="p"),
        row("b", part="p"),
    )
    parts = {"no-task precision": (1.0, 1.0)}
    told = report(*(each.model_copy(update={"parts": parts}) for each in rows))
    assert len(parts_in(told, "p", "no-task precision")) == 2
    assert parts_in(told, "p: none", "no-task precision") == []
