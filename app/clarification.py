"""Asking the user which of two plans is meant, each shown as the tree of its tasks."""

import sys
from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from hugginggpt.app.plan import drawn
from hugginggpt.app.terminal import err
from hugginggpt.tools.errors import InputError

_WORDS = {"1": 1, "2": 2, "n": False, "no": False}


def ask_meaning(question: Mapping[str, Any]) -> int | bool:
    """1 or 2 for the plan that is meant, False for neither; asked until it is one of those.

    Raises:
        InputError: nobody is there to be asked.

    """
    if not sys.stdin.isatty():
        raise InputError(
            "two plans may be meant (HUGGINGGPT_CLARIFY is on), but stdin is no terminal to ask "
            "which on: --yes takes the likelier one"
        )
    console = err()
    console.print("I am not sure what you mean:", style="bold")
    console.print(_numbered(question["plans"]))
    while True:
        console.print("Which one? (1, 2, or n for neither) ", end="")
        try:
            line = input().strip().lower().strip(",.!")
        except EOFError:
            console.print()
            return False
        if line in _WORDS:
            return _WORDS[line]
        console.print("answer 1, 2 or n; n lets you say it in other words", style="yellow")


def _numbered(plans: Any) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for number, plan in enumerate(plans, start=1):
        table.add_row(Text(f"{number}.", "bold"), drawn(plan, explains=True))
    return table
