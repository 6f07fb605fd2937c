"""The LLM brain on a scripted chat server: wall time over calls and critical path, by DAG.

The calls are timed side by side: the very same requests, sent by langchain-openai alone to the
same server, one after the other.
"""

import asyncio
import json
import os
import time
from collections.abc import Mapping
from contextlib import aclosing
from typing import NamedTuple

from langchain_openai import ChatOpenAI
from rich.console import Console
from rich.table import Table

from benchmarks.parts import REQUEST, SleepingEndpoint, Spec, critical_path, tasks_of, wall
from benchmarks.scheduling import DAGS
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from tests.chat_server import ChatServer, Reply, by_stage

PACES: Mapping[str, Mapping[str, float]] = {
    "0 ms a call": {},
    "300 ms a call": {"before": 0.3},
    "10 ms a token": {"per_token": 0.01},
}
MODELS = ("sleep", "sleep better")


def answers(spec: Spec) -> dict[str, str]:
    """What a model answers at each stage."""
    chosen = [{"task": n, "id": MODELS[1], "reason": "better"} for n in range(len(spec))]
    return {
        "plan": json.dumps({"tasks": tasks_of(spec), "reply": ""}),
        "select": json.dumps({"selections": chosen}),
        "respond": "All of it is done.",
    }


class Measured(NamedTuple):
    """Seconds of a whole run, and of its calls alone."""

    ours: float
    calls: float


async def measure(server: ChatServer, spec: Spec, selection: str, calls: int) -> Measured:
    """The best of three whole runs, and of their calls, sent again by langchain-openai alone."""
    graph = build_graph(endpoints=[SleepingEndpoint(MODELS)])
    context = Context(brain="openai:scripted", selection=selection)

    async def run() -> None:
        state = await graph.ainvoke(REQUEST, context=context)
        assert all(r["status"] == "done" for r in state["results"].values())
        assert len(state["results"]) == len(spec)

    seconds = await wall(run)
    bodies = [call.body for call in server.calls[-calls:]]
    model = ChatOpenAI(model="scripted", base_url=server.url, api_key="none", max_retries=0)

    async def call_alone() -> None:
        for body in bodies:
            form = {name: body[name] for name in ("response_format",) if name in body}
            async for _ in model.astream(body["messages"], stream_usage=True, **form):
                pass

    return Measured(seconds, await wall(call_alone))


async def first_task(spec: Spec, *, stream_plan: bool) -> float:
    """Seconds until the first task starts; best of three."""
    graph = build_graph(endpoints=[SleepingEndpoint(MODELS[:1])])
    context = Context(brain="openai:scripted", stream_plan=stream_plan)
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        stream = graph.astream(REQUEST, context=context, stream_mode="custom")
        async with aclosing(stream):
            async for event in stream:
                if event["event"] == "started":
                    best = min(best, time.perf_counter() - began)
                    break
    return best


async def main() -> None:
    """Print the tables."""
    whole = Table(
        "DAG", "pace", "path s", "2 calls s", "by rank s", "ratio", "3 calls s", "chosen s", "ratio"
    )
    first = Table("DAG, 10 ms a token", "first task s", "plan not streamed s", "ratio")
    for name, spec in DAGS.items():
        path = critical_path(spec)
        for pace, times in PACES.items():
            replies = {stage: Reply(text, **times) for stage, text in answers(spec).items()}
            with ChatServer(by_stage(**replies)) as server:
                os.environ["OPENAI_BASE_URL"] = server.url
                row = [path]
                for selection, calls in (("rank", 2), ("brain", 3)):
                    run = await measure(server, spec, selection, calls)
                    row += [run.calls, run.ours, run.ours / (run.calls + path)]
                whole.add_row(name, pace, *(f"{number:.2f}" for number in row))
                if "per_token" in times:
                    early = await first_task(spec, stream_plan=True)
                    late = await first_task(spec, stream_plan=False)
                    first.add_row(name, *(f"{n:.2f}" for n in (early, late, early / late)))
    Console().print(whole)
    Console().print(first)


if __name__ == "__main__":
    asyncio.run(main())
