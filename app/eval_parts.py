"""What the commands below `hugginggpt eval` share: options, progress, and how a report is shown."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hugginggpt.app.status import DONE, FAILURES, INTERRUPTED
from hugginggpt.app.terminal import err, out, print_json
from hugginggpt.tools.errors import SettingError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hugginggpt.evals.planner.run import Stage
    from hugginggpt.evals.record import Report, Row

Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first N requests.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Folder = Annotated[
    Path | None,
    typer.Option("--report", metavar="DIR", help="Write report.json and report.html there."),
]


def check_extra() -> None:
    """See that what the extra brings is there.

    Raises:
        SettingError: something is missing.

    """
    from importlib.util import find_spec

    needed = ("jinja2", "matplotlib", "numpy", "rapidfuzz", "rouge_score", "scipy")
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise SettingError(f"this needs {', '.join(missing)}: pip install 'hugginggpt[evals]'")


@contextmanager
def stages() -> Iterator["Stage"]:
    """Shows on stderr which stage of the work has come how far, where that is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    told = TextColumn("{task.description}", markup=False)
    columns = (told, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = err()
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:

        def stage(name: str, total: int) -> Callable[[], None]:
            bar = progress.add_task(name, total=total)
            return lambda: progress.advance(bar)

        yield stage


def watched(total: int, run: Callable[[Callable[[], None]], Coroutine[Any, Any, None]]) -> bool:
    """Whether the run came to its end, its progress shown on stderr; else Ctrl-C was pressed."""
    with stages() as stage:
        try:
            asyncio.run(run(stage("", total)))
        except KeyboardInterrupt:
            return False
    return True


def some(rows: "list[Row]") -> "list[Row]":
    """The rows, of which there must be one.

    Raises:
        KeyboardInterrupt: there is none, since the user stopped at once.

    """
    if not rows:
        raise KeyboardInterrupt
    return rows


def show(
    report: "Report", tables: "Iterable[RenderableType]", folder: Path | None, *, as_json: bool
) -> None:
    """Print the report, and write its files where a folder is named."""
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        out().print(*tables, sep="\n")
    for note in report.notes:
        (err() if as_json else out()).print(f"• {note}", style="dim")
    if folder is not None:
        from hugginggpt.evals.page import write_report

        err().print(f"written: {write_report(report, folder)}", style="dim")


def status(*, whole: bool, failed: bool = False) -> int:
    """The exit status of an evaluation that came to its end, or was interrupted."""
    if not whole:
        return INTERRUPTED
    return FAILURES if failed else DONE
