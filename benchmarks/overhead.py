"""Milliseconds that our graph adds to a task that takes no time, with and without a saver."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from rich.console import Console
from rich.table import Table

from benchmarks.parts import REQUEST, Spec, graph_of, wall
from hugginggpt.graph.context import Context

SHAPES: dict[str, Spec] = {
    **{f"{n} independent": [(0, [])] * n for n in (10, 100, 1000)},
    **{f"chain of {n}": [(0, [i - 1] if i else []) for i in range(n)] for n in (10, 100)},
}


async def main() -> None:
    """Print the table."""
    table = Table("tasks", "no saver, ms per task", "SQLite sync, ms per task")
    threads = count()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # Records of threads lie in the workspace: those of an earlier benchmark would be found.
        context = Context(workspace=str(folder / "files"))
        for name, spec in SHAPES.items():
            saver = await stack.enter_async_context(
                AsyncSqliteSaver.from_conn_string(str(folder / f"{name}.sqlite"))
            )
            plain, saved = graph_of(spec), graph_of(spec, checkpointer=saver)
            bare = await wall(lambda: plain.ainvoke(REQUEST, context=context))  # noqa: B023
            kept = await wall(
                lambda: saved.ainvoke(  # noqa: B023
                    REQUEST,
                    {"configurable": {"thread_id": str(next(threads))}},
                    context=context,
                    durability="sync",
                )
            )
            table.add_row(name, *(f"{1000 * s / len(spec):.2f}" for s in (bare, kept)))
    Console().print(table)


if __name__ == "__main__":
    asyncio.run(main())
