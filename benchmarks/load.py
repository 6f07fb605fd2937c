"""Many runs at once in one process: are all answered, and is anything left behind?"""

import argparse
import asyncio
import gc
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from rich.console import Console
from rich.table import Table

from benchmarks.faulty import REQUEST, SICK, FaultyBrain, hosted, task
from benchmarks.stub import hosted_stub
from hugginggpt.graph.build import Graph, build_graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.records import ResultCache

PLAN = (
    task(0, "one", kind=SICK),
    task(1, "two", kind=SICK),
    task(2, "<GENERATED>-0 and <GENERATED>-1", 0, 1, kind=SICK),
)
"""Two hosted calls at once, and one that needs both."""


class Round(NamedTuple):
    """What one round of runs took, and what there was after it."""

    answered: int
    """Runs that were answered with all tasks done."""
    seconds: float
    megabytes: float
    """Memory of this process."""
    tasks: int
    """Of asyncio, this one included."""
    threads: int
    handles: int
    """Open files and connections."""
    rows: int
    """In the tables of the checkpointer."""


@dataclass
class Load:
    """A graph under load, with its checkpoints and records in SQLite files."""

    graph: Graph
    saver: AsyncSqliteSaver
    workspace: Path
    started: int = 0
    """Runs so far; each has a thread of its own, since a thread does nothing twice."""

    async def round(self, runs: int) -> Round:
        """So many runs at once, whose threads are deleted afterwards."""
        threads = [str(number) for number in range(self.started, self.started + runs)]
        self.started += runs
        began = time.monotonic()
        states = await asyncio.gather(*(self._run(thread) for thread in threads))
        seconds = time.monotonic() - began
        answered = sum(_is_answered(state) for state in states)
        del states
        for thread in threads:
            await self.saver.adelete_thread(thread)
        gc.collect()
        process = psutil.Process()
        return Round(
            answered,
            seconds,
            process.memory_info().rss / 1e6,
            len(asyncio.all_tasks()),
            threading.active_count(),
            process.num_fds(),
            await self._rows(),
        )

    async def _run(self, thread: str) -> Any:
        context = Context(workspace=str(self.workspace))
        return await self.graph.ainvoke(
            REQUEST, {"configurable": {"thread_id": thread}}, context=context
        )

    async def _rows(self) -> int:
        count = "SELECT (SELECT count(*) FROM checkpoints) + (SELECT count(*) FROM writes)"
        async with self.saver.conn.execute(count) as cursor:
            return (await cursor.fetchone())[0]


def _is_answered(state: Any) -> bool:
    done = [result["status"] == "done" for result in state["results"].values()]
    return len(done) == len(PLAN) and all(done) and state["messages"][-1].type == "ai"


@asynccontextmanager
async def loaded(seconds: float) -> AsyncIterator[Load]:
    """A graph whose tasks are hosted calls that take so long."""
    with tempfile.TemporaryDirectory() as name, hosted_stub(seconds) as url:
        folder = Path(name)
        async with AsyncSqliteSaver.from_conn_string(str(folder / "threads.sqlite")) as saver:
            cache = ResultCache(folder / "results.sqlite")
            graph = build_graph(
                saver, brain=FaultyBrain(PLAN), endpoints=[hosted(url)], cache=cache
            )
            yield Load(graph, saver, folder / "files")


COLUMNS = ("round", "answered", "s", "MB", "asyncio tasks", "threads", "handles", "rows")


def table_of(rounds: Sequence[Round], every: int = 1) -> Table:
    """Every so many of the rounds, one row each; below them, what memory has grown by."""
    half = rounds[len(rounds) // 2]
    grown = rounds[-1].megabytes - half.megabytes
    table = Table(*COLUMNS, caption=f"memory over the last half: {grown:+.1f} MB")
    for number, each in list(enumerate(rounds, 1))[::every]:
        first = (number, each.answered, f"{each.seconds:.2f}", f"{each.megabytes:.1f}")
        table.add_row(*map(str, (*first, each.tasks, each.threads, each.handles, each.rows)))
    return table


async def main(runs: int, rounds: int) -> None:
    """Print the table."""
    told: list[Round] = []
    async with loaded(0.2) as load:
        for _ in range(rounds):
            told.append(await load.round(runs))
            print(told[-1], file=sys.stderr, flush=True)
    Console().print(table_of(told))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="at once")
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    asyncio.run(main(given.runs, given.rounds))
