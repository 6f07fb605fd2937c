"""One fault at a time at every stage: what is kept, what is lost, what the user is told."""

import asyncio
import json
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.faulty import (
    PLAN,
    SICK,
    Doer,
    Fault,
    FaultyBrain,
    Prepare,
    Row,
    Setting,
    echo,
    hosted,
    suffer,
)
from benchmarks.kills import Harness
from benchmarks.shapes import SHAPES
from hugginggpt.tools.endpoints.workers import run_in_worker
from tests import chat_server, inference_server
from tests.chat_server import ChatServer, by_stage
from tests.inference_server import InferenceServer

_JSON = "application/json"
GOOD = inference_server.Reply([{"translation_text": "well again"}])


def served(*replies: inference_server.Reply, **context: Any) -> Prepare:
    """The sick task runs on a server that answers like this."""

    def prepare(stack, folder):
        return Setting(hosted(stack.enter_context(InferenceServer(*replies)).url), context=context)

    return prepare


def busy(status: int) -> inference_server.Reply:
    """Told to come back at once."""
    headers = {"Retry-After": "0"}
    return inference_server.Reply({"error": "busy"}, status=status, headers=headers)


def refused(status: int) -> inference_server.Reply:
    return inference_server.Reply({"error": "no"}, status=status)


def raising(error: BaseException) -> Prepare:
    """The sick task raises."""

    async def work(text, call):
        raise error

    return lambda stack, folder: Setting(Doer("sick", SICK, work))


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


def stuck(stack, folder) -> Setting:
    """The sick task is in a thread that nothing can stop."""

    async def work(text, call):
        return (await run_in_worker("sick", lambda call: time.sleep(3) or [], call))[0]

    return Setting(Doer("sick", SICK, work), context={"task_timeout": 1})


async def write_file(text, call):
    return call.workspace.write(bytes(2_000_000), ".png", "image", text)


def unwritable(stack, folder) -> Setting:
    """The workspace is a file."""
    (folder / "files").write_text("not a folder")
    return Setting(Doer("sick", SICK, write_file))


def full(stack, folder) -> Setting:
    """No file of this process can grow beyond one megabyte."""
    stack.enter_context(_file_limit(1_000_000))
    return Setting(Doer("sick", SICK, write_file))


