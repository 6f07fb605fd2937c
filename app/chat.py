"""`hugginggpt chat`: a conversation, kept in SQLite, whose files and results stay known."""

import asyncio
import contextlib
import importlib
import re
import sqlite3
import sys
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from hugginggpt.app.approval import ask_approval
from hugginggpt.app.ask import graph_builder, say_parts
from hugginggpt.app.inputs import check_files, data_folder, load_settings, with_files
from hugginggpt.app.live import watcher
from hugginggpt.app.session import Session, close
from hugginggpt.app.show import show_answer, show_unfinished, show_usage
from hugginggpt.app.status import DONE, INTERRUPTED
from hugginggpt.app.terminal import complain, complain_internal, err, one_line, out
from hugginggpt.graph.intake import check_words
from hugginggpt.tools.errors import HuggingGPTError, InputError

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from hugginggpt.graph.context import Context

_HELP = """\
Type what is to be done; earlier files and results can be referred to.
  /file PATH   hand over a file or URL with the next request
  /files       what this conversation knows
  /quit        leave (so does Ctrl-D); Ctrl-C stops a request that runs"""

_COMMAND = re.compile(r"/(\w+)(?:\s+(.*))?", re.DOTALL)


def chat(thread: str | None) -> int:
    """Talk until the user leaves; the exit status says how.

    Raises:
        InputError: a setting can't be used, or the conversations not be opened.

    """
    context = load_settings()
    thread = uuid.uuid4().hex[:8] if thread is None else _checked_id(thread)
    say_parts(context)
    runner = asyncio.Runner()
    stack = contextlib.AsyncExitStack()
    try:
        saver = runner.run(_open_saver(stack))
        session = Session(
            runner,
            graph_builder(context, saver),
            watch=partial(watcher, stays=False),
            approve=ask_approval,
        )
        return Chat(session, runner, thread, context).talk()
    finally:
        runner.run(stack.aclose())
        close(runner)


def _checked_id(thread: str) -> str:
    if not thread.strip() or not thread.isprintable():
        raise InputError(f"{thread!r} is no id of a conversation: use letters and digits")
    return thread.strip()


async def _open_saver(stack: contextlib.AsyncExitStack) -> Any:
    """The store of conversations, closed with `stack`."""
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    path = data_folder() / "chat.sqlite"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        saver = await stack.enter_async_context(AsyncSqliteSaver.from_conn_string(str(path)))
        await saver.setup()
    except (OSError, sqlite3.Error) as error:
        raise InputError(
            f"conversations can't be kept in {str(path)!r}: {error}; "
            "choose another folder with HUGGINGGPT_DATA_DIR"
        ) from error
    return saver


class Chat:
    """One conversation at the prompt."""

    def __init__(
        self, session: Session, runner: asyncio.Runner, thread: str, context: "Context"
    ) -> None:
        """Go on with the conversation `thread`, or begin it."""
        self._session = session
        self._runner = runner
        self._thread = thread
        self._context = context
        self._config: RunnableConfig = {"configurable": {"thread_id": thread}}
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
            if line.strip():
                self._handle(line)

    def _greet(self) -> None:
        asked = sum(1 for message in self._state().get("messages", ()) if message.type == "human")
        earlier = f" · {asked} earlier request{'' if asked == 1 else 's'}" if asked else ""
        err().print(f"thread {self._thread}{earlier} · /help", style="dim", soft_wrap=True)

    def _handle(self, line: str) -> None:
        """Do what the line says; what goes wrong is told, and the conversation goes on."""
        command = _COMMAND.fullmatch(line.strip())
        try:
            if command is None:
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
        context = with_files(self._context, [*self._known().values(), *self._attached])
        # `files` is always given: the state would else still hold those of the last request.
        given = {"messages": [("user", line.strip())], "files": list(self._attached)}
        outcome = self._session.run(given, context, self._config)
        if not outcome.interrupted:  # else they go with the next request once more
            self._attached.clear()
        if outcome.interrupted:
            show_unfinished(outcome)
        else:
            show_answer(outcome)
        show_usage(outcome)
        if out().is_terminal:
            out().print()

    def _state(self) -> Mapping[str, Any]:
        """What the conversation holds so far."""
        snapshot = self._runner.run(self._session.graph.aget_state(self._config))
        values: Mapping[str, Any] = snapshot.values
        return values

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
