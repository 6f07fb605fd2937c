"""`hugginggpt resume`: the runs that were not finished, and going on with one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Column, Table
from rich.text import Text

from hugginggpt.app.ask import Begun, ask_watcher, build_on, say_parts
from hugginggpt.app.asking import ask_user
from hugginggpt.app.inputs import load_settings
from hugginggpt.app.kept import Kept, Standing, list_kept, look
from hugginggpt.app.session import Session, open_session
from hugginggpt.app.status import DONE
from hugginggpt.app.terminal import err, one_line, out, print_json
from hugginggpt.tools.errors import InputError

_WIDEST_REQUEST = 60
"""Columns of the request in the list."""
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def resume(
    thread: str | None,
    *,
    last: bool = False,
    forget: bool = False,
    as_json: bool = False,
    **settings: Any,
) -> int:
    """Go on with the thread, or forget it; without one, list those that are not finished.

    Raises:
        InputError: there is no such thread, another process is at work on it, or a setting can't
            be used.

    """
    if thread is not None and last:
        raise InputError(f"name the run {thread!r} or --last, not both")
    if forget and thread is None and not last:
        raise InputError("name the run to forget: hugginggpt resume ID --forget")
    load_settings(**settings)  # reads `.env` too, which may say where runs are kept
    with open_session(build_on, watch=ask_watcher(as_json=as_json), ask=ask_user) as session:
        if thread is None and not last:
            return _list(session, as_json=as_json)
        kept = _hold(session, _newest(session) if thread is None else thread.strip())
        if forget:
            session.wait(session.threads.forget(kept.thread))
            err().print(f"forgot {kept.thread}: {kept.record.request}", soft_wrap=True)
            return DONE
        return _go_on(session, kept, settings, as_json=as_json)


def _go_on(session: Session, kept: Kept, settings: Mapping[str, Any], *, as_json: bool) -> int:
    context = load_settings(**settings, kept=kept.record.settings)
    begun = Begun(session, kept.thread, kept.record.with_settings(context))
    if kept.is_answered:
        if kept.record.command == "chat":
            raise InputError(
                f"run {kept.thread!r} is finished; talk on with: "
                f"hugginggpt chat --thread {kept.thread}"
            )
        return begun.end(kept.outcome, context, as_json=as_json)
    say_parts(context)
    err().print(f"going on with {_told(kept)}", style="dim", soft_wrap=True)
    return begun.answer(None, context, kept.outcome, as_json=as_json)


def _hold(session: Session, thread: str) -> Kept:
    """The run, kept from other processes.

    Raises:
        InputError: there is none, or another process is at work on it.

    """
    if session.wait(look(session, thread)) is None:
        known = ", ".join(kept.thread for kept in session.wait(list_kept(session)))
        raise InputError(f"there is no run {thread!r} to go on with; there is {known or 'none'}")
    session.wait(session.threads.hold(thread))
    if (kept := session.wait(look(session, thread))) is None:
        raise InputError(f"run {thread!r} has just been finished by another process")
    return kept


def _newest(session: Session) -> str:
    for kept in session.wait(list_kept(session)):
        if not session.wait(session.threads.is_held(kept.thread)):
            return kept.thread
    raise InputError("there is no run to go on with")


def _list(session: Session, *, as_json: bool) -> int:
    runs = session.wait(list_kept(session))
    standings = [_standing(session, kept) for kept in runs]
    if as_json:
        print_json([_json(*row) for row in zip(runs, standings, strict=True)])
    elif runs:
        _show_table(runs, standings)
    else:
        out().print("No unfinished runs.")
    return DONE


def _standing(session: Session, kept: Kept) -> Standing:
    if session.wait(session.threads.is_held(kept.thread)):
        return "running"
    if kept.is_answered:
        return "answered, not shown"
    if not kept.snapshot.interrupts:
        return "interrupted"
    return "waiting for approval" if kept.is_planned else "waiting for a choice"


def _show_table(runs: Sequence[Kept], standings: Sequence[Standing]) -> None:
    columns = (Column(no_wrap=True), Column(no_wrap=True), Column(overflow="fold"))
    table = Table.grid(*columns, padding=(0, 2, 0, 0))
    for kept, standing in zip(runs, standings, strict=True):
        style = "green" if standing == "running" else "yellow"
        told = Text(one_line(kept.record.request, _WIDEST_REQUEST))
        told.append(f"\n{kept.tasks} · ", "dim").append(standing, style)
        if not out().is_terminal:
            told = Text("  ").join(told.split())
        table.add_row(Text(one_line(kept.thread), "bold"), Text(_age(kept), "dim"), told)
    out().print(table)
    err().print("go on with one: hugginggpt resume ID", style="dim", soft_wrap=True)


def _told(kept: Kept) -> str:
    return one_line(f"{kept.thread}: {kept.record.request} ({kept.tasks})", 300)


def _age(kept: Kept) -> str:
    passed = datetime.now(UTC) - datetime.fromisoformat(kept.record.began)
    seconds = max(0, int(passed.total_seconds()))
    for size, name in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"


def _json(kept: Kept, standing: Standing) -> dict[str, Any]:
    outcome = kept.outcome
    return {
        "id": kept.thread,
        "command": kept.record.command,
        "began": kept.record.began,
        "request": kept.record.request,
        "done": len(outcome.results),
        "total": len(outcome.plan),
        "state": standing,
    }
