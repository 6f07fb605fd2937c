"""Asking the user about a plan: shown as a table, changed by short commands, or refused."""

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from hugginggpt.app.draft import Draft, edit, label, size_text, to_text
from hugginggpt.app.terminal import err, one_line
from hugginggpt.tools.errors import InputError

_HEADS = {
    "plan": "The plan:",
    "cost": "This plan would use hosted models, or load large ones:",
}
_HELP = """\
  y           carry it out            n           don't
  d ID        delete a task           m ID        list the models of a task
  e           open it in the editor   m ID MODEL  give a task another model
  u           undo all changes        or say in a few words why not"""
_YES = ("y", "yes")
_NO = ("n", "no")


def ask_approval(question: Mapping[str, Any]) -> Any:
    """The user's word on a plan; see `graph.approval` for what goes in and comes back.

    Raises:
        InputError: nobody is there to be asked.

    """
    if not sys.stdin.isatty():
        raise InputError(
            "a plan is to be approved (--approve or HUGGINGGPT_APPROVE is on), "
            "but stdin is no terminal to approve it on"
        )
    return Dialog(question).ask()


class Dialog:
    """One question of the graph, until there is a word on it."""

    def __init__(self, question: Mapping[str, Any]) -> None:
        """Show `question`, and what was wrong with the last edit."""
        self._draft = Draft(question)
        self._console = err()
        self._commands: Mapping[str, Callable[[str], None]] = {
            "d": self._delete,
            "m": self._model,
            "e": self._edit,
            "u": self._undo,
            "?": self._help,
        }
        self._console.print(_HEADS[question["reason"]], style="bold")
        self._show()
        for complaint in question["complaints"]:
            self._hint(f"this can't be used: {complaint}")

    def ask(self) -> Any:
        """True, False, an edited plan, or the reason why not."""
        while True:
            self._console.print("Carry it out? (y, n, d, m, e, u, ? for help, or why not) ", end="")
            try:
                line = input().strip()
            except EOFError:
                self._console.print()
                return False
            try:
                word = self._take(line)
            except InputError as error:
                self._hint(str(error))
                continue
            if word is not None:
                return word

    def _take(self, line: str) -> Any:
        """The word that the line is; None where it is a command, which is obeyed.

        Raises:
            InputError: it is neither.

        """
        command, _, rest = line.partition(" ")
        name = command.lower().strip(",.!")
        if name in _NO and not rest:
            return False
        if name in _YES:
            return self._yes(rest)
        if name in self._commands:
            self._commands[name](rest.strip())
            return None
        return _reason(line, is_changed=self._draft.is_changed)

    def _yes(self, rest: str) -> Any:
        if rest:
            raise InputError("answer with y alone to carry the plan out")
        if self._draft.text is not None:
            raise InputError("what you have typed is no plan yet: e opens it, u takes it back")
        return self._draft.tasks if self._draft.is_changed else True

    # --- commands ---------------------------------------------------------------------------

    def _delete(self, key: str) -> None:
        if not key:
            raise InputError("name a task: d ID")
        key, *more = self._draft.delete(key)
        also = f", and {', '.join(more)}, which needed it" if more else ""
        self._say(f"task {key} is deleted{also}")
        self._show()

    def _model(self, rest: str) -> None:
        key, _, name = rest.partition(" ")
        if not key:
            raise InputError("name a task, and a model: m ID MODEL")
        if name.strip():
            self._say(f"task {key} is for {self._draft.set_model(key, name.strip())}")
            self._show()
        elif models := self._draft.models(key):
            self._console.print(_models(models))
        else:
            self._say(f"no models are listed for task {key}; m {key} MODEL tries one")

    def _edit(self, rest: str) -> None:
        if rest:
            raise InputError("e alone opens the plan in the editor")
        before = to_text(self._draft.tasks) if self._draft.text is None else self._draft.text
        text = edit(before)
        if text == before:
            self._say("nothing is changed")
        elif fault := self._draft.rewrite(text):
            raise InputError(f"{fault}; e opens it again as you left it")
        else:
            self._show()

    def _undo(self, rest: str) -> None:
        if rest:
            raise InputError("u alone takes all changes back")
        self._draft.undo()
        self._show()

    def _help(self, _: str) -> None:
        self._console.print(_HELP)

    # --- shown ------------------------------------------------------------------------------

    def _show(self) -> None:
        self._console.print(self._draft.table())

    def _say(self, text: str) -> None:
        self._console.print(Text(one_line(text, 500), style="dim"), soft_wrap=True)

    def _hint(self, text: str) -> None:
        self._console.print(Text(one_line(text, 1000), style="yellow"), soft_wrap=True)


def _reason(line: str, *, is_changed: bool) -> str:
    """The line as a reason to plan anew.

    Raises:
        InputError: it is too short for one, or would throw the user's changes away.

    """
    if len(re.findall(r"\w+", line)) < 2:
        raise InputError("answer y or n, or say in a few words why not; ? tells what else there is")
    if is_changed:
        raise InputError(
            "a reason would throw your changes away: y carries them out, u undoes them"
        )
    return line


def _models(models: list[dict[str, Any]]) -> Table:
    names = ("", "model", "size", "downloads", "licence", "note")
    table = Table(*names, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, model in enumerate(models, start=1):
        downloads = "" if model["downloads"] is None else f"{model['downloads']:,}"
        told = (
            label(model),
            size_text(model["size"]),
            downloads,
            model["licence"],
            model["caveat"],
        )
        table.add_row(str(number), *(one_line(str(value or "")) for value in told))
    return table
