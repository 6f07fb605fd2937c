"""`hugginggpt plan`: stage one on its own, for one request or line by line for many."""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from rich.console import Group
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from hugginggpt.app.inputs import (
    check_files,
    find_offers,
    load_settings,
    read_request,
    read_words,
)
from hugginggpt.app.terminal import err, one_line, out, plain, print_json, to_json
from hugginggpt.tools.errors import FileInputError, HuggingGPTError, InputError, SettingError

if TYPE_CHECKING:
    from hugginggpt.graph.brain.embedded.explanation import Explanation
    from hugginggpt.graph.context import Context
    from hugginggpt.graph.intake import Planned
    from hugginggpt.tools.kinds import TaskKind

_REFERENCE = re.compile(r"<GENERATED>-(\d+)")


def plan_one(
    request: str | None, files: Sequence[str], *, as_json: bool, explained: bool = False
) -> int:
    """Print the plan for the request; the exit status is 1 where there is no valid plan.

    Raises:
        InputError: the request, a file or a setting can't be used.

    """
    context = load_settings()
    if explained:
        _check_explains(context.brain)
    planner = Planner(context)
    words = read_words(request)
    paths = check_files(files)
    planned = asyncio.run(planner.plan(words, paths))
    explanation = asyncio.run(planner.explain(words, paths)) if explained else None
    tasks = planned.plan.to_wire()
    if as_json:
        told = {"tasks": tasks, "explanation": asdict(explanation)} if explanation else tasks
        print_json(told)
    else:
        out().print(drawn(tasks))
    told_on = err() if as_json else out()
    for remark in (*planned.remarks, *planned.plan.notes, *_doubts(planned)):
        told_on.print(f"• {plain(remark)}", style="dim", soft_wrap=as_json)
    if not as_json:
        _show_more(planned, explanation)
    return 1 if planned.complaints else 0


def _doubts(planned: "Planned") -> Iterator[str]:
    """That another plan may be meant, where the brain is not sure."""
    from hugginggpt.graph.intake import doubt

    if planned.other is not None:
        yield doubt(planned.plan, planned.other.plan)


def _show_more(planned: "Planned", explanation: "Explanation | None") -> None:
    """The plan that may be meant instead, then which words led to the first."""
    if planned.other is not None and planned.other.plan.tasks:
        out().print(drawn(planned.other.plan.to_wire()))
    if explanation:
        from hugginggpt.app.explanation import show_explanation

        out().print()
        show_explanation(explanation, out())


def _check_explains(brain: Any) -> None:
    """Refuse a brain that can't tell why it plans what it plans.

    Raises:
        SettingError: it is a chat model.

    """
    if brain != "embedded":
        raise SettingError(
            f"only the embedded planner explains its plans, and the brain in use is {brain!r}: "
            "leave out --explain, or set HUGGINGGPT_BRAIN=embedded"
        )


class Planner:
    """Plans requests with the brain of the settings, without the graph."""

    def __init__(self, context: "Context") -> None:
        """Open the brain.

        Raises:
            SettingError: the brain does not exist, or something that it needs is missing.

        """
        from hugginggpt.graph.brain import open_brain

        self.context = context
        self.brain = open_brain(context.brain)

    async def plan(self, words: str, paths: Sequence[str] = ()) -> "Planned":
        """The plan for one request that comes with these files."""
        from hugginggpt.graph.brain import Brief
        from hugginggpt.graph.intake import draft_plan

        request, remarks = read_request(words, paths, self.context)
        planned = await draft_plan(self.brain, request, Brief(self.context, self._kinds))
        return planned._replace(remarks=(*remarks, *planned.remarks))

    async def explain(self, words: str, paths: Sequence[str] = ()) -> "Explanation":
        """How the embedded brain comes to its plan for that request."""
        from hugginggpt.graph.brain import Brief
        from hugginggpt.graph.brain.embedded import EmbeddedBrain

        request, _ = read_request(words, paths, self.context)
        return await EmbeddedBrain().explain(request, Brief(self.context, self._kinds))

    def _kinds(self) -> "Sequence[TaskKind]":
        """The kinds of task that can run here."""
        return find_offers(self.context, self.brain).kinds()


# --- many requests --------------------------------------------------------------------------


class _Line(NamedTuple):
    """A line of a batch: the id as it came, and the request or what is wrong."""

    id: Any
    request: str = ""
    error: str = ""


