"""Progress on stderr: a live tree on a terminal, one line an event anywhere else."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from hugginggpt.app.board import Board, doing
from hugginggpt.app.terminal import err, one_line, plain

_FRAMES_A_SECOND = 12.5


class Watcher(Protocol):
    """Shows a run while it goes on."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave stderr as it should stay."""

    def show_plan(self, plan: Mapping[str, Any]) -> None:
        """The plan is there."""

    def take(self, event: Mapping[str, Any]) -> None:
        """A task was planned, started, went on or ended."""

    def hear(self, words: str) -> None:
        """A piece of the answer has been written."""


def watcher(*, stays: bool) -> Watcher:
    """What fits stderr; `stays` tells whether the tree remains when all is done."""
    console = err()
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveTree(console, stays=stays)
    return EventLog(console)


class LiveTree:
    """The tree of tasks, drawn anew in place."""

    def __init__(self, console: Console, *, stays: bool) -> None:
        """Draw on `console`; a tree that does not stay is wiped when every task has ended."""
        self._console = console
        self._stays = stays
        self._board = Board()
        self._words = ""
        self._spinner = Spinner("dots", Text("planning", style="dim"), style="cyan")
        self._live = Live(
            console=console,
            get_renderable=self._draw,
            refresh_per_second=_FRAMES_A_SECOND,
            transient=True,
        )

    def __enter__(self) -> Self:
        """Start drawing."""
        self._live.start(refresh=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; the tree remains where it has more to say than the answer that follows."""
        self._board.stop()
        stays = self._stays and bool(self._board.rows)
        self._live.transient = not (stays or self._board.unfinished)
        self._live.stop()

    def show_plan(self, plan: Mapping[str, Any]) -> None:
        """Draw the tasks instead of the spinner."""
        self._board.show_plan(plan)

    def take(self, event: Mapping[str, Any]) -> None:
        """Change a task."""
        self._board.take(event)

    def hear(self, words: str) -> None:
        """Let the answer grow below the tree."""
        self._words += words

    def _draw(self) -> RenderableType:
        if not self._board.rows:
            return Group(self._spinner)
        if self._words and self._live.is_started:
            return self._growing()
        # Only what fits the screen can be wiped again; what stays for good may be longer.
        lines = self._console.height - 2
        is_brief = self._live.is_started or self._live.transient
        if is_brief and len(self._board.rows) > lines:
            return self._board.digest(lines)
        return self._board.tree()

    def _growing(self) -> RenderableType:
        """The end of the tree and of the answer, as much as fits the screen."""
        console = self._console
        answer = Text(plain(self._words)).wrap(console, console.width)[-(console.height // 2) :]
        rows = console.height - len(answer) - 3
        tree = self._board.tree() if len(self._board.rows) <= rows else self._board.digest(rows)
        return Group(tree, Text(), Text("\n").join(answer))


class EventLog:
    """A line for each event, for log files and CI."""

    def __init__(self, console: Console) -> None:
        """Write to `console`."""
        self._console = console
        self._doing: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Nothing to begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to end."""

    def show_plan(self, plan: Mapping[str, Any]) -> None:
        """Say how many tasks there are."""
        self._say(f"plan: {len(plan)} task{'' if len(plan) == 1 else 's'}")

    def take(self, event: Mapping[str, Any]) -> None:
        """Say what happened."""
        if event["event"] == "planned":
            self._say(f"task {event['task']} {event['kind']} planned")
            return
        told = _told(event)
        if event["event"] == "progress":
            if self._doing.get(event["task"]) == told:
                return  # the share alone has changed
            self._doing[event["task"]] = told
        self._say(f"task {event['task']} {event['kind']} {told}")

    def hear(self, words: str) -> None:
        """Nothing: the answer follows as a whole."""

    def _say(self, line: str) -> None:
        self._console.print(one_line(line, 1000), soft_wrap=True)


def _told(event: Mapping[str, Any]) -> str:
    what = str(event["event"])
    if what == "started":
        return f"started on {event['model']} ({event['endpoint']})"
    if what == "progress":
        return doing({**event, "share": None})
    if what == "retried":
        return f"asked again: {event['error']}"
    if what == "done":
        before = " (done before)" if event.get("reused") else ""
        return f"done in {event['seconds']:.2f} s{before}"
    return f"{what}: {event['error']}"
