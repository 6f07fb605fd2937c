"""`hugginggpt chat`: a conversation, kept on disk, whose files and results stay known."""

import contextlib
import importlib
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from hugginggpt.app.ask import graph_builder, say_parts
from hugginggpt.app.asking import ask_user
from hugginggpt.app.inputs import check_files, load_settings, with_files
from hugginggpt.app.kept import Kept, Record, look, new_thread
from hugginggpt.app.live import watcher
from hugginggpt.app.session import Outcome, Session, open_session
from hugginggpt.app.show import show_answer, show_unfinished, show_usage
from hugginggpt.app.status import DONE, INTERRUPTED
from hugginggpt.app.stopping import is_stopped
from hugginggpt.app.terminal import complain, complain_internal, err, one_line, out
from hugginggpt.graph.intake import check_words
from hugginggpt.tools.errors import HuggingGPTError, InputError

if TYPE_CHECKING:
    from hugginggpt.graph.context import Context

_HELP = """\
Type what is to be done; earlier files and results can be referred to.
  /file PATH   hand over a file or URL with the next request
  /files       what this conversation knows
  /quit        leave (so does Ctrl-D); Ctrl-C stops a request that runs, Enter goes on with it"""

_COMMAND = re.compile(r"/(\w+)(?:\s+(.*))?", re.DOTALL)


def chat(thread: str | None, *, yes: bool = False) -> int:
    """Talk until the user leaves; the exit status says how.

    Raises:
        InputError: a setting can't be used, or the conversations not be opened.

    """
    context = load_settings(yes=yes)
    thread = new_thread() if thread is None else _checked_id(thread)
    build = graph_builder(context)
    say_parts(context)
    with open_session(build, watch=partial(watcher, stays=False), ask=ask_user) as session:
        session.wait(session.threads.hold(thread))
        return Chat(session, thread, context).talk()


def _checked_id(thread: str) -> str:
    if not thread.strip() or not thread.isprintable():
        raise InputError(f"{thread!r} is no id of a conversation: use letters and digits")
    return thread.strip()


class Chat:
    """One conversation at the prompt."""

    def __init__(self, session: Session, thread: str, context: "Context") -> None:
        """Go on with the conversation `thread`, or begin it."""
        self._session = session
        self._thread = thread
        self._context = context
        self._attached: list[str] = []
        self._commands: Mapping[str, Callable[[str], None]] = {
            "file": self._attach,
            "files": self._list_files,
            "help": self._help,
        }

    def talk(self) -> int:
        """Read and answer, line by line."""
        self._greet()
        while True:
            try:
                line = _read_line()
            except EOFError:
                if sys.stdin.isatty():
                    err().print()
                return DONE
            except KeyboardInterrupt:
                err().print()
                return INTERRUPTED
            if line.strip() in ("/quit", "/exit"):
                return DONE
            self._handle(line.strip())
            if is_stopped():
                return INTERRUPTED

    def _greet(self) -> None:
        asked = sum(1 for message in self._state().get("messages", ()) if message.type == "human")
        earlier = f" · {asked} earlier request{'' if asked == 1 else 's'}" if asked else ""
        err().print(f"thread {self._thread}{earlier} · /help", style="dim", soft_wrap=True)
        self._offer_to_go_on()

    def _offer_to_go_on(self) -> None:
        if kept := self._unfinished():
            told = f"not finished ({kept.tasks}): {kept.record.request}"
            err().print(one_line(told, 300), style="yellow", soft_wrap=True)
            err().print("Enter goes on with it; or ask something new", style="dim", soft_wrap=True)

    def _handle(self, line: str) -> None:
        """Do what the line says; what goes wrong is told, and the conversation goes on."""
        command = _COMMAND.fullmatch(line)
        try:
            if not line:
                self._go_on()
            elif command is None:
                self._answer(line)
            elif command[1] in self._commands:
                self._commands[command[1]]((command[2] or "").strip())
            else:
                complain(f"there is no command /{command[1]}; /help lists them")
        except HuggingGPTError as error:
            complain(str(error))
        except Exception as error:  # noqa: BLE001 - the conversation must go on
            complain_internal(error)

    def _answer(self, line: str) -> None:
        check_words(line)
        files = [*self._known().values(), *self._attached]
        # `files` is always given: the state would else still hold those of the last request.
        given = {"messages": [("user", line)], "files": list(self._attached)}
        self._run(given, Record.of("chat", line, files, self._context))

    def _go_on(self) -> None:
        """Go on with the last request, if it has not been answered."""
        if kept := self._unfinished():
            self._run(None, kept.record.with_settings(self._context), kept.outcome)

    def _run(
        self, given: Mapping[str, Any] | None, record: Record, outcome: Outcome | None = None
    ) -> None:
        context = with_files(self._context, record.files)
        outcome = self._session.run(given, context, record.config(self._thread), outcome)
        if outcome.interrupted:
            show_unfinished(outcome)
        else:
            self._attached.clear()  # else they go with the next request once more
            show_answer(outcome)
        show_usage(outcome)
        if outcome.interrupted:
            self._offer_to_go_on()
        if out().is_terminal:
            out().print()

    def _kept(self) -> Kept | None:
        return self._session.wait(look(self._session, self._thread))

    def _unfinished(self) -> Kept | None:
        kept = self._kept()
        return None if kept is None or kept.is_answered else kept

    def _state(self) -> Mapping[str, Any]:
        """What the conversation holds so far."""
        kept = self._kept()
        return kept.snapshot.values if kept else {}

    def _known(self) -> dict[str, str]:
        """Paths of the files that the user has handed over, by name."""
        return {name: file["path"] for name, file in self._state().get("resources", {}).items()}

    def _attach(self, name: str) -> None:
        if not name:
            raise InputError("name a file: /file PATH")
        self._attached += check_files([name.strip("\"'")])
        err().print(f"{one_line(name)} goes with the next request", style="dim", soft_wrap=True)

    def _list_files(self, _: str) -> None:
        made = (
            artifact["path"]
            for result in self._state().get("results", {}).values()
            for artifact in result["artifacts"]
            if artifact["path"]
        )
        lines = dict.fromkeys([*self._known().values(), *self._attached, *made])
        for line in lines or ["no files yet: /file PATH hands one over"]:
            out().print(one_line(line, 4096), soft_wrap=True)

    def _help(self, _: str) -> None:
        out().print(_HELP)


def _read_line() -> str:
    """The next line that the user types, with history where there is a terminal.

    Raises:
        EOFError: there is none.

    """
    if not sys.stdin.isatty():
        return input()
    with contextlib.suppress(ImportError):  # no readline on Windows
        importlib.import_module("readline")
    return input("> ")
