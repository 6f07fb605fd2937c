"""Where runs are kept: a store of threads, and a lock on each, so that one process runs it.

The store is a SQLite file in the data folder, or the Postgres database that HUGGINGGPT_DATABASE
names; records of finished tasks lie in the data folder in either case. A lock ends with the process
that holds it, however that ends.
"""

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from hugginggpt.tools.errors import InputError
from hugginggpt.tools.folders import data_folder

_PATIENCE = 0.5
"""Seconds to wait for a lock: `hugginggpt resume` takes each for a moment, to see who runs."""
_WRITE_PATIENCE = 30
"""Seconds to wait while other processes write to the SQLite file."""


class Locks(Protocol):
    """Keeps other processes from a thread."""

    async def take(self, thread: str) -> bool:
        """Whether the thread is ours now; another process may have it."""

    async def release(self, thread: str) -> None:
        """Let others have the thread."""


@dataclass(frozen=True)
class Threads:
    """An open store."""

    saver: Any
    """LangGraph's checkpointer."""
    locks: Locks
    place: str
    """What the user calls the store; holds no password."""
    remedy: str
    """What to do when the store can't be used."""
    errors: tuple[type[Exception], ...] = ()
    """What the driver of the database raises."""
    lasts: bool = True
    """Whether it outlives this process."""

    async def hold(self, thread: str) -> None:
        """Keep other processes from the thread until the store is closed.

        Raises:
            InputError: one of them is at work on it.

        """
        if not await self.locks.take(thread):
            raise InputError(
                f"thread {thread!r} is in use by another process: wait until it ends, or stop it"
            )

    async def is_held(self, thread: str) -> bool:
        """Whether another process is at work on the thread."""
        if not await self.locks.take(thread):
            return True
        await self.locks.release(thread)
        return False

    @cached_property
    def records(self) -> Any:
        """Records of finished tasks, for `build_graph(cache=...)`: in the data folder."""
        from langgraph.cache.memory import InMemoryCache

        from hugginggpt.graph.records import ResultCache

        if self.lasts:
            with contextlib.suppress(OSError, sqlite3.Error):
                return ResultCache(data_folder() / "results.sqlite")
        return InMemoryCache()  # they save work, and are not worth an error

    def close(self) -> None:
        """Close the records, where they were opened; the rest is closed with its stack."""
        records: Any = vars(self).get("records")
        if hasattr(records, "close"):
            records.close()

    async def forget(self, thread: str) -> None:
        """Delete the thread, which is held, and all that is kept of it."""
        from hugginggpt.graph.records import thread_space

        await self.saver.adelete_thread(thread)
        await self.records.aclear([thread_space(thread)])
        await self.locks.release(thread)

    @contextlib.contextmanager
    def tell(self) -> Iterator[None]:
        """Raises what goes wrong with the store as an InputError that names it."""
        try:
            yield
        except self.errors as error:
            raise _unusable(self.place, error, self.remedy) from error


def _unusable(place: str, error: Exception, remedy: str) -> InputError:
    return InputError(f"runs can't be kept in {place}: {error}; {remedy}")


async def open_threads(stack: contextlib.AsyncExitStack) -> Threads:
    """The store that the environment names, closed with `stack`.

    Raises:
        InputError: it can't be used.

    """
    if os.environ.get("HUGGINGGPT_DATABASE"):
        from hugginggpt.app.postgres import open_postgres

        return await open_postgres(os.environ["HUGGINGGPT_DATABASE"], stack)
    folder = data_folder()
    try:
        return await _open_sqlite(folder, stack)
    except (OSError, sqlite3.Error) as error:
        place, remedy = _sqlite_words(folder)
        raise _unusable(place, error, remedy) from error


async def open_passing(stack: contextlib.AsyncExitStack) -> Threads:
    """A store in memory, for a run that can't be kept."""
    saver = await _saver(":memory:", stack)
    return Threads(saver, NoLocks(), "memory", "", lasts=False)


async def _open_sqlite(folder: Path, stack: contextlib.AsyncExitStack) -> Threads:
    locks = FileLocks(folder / "locks")
    locks.folder.mkdir(parents=True, exist_ok=True)
    saver = await _saver(str(folder / "threads.sqlite"), stack)
    stack.callback(locks.close)
    return Threads(saver, locks, *_sqlite_words(folder), errors=(sqlite3.Error,))


def _sqlite_words(folder: Path) -> tuple[str, str]:
    place = repr(str(folder / "threads.sqlite"))
    return place, "choose another folder with HUGGINGGPT_DATA_DIR"


async def _saver(path: str, stack: contextlib.AsyncExitStack) -> Any:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    saver = await stack.enter_async_context(AsyncSqliteSaver.from_conn_string(path))
    await saver.conn.execute(f"PRAGMA busy_timeout = {_WRITE_PATIENCE * 1000}")
    await saver.setup()
    return saver


@dataclass
class FileLocks:
    """Locks of one machine: a file for each thread, locked by SQLite as the system allows."""

    folder: Path
    _held: dict[str, sqlite3.Connection] = field(default_factory=dict)

    async def take(self, thread: str) -> bool:
        """Whether the thread is ours now."""
        lock = sqlite3.connect(self._file(thread), timeout=_PATIENCE, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            lock.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        self._held[thread] = lock
        return True

    async def release(self, thread: str) -> None:
        """Let others have the thread."""
        self._held.pop(thread).close()
        self._file(thread).unlink(missing_ok=True)

    def close(self) -> None:
        """Release all."""
        for lock in self._held.values():
            lock.close()
        self._held.clear()

    def _file(self, thread: str) -> Path:
        # A thread may be called anything, a file may not.
        return self.folder / hashlib.sha256(thread.encode()).hexdigest()[:16]


class NoLocks:
    """For threads that no other process can see."""

    async def take(self, thread: str) -> bool:  # noqa: ARG002
        """Whether the thread is ours: always."""
        return True

    async def release(self, thread: str) -> None:
        """Nothing to do."""
