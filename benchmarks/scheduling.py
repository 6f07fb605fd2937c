"""Wall time over critical path of six DAGs: our graph beside plain LangGraph Send waves."""

import asyncio
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from rich.console import Console
from rich.table import Table

from benchmarks.parts import REQUEST, Spec, critical_path, graph_of, wall

T = 0.2
DAGS: dict[str, Spec] = {
    "single": [(T, [])],
    "chain of 4": [(T, []), (T, [0]), (T, [1]), (T, [2])],
    "4 independent": [(T, [])] * 4,
    "diamond": [(T, []), (T, [0]), (2 * T, [0]), (T, [1, 2])],
    "A-B-C beside D": [(T, []), (T, [0]), (T, [1]), (3 * T, [])],
    "mixed 12": [
        (T, []), (3 * T, []), (T, [0]), (T, [0]), (2 * T, [2]), (T, [1]),
        (T, [4, 3]), (T, []), (2 * T, [7]), (T, [8]), (T, [5, 6]), (T, [9]),
    ],
}  # fmt: skip


class WaveState(TypedDict):
    """Ids of the tasks that have ended."""

    ended: Annotated[list[int], lambda old, new: old + new]


def waves(spec: Spec) -> Any:
    """The textbook graph: a conditional edge Sends all ready tasks, and waits for the slowest."""

    async def work(task: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(task["seconds"])
        return {"ended": [task["id"]]}

    def ready(state: WaveState) -> list[Send] | str:
        ended = set(state["ended"])
        sends = [
            Send("work", {"id": n, "seconds": seconds})
            for n, (seconds, needs) in enumerate(spec)
            if n not in ended and ended.issuperset(needs)
        ]
        return sends or END

    builder = StateGraph(WaveState)
    builder.add_node("work", work)
    builder.add_node("join", lambda state: {"ended": []})
    builder.add_conditional_edges(START, ready, ["work", END])
    builder.add_edge("work", "join")
    builder.add_conditional_edges("join", ready, ["work", END])
    return builder.compile()


async def main() -> None:
    """Print the table."""
    table = Table("DAG", "critical path s", "ours s", "ours / path", "waves s", "waves / path")
    for name, spec in DAGS.items():
        ours, theirs, path = graph_of(spec), waves(spec), critical_path(spec)
        mine = await wall(lambda: ours.ainvoke(REQUEST))  # noqa: B023
        plain = await wall(lambda: theirs.ainvoke({"ended": []}))  # noqa: B023
        row = [path, mine, mine / path, plain, plain / path]
        table.add_row(name, *(f"{number:.2f}" for number in row))
    Console().print(table)


if __name__ == "__main__":
    asyncio.run(main())
