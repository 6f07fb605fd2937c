"""What the user has taught: requests with their right plans, one a line of a file of theirs.

A line is a row like those of `examples`, of which topic, style and language may be left out.
A line that is no lesson is told, and kept as it is: it may be mended by hand.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from hugginggpt.graph.brain.embedded.examples import Example, Style, Topic
from hugginggpt.graph.brain.embedded.examples.checks import faults
from hugginggpt.graph.brain.embedded.recall import said_in
from hugginggpt.tools.errors import FileInputError, InputError, PlanError
from hugginggpt.tools.kinds import KINDS, Modality


class Lesson(Example):
    """A request and its right plan, as a user has taught them."""

    topic: Topic = "various"
    style: Style = "command"
    language: str = "und"
    """ISO 639-1 code; `und`: not told."""


class Row(NamedTuple):
    """A line of the file, and what it is."""

    number: int
    """Of the line, from 1."""
    lesson: Lesson | None
    fault: str = ""
    """Why it is no lesson."""


def check(lesson: Lesson) -> Lesson:
    """The lesson with its plan as plans are printed: what can be repaired is.

    Raises:
        PlanError: its tasks are no plan for its request.

    """
    lesson = lesson.model_copy(update={"tasks": lesson.to_plan().to_wire()})
    files = dict(_named(lesson)) | dict(lesson.files)
    if found := faults(lesson.model_copy(update={"files": files})):
        raise PlanError(found)
    return lesson


def _named(lesson: Lesson) -> Iterator[tuple[str, Modality]]:
    """Files that the request only names, as what the plan takes them for."""
    named = {m.value for m in said_in(lesson.to_request()).things if m.is_file}
    for task in lesson.tasks:
        for name, given in task["args"].items():
            argument = KINDS[task["task"]].argument(name)
            for value in given if isinstance(given, list) else [given]:
                if argument and isinstance(value, str) and value in named:
                    yield value, argument.modality


def read(path: Path) -> list[Row]:
    """The lines of the file that are not blank; none where there is no file.

    Raises:
        FileInputError: the file can't be read.

    """
    lines = enumerate(_lines(path), 1)
    return [_row(path, number, line) for number, line in lines if line.strip()]


def lessons_of(rows: Sequence[Row]) -> list[Lesson]:
    """The lessons among the rows."""
    return [row.lesson for row in rows if row.lesson is not None]


def keep(path: Path, lesson: Lesson, instead: int | None = None) -> None:
    """Write the lesson to the end of the file, or in place of the line of that number.

    Raises:
        FileInputError: the file can't be read or written.

    """
    lines, line = _lines(path), lesson.model_dump_json(exclude_defaults=True)
    if instead is None:
        lines.append(line)
    else:
        lines[instead - 1 : instead] = [line]
    _write(path, lines)


def forget(path: Path, number: int) -> str:
    """Delete the line of that number, and return it.

    Raises:
        InputError: there is no such line.
        FileInputError: the file can't be read or written.

    """
    lines = _lines(path)
    if not 0 < number <= len(lines) or not lines[number - 1].strip():
        raise InputError(
            f"there is no lesson {number} in {str(path)!r}; `hugginggpt teach --list` shows those "
            "that there are"
        )
    line = lines.pop(number - 1)
    _write(path, lines)
    return line


def _row(path: Path, number: int, line: str) -> Row:
    try:
        return Row(number, check(Lesson.model_validate_json(line)))
    except (ValidationError, PlanError) as error:
        reason = "; ".join(_told(error) if isinstance(error, ValidationError) else error.complaints)
        return Row(number, None, f"{path.name}, line {number}, is no lesson: {reason}")


def _told(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        where = ".".join(map(str, fault["loc"]))
        yield f"{where}: {fault['msg']}" if where else fault["msg"]


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise FileInputError(
            f"the lessons in {str(path)!r} can't be read: {error}; name another file with "
            "HUGGINGGPT_LESSONS"
        ) from error
    return text.removesuffix("\n").split("\n") if text else []


def _write(path: Path, lines: Sequence[str]) -> None:
    """Put the lines in place of the file at once: whoever reads it has the old or the new one."""
    text = "".join(f"{line}\n" for line in lines)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise FileInputError(
            f"lessons can't be kept in {str(path)!r}: {error.strerror or error}; name another file "
            "with HUGGINGGPT_LESSONS"
        ) from error
