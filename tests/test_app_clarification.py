"""Being asked which of two plans is meant, on a real terminal."""

import json

import pytest
from commands import Command
from doubts import doubtful
from terminal import Terminal
from typer.testing import CliRunner

from hugginggpt.app.cli import app

PROMPT = "neither) "
MOOD = "Is 'I love this soup' positive or negative?"
UNSURE = "I am not sure of this plan; another would be: "


@pytest.fixture(autouse=True)
def _data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "data"))


def command(*arguments, **settings):
    return Terminal("-m", "hugginggpt", *arguments, prompt=PROMPT, **settings)


def dialog():
    """The dialog alone; it prints the word that it gets as JSON."""
    plan = [{"task": "text-classification", "id": 0, "dep": [-1], "args": {"text": "a"}}]
    script = (
        "import json, sys; from hugginggpt.app.clarification import ask_meaning; "
        "print('word:', json.dumps(ask_meaning({'plans': json.loads(sys.argv[1])})))"
    )
    return Terminal("-c", script, json.dumps([plan, []]), prompt=PROMPT)


def word(terminal):
    return json.loads(terminal.rest()[0].partition("word: ")[2])


def steps(written):
    """What ran, from the progress on stderr."""
    lines = (line.split() for line in written.splitlines())
    return [line[2] for line in lines if line[:1] == ["task"] and "started" in line]


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


# --- the dialog -----------------------------------------------------------------------------


def test_both_plans_are_shown_with_what_they_do_before_anything_is_done():
    doubt = doubtful()
    with command("ask", doubt.request) as terminal:
        shown = terminal.say("n")
    assert f"1.  0 {doubt.first[0]}  " in shown
    assert f"2.  0 {doubt.second[0]}  " in shown
    assert "started" not in shown
    assert "plan: " not in shown


@pytest.mark.parametrize(("typed", "meant"), [("1", "first"), ("2", "second")])
def test_the_one_that_is_meant_is_done(typed, meant):
    doubt = doubtful()
    with command("ask", doubt.request) as terminal:
        terminal.say(typed)
        written, _ = terminal.rest()
    assert steps(written) == getattr(doubt, meant)
    assert UNSURE not in written


def test_neither():
    with command("ask", doubtful().request) as terminal:
        terminal.say("n")
        written, status = terminal.rest()
    assert "Neither of the two plans was meant" in written
    assert (steps(written), status) == ([], 0)


@pytest.mark.parametrize(
    ("typed", "meant"), [("1", 1), ("2.", 2), (" NO ", False), ("\x04", False)]
)
def test_words(typed, meant):
    with dialog() as terminal:
        assert "2.  No task in this request." in terminal.say(typed)
        assert word(terminal) is meant


def test_another_word_gets_a_hint():
    with dialog() as terminal:
        for typed in ("", "3", "the first one"):
            terminal.say(typed)
            assert "answer 1, 2 or n" in terminal.until("Which one?"), typed
        terminal.say("1")
        assert word(terminal) == 1


def test_in_a_conversation():
    with command("chat") as terminal:
        terminal.prompt = "> "
        terminal.say(doubtful().request)
        terminal.prompt = PROMPT
        terminal.say("2")
        terminal.prompt = "> "
        assert steps(terminal.say("/quit")) == doubtful().second


def test_what_is_sure_is_not_asked():
    with command("ask", MOOD) as terminal:
        written, status = terminal.rest()
    assert PROMPT not in written
    assert status == 0


# --- stopping and going on ------------------------------------------------------------------


def test_a_question_that_was_left_is_asked_again_by_resume():
    with command("ask", doubtful().request) as terminal:
        terminal.interrupt()
        written, status = terminal.rest()
    assert (status, "go on with: hugginggpt resume" in written) == (130, True)
    [kept] = json.loads(run("resume", "--json").stdout)
    assert (kept["state"], kept["total"]) == ("waiting for a choice", 0)
    with command("resume", kept["id"]) as terminal:
        terminal.say("2")
        assert steps(terminal.rest()[0]) == doubtful().second


@pytest.mark.parametrize("more", [[], ["--yes"]])
def test_where_nobody_can_be_asked_any_more_the_likelier_is_done(more):
    with command("ask", doubtful().request) as terminal:
        terminal.interrupt()
        terminal.rest()
    result = run("resume", "--last", *more)
    assert steps(result.stderr) == doubtful().first
    assert UNSURE in result.stdout


def test_in_a_conversation_enter_asks_again():
    with command("chat") as terminal:
        terminal.prompt = "> "
        terminal.say(doubtful().request)
        terminal.prompt = PROMPT
        terminal.interrupt()
        terminal.prompt = "> "
        assert "Enter goes on with it" in terminal.say("")
        terminal.prompt = PROMPT
        terminal.say("1")
        terminal.prompt = "> "
        assert steps(terminal.say("/quit")) == doubtful().first


# --- no question ----------------------------------------------------------------------------


def check_unasked(written):
    assert PROMPT not in written
    assert steps(written) == doubtful().first
    assert UNSURE in written


def test_yes_takes_the_likelier():
    with command("ask", "-y", doubtful().request) as terminal:
        check_unasked(terminal.rest()[0])


def test_so_does_a_setting():
    with command("ask", doubtful().request, HUGGINGGPT_CLARIFY="false") as terminal:
        check_unasked(terminal.rest()[0])


def test_so_does_a_conversation_that_was_begun_with_yes():
    with command("chat", "-y") as terminal:
        terminal.prompt = "> "
        terminal.say(doubtful().request)
        check_unasked(terminal.say("/quit"))


def test_yes_carries_out_what_would_be_approved():
    with command("ask", "-y", MOOD, HUGGINGGPT_APPROVE="plan") as terminal:
        written, status = terminal.rest()
    assert "Carry it out?" not in written
    assert status == 0


def test_a_question_that_would_not_be_seen_is_not_asked():
    script = (
        "import subprocess, sys; sys.exit(subprocess.run("
        "[sys.executable, '-m', 'hugginggpt', 'ask', sys.argv[1]], stderr=subprocess.DEVNULL"
        ").returncode)"
    )
    with Terminal("-c", script, doubtful().request, prompt=PROMPT) as terminal:
        terminal.type("n")
        assert UNSURE in terminal.rest()[0]


def test_without_a_terminal_nobody_is_asked():
    asked = Command("ask", doubtful().request)
    asked.end()
    check_unasked(asked.errors + asked.out)


def test_a_setting_that_wants_it_asked_without_a_terminal(monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_CLARIFY", "true")
    result = run("ask", doubtful().request)
    assert result.exit_code == 2
    assert "--yes takes the likelier one" in result.stderr


def test_yes_and_approve_contradict():
    result = run("ask", "--yes", MOOD, "--approve")
    assert result.exit_code == 2
    assert "leave one of them out" in result.stderr


# --- plan -----------------------------------------------------------------------------------


def test_plan_shows_the_other_one_too():
    doubt = doubtful()
    first, _, second = run("plan", doubt.request).stdout.partition(UNSURE)
    assert first.startswith(f"0 {doubt.first[0]}")
    assert f"\n0 {doubt.second[0]}" in second


def test_its_json_is_the_likelier_plan_and_nothing_else():
    result = run("plan", doubtful().request, "--json")
    assert [task["task"] for task in json.loads(result.stdout)] == doubtful().first
    assert UNSURE in result.stderr
