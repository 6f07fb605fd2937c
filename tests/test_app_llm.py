"""The command line with a chat model."""

import json

import pytest
from chat_server import Reply, by_stage
from test_app_live import on_a_terminal
from typer.testing import CliRunner

from hugginggpt.app.cli import app

MOOD = {"task": "text-classification", "id": 0, "dep": [-1], "args": {"text": "I love it"}}
FRENCH = {
    "task": "translation",
    "id": 1,
    "dep": [-1],
    "args": {"text": "good morning", "target_language": "fr"},
}


def wire(*tasks, reply=""):
    return json.dumps({"tasks": list(tasks), "reply": reply})


@pytest.fixture
def serve(start_chat, monkeypatch):
    """Lets a scripted server be the brain of all commands."""
    monkeypatch.setenv("HUGGINGGPT_BRAIN", "openai:scripted")

    def start(**script):
        script = {"plan": wire(MOOD), "respond": "It is **good**.", "other": "ready", **script}
        return start_chat(by_stage(**script))

    return start


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def test_answer_brain_and_usage_are_shown(serve):
    serve()
    result = run("ask", "is it good?")
    assert result.exit_code == 0
    assert result.stdout.startswith("It is **good**.\n\n### How")
    assert "brain: openai:scripted" in result.stderr
    assert "2 calls of the chat model · " in result.stderr


def test_json_holds_brain_and_usage(serve):
    serve()
    told = json.loads(run("ask", "is it good?", "--json").stdout)
    assert told["brain"] == "openai:scripted"
    assert told["usage"]["calls"] == 2
    assert told["usage"]["input_tokens"] > 100


def test_tasks_of_the_chat_model_are_counted_too(serve):
    serve(plan=wire(FRENCH), other="bonjour")
    told = json.loads(run("ask", "in French: good morning", "--json").stdout)
    assert told["results"]["1"]["output"] == "bonjour"
    assert told["results"]["1"]["endpoint"] == "brain"
    assert told["usage"]["calls"] == 3


def test_part_of_a_plan_that_is_left_out_shows_in_the_exit_status(serve):
    serve(plan=wire(MOOD, {"task": "nonsense", "id": 1}))
    result = run("ask", "is it good?")
    assert result.exit_code == 1
    assert "Left out of the plan: task 1: there is no task kind 'nonsense'" in result.stdout


def test_so_does_a_model_that_can_not_be_asked(serve):
    serve(plan=Reply("bad key", status=401))
    result = run("ask", "is it good?")
    assert result.exit_code == 1
    assert "could not be planned: openai:scripted could not be asked: the key was" in result.stdout


def test_no_key(monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_BRAIN", "openai:gpt-5-mini")
    result = run("ask", "is it good?")
    assert result.exit_code == 2
    assert "needs a key: set OPENAI_API_KEY" in result.stderr


def test_plan_alone(serve):
    server = serve()
    assert json.loads(run("plan", "is it good?", "--json").stdout) == [MOOD]
    assert len(server.calls) == 1


def test_plans_of_a_batch(serve, tmp_path):
    serve(plan=[wire(MOOD), "no plan", "no plan", wire(FRENCH)])
    lines = [json.dumps({"id": n, "request": f"do {n}"}) for n in range(3)]
    (tmp_path / "requests.jsonl").write_text("\n".join(lines))
    told = [
        json.loads(line) for line in run("plan", "--batch", "requests.jsonl").stdout.split("\n")[:3]
    ]
    assert [row["tasks"] for row in told] == [[MOOD], [], [FRENCH]]
    assert "no JSON object" in told[1]["error"]


def test_conversation_remembers(serve, monkeypatch, tmp_path):
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "data"))
    follow = {**FRENCH, "dep": [0], "args": {"text": "<GENERATED>-0"}}
    server = serve(plan=[wire(MOOD), wire(follow)], other="bien")
    CliRunner().invoke(app, ["chat"], input="is it good?\nin French please\n")
    assert "<GENERATED>-0: text-classification: positive" in server.calls[2].user
    assert "user: is it good?" in server.calls[2].user


# --- doctor, tasks, prompts ---------------------------------------------------------------------


def test_doctor_asks_only_on_request(serve):
    server = serve()
    assert run("doctor").exit_code == 0
    assert server.calls == []


def test_doctor_calls(serve):
    server = serve()
    result = run("doctor", "--call")
    assert result.exit_code == 0
    assert "answered 'ready' in" in result.stdout
    assert len(server.calls) == 1


def test_doctor_finds_a_key_that_is_refused(serve):
    serve(other=Reply("bad key", status=401))
    result = run("doctor", "--call")
    assert result.exit_code == 1
    assert "the key was refused" in " ".join(result.stdout.split())


def test_doctor_calls_the_embedded_brain():
    assert "needs no key and no network" in run("doctor", "--call").stdout


def test_tasks_tell_what_the_chat_model_can_do(serve):
    serve()
    assert "brain" in run("tasks", "translation").stdout


def test_prompts_are_counted():
    result = run("prompts")
    assert "19 kinds of tasks" in result.stdout
    assert "demonstrations" in result.stdout


def test_prompt_of_a_request(tmp_path):
    (tmp_path / "note.txt").write_text("hello")
    messages = json.loads(run("prompts", "read it", "-f", "note.txt", "--json").stdout)
    assert messages[0]["role"] == "system"
    assert messages[-1]["content"] == (
        "<files>\n- note.txt (text, bytes 5)\n</files>\n\nRequest:\nread it"
    )


def test_prompt_with_all_kinds():
    assert "text-to-video" not in run("prompts", "x").stdout
    assert "text-to-video" in run("prompts", "x", "--all").stdout


# --- on a terminal --------------------------------------------------------------------------------


def test_answer_grows_below_the_tree(serve):
    serve(respond=Reply("It is good. " * 5 + "Indeed.", per_token=0.03))
    written = on_a_terminal("ask", "is it good?")
    growing, _, final = written.rpartition("\x1b[?25h")
    assert "It is good. It" in growing
    assert "Indeed." in final
