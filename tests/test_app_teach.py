"""`hugginggpt teach`: corrected plans that the planner goes by from then on."""

import json
import os
import subprocess
import sys

import pytest
from terminal import Terminal
from typer.testing import CliRunner

from hugginggpt.app.cli import app

REQUEST = "turn memo.m4a into a desk note"
SAME = "Turn call.mp3 into a desk note"
OTHER = "frobnicate gadget.wav"
PLAN = [
    {"task": "automatic-speech-recognition", "id": 0, "dep": [-1], "args": {"audio": "memo.m4a"}},
    {"task": "summarization", "id": 1, "dep": [0], "args": {"text": "<GENERATED>-0"}},
]
POST = [{"task": "image-to-text", "id": 0, "dep": [-1], "args": {"image": "a.jpg"}}]
WORSE = ("segment a.jpg", "--plan", json.dumps(POST))
"""One of the shipped tests wants another task for these words."""


@pytest.fixture(autouse=True)
def _lessons(tmp_path, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "data"))


def run(*arguments, **settings):
    return CliRunner().invoke(app, [str(word) for word in arguments], **settings)


def teach(*arguments, **settings):
    return run("teach", *arguments, **settings)


def planned(request):
    return [task["task"] for task in json.loads(run("plan", request, "--json").stdout)]


def rows(tmp_path):
    path = tmp_path / "data" / "lessons.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


# --- a plan that is given -------------------------------------------------------------------


def test_the_plan_is_kept_and_gone_by(tmp_path):
    assert planned(SAME) == ["automatic-speech-recognition"]
    result = teach(REQUEST, "--plan", json.dumps(PLAN))
    assert result.exit_code == 0, result.output
    assert rows(tmp_path) == [{"request": REQUEST, "tasks": PLAN}]
    assert planned(SAME) == ["automatic-speech-recognition", "summarization"]


def test_an_explanation_names_what_was_taught():
    teach(REQUEST, "--plan", json.dumps(PLAN))
    same = run("plan", SAME, "--explain").stdout
    assert "You have taught this plan for the same request" in same
    assert "0 automatic-speech-recognition  as you have taught it" in same
    alike = run("plan", "please turn call.mp3 into a desk note for me", "--explain").stdout
    assert "1 summarization  learned from examples" in alike
    assert f"like “{REQUEST}”" in alike


def test_no_task_that_was_taught_is_explained():
    teach(REQUEST, "--reason", "chat")
    assert "No task: as you have taught it." in run("plan", SAME, "--explain").stdout


def test_before_and_after_are_shown():
    shown = teach(REQUEST, "--plan", json.dumps(PLAN)).stdout
    before, _, after = shown.partition("Taught:")
    assert before.startswith("Now:\n0 automatic-speech-recognition")
    assert "1 summarization" not in before
    assert "1 summarization" in after
    assert "Shipped tests: none is planned in another way." in after


