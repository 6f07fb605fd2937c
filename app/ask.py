"""`hugginggpt ask`: one request, answered."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from hugginggpt.app.asking import ask_user
from hugginggpt.app.inputs import check_files, load_settings, open_endpoints, read_words, with_files
from hugginggpt.app.kept import Record, new_thread, tell_how_to_go_on
from hugginggpt.app.live import Watcher, watcher
from hugginggpt.app.session import Outcome, Session, open_session
from hugginggpt.app.show import show_answer, show_json, show_unfinished, show_usage
from hugginggpt.app.status import DONE, FAILURES, INTERRUPTED
from hugginggpt.app.terminal import err, out
from hugginggpt.app.threads import Threads
from hugginggpt.tools.errors import InputError

if TYPE_CHECKING:
    from hugginggpt.graph.build import Graph
    from hugginggpt.graph.context import Context


def ask(
    request: str | None,
    files: Sequence[str],
    *,
    brain: str | None = None,
    endpoints: str | None = None,
    folder: str | None = None,
    approve: str | None = None,
    yes: bool = False,
    as_json: bool = False,
) -> int:
    """Answer the request on stdout; the exit status says whether all of it could be done.

    Raises:
        InputError: the request, a file or a setting can't be used.

    """
    if yes and approve is not None:
        raise InputError("--approve asks, and --yes does not: leave one of them out")
    context = load_settings(
        brain=brain, endpoints=endpoints, folder=folder, approve=approve, yes=yes
    )
    words = read_words(request)
    paths = check_files(files)
    build = graph_builder(context)
    say_parts(context)
    given = {"messages": [("user", words)], "files": list(paths)}
    with open_session(
        build, watch=ask_watcher(as_json=as_json), ask=ask_user, must_last=False
    ) as session:
        begun = Begun(session, new_thread(), Record.of("ask", words, paths, context))
        session.wait(session.threads.hold(begun.thread))
        return begun.answer(given, context, as_json=as_json)


def ask_watcher(*, as_json: bool) -> Callable[[], Watcher]:
    """What shows progress: on a terminal the answer that follows tells all that the tree does."""
    return partial(watcher, stays=as_json or not out().is_terminal)


class Begun(NamedTuple):
    """A run in a thread that this process holds."""

    session: Session
    thread: str
    record: Record

    def answer(
        self,
        given: Mapping[str, Any] | None,
        context: "Context",
        outcome: Outcome | None = None,
        *,
        as_json: bool,
    ) -> int:
        """Run `given`, or go on, show what comes of it, and return the exit status."""
        config = self.record.config(self.thread)
        allowed = with_files(context, self.record.files)
        try:
            outcome = self.session.run(given, allowed, config, outcome)
        except Exception:
            tell_how_to_go_on(self.session, self.thread)
            raise
        return self.end(outcome, context, as_json=as_json)

    def end(self, outcome: Outcome, context: "Context", *, as_json: bool) -> int:
        """Show the outcome; what has been answered and shown need not be kept."""
        try:
            _show(outcome, context, as_json=as_json)
        except (BrokenPipeError, SystemExit):  # rich ends so: whoever reads has seen enough
            self._forget(outcome)
            raise
        self._forget(outcome)
        if outcome.interrupted:
            tell_how_to_go_on(self.session, self.thread)
            return INTERRUPTED
        return FAILURES if outcome.failures else DONE

    def _forget(self, outcome: Outcome) -> None:
        if self.record.command == "ask" and not outcome.interrupted:
            self.session.wait(self.session.threads.forget(self.thread))


def _show(outcome: Outcome, context: "Context", *, as_json: bool) -> None:
    if as_json:
        show_json(outcome, context.brain)
    elif outcome.interrupted:
        show_unfinished(outcome)
    else:
        show_answer(outcome)
    show_usage(outcome)


def graph_builder(context: "Context") -> "Callable[[Threads], Graph]":
    """What builds the graph on a store of threads, with the parts that the settings name.

    Raises:
        SettingError: one of them does not exist.

    """
    from hugginggpt.graph.brain import open_brain

    return partial(build_on, brain=open_brain(context.brain), endpoints=open_endpoints(context))


def build_on(threads: Threads, **parts: Any) -> "Graph":
    """The graph of all commands; parts that are not given are those that the settings name."""
    from hugginggpt.graph.build import build_graph

    return build_graph(threads.saver, cache=threads.records, **parts)


def say_parts(context: "Context") -> None:
    """One dim line about what answers."""
    line = f"brain: {context.brain} · endpoints: {', '.join(context.endpoints)}"
    err().print(line, style="dim", soft_wrap=True)
