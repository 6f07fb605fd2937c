"""The store of threads in Postgres."""

import asyncio
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hugginggpt.app.threads import Threads
from hugginggpt.tools.errors import SettingError

_ADDRESS = re.compile(r"postgres(ql)?://([^@/]*@)?[^@]*")
_REMEDY = "see that the server runs and HUGGINGGPT_DATABASE is right"
_CONNECT_SECONDS = 10
_PAUSE = 0.05
"""Seconds between two looks whether another process has made the tables."""
_TABLES = "tables\n"
"""What is locked while tables are made: no thread is called so, their ids are one line."""


async def open_postgres(address: str, stack: contextlib.AsyncExitStack) -> Threads:
    """The store in the database at `address`, closed with `stack`; its tables are made if need be.

    Raises:
        SettingError: the address is none, the server can't be reached, or the extra is missing.

    """
    try:
        import psycopg
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    except ImportError as error:
        raise SettingError(
            "HUGGINGGPT_DATABASE needs the extra `postgres`: pip install 'hugginggpt[postgres]'"
        ) from error
    parts = _read(address)
    place = f"Postgres at {parts.get('host', 'localhost')}/{parts.get('dbname', '')}"
    try:
        saver = await stack.enter_async_context(
            AsyncPostgresSaver.from_conn_string(psycopg.conninfo.make_conninfo(**parts))
        )
        locks = ServerLocks(saver.conn)
        await _make_tables(saver, locks)
    except psycopg.Error as error:
        told = _without_password(" ".join(str(error).split()), parts)
        raise SettingError(f"runs can't be kept in {place}: {told}; {_REMEDY}") from error
    return Threads(saver, locks, place, _REMEDY, errors=(psycopg.Error,))


def _read(address: str) -> dict[str, Any]:
    """The parts of the address, by the names that libpq gives them.

    Raises:
        SettingError: it is none; the text holds nothing of it, since it may hold a password.

    """
    import psycopg

    try:
        if not _ADDRESS.fullmatch(address):
            raise ValueError
        return {"connect_timeout": _CONNECT_SECONDS, **psycopg.conninfo.conninfo_to_dict(address)}
    except (ValueError, psycopg.Error):
        raise SettingError(
            "HUGGINGGPT_DATABASE is not of the form postgresql://USER:PASSWORD@HOST:PORT/NAME; "
            "in a password, write @ as %40, / as %2F and % as %25"
        ) from None


def _without_password(text: str, parts: Mapping[str, Any]) -> str:
    password = str(parts.get("password") or "")
    for written in (password, quote(password, safe="")):
        text = text.replace(written, "***") if written else text
    return text


async def _make_tables(saver: Any, locks: "ServerLocks") -> None:
    """Make the tables; of several processes that begin at once, one does so after the other."""
    while not await locks.take(_TABLES):  # noqa: ASYNC110 - the other is no task of ours
        # Not waited for in the database, where indexes are not built while a query waits.
        await asyncio.sleep(_PAUSE)
    await saver.setup()
    await locks.release(_TABLES)


@dataclass(frozen=True)
class ServerLocks:
    """Locks of all who use the database: advisory ones, which end with the connection."""

    connection: Any

    async def take(self, thread: str) -> bool:
        """Whether the thread is ours now."""
        return await self._ask(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS ours", thread
        )

    async def release(self, thread: str) -> None:
        """Let others have the thread."""
        await self._ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0)) AS ours", thread)

    async def _ask(self, query: str, thread: str) -> bool:
        answer = await self.connection.execute(query, [f"hugginggpt {thread}"])
        return bool((await answer.fetchone())["ours"])
