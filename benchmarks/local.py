"""The local endpoint beside transformers alone: the same models, the same inputs, in one run.

Models have the shapes of real ones and random weights: time does not depend on what they know.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.catalogue import open_catalogue
from hugginggpt.tools.endpoints import EndpointSettings
from hugginggpt.tools.endpoints.local.endpoint import LocalEndpoint
from hugginggpt.tools.files import Files
from hugginggpt.tools.kinds import KINDS
from hugginggpt.tools.tool import task_tool
from tests.tiny import text as tiny

ROUNDS = 15
TEXT = "the cat sat on the mat . paris is the capital of france . " * 6
BASE = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "max_position_embeddings": 512,
}
"""The shape of BERT base."""


def save_base(folder: Path) -> Path:
    """A classifier of that shape."""
    labels = {"id2label": {0: "a", 1: "b"}, "label2id": {"a": 0, "b": 1}}
    return tiny.save_bert(folder, "ForSequenceClassification", **BASE, **labels)


async def seconds(work: Callable[[], Awaitable[Any]]) -> float:
    """How long the work takes."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = save_base(Path(scratch) / "bert-base")
        endpoint = LocalEndpoint(EndpointSettings(hub=False, device="cpu"))
        kind = KINDS["text-classification"]
        tool = task_tool(
            kind,
            [endpoint],
            files=Files([Path(scratch)]),
            workspace=Workspace(scratch),
            candidate=Candidate(model=str(folder), kind=kind.name, endpoint="local"),
        )
        table = Table("what", "ours", "beside", "ratio", title="local endpoint")
        await _overhead(tool, folder, table)
        await _together(tool, table)
        await _second_load(endpoint, folder, table)
        _candidates(Path(scratch), table)
        Console().print(table)


async def _overhead(tool: Any, folder: Path, table: Table) -> None:
    import transformers

    bare = transformers.pipeline("text-classification", str(folder), device="cpu")
    await tool.ainvoke({"text": TEXT})
    bare([TEXT], top_k=None, truncation=True)
    pairs = []
    for _ in range(ROUNDS):
        ours = await seconds(lambda: tool.ainvoke({"text": TEXT}))
        theirs = await seconds(lambda: asyncio.to_thread(bare, [TEXT], top_k=None, truncation=True))
        pairs.append((ours, theirs))
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    _row(table, "one call, BERT base, beside the bare pipeline", ours, theirs)


async def _together(tool: Any, table: Table) -> None:
    async def in_turn() -> None:
        for number in range(16):
            await tool.ainvoke({"text": f"{number} {TEXT}"})

    async def at_once() -> None:
        await asyncio.gather(*(tool.ainvoke({"text": f"{n} {TEXT}"}) for n in range(16)))

    pairs = [(await seconds(at_once), await seconds(in_turn)) for _ in range(5)]
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    _row(table, "16 calls at once, beside one after the other", ours, theirs)


async def _second_load(endpoint: LocalEndpoint, folder: Path, table: Table) -> None:
    from hugginggpt.tools.endpoints import Call
    from hugginggpt.tools.endpoints.local.families import FAMILIES

    family = next(f for f in FAMILIES if f.kind == "text-classification")
    call = Call(Workspace("."))
    weights, size = endpoint._weights(family, str(folder), call)
    began = time.perf_counter()
    for _ in range(1000):
        with endpoint._borrowed(family, weights, size, call):
            pass
    _row(table, "taking a pooled model, in s", (time.perf_counter() - began) / 1000, 0.001)


def _candidates(scratch: Path, table: Table) -> None:
    os.environ["HUGGINGGPT_CACHE_DIR"] = str(scratch / "cache")
    from hugginggpt.tools.catalogue import store

    kinds = [kind for kind in KINDS.values() if kind.group in ("text", "vision")][:10]
    for kind in kinds:
        models = [
            Candidate(model=f"someone/{kind.name}-{n}", kind=kind.name, endpoint="", downloads=n)
            for n in range(30)
        ]
        store.write(kind.name, models)
    catalogue = open_catalogue(EndpointSettings(hub=False, device="cpu"))
    began = time.perf_counter()
    for kind in kinds:
        assert len(catalogue.models(kind)) == 30
    _row(table, "candidates of 10 kinds from disk, in s", time.perf_counter() - began, 0.020)


def _row(table: Table, what: str, ours: float, beside: float) -> None:
    table.add_row(what, f"{ours:.4f}", f"{beside:.4f}", f"{ours / beside:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
