"""A run that is stopped in the middle, at each stage and by each signal, and then gone on with."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from chat_server import Reply
from commands import Command, chain, said, serving, translated
from langgraph.checkpoint.memory import InMemorySaver
from parts import REQUEST, obey, tasks
from typer.testing import CliRunner

from hugginggpt.app.cli import app

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals work differently there")

PLAN = chain("one", "two")
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}


def resume(*arguments):
    return CliRunner().invoke(app, ["resume", *arguments])


def listed():
    return json.loads(resume("--json").stdout)


def stop(command, number):
    """Send the signal; the command must end at once and as told."""
    began = time.monotonic()
    assert command.end(number) == STATUS[number]
    assert time.monotonic() - began < 5  # less than one as a rule, but CI may be busy
    assert "Traceback" not in command.errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_stopped_while_the_plan_is_written(monkeypatch, tmp_path, number):
    plans = [Reply(PLAN, before=60), PLAN]
    with serving(monkeypatch, tmp_path, translated("uno"), plan=plans) as (brain, model):
        command = Command("ask", "translate it")
        command.until(lambda: brain.calls)
        stop(command, number)
        [run] = listed()
        assert (run["state"], run["done"], run["total"]) == ("interrupted", 0, 0)
        result = resume(run["id"])
        assert result.exit_code == 0
        assert "All is translated." in result.stdout
        assert said(model) == ["one", "uno"]
        assert listed() == []


def test_what_was_done_while_the_plan_was_written_is_not_done_again(monkeypatch, tmp_path):
    plans = [Reply(PLAN, per_token=0.1), PLAN]
    replies = [translated("uno"), translated("due")]
    with serving(monkeypatch, tmp_path, *replies, plan=plans) as (_, model):
        command = Command("ask", "translate it")
        command.until("task 0 translation done")
        stop(command, signal.SIGKILL)
        assert "plan:" not in command.errors
        assert resume("--last").exit_code == 0
        assert said(model) == ["one", "uno"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_while_a_task_runs(monkeypatch, tmp_path, number):
    replies = [translated("uno"), translated("due", before=60), translated("due")]
    with serving(monkeypatch, tmp_path, *replies, plan=PLAN) as (brain, model):
        command = Command("ask", "translate it")
        command.until(lambda: len(model.posts) == 2)
        stop(command, number)
        [run] = listed()
        assert (run["state"], run["done"], run["total"]) == ("interrupted", 1, 2)
        result = resume(run["id"], "--json")
        told = json.loads(result.stdout)
        assert [told["results"][key]["output"] for key in "01"] == ["uno", "due"]
        assert said(model) == ["one", "uno", "uno"]
        assert len([call for call in brain.calls if "plan" in call.form_name]) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_stopped_while_the_answer_is_written(monkeypatch, tmp_path, number):
    answers = [Reply("All is tr", before=60), "All is translated."]
    replies = [translated("uno"), translated("due")]
    with serving(monkeypatch, tmp_path, *replies, plan=PLAN, respond=answers) as (brain, model):
        command = Command("ask", "translate it")
        command.until(lambda: len(brain.calls) == 2)
        stop(command, number)
        [run] = listed()
        assert (run["done"], run["total"]) == (2, 2)
        assert "All is translated." in resume("--last").stdout
        assert said(model) == ["one", "uno"]


def test_the_last_line_says_how_to_go_on(monkeypatch, tmp_path):
    with serving(monkeypatch, tmp_path, translated("uno", before=60), plan=PLAN) as (_, model):
        command = Command("ask", "translate it")
        command.until(lambda: model.posts)
        stop(command, signal.SIGINT)
        [run] = listed()
        assert command.lines[-1] == f"go on with: hugginggpt resume {run['id']}\n"
        assert "Interrupted." in command.out


def test_a_hosted_call_is_broken_off(monkeypatch, tmp_path):
    with serving(monkeypatch, tmp_path, translated("uno", before=60), plan=PLAN) as (_, model):
        command = Command("ask", "translate it")
        command.until(lambda: model.posts)
        stop(command, signal.SIGTERM)
        until = time.monotonic() + 10
        while model.posts[0].broken_after is None and time.monotonic() < until:
            time.sleep(0.01)
        assert model.posts[0].broken_after is not None


def test_an_end_in_the_background_where_interrupts_are_ignored(monkeypatch, tmp_path):
    ignore = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    with serving(monkeypatch, tmp_path, translated("uno", before=60), plan=PLAN) as (_, model):
        command = Command("ask", "translate it", **ignore)
        command.until(lambda: model.posts)
        stop(command, signal.SIGTERM)
        assert re.search("go on with: hugginggpt resume", command.lines[-1])


def test_two_processes_on_one_thread(monkeypatch, tmp_path):
    with serving(monkeypatch, tmp_path, translated("uno", before=60), plan=PLAN) as (_, model):
        command = Command("ask", "translate it")
        command.until(lambda: model.posts)
        [run] = listed()
        assert run["state"] == "running"
        second = resume(run["id"])
        assert second.exit_code == 2
        assert f"thread '{run['id']}' is in use by another process" in second.stderr
        stop(command, signal.SIGKILL)
        assert listed()[0]["state"] == "interrupted"


# --- in a conversation ----------------------------------------------------------------------


def test_enter_goes_on_with_what_was_interrupted(monkeypatch, tmp_path):
    replies = [translated("uno"), translated("due", before=60), translated("due")]
    with serving(monkeypatch, tmp_path, *replies, plan=PLAN) as (_, model):
        command = Command("chat", stdin=subprocess.PIPE)
        command.type("translate it")
        command.until(lambda: len(model.posts) == 2)
        command.process.send_signal(signal.SIGINT)
        command.until("not finished (1 of 2 tasks): translate it")
        command.type("")
        command.process.stdin.close()
        assert command.end() == 0
        assert "All is translated." in command.out
        assert said(model) == ["one", "uno", "uno"]


def test_another_process_goes_on_with_a_conversation(monkeypatch, tmp_path):
    replies = [translated("uno"), translated("due", before=60), translated("due")]
    with serving(monkeypatch, tmp_path, *replies, plan=PLAN) as (_, model):
        command = Command("chat", "--thread", "t", stdin=subprocess.PIPE)
        command.type("translate it")
        command.until(lambda: len(model.posts) == 2)
        command.process.stdin.close()
        stop(command, signal.SIGTERM)
        assert listed()[0]["command"] == "chat"
        result = CliRunner().invoke(app, ["chat", "--thread", "t"], input="\n")
        assert "not finished (1 of 2 tasks): translate it\nEnter goes on" in result.stderr
        assert "All is translated." in result.stdout
        assert said(model) == ["one", "uno", "uno"]
        assert listed() == []


# --- what must not stay behind --------------------------------------------------------------


def test_a_terminal_that_is_closed(monkeypatch, tmp_path):
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    ours, theirs = os.openpty()

    def take_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    with serving(monkeypatch, tmp_path, translated("uno", before=60), plan=PLAN) as (_, model):
        process = subprocess.Popen(
            [sys.executable, "-m", "hugginggpt", "ask", "translate it"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=take_terminal,
        )
        os.close(theirs)
        while not model.posts:
            assert process.poll() is None
            time.sleep(0.01)
        os.close(ours)
        assert process.wait(20) == STATUS[signal.SIGHUP]
        assert [each["state"] for each in listed()] == ["interrupted"]


async def test_a_cancelled_call_of_the_graph_can_be_gone_on_with(graph_of):
    behave = {"b": "hang"}

    async def hang_once(text, candidate):
        return await obey(behave.pop(text, text), candidate)

    graph = graph_of(tasks("a", ("b", 0)), hang_once, checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t"}}
    call = asyncio.create_task(graph.ainvoke(REQUEST, config))
    while graph.endpoint.ran != ["a", "b"]:
        await asyncio.sleep(0.01)
    call.cancel()
    await asyncio.wait([call])
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    state = await graph.ainvoke(None, config)
    assert graph.endpoint.ran == ["a", "b", "b"]
    assert [result["status"] for result in state["results"].values()] == ["done", "done"]