@contextmanager
def _file_limit(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def missing(stack, folder) -> Setting:
    """The sick task is to read a file that is not there."""
    sick = {"task": "image-to-text", "id": 2, "dep": [-1], "args": {"image": "nowhere.png"}}
    return Setting(Doer("sick", "image-to-text", echo), FaultyBrain(with_sick(sick)))


def with_sick(sick: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The plan with another task in place of the sick one."""
    return [*PLAN[:2], sick, *PLAN[3:]]


FINE = {
    "plan": json.dumps({"tasks": PLAN, "reply": ""}),
    "select": json.dumps(
        {"selections": [{"task": n, "id": "better", "reason": "so"} for n in (0, 1, 3, 4)]}
    ),
    "respond": "All of it is done.",
}


def talked(stage: str, *replies: chat_server.Reply | str, **context: Any) -> Prepare:
    """The chat model answers like this at one stage, and well at the others."""

    def prepare(stack, folder):
        script = {**FINE, stage: [reply or FINE[stage] for reply in replies]}
        server = stack.enter_context(ChatServer(by_stage(**script)))
        stack.enter_context(_environment(OPENAI_BASE_URL=server.url))
        patience = {"brain_timeout": 2, "brain_total_timeout": 5}
        return Setting(brain=None, context={"brain": "openai:scripted", **patience, **context})

    return prepare


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ.update({name: value} if value is not None else {})


def said(status: int) -> chat_server.Reply:
    """A chat server's refusal."""
    return chat_server.Reply("no", status=status, headers={"Retry-After": "0"})


WELL_AGAIN = ""
"""In a script: what the chat model says at that stage when it is well."""


def limited(**context: Any) -> Prepare:
    """The run may spend no more than this; the sick task takes long, and writes a file."""

    async def work(text, call):
        await asyncio.sleep(2)
        return call.workspace.write(bytes(2_000_000), ".png", "image", text)

    return lambda stack, folder: Setting(Doer("sick", SICK, work), context=context)


HOSTED = [
    Fault("none", "task", served(GOOD)),
    Fault("429, then fine", "task", served(busy(429), GOOD)),
    Fault("503, then fine", "task", served(busy(503), GOOD)),
    Fault("always 503", "task", served(busy(503))),
    Fault("connection reset", "task", served(inference_server.Reply(reset=True))),
    Fault(
        "slow drip",
        "task",
        served(inference_server.Reply([{"translation_text": "x" * 99}], drip=0.1), task_timeout=1),
    ),
    Fault("hang", "task", served(inference_server.Reply(before=60), task_timeout=1)),
    Fault("invalid JSON", "task", served(inference_server.Reply(b"{not", content_type=_JSON))),
    Fault("wrong shape", "task", served(inference_server.Reply({"something": 1}))),
    *(Fault(str(status), "task", served(refused(status))) for status in (401, 402, 404)),
]
HERE = [
    Fault("out of memory (torch)", "task", raising(OutOfMemoryError("CUDA out of memory"))),
    Fault("out of memory (Python)", "task", raising(MemoryError())),
    Fault("SystemExit", "task", raising(SystemExit(3))),
    Fault("stuck worker", "task", stuck),
    Fault("missing file", "task", missing),
    Fault("workspace is not writable", "task", unwritable),
    Fault("full disk", "task", full),
]
BUDGETS = [
    Fault("seconds used up", "task", limited(max_seconds=1)),
    Fault("bytes used up", "task", limited(max_bytes=1_000_000)),
    Fault("tasks used up", "plan", limited(max_tasks=2)),
    Fault("calls used up", "select", talked("plan", WELL_AGAIN, max_calls=1)),
    Fault("tokens used up", "select", talked("plan", WELL_AGAIN, max_tokens=1)),
]
CHAT = [
    Fault(name, stage, talked(stage, *replies))
    for stage in FINE
    for name, replies in {
        "none": (WELL_AGAIN,),
        "503, then fine": (said(503), WELL_AGAIN),
        "always 503": (said(503),),
        "401": (said(401),),
        "connection reset": (chat_server.Reply(reset_after=0),),
        "cut off": (chat_server.Reply(FINE[stage], reset_after=len(FINE[stage]) // 8),),
        "hang": (chat_server.Reply(hang=True),),
        "slow drip": (chat_server.Reply("x" * 999, per_token=0.9),),
        "not JSON": (chat_server.Reply(raw=b"<html>gateway</html>"),),
        "empty": (chat_server.Reply(" "),),
    }.items()
]


KINDS = {SIGINT: "Ctrl-C", SIGTERM: "terminated", SIGKILL: "killed"}


def killed(signal: Signals, runs: int) -> list[str]:
    """What runs of 30 tasks have kept, each stopped at a random moment and resumed."""
    with tempfile.TemporaryDirectory() as folder:
        harness = Harness(Path(folder))
        new = partial(harness.life, SHAPES["random 30"], "sync")
        tally = harness.at_random(new, runs, random.Random(0), signal=signal)
    tasks, count = 30 * tally.runs, tally.count
    again = f"{count.recorded_again} that were recorded and {count.ended_again} that had ended"
    return [
        f"{KINDS[signal]} {tally.killed} times in {runs} runs, resumed",
        "any",
        f"{tasks - tally.lost} of {tasks}",
        f"ran again: {again}",
        f"{tally.runs - tally.differ - tally.stuck} of {runs} answers are those of a whole run",
    ]


async def _row(fault: Fault, *, spare: bool = False) -> Row:
    try:
        return await suffer(fault, spare=spare)
    except Exception as error:  # noqa: BLE001 - a run that raises is a row too
        return Row(0, ["the run"], f"raised {error!r}"[:300], 0)


async def _cells(fault: Fault) -> list[str]:
    row = await _row(fault)
    cells = [f"{row.kept} of 5", ", ".join(row.lost), row.told, f"{row.seconds:.1f}"]
    if fault.stage == "task":
        spared = await _row(fault, spare=True)
        cells.append(f"{spared.kept} of 5, {spared.seconds:.1f} s")
    return [fault.name, fault.stage, *cells]


def main() -> None:
    """Print the table."""
    columns = ("fault", "stage", "kept", "lost", "told the user", "s", "kept with a spare model")
    table = Table(*columns, show_lines=True)
    asyncio.run(suffer(CHAT[0]))  # imports what a first call does, so that no row is slow by it
    for fault in (*HOSTED, *HERE, *BUDGETS, *CHAT):
        table.add_row(*asyncio.run(_cells(fault)))
    for signal in KINDS:
        table.add_row(*killed(signal, 20))
    Console(width=180).print(table)


if __name__ == "__main__":
    main()
