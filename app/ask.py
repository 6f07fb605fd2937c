"""`hugginggpt ask`: one request, answered."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from hugginggpt.app.approval import ask_approval
from hugginggpt.app.inputs import check_files, load_settings, open_endpoints, read_words, with_files
from hugginggpt.app.live import watcher
from hugginggpt.app.session import Outcome, Session, close
from hugginggpt.app.show import show_answer, show_json, show_unfinished, show_usage
from hugginggpt.app.status import DONE, FAILURES, INTERRUPTED
from hugginggpt.app.terminal import err, out

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
    as_json: bool = False,
) -> int:
    """Answer the request on stdout; the exit status says whether all of it could be done.

    Raises:
        InputError: the request, a file or a setting can't be used.

    """
    context = load_settings(brain=brain, endpoints=endpoints, folder=folder, approve=approve)
    words = read_words(request)
    paths = check_files(files)
    outcome = _run(words, paths, with_files(context, paths), as_json=as_json)
    if as_json:
        show_json(outcome, context.brain)
    elif outcome.interrupted:
        show_unfinished(outcome)
    else:
        show_answer(outcome)
    show_usage(outcome)
    if outcome.interrupted:
        return INTERRUPTED
    return FAILURES if outcome.failures else DONE


def _run(words: str, paths: Sequence[str], context: "Context", *, as_json: bool) -> Outcome:
    build = graph_builder(context)
    say_parts(context)
    runner = asyncio.Runner()
    session = Session(
        runner,
        build,
        # On a terminal the answer that follows tells all that the tree does.
        watch=partial(watcher, stays=as_json or not out().is_terminal),
        approve=ask_approval,
    )
    config: Any = {"configurable": {"thread_id": "ask"}} if context.approve != "never" else None
    given = {"messages": [("user", words)], "files": list(paths)}
    try:
        return session.run(given, context, config)
    finally:
        close(runner)


def graph_builder(context: "Context", saver: Any = None) -> "partial[Graph]":
    """What builds the graph, with the parts that the settings name.

    Raises:
        SettingError: one of them does not exist.

    """
    from hugginggpt.graph.brain import open_brain

    brain, endpoints = open_brain(context.brain), open_endpoints(context)
    return partial(_build, context, saver, brain=brain, endpoints=endpoints)


def _build(context: "Context", saver: Any, **parts: Any) -> "Graph":
    from hugginggpt.graph.build import build_graph

    if saver is None and context.approve != "never":
        from langgraph.checkpoint.memory import InMemorySaver

        saver = InMemorySaver()  # a run that stops to ask must be kept somewhere
    return build_graph(saver, **parts)


def say_parts(context: "Context") -> None:
    """One dim line about what answers."""
    line = f"brain: {context.brain} · endpoints: {', '.join(context.endpoints)}"
    err().print(line, style="dim", soft_wrap=True)
