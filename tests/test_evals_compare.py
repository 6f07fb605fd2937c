"""Two runs side by side."""

import io

import pytest
from rich.console import Console
from test_evals_record import report, row

from hugginggpt.evals.compare import compare, comparison_table
from hugginggpt.tools.errors import InputError

BEFORE = report(*(row(f"c{n}", passed=n % 2 == 0) for n in range(40)))
AFTER = report(*(row(f"c{n}", passed=n != 0) for n in range(40)))


def test_gain_is_told_with_its_interval():
    (change,) = compare(BEFORE, AFTER).changes
    assert (change.before, change.after) == (0.5, 39 / 40)
    assert change.is_sure
    assert not change.is_worse


def test_loss_is_worse():
    (change,) = compare(AFTER, BEFORE).changes
    assert change.is_worse


def test_parts_are_compared_apart():
    def parted(first, second):
        return report(row("a", passed=first, part="own"), row("b", passed=second, part="held out"))

    own, held = compare(parted(True, False), parted(True, True)).changes
    assert (own.part, own.grown.value, held.part, held.grown.value) == ("own", 0, "held out", 1)


def test_of_a_distance_less_is_better():
    def distances(each, value):
        parts = {"ED": (value, 1.0)}
        return each.model_copy(update={"parts": parts})

    old = BEFORE.model_copy(
        update={"measures": ("ED",), "rows": tuple(distances(r, 0.5) for r in BEFORE.rows)}
    )
    new = old.model_copy(update={"rows": tuple(distances(r, 0.1) for r in old.rows)})
    assert not compare(old, new).changes[0].is_worse
    assert compare(new, old).changes[0].is_worse


def test_cases_that_changed_are_named():
    told = compare(BEFORE, AFTER)
    assert "c1" in told.mended
    assert told.broken == ("c0",)


def test_only_shared_cases_count():
    fewer = AFTER.model_copy(update={"rows": AFTER.rows[:3]})
    assert compare(BEFORE, fewer).cases == 3


def test_reports_of_different_evaluations():
    other = AFTER.model_copy(update={"name": "TaskBench"})
    with pytest.raises(InputError, match="'suite' can't be compared with 'TaskBench'"):
        compare(BEFORE, other)


def test_reports_that_share_no_case():
    with pytest.raises(InputError, match="share no case"):
        compare(BEFORE, report(row("other")))


def test_table_marks_what_is_more_than_chance():
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(comparison_table(BEFORE, AFTER, compare(BEFORE, AFTER)))
    printed = console.export_text()
    assert "+47.5" in printed
    assert "*" in printed
