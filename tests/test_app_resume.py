"""`hugginggpt resume`, for runs that wait: here for the word of a user who is not there."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from hugginggpt.app.ask import ask_watcher, build_on
from hugginggpt.app.asking import ask_user
from hugginggpt.app.cli import app
from hugginggpt.app.inputs import load_settings
from hugginggpt.app.kept import Record
from hugginggpt.app.session import open_session

MOOD = "Is 'I love this soup' positive or negative?"
ALOUD = "Read 'good evening' aloud"


@pytest.fixture(autouse=True)
def _data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "data"))


def run(*arguments, **settings):
    return CliRunner().invoke(app, list(map(str, arguments)), **settings)


def listed():
    return json.loads(run("resume", "--json").stdout)


def wait(monkeypatch, *arguments):
    """Ask, and leave the run waiting for approval; returns its id."""
    before = {each["id"] for each in listed()}
    monkeypatch.setenv("HUGGINGGPT_APPROVE", "plan")
    assert run("ask", *arguments).exit_code == 2
    monkeypatch.delenv("HUGGINGGPT_APPROVE")
    [new] = {each["id"] for each in listed()} - before
    return new


def approve(monkeypatch, *arguments):
    """Resume where nobody is asked any more."""
    monkeypatch.setenv("HUGGINGGPT_APPROVE", "never")
    return run("resume", *arguments)


# --- the list -------------------------------------------------------------------------------


def test_nothing_to_go_on_with():
    result = run("resume")
    assert result.exit_code == 0
    assert result.stdout == "No unfinished runs.\n"
    assert listed() == []


def test_an_answered_run_is_forgotten():
    assert run("ask", MOOD).exit_code == 0
    assert listed() == []


def test_a_run_with_failures_is_answered_too():
    assert run("ask", "Translate 'good morning' into French").exit_code == 1
    assert listed() == []


def test_newest_first(monkeypatch):
    older, newer = wait(monkeypatch, MOOD), wait(monkeypatch, ALOUD)
    assert [each["id"] for each in listed()] == [newer, older]
    assert [each["request"] for each in listed()] == [ALOUD, MOOD]


def test_a_row_tells_what_the_run_is(monkeypatch):
    thread = wait(monkeypatch, MOOD)
    row = run("resume").stdout
    assert row.split()[0] == thread
    assert f"{MOOD}  0 of 1 tasks · waiting for approval" in row


def test_a_long_request_is_one_line(monkeypatch):
    wait(monkeypatch, f"{MOOD}\n" + "Really.\n" * 1000)
    [each] = listed()
    assert len(each["request"]) <= 200
    assert run("resume").stdout.count("\n") == 1


# --- going on -------------------------------------------------------------------------------


def test_goes_on_and_is_forgotten(monkeypatch):
    thread = wait(monkeypatch, MOOD)
    result = approve(monkeypatch, thread)
    assert result.exit_code == 0
    assert "**positive" in result.stdout
    assert f"going on with {thread}: {MOOD} (0 of 1 tasks)" in result.stderr
    assert listed() == []


def test_answers_as_ask_does(monkeypatch):
    thread = wait(monkeypatch, "Translate 'good morning' into French", "--brain", "embedded")
    result = approve(monkeypatch, thread, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["results"]["0"]["status"] == "failed"


def test_asks_again_for_approval(monkeypatch):
    thread = wait(monkeypatch, MOOD)
    result = run("resume", thread)
    assert result.exit_code == 2
    assert "HUGGINGGPT_APPROVE" in result.stderr
    assert listed()[0]["state"] == "waiting for approval"


def test_the_last_one(monkeypatch):
    wait(monkeypatch, ALOUD)
    wait(monkeypatch, MOOD)
    assert "**positive" in approve(monkeypatch, "--last").stdout
    assert [each["request"] for each in listed()] == [ALOUD]


def test_with_the_settings_that_it_had(monkeypatch, tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "elsewhere").mkdir()
    os.chdir(tmp_path / "here")
    thread = wait(monkeypatch, ALOUD, "--out", "sounds", "--endpoints", "embedded")
    os.chdir(tmp_path / "elsewhere")
    result = approve(monkeypatch, thread, "--json")
    [sound] = json.loads(result.stdout)["artifacts"]
    assert os.path.dirname(sound["path"]) == str(tmp_path / "here" / "sounds")
    assert "endpoints: embedded\n" in result.stderr


def test_what_is_given_now_goes_first(monkeypatch, tmp_path):
    thread = wait(monkeypatch, ALOUD, "--out", "sounds")
    result = approve(monkeypatch, thread, "--json", "--out", "others")
    [sound] = json.loads(result.stdout)["artifacts"]
    assert os.path.dirname(sound["path"]) == str(tmp_path / "others")


def test_with_the_files_that_were_handed_over(monkeypatch, tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "note.txt").write_text("Dinner on 3 May 2024.")
    os.chdir(tmp_path / "here")
    note = tmp_path / "elsewhere" / "note.txt"
    thread = wait(monkeypatch, "Find the dates in note.txt", "-f", note)
    assert "3 May 2024" in approve(monkeypatch, thread).stdout


def test_no_key_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setenv("HF_TOKEN", "hf_planted")
    wait(monkeypatch, MOOD, "--brain", "embedded")
    for file in (tmp_path / "data").rglob("*.sqlite*"):
        assert b"planted" not in file.read_bytes()


def test_an_answer_that_was_not_shown():
    context = load_settings()
    record = Record.of("ask", MOOD, [], context)
    given = {"messages": [("user", MOOD)], "files": []}
    with open_session(build_on, watch=ask_watcher(as_json=False), ask=ask_user) as session:
        session.run(given, context, record.config("t"))
    assert [each["state"] for each in listed()] == ["answered, not shown"]
    result = run("resume", "t")
    assert "**positive" in result.stdout
    assert "started" not in result.stderr
    assert listed() == []


def test_a_reader_that_goes_away_has_seen_enough():
    asking = [sys.executable, "-m", "hugginggpt", "ask", MOOD]
    with subprocess.Popen(asking, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert listed() == []


def test_an_address_with_a_password_is_not_kept():
    context = load_settings().model_copy(update={"inference_base_url": "https://me:x@host/"})
    assert "inference_base_url" not in Record.of("ask", MOOD, [], context).settings


# --- what can't be gone on with -------------------------------------------------------------


def test_an_unknown_id_names_those_there_are(monkeypatch):
    thread = wait(monkeypatch, MOOD)
    result = run("resume", "nope")
    assert result.exit_code == 2
    assert f"there is no run 'nope' to go on with; there is {thread}" in result.stderr


def test_a_finished_conversation_is_talked_on_with():
    CliRunner().invoke(app, ["chat", "--thread", "t"], input=MOOD)
    assert listed() == []
    result = run("resume", "t")
    assert result.exit_code == 2
    assert "hugginggpt chat --thread t" in result.stderr


@pytest.mark.parametrize("arguments", [["x", "--last"], ["--forget"], ["--last"]])
def test_bad_arguments(arguments):
    assert run("resume", *arguments).exit_code == 2


def test_forget(monkeypatch):
    thread = wait(monkeypatch, MOOD)
    assert run("resume", thread, "--forget").exit_code == 0
    assert listed() == []
