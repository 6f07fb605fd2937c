"""The store of threads, and the locks on them."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from hugginggpt.app.cli import app
from hugginggpt.app.threads import open_passing, open_threads
from hugginggpt.tools.errors import InputError

MOOD = "Is 'I love this soup' positive or negative?"


@pytest.fixture
async def opens(tmp_path, monkeypatch):
    """Opens the store, as another process would."""
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "data"))
    async with contextlib.AsyncExitStack() as stack:
        yield lambda: open_threads(stack)


def ask():
    return CliRunner().invoke(app, ["ask", MOOD])


async def test_a_thread_has_one_holder(opens):
    ours, theirs = await opens(), await opens()
    await ours.hold("holidays")
    assert await theirs.is_held("holidays")
    with pytest.raises(InputError, match="thread 'holidays' is in use by another process"):
        await theirs.hold("holidays")


async def test_threads_are_held_one_by_one(opens):
    ours, theirs = await opens(), await opens()
    await ours.hold("a")
    await theirs.hold("b")


async def test_a_look_does_not_hold(opens):
    ours, theirs = await opens(), await opens()
    assert not await ours.is_held("a")
    await theirs.hold("a")


async def test_a_forgotten_thread_is_free(opens):
    ours, theirs = await opens(), await opens()
    await ours.hold("a")
    await ours.forget("a")
    assert not await theirs.is_held("a")


async def test_an_id_may_hold_anything(opens):
    await (await opens()).hold("../é/'\"" + "x" * 500)


HOLD = """
import asyncio
from contextlib import AsyncExitStack
from hugginggpt.app.threads import open_threads

async def main():
    threads = await open_threads(AsyncExitStack())
    await threads.hold("a")
    print("held", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_process_holds_nothing(opens):
    threads = await opens()
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, stdout=subprocess.PIPE
    )
    assert await holder.stdout.readline() == b"held\n"
    assert await threads.is_held("a")
    holder.kill()
    await holder.wait()
    assert not await threads.is_held("a")


async def test_a_passing_store_does_not_last():
    async with contextlib.AsyncExitStack() as stack:
        threads = await open_passing(stack)
        await threads.hold("a")
        assert not threads.lasts


def test_a_store_that_can_not_be_used_costs_no_answer(tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("x")
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "taken"))
    result = ask()
    assert result.exit_code == 0
    assert "**positive" in result.stdout
    assert "can't be gone on with" in result.stderr


def test_a_store_that_breaks_on_the_way_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "data"))
    ask()
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "threads.sqlite")) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON writes BEGIN SELECT RAISE(FAIL, 'x'); END"
        )
    result = ask()
    assert result.exit_code == 2
    assert "threads.sqlite': x; choose another folder with HUGGINGGPT_DATA_DIR" in result.stderr


def test_nothing_is_left_of_a_run_that_was_answered(tmp_path, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "data"))
    ask()
    tables = {"threads.sqlite": ("checkpoints", "writes"), "results.sqlite": ("cache",)}
    for file, names in tables.items():
        database = sqlite3.connect(tmp_path / "data" / file)
        for name in names:
            assert database.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,)
        database.close()
    assert list((tmp_path / "data" / "locks").iterdir()) == []
