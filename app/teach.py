"""`hugginggpt teach`: corrected plans that the embedded planner learns from."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from hugginggpt.app.correction import Reason, ask_line, edited, lesson_of, text_of
from hugginggpt.app.draft import read_tasks, to_text
from hugginggpt.app.inputs import check_files, load_settings, read_request, read_words
from hugginggpt.app.plan import drawn
from hugginggpt.app.status import DONE, FAILURES
from hugginggpt.app.terminal import err, one_line, out
from hugginggpt.tools.errors import FileInputError, InputError

if TYPE_CHECKING:
    from hugginggpt.evals.changes import Change
    from hugginggpt.graph.brain.embedded.lessons import Lesson, Row
    from hugginggpt.graph.brain.embedded.taught import TaughtPlanner
    from hugginggpt.graph.context import Context
    from hugginggpt.graph.request import Request

_MOST_SHOWN = 20
"""So many tests that have changed are listed."""


def teach(
    words: str | None, files: Sequence[str], *, plan: str | None, reason: Reason | None, yes: bool
) -> int:
    """Keep the right plan for a request; the exit status is 1 where it is not kept after all.

    Raises:
        InputError: the request, a file, the plan or a setting can't be used.

    """
    from hugginggpt.graph.brain.embedded.lessons import lessons_of, read
    from hugginggpt.graph.brain.embedded.taught import taught_planner

    if words == plan == "-":
        raise InputError("the request and the plan can't both be read from stdin")
    context = load_settings()
    path = _file(context)
    request = _request(words, files, context)
    rows = read(path)
    _tell_faults(rows)
    before = taught_planner(lessons_of(rows))
    tasks = before.draft(request).tasks
    _show("Now:", tasks)
    if plan is None and reason is None:
        lesson = edited(request, to_text(tasks))
    else:
        lesson = lesson_of(request, [] if plan is None else read_tasks(text_of(plan)), reason)
    if lesson.tasks == tasks:
        out().print("It is planned so already: nothing is kept.")
        return DONE
    return _keep(path, rows, before, lesson, yes=yes)


def _keep(
    path: Path, rows: "Sequence[Row]", before: "TaughtPlanner", lesson: "Lesson", *, yes: bool
) -> int:
    """Keep the lesson, after what it changes was shown, and asked about if anything gets worse."""
    from hugginggpt.graph.brain.embedded.lessons import keep, lessons_of
    from hugginggpt.graph.brain.embedded.taught import taught_planner

    old = _same(rows, lesson)
    others = lessons_of([row for row in rows if row.number != old])
    after = taught_planner([*others, lesson])
    _show("Taught:", after.draft(lesson.to_request()).tasks)
    with err().status("Trying the shipped tests …"):
        found = _changes(before, after)
    _show_changes(found)
    if not yes and any(change.gain < 0 for change in found) and not _accepts():
        err().print("Nothing is kept.")
        return FAILURES
    keep(path, lesson, old)
    instead = f", in place of lesson {old}" if old else ""
    out().print(f"Kept in {path}{instead}.", soft_wrap=True)
    return DONE


def list_lessons() -> int:
    """Print the lessons; the exit status is 1 where a line of the file is none.

    Raises:
        InputError: the file or a setting can't be used.

    """
    from hugginggpt.graph.brain.embedded.lessons import read

    path = _file(load_settings())
    rows = read(path)
    table = Table("", "request", "plan", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        if row.lesson is not None:
            request = Text(one_line(row.lesson.request))
            table.add_row(Text(str(row.number), "dim"), request, Text(_plan_text(row.lesson)))
    if table.row_count:
        out().print(table)
    else:
        out().print(f"There are no lessons in {path}.", style="dim", soft_wrap=True)
    _tell_faults(rows)
    return FAILURES if any(row.fault for row in rows) else DONE


def forget_lesson(number: int) -> int:
    """Delete the lesson of that number.

    Raises:
        InputError: there is none, or the file or a setting can't be used.

    """
    from hugginggpt.graph.brain.embedded.lessons import forget

    path = _file(load_settings())
    out().print(f"Forgotten: {one_line(forget(path, number), 1000)}", soft_wrap=True)
    return DONE


def check_alone(*others: object) -> None:
    """Refuse what makes no sense beside --list and --forget.

    Raises:
        InputError: one of the others is given too.

    """
    if any(others):
        raise InputError("--list and --forget N stand alone: leave out the rest")


# --- what is given --------------------------------------------------------------------------


def _file(context: "Context") -> Path:
    if context.lessons is None:
        raise InputError("HUGGINGGPT_LESSONS is 'none': name a file there to keep lessons in")
    if context.brain != "embedded":
        err().print("These lessons are for the embedded brain; another one is set.", style="dim")
    return Path(context.lessons).expanduser().absolute()


def _request(words: str | None, files: Sequence[str], context: "Context") -> "Request":
    request, remarks = read_request(read_words(words), check_files(files), context)
    if remarks:
        raise FileInputError(" ".join(remarks))
    return request


def _accepts() -> bool:
    """Whether the user keeps a lesson that makes shipped tests worse."""
    if not sys.stdin.isatty():
        err().print("--yes keeps it all the same.", style="dim")
        return False
    return ask_line("Keep it all the same? (y or n) ") in ("y", "yes")


def _same(rows: "Sequence[Row]", lesson: "Lesson") -> int | None:
    """The number of the lesson on the same request, if there is one."""
    from hugginggpt.graph.brain.embedded.recall import said_in

    said = said_in(lesson.to_request()).wording
    found = (row for row in rows if row.lesson is not None and not row.lesson.earlier)
    same = (r.number for r in found if r.lesson and said_in(r.lesson.to_request()).wording == said)
    return next(same, None)


# --- what is shown --------------------------------------------------------------------------


def _changes(before: "TaughtPlanner", after: "TaughtPlanner") -> "list[Change]":
    """The shipped tests that are planned in another way after the lesson."""
    from hugginggpt.evals.changes import changes, trials_of
    from hugginggpt.evals.dataset import load_cases
    from hugginggpt.graph.brain.embedded.examples import load_examples

    planners, examples = (before, after), load_examples()
    known = {example.request for example in examples}
    others = [case for case in load_cases() if case.request not in known]
    cases = [case for case in others if any(p.is_near(case.to_request()) for p in planners)]
    near = {id(example): example for p in planners for example in p.near(examples)}
    return changes(trials_of(cases, near.values()), before.draft, after.draft)


def _show(head: str, tasks: Sequence[Mapping[str, Any]]) -> None:
    out().print(head, style="bold")
    out().print(drawn(tasks))


def _show_changes(found: "Sequence[Change]") -> None:
    """Print how many of the shipped tests change, and which."""
    worse = sum(change.gain < 0 for change in found)
    better = sum(change.gain > 0 for change in found)
    told = f"Shipped tests: {worse} worse, {better} better, {len(found) - worse - better} other."
    out().print(told if found else "Shipped tests: none is planned in another way.", style="bold")
    for change in found[:_MOST_SHOWN]:
        out().print(_change(change), soft_wrap=True)
    if len(found) > _MOST_SHOWN:
        out().print(f"and {len(found) - _MOST_SHOWN} more", style="dim")


def _change(change: "Change") -> Text:
    from hugginggpt.evals.changes import outline_text

    before, after, right = map(outline_text, (change.before, change.after, change.right))
    verdict, style = ("worse", "red") if change.gain < 0 else ("better", "green")
    if change.gain == 0:
        verdict, style = "other", "dim"
    request = one_line(change.request)
    return Text.assemble(
        (f"  {verdict}  ", style),
        f"{request!r}: {before}, now {after}",
        (f" (right: {right})", "dim"),
    )


def _plan_text(lesson: "Lesson") -> str:
    from hugginggpt.evals.changes import outline_text
    from hugginggpt.evals.planning import outline_of

    text = outline_text(outline_of([dict(task) for task in lesson.tasks]))
    return text if lesson.reason is None else f"{text} ({lesson.reason})"


def _tell_faults(rows: "Sequence[Row]") -> None:
    for row in rows:
        if row.fault:
            err().print(f"{one_line(row.fault, 1000)}: mend or delete the line", style="yellow")
