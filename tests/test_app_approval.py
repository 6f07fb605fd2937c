"""Being asked about a plan on a real terminal."""

import json

import pytest
from chat_server import ChatServer, by_stage
from terminal import Terminal
from typer.testing import CliRunner

from hugginggpt.app.cli import app

MOOD = "Is 'I love this soup' positive or negative?"
PROMPT = "or why not) "
MODELS = [
    {"model": m, "endpoint": "hosted", "size": None, "downloads": 7, "licence": "mit", "caveat": ""}
    for m in ("one", "two")
]


def ask(*arguments, **settings):
    return Terminal("-m", "hugginggpt", "ask", *arguments, prompt=PROMPT, **settings)


def asked(question=None, **settings):
    """The dialog alone; it prints the word that it gets as JSON."""
    entry = {"task": "translation", "dep": [-1], "args": {"text": "a"}, **MODELS[0]}
    plan = [{**entry, "id": 0}, {**entry, "id": 1, "dep": [0]}]
    question = {
        "reason": "plan",
        "plan": [
            {k: t[k] for k in ("task", "id", "dep", "args", "model", "endpoint")} for t in plan
        ],
        "choices": {"0": MODELS, "1": MODELS},
        "complaints": [],
        "edited": None,
        **(question or {}),
    }
    script = (
        "import json, sys; from hugginggpt.app.approval import ask_approval; "
        "print('word:', json.dumps(ask_approval(json.loads(sys.argv[1]))))"
    )
    return Terminal("-c", script, json.dumps(question), prompt=PROMPT, **settings)


def word(terminal):
    written, status = terminal.rest()
    assert status == 0, written
    return json.loads(written.partition("word: ")[2])


# --- the command ----------------------------------------------------------------------------


def test_the_plan_is_shown_and_runs_after_a_yes():
    with ask("--approve", MOOD) as terminal:
        table = terminal.say("y")
        written, status = terminal.rest()
    assert "0   text-classification  I love this soup" in table
    assert "vader  embedded" in table
    assert "started" not in table
    assert "positive" in written
    assert status == 0


def test_a_task_is_deleted_and_the_rest_runs():
    with ask(f"{MOOD} Find the dates in 'Dinner on 3 May 2024'", "--approve") as terminal:
        terminal.say("d 0")
        assert "text-classification" not in terminal.say("y").rpartition("deleted")[2]
        written, status = terminal.rest()
    assert "3 May 2024" in written
    assert "positive" not in written
    assert status == 0


def test_nothing_runs_after_a_no():
    with ask(MOOD, "--approve", "plan") as terminal:
        terminal.say("n")
        written, _ = terminal.rest()
    assert "The plan was refused." in written
    assert "started" not in written


def test_a_reason_goes_to_the_chat_model_and_its_new_plan_is_asked_about():
    first = {"task": "text-classification", "id": 0, "dep": [-1], "args": {"text": "I love it"}}
    second = {**first, "args": {"text": "I hate it"}}
    plans = [json.dumps({"tasks": [task], "reply": ""}) for task in (first, second)]
    with ChatServer(by_stage(plan=plans, respond="It is bad.")) as server:
        settings = {"OPENAI_BASE_URL": server.url, "HUGGINGGPT_BRAIN": "openai:scripted"}
        with ask("Is it good?", "--approve", **settings) as terminal:
            assert "I love it" in terminal.say("take the other text")
            assert "I hate it" in terminal.say("y")
            written, status = terminal.rest()
    assert "It is bad." in written
    assert "Planned anew, since the plan was refused: take the other text." in written
    assert status == 0


def test_a_faulty_edit_is_asked_about_again_with_what_was_typed():
    with ask(MOOD, "--approve", EDITOR="sed -i s/text-classification/make-coffee/") as terminal:
        terminal.say("e")
        assert "make-coffee" in terminal.say("y")
        again = terminal.say("u")
        assert "there is no task kind 'make-coffee'" in again
        assert "0   make-coffee" in again
        assert "0   text-classification" in terminal.say("y")
        written, status = terminal.rest()
    assert "positive" in written
    assert status == 0


