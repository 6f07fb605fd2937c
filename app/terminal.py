"""What reaches the terminal: two consoles, and text without control characters."""

import json
import os
import re
import sys
import traceback
from typing import Any

from rich.console import Console
from rich.text import Text

PIPED_WIDTH = 200
"""Columns of a table that goes to a file or a pipe, so that its rows stay whole."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor moves
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC and other strings: titles, links, clipboard
    r"|\x1b[@-_]?",
    re.DOTALL,
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_RAW_CONTROLS = re.compile(r"[\x7f-\x9f]")


def out() -> Console:
    """Where answers go: stdout."""
    return _console(stderr=False)


def err() -> Console:
    """Where progress, remarks and errors go: stderr."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    is_screen = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(
        stderr=stderr,
        force_terminal=is_screen,  # FORCE_COLOR must not draw pictures into a file
        width=None if is_screen or "COLUMNS" in os.environ else PIPED_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
    )


def plain(text: str) -> str:
    """`text` without escape sequences and control characters; line breaks and tabs stay.

    Requests, file names and results come from elsewhere and must not steer the terminal.
    """
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def one_line(text: str, length: int = 200) -> str:
    """`text` as one plain line of at most `length` characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def short_number(number: int | None) -> str:
    """A count in at most four digits: 12.3M."""
    if number is None:
        return "-"
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= unit:
            return f"{number / unit:.3g}{name}"
    return str(number)


def words(text: str, style: str = "") -> Text:
    """`text` as it stands, safe to print, in one style."""
    return Text(plain(text), style=style)


def complain(message: str) -> None:
    """Tell of an error, in one line on stderr."""
    err().print(Text.assemble(("error: ", "bold red"), one_line(message, 2000)), soft_wrap=True)


def complain_internal(error: Exception) -> None:
    """Tell of an error that should not have happened; HUGGINGGPT_DEBUG shows where it did."""
    if os.environ.get("HUGGINGGPT_DEBUG"):
        traceback.print_exception(error)
        return
    what = f"{type(error).__name__}: {error}"
    complain(f"internal error: {what}; run again with HUGGINGGPT_DEBUG=1 for details")


def to_json(value: Any, *, indent: int | None = 2) -> str:
    """`value` as JSON that keeps letters of all languages and holds no raw control character."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _RAW_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_json(value: Any) -> None:
    """Write `value` to stdout as JSON."""
    print(to_json(value), flush=True)  # noqa: T201 - rich would wrap and colour it