def plan_batch(name: str) -> int:
    """Print a plan for each line as soon as it is made; the exit status is 1 if any failed.

    Raises:
        FileInputError: the file can't be read.
        SettingError: the brain does not exist.

    """
    planner = Planner(load_settings())
    try:
        with _opened(name) as lines:
            return asyncio.run(_plan_lines(planner, lines))
    except BrokenPipeError:
        raise  # of stdout, whose reader has what it wanted
    except OSError as error:
        raise FileInputError(f"{name!r} can't be read: {error.strerror or error}") from error


@contextlib.contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with open(name, "rb") as file:
            yield file


async def _plan_lines(planner: Planner, lines: Iterable[bytes]) -> int:
    failed = 0
    for number, content in enumerate(lines, start=1):
        if not content.strip():
            continue
        line = _read_line(number, content)
        tasks, error = ([], line.error) if line.error else await _plan_line(planner, line.request)
        failed += bool(error)
        told = {"id": line.id, "tasks": tasks} | ({"error": error} if error else {})
        sys.stdout.write(to_json(told, indent=None) + "\n")
        sys.stdout.flush()
    return 1 if failed else 0


def _refuse(constant: str) -> None:
    """Python would read NaN and Infinity, and write them again; JSON has neither."""
    raise ValueError(f"{constant} is no JSON value")


def _read_line(number: int, content: bytes) -> _Line:
    try:
        # RecursionError: brackets nested thousands deep.
        entry = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return _Line(None, error=f"line {number} is not JSON: {error}")
    if not isinstance(entry, dict):
        return _Line(None, error=f"line {number} is not an object")
    request = entry.get("request")
    if not isinstance(request, str):
        return _Line(entry.get("id"), error=f"line {number} has no request")
    return _Line(entry.get("id"), request)


async def _plan_line(planner: Planner, request: str) -> tuple[list[dict[str, Any]], str]:
    """The plan in wire form, and what is wrong with it."""
    from hugginggpt.graph.intake import check_words

    try:
        check_words(request)
        planned = await planner.plan(request)
    except HuggingGPTError as error:
        return [], str(error)
    except Exception as error:  # noqa: BLE001 - one request must not take the others down
        return [], f"internal error: {type(error).__name__}: {error}"
    return planned.plan.to_wire(), "; ".join(planned.complaints)


# --- for people -----------------------------------------------------------------------------


def drawn(tasks: Sequence[Mapping[str, Any]], *, explains: bool = False) -> Tree | Text:
    """A plan in wire form as a tree, each task with its arguments, and with what its kind does."""
    if not tasks:
        return Text("No task in this request.", "dim")
    tree = Tree("", hide_root=True, guide_style="dim")
    nodes: dict[int, Tree] = {}
    for task in tasks:
        parents = [nodes[key] for key in task["dep"] if key in nodes]
        nodes[task["id"]] = (parents or [tree])[-1].add(_task(task, explains=explains))
    return tree


def _task(task: Mapping[str, Any], *, explains: bool) -> Group:
    head = Text.assemble((f"{task['id']} ", "dim"), (task["task"], "bold"))
    if len(task["dep"]) > 1:
        head.append(f"  needs {', '.join(map(str, task['dep']))}", "dim")
    if explains:
        from hugginggpt.tools.kinds import KINDS

        head.append(f"  {KINDS[task['task']].description}", "dim")
    arguments = Table.grid(padding=(0, 2, 0, 0))
    for name, value in task["args"].items():
        arguments.add_row(Text(f"  {one_line(name)}", "cyan"), argument_text(value))
    return Group(head, arguments) if task["args"] else Group(head)


def argument_text(value: Any, longest: int = 400) -> Text:
    """The value in one line, each of its texts in at most `longest` characters."""
    if isinstance(value, list):
        return Text(", ").join(argument_text(item, longest) for item in value)
    shown = one_line(value if isinstance(value, str) else to_json(value, indent=None), longest)
    text = Text()
    pieces = _REFERENCE.split(shown)  # text, id, text, ...
    for index, piece in enumerate(pieces):
        text.append(f"result of {piece}" if index % 2 else piece, "italic" if index % 2 else "")
    return text


def check_batch(request: str | None, files: Sequence[str], *, explained: bool) -> None:
    """Refuse what makes no sense beside a batch.

    Raises:
        InputError: a request or a file is given too, or an explanation asked for.

    """
    if explained:
        raise InputError("--explain explains one request: leave out --batch, or --explain")
    if request is not None or files:
        raise InputError("--batch reads its requests from the file: leave out REQUEST and -f")
