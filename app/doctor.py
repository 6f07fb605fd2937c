"""`hugginggpt doctor`: what works here, what does not, and why."""

import asyncio
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.table import Column, Table
from rich.text import Text

from hugginggpt.app.inputs import load_settings
from hugginggpt.app.terminal import one_line, out, print_json
from hugginggpt.tools.errors import HuggingGPTError, InputError
from hugginggpt.tools.folders import data_folder
from hugginggpt.tools.kinds import KINDS

if TYPE_CHECKING:
    from hugginggpt.graph.context import Context

_PACKAGES = ("hugginggpt", "langgraph", "langchain-core", "pydantic", "typer", "rich")
_KEYS = ("OPENAI_API_KEY", "HF_TOKEN", "LANGSMITH_API_KEY")


_WIDEST_NAME = 32
"""In characters, so that long names of models leave room for what is told of them."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    group: str
    name: str
    works: bool | None
    """None where it is neither right nor wrong, such as a key that is not needed."""
    detail: str


def examine(*, call: bool = False, as_json: bool) -> int:
    """Print every finding; the exit status is 0 if the brain and an endpoint work.

    With `call` a chat model is asked a short question.
    """
    findings = list(_findings(call=call))
    healthy = all(
        any(f.works for f in findings if f.group == group) for group in ("brain", "endpoints")
    )
    if as_json:
        print_json({"works": healthy, "findings": [finding._asdict() for finding in findings]})
    else:
        _show(findings, healthy=healthy)
    return 0 if healthy else 1


def _findings(*, call: bool) -> Iterator[Finding]:
    yield Finding("versions", "python", None, platform.python_version())
    for name in _PACKAGES:
        yield Finding("versions", name, None, _version(name))
    try:
        context = load_settings()
    except HuggingGPTError as error:
        yield Finding("settings", "settings", False, str(error))
        return
    yield _brain(context, call=call)
    for name in context.endpoints:
        yield from _endpoint(name, context)
    for name in _KEYS:
        yield Finding("keys", name, None, "set" if os.environ.get(name) else "not set")
    yield _folder("workspace", Path(context.workspace).expanduser().absolute())
    yield _runs()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed as a package"


def _brain(context: "Context", *, call: bool) -> Finding:
    from hugginggpt.graph.brain import open_brain

    detail = "plans, selects and words the answer"
    try:
        brain = open_brain(context.brain)
        if call:
            detail = asyncio.run(brain.check(context))
    except (HuggingGPTError, ImportError) as error:
        return Finding("brain", context.brain, False, str(error))
    return Finding("brain", context.brain, True, detail)


def _endpoint(name: str, context: "Context") -> Iterator[Finding]:
    """The endpoint as a whole, then its models: each that can run, the others by their reason."""
    from hugginggpt.tools.endpoints import open_endpoint

    try:
        endpoint = open_endpoint(name, context.endpoint_settings)
        offered = [candidate for kind in KINDS.values() for candidate in endpoint.candidates(kind)]
        obstacles = [endpoint.obstacle(candidate) for candidate in offered]
    except (HuggingGPTError, ImportError) as error:
        yield Finding("endpoints", name, False, str(error))
        return
    able = {c.kind for c, obstacle in zip(offered, obstacles, strict=True) if obstacle is None}
    yield Finding("endpoints", name, bool(able), f"can run {len(able)} of {len(KINDS)} task kinds")
    kinds: dict[str, list[str]] = {}
    stopped: dict[str, set[str]] = {}
    for candidate, obstacle in zip(offered, obstacles, strict=True):
        if obstacle is None:
            kinds.setdefault(candidate.model, []).append(candidate.kind)
        else:
            stopped.setdefault(obstacle, set()).add(candidate.model)
    for model, able_kinds in kinds.items():
        yield Finding(f"{name} models", model, True, ", ".join(dict.fromkeys(able_kinds)))
    for obstacle, models in stopped.items():
        told = next(iter(models)) if len(models) == 1 else f"{len(models)} models"
        yield Finding(f"{name} models", told, False, obstacle)


def _runs() -> Finding:
    """Whether runs and conversations can be kept."""
    if not os.environ.get("HUGGINGGPT_DATABASE"):
        return _folder("runs", data_folder().absolute())
    try:
        return Finding("runs", "HUGGINGGPT_DATABASE", True, asyncio.run(_store()))
    except InputError as error:
        return Finding("runs", "HUGGINGGPT_DATABASE", False, str(error))


async def _store() -> str:
    from hugginggpt.app.threads import open_threads

    async with AsyncExitStack() as stack:
        return (await open_threads(stack)).place


def _folder(name: str, folder: Path) -> Finding:
    """Whether `folder` can be written to, or else made; nothing is left behind."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        return Finding("folders", name, False, f"{folder}: {error.strerror or error}")
    made = "" if there == folder else ", made when first needed"
    return Finding("folders", name, True, f"{folder}{made}")


def _show(findings: Sequence[Finding], *, healthy: bool) -> None:
    name = Column(max_width=_WIDEST_NAME, overflow="fold")
    table = Table.grid(Column(), name, Column(), padding=(0, 2, 0, 0))
    group = ""
    for finding in findings:
        if finding.group != group:
            table.add_row("", Text(f"{chr(10) if group else ''}{finding.group}", "bold"), "")
            group = finding.group
        mark = {True: Text("✓", "green"), False: Text("✗", "red"), None: Text("·", "dim")}
        table.add_row(
            mark[finding.works], Text(one_line(finding.name)), Text(one_line(finding.detail, 1000))
        )
    console = out()
    console.print(table)
    verdict = "Ready." if healthy else "Not ready: see the lines marked ✗."
    console.print(Text(f"\n{verdict}", "bold green" if healthy else "bold red"))
