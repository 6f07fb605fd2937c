"""What was done stays done: runs that are killed and resumed, faults, and many runs at once."""

import random
from functools import partial
from itertools import cycle
from typing import get_args

import pytest
from postgres_server import obstacle, postgres

from benchmarks.faults import HERE, HOSTED
from benchmarks.faulty import suffer
from benchmarks.journal import Count, Line
from benchmarks.kills import Course, Harness
from benchmarks.lives import Durability, Point
from benchmarks.load import loaded
from benchmarks.shapes import SHAPES

CLEAN = {"stuck": 0, "lost": 0, "differ": 0, "again": 0, "told again": 0, "early": 0}


def faults(tally):
    """What must not be, whatever was killed."""
    count = tally.count
    assert not tally.reasons
    return {
        "stuck": tally.stuck,
        "lost": tally.lost,
        "differ": tally.differ,
        "again": count.recorded_again,
        "told again": count.told_again,
        "early": count.early,
    }


@pytest.fixture
def harness(tmp_path):
    return Harness(tmp_path)


# --- killed, and resumed --------------------------------------------------------------------


@pytest.mark.parametrize("durability", get_args(Durability))
def test_no_recorded_task_runs_again_after_kills_at_random_moments(harness, durability):
    new = partial(harness.life, SHAPES["random 30"], durability)
    assert faults(harness.at_random(new, 2, random.Random(durability))) == CLEAN


BOUNDARIES = [
    *(Point(f"{what} {end}", 3) for what in ("checkpoint", "record") for end in ("begins", "ends")),
    *(Point(f"writes {end}", 5) for end in ("begin", "end")),
    Point("task starts", 4),
    Point("task ends", 2),
    Point("answer begins", 1),
    Point("answer ends", 1),
]


def test_nor_after_kills_at_the_boundaries(harness):
    spec = SHAPES["diamond"]
    modes = zip(BOUNDARIES, cycle(["sync", "async"]), strict=False)
    courses = [Course(harness.life(spec, durability), [point]) for point, durability in modes]
    tally = harness.tally(courses, harness.undisturbed(harness.life(spec, "sync")))
    assert faults(tally) == CLEAN
    assert tally.killed == len(BOUNDARIES)


def test_nor_where_the_plan_is_made_anew_in_another_order(harness):
    new = partial(harness.life, SHAPES["random 30"], "exit")
    courses = [Course(new(), [Point("record ends", 20)], reorders=True)]
    tally = harness.tally(courses, harness.undisturbed(new()))
    assert faults(tally) == CLEAN
    assert tally.killed == len(courses)


@pytest.mark.skipif(obstacle() is not None, reason=str(obstacle()))
def test_nor_with_checkpoints_in_postgres(harness):
    with postgres() as database:
        new = partial(harness.life, SHAPES["diamond"], "sync", database)
        normal = harness.undisturbed(new())
        points = [Point("record ends", 2), Point("checkpoint ends", 4)]
        tally = harness.tally([Course(new(), [p]) for p in points], normal)
    assert faults(tally) == CLEAN
    assert tally.killed == len(points)


# --- the count can tell ---------------------------------------------------------------------


def count_of(*events):
    """The count of one task's events, which are named with the process that they happened in."""
    count = Count()
    count.add(Line(*event.split(), at=at) for at, event in enumerate(map(_with_task, events)))
    return count


def _with_task(event):
    name, pid = event.split()
    return f"{name} n0 {pid}"


def test_task_that_runs_again_after_its_record_is_counted():
    count = count_of("start 1", "end 1", "record 1", "told 1", "start 2", "end 2", "record 2")
    assert (count.recorded_again, count.told_again, count.ended_again) == (1, 1, 0)


def test_task_that_had_ended_and_was_not_recorded_is_counted_apart():
    count = count_of("start 1", "end 1", "start 2", "end 2", "record 2", "told 2")
    assert (count.recorded_again, count.ended_again, count.unrecorded) == (0, 1, 1)


def test_task_that_was_killed_on_its_way_may_run_again():
    count = count_of("start 1", "start 2", "end 2", "record 2", "told 2")
    assert (count.recorded_again, count.ended_again, count.broken_off) == (0, 0, 1)


def test_word_before_the_record_is_counted():
    assert count_of("start 1", "end 1", "told 1", "record 1").early == 1


# --- faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [*HOSTED, *HERE], ids=lambda fault: fault.name)
async def test_fault_costs_only_what_needs_its_task_and_is_told(fault):
    row = await suffer(fault)
    if fault.name == "none" or fault.name.endswith("then fine"):
        assert row.lost == []
    else:
        assert row.lost == ["2 failed", "3 skipped"]
        assert "Could not do" in row.told


# --- load -----------------------------------------------------------------------------------


async def test_runs_at_once_are_all_answered_and_leave_nothing_behind():
    async with loaded(0.02) as load:
        first, *_, last = [await load.round(20) for _ in range(3)]
    assert (first.answered, last.answered) == (20, 20)
    assert (last.tasks, last.rows) == (first.tasks, 0)
    assert last.handles - first.handles < 20  # connections that are kept, and not one a run
