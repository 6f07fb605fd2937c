"""The tasks of a plan as a tree, each with its state: fed by stream events, drawn by rich."""

import time
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rich.cells import cell_len, set_cell_size
from rich.spinner import Spinner
from rich.text import Text
from rich.tree import Tree

from hugginggpt.app.terminal import one_line

State = Literal["waiting", "running", "done", "failed", "skipped", "stopped"]

_MARKS: dict[State, tuple[str, str]] = {
    "waiting": ("·", "dim"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "skipped": ("-", "yellow"),
    "stopped": ("■", "yellow"),
}
_FRAMES = Spinner("dots").frames
_FRAME_SECONDS = 0.08
_INDENT = 4
"""Columns by which rich indents each level of a tree."""
_SUBJECT = 24
"""Longest piece of an argument shown beside the kind, in characters."""


@dataclass(slots=True)
class Row:
    """One task as the tree shows it."""

    key: str
    kind: str
    subject: str
    """What it works on, where that is a file or a text of the request."""
    dependencies: tuple[str, ...]
    state: State = "waiting"
    model: str = ""
    seconds: float = 0.0
    began: float = 0.0
    """When it started, on the monotonic clock."""
    remark: str = ""
    """What it is doing, or why it failed or was skipped."""

    @property
    def name(self) -> str:
        """The label: id, kind and subject."""
        return f"{self.key} {self.kind}" + (f" {self.subject}" if self.subject else "")


@dataclass(slots=True)
class Board:
    """All tasks of a plan by id, each after those it depends on."""

    rows: dict[str, Row] = field(default_factory=dict)

    def show_plan(self, plan: Mapping[str, Any]) -> None:
        """Take over the tasks of a plan as the graph's state holds it; started ones go on."""
        known, self.rows = self.rows, {}
        for key, task in plan.items():
            row = self._row(key, task, plan)
            old = known.get(key)
            if old is not None and (old.kind, old.subject) == (row.kind, row.subject):
                row = replace(old, dependencies=row.dependencies)
            self.rows[key] = row

    def _row(self, key: str, task: Mapping[str, Any], among: Container[str]) -> Row:
        needed = tuple(d for d in task["dependencies"] if d in among)
        return Row(key, task["kind"], subject(task["arguments"]), needed)

    def take(self, event: Mapping[str, Any]) -> None:
        """Change the row that a custom stream event of the graph is about."""
        key = str(event["task"])
        if event["event"] == "planned":  # the plan is still being written
            self.rows.setdefault(key, self._row(key, event, self.rows))
            return
        row = self.rows.get(key)
        if row is None:
            return
        if event["event"] == "dropped":  # the finished plan holds another task, or none
            row.state = "waiting"
            return
        row.model = event.get("model") or row.model
        if event["event"] == "started":
            row.state, row.remark = "running", ""
            row.began = row.began or time.monotonic()  # a fallback goes on with the same clock
        elif event["event"] == "progress":
            row.remark = doing(event)
        elif event["event"] == "retried":
            row.remark = one_line(f"asked again: {event['error']}")
        else:
            row.state = event["event"]
            row.seconds = event.get("seconds") or 0.0
            row.remark = one_line(event.get("error") or "")
            if event.get("reused"):
                row.remark = "done before"

    def stop(self) -> None:
        """Mark what still runs as stopped: nobody waits for it any more."""
        for row in self.rows.values():
            if row.state == "running":
                row.state, row.seconds = "stopped", time.monotonic() - row.began

    @property
    def unfinished(self) -> bool:
        """Whether some tasks have ended or been stopped while others have not been done."""
        states = {row.state for row in self.rows.values()}
        return "stopped" in states or ("waiting" in states and len(states) > 1)

    def tree(self) -> Tree:
        """The tasks as they stand now; each hangs under the last task that it depends on."""
        tree = Tree("", hide_root=True, guide_style="dim")
        nodes: dict[str, Tree] = {}
        depths = dict(self._depths())
        width = max(
            (_INDENT * depths[key] + cell_len(row.name) for key, row in self.rows.items()),
            default=0,
        )
        models = max((cell_len(row.model) for row in self.rows.values()), default=0)
        for key, row in self.rows.items():
            parent = nodes[row.dependencies[-1]] if row.dependencies else tree
            nodes[key] = parent.add(_line(row, width - _INDENT * depths[key], models))
        return tree

    def digest(self, lines: int) -> Text:
        """For a plan that is taller than the screen: how many tasks stand where, and what runs."""
        counts = Counter(row.state for row in self.rows.values())
        told = Text(" · ".join(f"{count} {state}" for state, count in counts.items()), "dim")
        running = [row for row in self.rows.values() if row.state == "running"][: lines - 1]
        width = max((cell_len(row.name) for row in running), default=0)
        models = max((cell_len(row.model) for row in running), default=0)
        return Text("\n").join([told, *(_line(row, width, models) for row in running)])

    def _depths(self) -> Iterator[tuple[str, int]]:
        depths: dict[str, int] = {}
        for key, row in self.rows.items():
            depths[key] = depths[row.dependencies[-1]] + 1 if row.dependencies else 0
            yield key, depths[key]


def subject(arguments: Mapping[str, Any]) -> str:
    """The first argument that the request itself gives, shortened; empty if there is none."""
    given = (value for value in arguments.values() if isinstance(value, str) and value.strip())
    return one_line(next(given, ""), _SUBJECT)


def doing(event: Mapping[str, Any]) -> str:
    """What a progress event says, with the share that is done."""
    share = event.get("share")
    percent = f" {100 * share:.0f} %" if isinstance(share, int | float) else ""
    return one_line(f"{event.get('doing') or ''}{percent}")


def _line(row: Row, width: int, models: int) -> Text:
    """One row; its name takes `width` columns and its model `models`."""
    mark, style = _MARKS.get(row.state, (_frame(), "cyan"))
    name, _, about = set_cell_size(row.name, width).partition(row.kind)
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{mark} ", style)
    text.append(name, "dim")
    text.append(row.kind, "dim" if row.state == "waiting" else "bold")
    text.append(about, "dim")
    text.append(f"{_seconds(row):>9}  ")
    text.append(set_cell_size(row.model, models), "cyan")
    for remark in (row.remark, _further(row)):
        if remark:
            text.append(f"  {remark}", style if row.state in ("failed", "skipped") else "dim")
    return text


def _frame() -> str:
    return _FRAMES[int(time.monotonic() / _FRAME_SECONDS) % len(_FRAMES)]


def _seconds(row: Row) -> str:
    if row.state == "running":
        return f"{time.monotonic() - row.began:.1f} s"
    return f"{row.seconds:.2f} s" if row.state in ("done", "failed", "stopped") else ""


def _further(row: Row) -> str:
    """Dependencies that the shape of the tree does not show."""
    return f"needs {', '.join(row.dependencies[:-1])} too" if len(row.dependencies) > 1 else ""
