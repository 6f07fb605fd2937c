"""`hugginggpt eval`, as it is typed."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading

import pytest
from chat_server import ChatServer, Reply, by_stage
from taskbench_files import APIS, COOK, READ_AND_TURN, write_bench
from test_evals_record import report, row
from typer.testing import CliRunner

from hugginggpt.app.cli import app
from hugginggpt.evals.judge import RUBRIC


def run(*arguments):
    return CliRunner().invoke(app, ["eval", *map(str, arguments)])


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def data(tmp_path):
    return write_bench(tmp_path / "data", gold=[READ_AND_TURN, {**READ_AND_TURN, "id": "2"}])


def test_taskbench_prints_our_row_beside_the_published_ones(data):
    told = run("taskbench", "--data", data, "--limit", "1")
    assert told.exit_code == 0
    assert "embedded (this run)" in told.stdout
    assert "gpt-4" in told.stdout
    assert "the published rows are the whole domain" in told.stdout.replace("\n", " ")


def test_taskbench_as_json_holds_no_request(data):
    told = run("taskbench", "--data", data, "--brain", "embedded", "--json")
    printed = json.loads(told.stdout)
    assert [each["id"] for each in printed["rows"]] == ["1", "2"]
    assert "plate.jpg" not in told.stdout


def test_unknown_domain(data):
    told = run("taskbench", "--data", data, "--domain", "cooking")
    assert told.exit_code == 2
    assert "there is no domain 'cooking'; use huggingface, multimedia" in told.stderr


def test_embedded_brain_on_another_domain(tmp_path):
    folder = write_bench(tmp_path / "apis", APIS, gold=[COOK])
    told = run("taskbench", "--data", folder, "--brain", "embedded")
    assert told.exit_code == 2
    assert "--brain" in told.stderr


def test_planner_is_measured_on_what_it_was_not_fitted_to(tmp_path):
    told = run("planner", "--limit", "60", "--report", tmp_path / "out")
    assert told.exit_code == 0
    assert "held out, English: single" in told.stdout
    assert "surest mistakes" in told.stdout
    assert (tmp_path / "out" / "report.html").is_file()


def test_planner_on_taskbench_is_that_of_the_hub(tmp_path):
    told = run("planner", "--data", write_bench(tmp_path / "apis", APIS, gold=[COOK]))
    assert told.exit_code == 2
    assert "holds the domain 'dailylifeapis'" in told.stderr


def test_planner_without_its_weights(monkeypatch):
    monkeypatch.setattr("hugginggpt.graph.brain.embedded.learned.model.is_available", lambda: False)
    told = run("planner")
    assert told.exit_code == 2
    assert "pip install 'hugginggpt[embedded]'" in told.stderr


def test_planner_shows_how_far_it_is_and_stops_at_once():
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "hugginggpt", "eval", "planner"]
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        written = b""
        while b"reading the examples" not in written:
            written += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # Linux's way to say that the other side is closed
            while piece := os.read(ours, 4096):
                written += piece
    os.close(ours)
    assert process.returncode == 130
    assert b"Traceback" not in written


def test_suite_writes_its_report(tmp_path):
    where = ("--report", tmp_path / "out", "--limit", "1", "--json")
    told = run("suite", *where)
    assert told.exit_code == 0
    assert json.loads(told.stdout)["rows"][0]["id"] == "say-words"
    assert (tmp_path / "out" / "report.html").is_file()


@pytest.mark.parametrize(("least", "status"), [("80", 0), ("81", 1)])
def test_suite_ends_as_the_share_that_must_pass_says(least, status):
    """Four of the first five cases pass: see `say-german`."""
    assert run("suite", "--limit", "5", "--least", least).exit_code == status


def test_suite_with_a_chat_model_as_brain_and_one_as_judge(monkeypatch):
    said = {
        "task": "text-to-speech",
        "id": 0,
        "dep": [-1],
        "args": {"text": "Good morning, everybody"},
    }
    verdict = json.dumps({"reason": "Fine.", **dict.fromkeys(RUBRIC, 2)})
    script = by_stage(
        plan=json.dumps({"tasks": [said], "reply": ""}),
        respond=lambda call: "Here it is: " + re.search(r"[\w-]+[.]wav", call.user)[0],
        other=verdict,
    )
    with ChatServer(script) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        who = ("--brain", "openai:scripted", "--judge", "openai:scripted")
        told = run("suite", "--limit", "1", "--json", *who)
    printed = json.loads(told.stdout)
    assert printed["rows"][0]["complaints"] == []
    assert (told.exit_code, printed["brain"]) == (0, "openai:scripted")
    assert printed["rows"][0]["parts"]["judge"] == [1, 1]


def test_judge_and_upload_do_not_go_together():
    told = run("suite", "--judge", "openai:x", "--upload")
    assert told.exit_code == 2
    assert "do not go together" in told.stderr


def test_compare_ends_with_1_where_something_became_worse(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    report(*(row(f"c{n}") for n in range(20))).save(good)
    report(*(row(f"c{n}", passed=n > 9) for n in range(20))).save(bad)
    assert run("compare", bad, good).exit_code == 0
    told = run("compare", good, bad)
    assert told.exit_code == 1
    assert "wrong now: c0, c1" in told.stdout
    assert json.loads(run("compare", good, bad, "--json").stdout)["cases"] == 20


def test_missing_extra_is_named(monkeypatch, data):
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    told = run("taskbench", "--data", data)
    assert told.exit_code == 2
    assert "rapidfuzz: pip install 'hugginggpt[evals]'" in told.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_shows_what_is_done(tmp_path):
    """Of twelve requests eight are asked at once: a ninth call tells that one was answered."""
    folder = write_bench(
        tmp_path / "data", gold=[{**READ_AND_TURN, "id": str(number)} for number in range(12)]
    )
    called = threading.Semaphore(0)
    replies = iter(['{"steps": [], "tasks": []}'])

    def answer(call):
        called.release()
        return next(replies, Reply(hang=True))

    command = [sys.executable, "-c", "from hugginggpt.app.cli import main; main()", "eval"]
    command += ["taskbench", "--data", str(folder), "--brain", "openai:scripted", "--json"]
    with ChatServer(answer) as server:
        environment = {**os.environ, "OPENAI_BASE_URL": server.url}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            for _ in range(9):
                called.acquire()
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate()
    assert process.returncode == 130
    assert len(json.loads(printed)["rows"]) == 1
