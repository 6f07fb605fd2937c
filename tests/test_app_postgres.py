"""Runs kept in a real Postgres, by the command line and by a program."""

import asyncio
import contextlib
import json
import signal
import sys

import postgres_server
import pytest
from commands import Command, chain, said, serving, translated
from parts import REQUEST, tasks
from typer.testing import CliRunner

from hugginggpt.app.cli import app
from hugginggpt.app.postgres import open_postgres
from hugginggpt.app.threads import open_threads
from hugginggpt.tools.errors import InputError, SettingError

obstacle = postgres_server.obstacle()
needs_server = pytest.mark.skipif(obstacle is not None, reason=str(obstacle))


@pytest.fixture(scope="module")
def server():
    with postgres_server.postgres() as address:
        yield address


@pytest.fixture
def database(server, monkeypatch):
    """Lets all commands keep their runs there."""
    monkeypatch.setenv("HUGGINGGPT_DATABASE", server)
    return server


@pytest.fixture
async def opens(database):
    """Opens the store, as another process would."""
    async with contextlib.AsyncExitStack() as stack:
        yield lambda: open_threads(stack)


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def listed():
    return json.loads(run("resume", "--json").stdout)


@needs_server
def test_a_killed_run_goes_on(database, monkeypatch, tmp_path):
    replies = [translated("uno"), translated("due", before=60), translated("due")]
    with serving(monkeypatch, tmp_path, *replies, plan=chain("one", "two")) as (_, model):
        command = Command("ask", "translate it")
        command.until(lambda: len(model.posts) == 2)
        [working] = listed()
        command.end(signal.SIGKILL)
        [killed] = listed()
        result = run("resume", killed["id"])
        assert result.exit_code == 0
        assert said(model) == ["one", "uno", "uno"]
    assert (working["state"], killed["state"]) == ("running", "interrupted")
    assert (killed["done"], killed["total"]) == (1, 2)
    assert listed() == []
    assert not (tmp_path / "data" / "threads.sqlite").exists()


@needs_server
async def test_a_program_interrupts_resumes_and_looks_back(opens, graph_of):
    threads = await opens()
    graph = graph_of(tasks("a", ("b", 0)), checkpointer=threads.saver)
    config = {"configurable": {"thread_id": "program"}}
    async for _ in graph.astream(REQUEST, config, interrupt_before=["respond"]):
        pass
    assert (await graph.aget_state(config)).next == ("respond",)
    state = await graph.ainvoke(None, config)
    assert state["messages"][-1].type == "ai"
    assert graph.endpoint.ran == ["a", "b"]
    history = [snapshot async for snapshot in graph.aget_state_history(config)]
    assert len(history[0].values["results"]) == 2
    assert history[-1].values["results"] == {}
    await threads.hold("program")
    await threads.forget("program")
    assert (await graph.aget_state(config)).metadata is None


@needs_server
async def test_a_thread_has_one_holder(opens):
    ours, theirs = await opens(), await opens()
    await ours.hold("holidays")
    await theirs.hold("other")
    assert await theirs.is_held("holidays")
    with pytest.raises(InputError, match="in use by another process"):
        await theirs.hold("holidays")


@needs_server
async def test_many_may_begin_at_once_on_an_empty_database(opens):
    saver = (await opens()).saver
    for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "checkpoint_migrations"):
        await saver.conn.execute(f"DROP TABLE {table}")
    assert len(await asyncio.gather(*(opens() for _ in range(8)))) == 8


@needs_server
def test_doctor_finds_the_database(database):
    told = run("doctor").stdout
    assert "Postgres at 127.0.0.1/postgres" in told
    assert postgres_server.QUOTED not in told


@needs_server
def test_a_wrong_password_is_not_printed(database, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_DATABASE", database.replace("rd@", "rd-planted@"))
    result = run("ask", "hi")
    assert result.exit_code == 2
    assert "runs can't be kept in Postgres at 127.0.0.1/postgres" in result.stderr
    assert "planted" not in result.output


@needs_server
def test_the_password_is_not_printed_where_the_database_is_missing(database, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_DATABASE", database.replace("/postgres", "/nowhere"))
    result = run("chat")
    assert result.exit_code == 2
    assert 'database "nowhere" does not exist' in result.stderr
    assert postgres_server.QUOTED not in result.output
    assert postgres_server.PASSWORD not in result.output


@pytest.mark.parametrize(
    "address",
    [
        "mysql://me:pl4nted@localhost/x",
        "postgresql://me:x@pl4nted@localhost/x",
        "postgresql://me:x/pl4nted@localhost/x",
        "postgresql://me:pl4nted@localhost:port/x",
        "postgresql://me:pl4nted@localhost/x?bogus=1",
        "pl4nted",
    ],
)
async def test_an_address_that_is_none_is_not_printed(address):
    with pytest.raises(SettingError, match="HUGGINGGPT_DATABASE is") as caught:
        await open_postgres(address, contextlib.AsyncExitStack())
    assert "pl4nted" not in str(caught.value)


async def test_a_server_that_is_not_there():
    with pytest.raises(SettingError, match="Postgres at 127.0.0.1/x: .*refused"):
        await open_postgres("postgresql://me@127.0.0.1:1/x", contextlib.AsyncExitStack())


async def test_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingError, match=r"pip install 'hugginggpt\[postgres\]'"):
        await open_postgres("postgresql://me@localhost/x", contextlib.AsyncExitStack())
