"""The right plan of a request, as a user gives it: as an option, or in the editor."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hugginggpt.app.draft import edit, read_tasks
from hugginggpt.app.terminal import err, one_line
from hugginggpt.tools.errors import FileInputError, InputError, PlanError

if TYPE_CHECKING:
    from hugginggpt.graph.brain.embedded.lessons import Lesson
    from hugginggpt.graph.request import Request

Reason = Literal["chat", "unsupported"]
"""Why a request needs no task: it is only talk, or nothing can do it."""
_REASONS: Mapping[str, Reason] = {"c": "chat", "u": "unsupported"}


def text_of(plan: str) -> str:
    """The plan as it is given: in JSON, as `@FILE`, or as `-` for stdin."""
    if not plan.startswith(("@", "-")):
        return plan
    name = plan.removeprefix("@")
    try:
        content = sys.stdin.buffer.read() if plan == "-" else Path(name).expanduser().read_bytes()
        return content.decode("utf-8-sig")
    except (OSError, RuntimeError, UnicodeDecodeError) as error:
        raise FileInputError(f"the plan in {name!r} can't be read: {error}") from error


def lesson_of(request: "Request", tasks: Sequence[Any], reason: Reason | None) -> "Lesson":
    """The lesson, checked.

    Raises:
        InputError: it is not said why there is no task, or it is though there are some.
        PlanError: the tasks are no plan for the request.

    """
    from hugginggpt.graph.brain.embedded.lessons import Lesson, check

    if tasks and reason:
        raise InputError(f"--reason {reason} is for a request that needs no task: leave one out")
    if not tasks and reason is None:
        reason = _reason()
    files = {name: artifact.modality for name, artifact in request.resources.items()}
    return check(Lesson(request=request.text, files=files, tasks=tasks, reason=reason))


def _reason() -> Reason:
    """Why there is no task, as the user says.

    Raises:
        InputError: nobody is there to be asked, or there is no answer.

    """
    missing = "say why there is no task: --reason chat, or --reason unsupported"
    if not sys.stdin.isatty():
        raise InputError(missing)
    while (answer := ask_line("Why no task? c: it is only talk, u: nothing here can do it ")) != "":
        if answer in _REASONS:
            return _REASONS[answer]
    raise InputError(missing)


def edited(request: "Request", shown: str) -> "Lesson":
    """The lesson as the user writes it, starting from the plan of today.

    Raises:
        InputError: nobody is there to write it, or they leave it faulty.

    """
    if not sys.stdin.isatty():
        raise InputError("stdin is no terminal to edit the plan on: give it with --plan")
    text = shown
    while True:
        text = edit(text)
        try:
            return lesson_of(request, read_tasks(text), None)
        except (InputError, PlanError) as error:
            err().print(f"This can't be used: {one_line(str(error), 1000)}", style="yellow")
        if ask_line("Open it again as you left it? (y or n) ") not in ("", "y", "yes"):
            raise InputError("nothing is kept")


def ask_line(question: str) -> str:
    """The answer, in lower case; empty at the end of stdin."""
    err().print(question, end="")
    try:
        return input().strip().lower()
    except EOFError:
        err().print()
        return ""