def test_the_plan_may_come_from_a_file_or_stdin(tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    assert teach(REQUEST, "--plan", "@plan.json").exit_code == 0
    assert teach(REQUEST, "--plan", "-", input=json.dumps(PLAN[:1])).exit_code == 0
    assert [row["tasks"] for row in rows(tmp_path)] == [PLAN[:1]]


def test_a_file_is_handed_over(tmp_path):
    (tmp_path / "week.txt").write_text("All is well.")
    plan = [{"task": "summarization", "id": 0, "dep": [-1], "args": {"text": "week.txt"}}]
    assert teach("what gives", "-f", "week.txt", "--plan", json.dumps(plan)).exit_code == 0
    assert rows(tmp_path)[0]["files"] == {"week.txt": "text"}


def test_no_task_can_be_taught(tmp_path):
    assert teach(REQUEST, "--reason", "unsupported").exit_code == 0
    assert rows(tmp_path) == [{"request": REQUEST, "tasks": [], "reason": "unsupported"}]
    assert planned(SAME) == []


def test_a_lesson_on_the_same_request_takes_the_place_of_the_other(tmp_path):
    teach(REQUEST, "--plan", json.dumps(PLAN))
    result = teach(REQUEST, "--reason", "chat")
    assert "in place of lesson 1" in result.stdout
    assert [row["tasks"] for row in rows(tmp_path)] == [[]]


def test_what_is_planned_so_already_is_not_kept(tmp_path):
    result = teach(REQUEST, "--plan", json.dumps(PLAN[:1]))
    assert result.exit_code == 0
    assert "planned so already" in result.stdout
    assert rows(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "the request is empty"),
        ([REQUEST], "stdin is no terminal to edit the plan on: give it with --plan"),
        ([REQUEST, "--plan", "{"], "that is not JSON"),
        ([REQUEST, "--plan", "[3]"], "a plan is a list of objects"),
        ([REQUEST, "--plan", "[]"], "say why there is no task: --reason chat"),
        ([REQUEST, "--plan", "@no.json"], "the plan in 'no.json' can't be read"),
        ([REQUEST, "--plan", json.dumps(PLAN), "--reason", "chat"], "--reason chat is for"),
        ([REQUEST, "--plan", json.dumps(POST)], "image='a.jpg' is no file"),
        ([REQUEST, "--plan", '[{"task": "image-to-txt", "id": 0}]'], "'image-to-txt'"),
        ([REQUEST, "-f", "no.txt", "--plan", "[]"], "there is no file 'no.txt'"),
        (["-", "--plan", "-"], "can't both be read from stdin"),
        (["--forget", "7"], "there is no lesson 7"),
        (["--list", REQUEST], "stand alone"),
    ],
)
def test_what_can_not_be_used_is_told_and_nothing_is_kept(tmp_path, arguments, complaint):
    result = teach(*arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert rows(tmp_path) == []


def test_where_lessons_are_off_nothing_is_taught(monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_LESSONS", "none")
    result = teach(REQUEST, "--plan", json.dumps(PLAN))
    assert result.exit_code == 2
    assert "name a file there" in result.stderr


# --- shipped tests --------------------------------------------------------------------------


def test_where_a_shipped_test_becomes_worse_nothing_is_kept_unasked(tmp_path):
    result = teach(*WORSE)
    assert result.exit_code == 1
    assert "worse  'segment street.png': image-segmentation, now image-to-text" in result.stdout
    assert "--yes keeps it all the same" in result.stderr
    assert rows(tmp_path) == []


def test_yes_keeps_it_all_the_same(tmp_path):
    result = teach(*WORSE, "--yes")
    assert result.exit_code == 0
    assert "Shipped tests: 1 worse" in result.stdout
    assert len(rows(tmp_path)) == 1


# --- what was taught ------------------------------------------------------------------------


def test_lessons_are_listed_and_forgotten(tmp_path):
    teach(REQUEST, "--plan", json.dumps(PLAN))
    teach(OTHER, "--reason", "unsupported")
    listed = teach("--list").stdout.splitlines()[1:]
    assert listed[0].split("  ")[0] == "1"
    assert "automatic-speech-recognition → summarization" in listed[0]
    assert "no task (unsupported)" in listed[1]
    assert f'"{REQUEST}"' in teach("--forget", 1).stdout
    assert [row["request"] for row in rows(tmp_path)] == [OTHER]


def test_without_lessons_that_is_said():
    result = teach("--list")
    assert result.exit_code == 0
    assert "There are no lessons in" in result.stdout


def test_a_line_that_is_no_lesson_is_told_and_planning_goes_on(tmp_path):
    teach(REQUEST, "--plan", json.dumps(PLAN))
    with (tmp_path / "data" / "lessons.jsonl").open("a") as file:
        file.write('{"request": "half\n')
    result = teach("--list")
    assert result.exit_code == 1
    assert "lessons.jsonl, line 2, is no lesson" in result.stderr
    assert planned(SAME) == ["automatic-speech-recognition", "summarization"]


def on_terminal(*arguments, prompt="(y or n) ", **settings):
    return Terminal("-m", "hugginggpt", "teach", *arguments, prompt=prompt, **settings)


# --- in the editor --------------------------------------------------------------------------


@pytest.fixture
def editor(tmp_path):
    """An editor that puts the first of the given texts in place of the file, next time the second.

    Its last text is written over and over; what it was opened with is kept beside it.
    """

    def make(*texts):
        for number, text in enumerate(texts):
            (tmp_path / f"text-{number}").write_text(text)
        script = tmp_path / "editor"
        script.write_text(
            f'#!/bin/sh\ncd {tmp_path}\nn=$(ls opened-* 2>/dev/null | wc -l)\ncp "$1" opened-$n\n'
            f'cp text-$n "$1"\ntouch -d "+1 minute" "$1"\n'
        )
        script.chmod(0o755)
        return str(script)

    return make


def test_the_plan_is_edited(tmp_path, editor):
    with on_terminal(REQUEST, EDITOR=editor(json.dumps(PLAN))) as screen:
        written, status = screen.rest()
    assert status == 0, written
    assert json.loads((tmp_path / "opened-0").read_text()) == PLAN[:1]
    assert rows(tmp_path) == [{"request": REQUEST, "tasks": PLAN}]


def test_a_faulty_edit_is_opened_again_as_it_was_left(tmp_path, editor):
    faulty = json.dumps(PLAN).replace("summarization", "make-coffee")
    program = editor(faulty, json.dumps(PLAN))
    with on_terminal(REQUEST, EDITOR=program) as screen:
        assert "make-coffee" in screen.say("y")
        written, status = screen.rest()
    assert status == 0, written
    assert (tmp_path / "opened-1").read_text().strip() == faulty
    assert rows(tmp_path)[0]["tasks"] == PLAN


def test_a_faulty_edit_can_be_left(tmp_path, editor):
    with on_terminal(REQUEST, EDITOR=editor("[")) as screen:
        screen.say("n")
        written, status = screen.rest()
    assert status == 2
    assert "nothing is kept" in written
    assert rows(tmp_path) == []


def test_an_empty_plan_is_asked_about(tmp_path, editor):
    with on_terminal(REQUEST, prompt="nothing here can do it ", EDITOR=editor("[]")) as screen:
        for answer in ("what?", "u"):
            screen.say(answer)
        written, status = screen.rest()
    assert status == 0, written
    assert rows(tmp_path)[0]["reason"] == "unsupported"


@pytest.mark.parametrize(("answer", "kept"), [("y", 1), ("n", 0)])
def test_a_lesson_that_makes_tests_worse_is_asked_about(tmp_path, answer, kept):
    with on_terminal(*WORSE) as screen:
        assert "1 worse" in screen.say(answer)
        written, status = screen.rest()
    assert status == 1 - kept, written
    assert len(rows(tmp_path)) == kept


def test_an_editor_that_is_left_unsaved_keeps_nothing(tmp_path):
    with on_terminal(REQUEST, EDITOR="true") as screen:
        written, status = screen.rest()
    assert status == 0, written
    assert "planned so already" in written
    assert rows(tmp_path) == []


def test_without_lessons_planning_imports_nothing_for_them():
    script = (
        "import sys; from hugginggpt.app.plan import plan_one; "
        "plan_one('sum up a.txt', (), as_json=True); "
        "sys.exit(any('lessons' in name or 'taught' in name for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_suite_goes_by_no_lessons(tmp_path):
    from hugginggpt.evals.suite.run import settings_for
    from hugginggpt.graph.context import Context

    assert Context().lessons == os.path.join(tmp_path, "data", "lessons.jsonl")
    assert settings_for(Context(), tmp_path).lessons is None