def test_what_costs_nothing_runs_unasked():
    with ask(MOOD, "--approve", "cost") as terminal:
        written, status = terminal.rest()
    assert PROMPT not in written
    assert status == 0


@pytest.mark.parametrize("arguments", [["--approve", MOOD], [MOOD, "--approve"]])
def test_nobody_is_there_to_be_asked(arguments):
    result = CliRunner().invoke(app, ["ask", *arguments])
    assert result.exit_code == 2
    assert "stdin is no terminal to approve it on" in result.stderr


def test_a_way_to_approve_that_does_not_exist():
    result = CliRunner().invoke(app, ["ask", MOOD, "--approve=later"])
    assert result.exit_code == 2
    assert "HUGGINGGPT_APPROVE='later'" in result.stderr


# --- the dialog -----------------------------------------------------------------------------


def test_yes_is_true_and_no_is_false():
    for typed, expected in (("Y", True), ("no", False), ("\x04", False)):
        with asked() as terminal:
            terminal.say(typed)
            assert word(terminal) is expected


def test_a_reason():
    with asked() as terminal:
        terminal.say("only the first half, please")
        assert word(terminal) == "only the first half, please"


def test_models_are_listed_and_changed():
    with asked() as terminal:
        terminal.say("m 1")
        assert "two @ hosted" in terminal.say("m 1 two")
        terminal.say("y")
        assert [task["model"] for task in word(terminal)] == ["one", "two"]


def test_deleting_says_what_goes_too():
    with asked() as terminal:
        terminal.say("d 0")
        assert "task 0 is deleted, and 1, which needed it" in terminal.say("u")
        terminal.say("y")
        assert word(terminal) is True


def test_words_that_are_none_get_a_hint_and_lose_nothing():
    hints = {
        "": "answer y or n",
        "expensive": "in a few words why not",
        "yes please": "y alone",
        "d": "name a task: d ID",
        "d nine": "there is no task 'nine'",
        "m 0 three": "'three' is no model of task 0",
        "e now": "e alone",
        "?": "delete a task",
    }
    with asked() as terminal:
        terminal.say("d 1")
        for typed, hint in hints.items():
            terminal.say(typed)
            written = terminal.until("Carry it out?")
            assert hint in written, typed
        terminal.say("that is too much")
        assert "would throw your changes away" in terminal.say("y")
        assert [task["id"] for task in word(terminal)] == [0]


def test_json_that_is_broken_is_opened_again_as_it_was_left(tmp_path):
    editor = tmp_path / "editor"
    # Breaks the plan the first time, mends it the second.
    editor.write_text(
        '#!/bin/sh\ngrep -q BROKEN "$1" && sed -i "s/BROKEN//; s/one/two/" "$1" || '
        'sed -i "1s/^/BROKEN/" "$1"\n'
    )
    editor.chmod(0o755)
    with asked(EDITOR=str(editor)) as terminal:
        terminal.say("e")
        assert "that is not JSON" in terminal.say("y")
        assert "is no plan yet" in terminal.say("e")
        terminal.say("y")
        assert [task["model"] for task in word(terminal)] == ["two", "two"]


def test_an_editor_that_is_not_there():
    with asked(EDITOR="no-such-editor") as terminal:
        terminal.say("e")
        assert "name another with EDITOR" in terminal.say("y")
        assert word(terminal) is True


def test_what_is_wrong_with_an_edit_is_told():
    question = {"reason": "cost", "complaints": ["task 0: no"], "edited": '[{"id": 0}, '}
    with asked(question) as terminal:
        before = terminal.say("u")
        assert "would use hosted models" in before
        assert "this can't be used: task 0: no" in before
        terminal.say("y")
        assert word(terminal) is True
