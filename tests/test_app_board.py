"""The tree of tasks."""

import io

from rich.console import Console

from hugginggpt.app.board import Board


def task(kind, *dependencies, **arguments):
    return {"kind": kind, "dependencies": list(dependencies), "arguments": arguments}


PLAN = {
    "0": task("image-to-text", image="menu.jpg"),
    "1": task("translation", "0", text={"reference": "0"}, target_language="fr"),
    "2": task("summarization", text="page.txt"),
    "3": task("sentence-similarity", "1", "2", text={"reference": "1"}),
}


def board(*events):
    made = Board()
    made.show_plan(PLAN)
    for event in events:
        made.take({"model": "m", "endpoint": "e", "seconds": 0.0, "error": None, **event})
    return made


def drawn(made, width=100):
    console = Console(file=io.StringIO(), width=width)
    console.print(made.tree())
    return console.file.getvalue().splitlines()


def test_a_task_hangs_under_the_last_it_depends_on():
    lines = [" ".join(line.split()) for line in drawn(board())]
    assert lines == [
        "· 0 image-to-text menu.jpg",
        "└── · 1 translation fr",
        "· 2 summarization page.txt",
        "└── · 3 sentence-similarity needs 1 too",
    ]


def test_models_and_seconds_stand_in_columns():
    made = board(
        {"event": "done", "task": "0", "seconds": 1.5},
        {"event": "done", "task": "1", "seconds": 12.25},
    )
    first, second, *_ = drawn(made)
    assert first.index("1.50 s") == second.index("12.25 s") + 1
    assert first.index("s  m") == second.index("s  m")


def test_progress_is_told_with_its_share():
    made = board(
        {"event": "started", "task": "0"},
        {"event": "progress", "task": "0", "doing": "reading", "share": 0.5},
    )
    assert "reading 50 %" in drawn(made)[0]


def test_why_a_task_failed_is_told():
    made = board({"event": "failed", "task": "0", "error": "no text\x1b[2J found"})
    line = drawn(made)[0]
    assert line.startswith("✗ 0 image-to-text")
    assert "no text found" in line


def test_a_long_line_is_cut_not_wrapped():
    made = board({"event": "failed", "task": "0", "error": "x" * 300})
    assert len(drawn(made, 60)[0]) == 60
    assert len(drawn(made, 60)) == 4


def test_a_fallback_goes_on_with_the_clock_of_the_first_try():
    made = board({"event": "started", "task": "0"})
    began = made.rows["0"].began
    made.take({"event": "started", "task": "0", "model": "second"})
    assert made.rows["0"].began == began
    assert made.rows["0"].model == "second"


def test_what_still_runs_is_stopped_in_the_end():
    made = board({"event": "started", "task": "0"})
    made.stop()
    assert drawn(made)[0].startswith("■ 0")
    assert made.unfinished


def test_a_finished_tree_is_not_unfinished():
    made = board(*({"event": "done", "task": key} for key in PLAN))
    assert not made.unfinished


def test_events_of_other_tasks_are_ignored():
    made = board({"event": "started", "task": "99"})
    assert "99" not in made.rows


def test_a_plan_taller_than_the_screen_is_told_in_numbers():
    made = board({"event": "done", "task": "0"}, {"event": "started", "task": "2"})
    counts, *running = made.digest(3).plain.splitlines()
    assert counts == "1 done · 2 waiting · 1 running"
    assert [line.split()[1:3] for line in running] == [["2", "summarization"]]
