"""Records of finished tasks: what was done stays done, whatever dies.

A task is known by what it is made of: kind, model, revision, and its arguments by what they hold,
files included. Its record is written as soon as it has ended, before anyone is told, and looked up
before it would start. Nothing of a plan goes into the key, so a record is found again by a run
that goes on after its process has died, also where the plan had to be made anew; by a later
request of the same thread; and by another task of the same plan.
"""

import asyncio
import hashlib
import json
import logging
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import anyio.to_thread
from langgraph.cache.base import BaseCache, FullKey
from langgraph.cache.memory import InMemoryCache
from langgraph.cache.sqlite import SqliteCache
from pydantic import ValidationError

from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import is_whole
from hugginggpt.tools.candidates import Candidate

log = logging.getLogger(__name__)

Cache = BaseCache[dict[str, Any]]

MAX_RECORDS_BYTES = 200_000_000
"""Size of a file of records at which the oldest ones are dropped; files that tasks have produced
are not counted, since they lie in the workspace."""
FILE_NAME = ".results.sqlite"
"""Where records are kept, in the workspace, beside the files that they name."""

_VERSION = 1
"""Counts up when what a task gives for the same arguments changes, so that old records rest."""
_SHARED = ("hugginggpt", "every-thread")


class ResultCache(SqliteCache[dict[str, Any]]):
    """LangGraph's cache in a SQLite file of bounded size."""

    def __init__(self, path: str | Path, *, max_bytes: int = MAX_RECORDS_BYTES) -> None:
        """Open the file, made where it is not there yet.

        Raises:
            OSError: its folder can't be made.
            sqlite3.Error: it can't be opened, or is no such file.

        """
        path = Path(path).expanduser()
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path=str(path))
        # A record must outlive its process; outliving the power is not worth waiting for a disk.
        self._conn.execute("PRAGMA synchronous=NORMAL")
        self._max_bytes = max_bytes
        # Its own thread: a record must not wait for a place among whatever else threads do.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="hugginggpt-records")

    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, dict[str, Any]]:
        """The values of those keys that have one."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self.get, keys)

    async def aset(self, pairs: Mapping[FullKey, tuple[dict[str, Any], int | None]]) -> None:
        """Keep the values; they are there when this returns."""
        await asyncio.get_running_loop().run_in_executor(self._worker, self.set, pairs)

    def set(self, mapping: Mapping[FullKey, tuple[dict[str, Any], int | None]]) -> None:
        """Keep the values; where the file has grown too large, the oldest tenth is dropped."""
        super().set(mapping)
        with self._lock, self._conn:
            if self._held() > self._max_bytes:
                self._conn.execute(
                    "DELETE FROM cache WHERE rowid IN (SELECT rowid FROM cache ORDER BY rowid "
                    "LIMIT (SELECT count(*) / 10 + 1 FROM cache))"
                )

    def close(self) -> None:
        """Close the file, after what is still to be written."""
        self._worker.shutdown()
        with self._lock:
            self._conn.close()

    def _held(self) -> int:
        """Bytes in use."""
        pragmas = ("page_count", "freelist_count", "page_size")
        pages, free, size = (self._conn.execute(f"PRAGMA {p}").fetchone()[0] for p in pragmas)
        return int((pages - free) * size)


class Records:
    """The records that one run may take its results from, and adds to.

    A store that fails costs nothing but what it would have saved: it is logged, and tasks run.
    """

    def __init__(
        self, opens: Callable[[], Cache], thread: str | None = None, *, shared: bool = False
    ) -> None:
        """Keep records in the cache that `opens` gives, under `thread`; in memory if there is none.

        `shared` records are found by every thread.
        """
        self._opens: Callable[[], Cache] = opens if thread or shared else InMemoryCache
        self._cache: Cache | None = None
        self._opening = asyncio.Lock()
        self._spaces = [thread_space(thread)] + ([_SHARED] if shared else [])
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def turn(self, content: str) -> AsyncIterator[None]:
        """A time in which no other task of this run works on the same."""
        async with self._turns[content]:
            yield

    async def find(self, content: str, candidates: Sequence[Candidate]) -> TaskResult | None:
        """The result that trying the candidates in turn has had before; None if there is none."""
        keys = [key_of(content, candidate) for candidate in candidates]
        places = [(space, key) for key in keys for space in self._spaces]
        found = await self._quietly(lambda cache: cache.aget(places)) or {}
        for position, key in enumerate(keys):
            for space in self._spaces:
                result = await _read(found.get((space, key)))
                if result is not None and _covers(result, candidates[:position]):
                    return result
        return None

    async def keep(self, content: str, candidate: Candidate, result: TaskResult) -> None:
        """Write the record; it is there when this returns."""
        value = result.model_dump(mode="json")
        key = key_of(content, candidate)
        await self._quietly(
            lambda cache: cache.aset({(s, key): (value, None) for s in self._spaces})
        )

    async def _quietly(self, use: Callable[[Cache], Any]) -> Any:
        try:
            return await use(await self._open())
        except Exception as error:  # noqa: BLE001 - whatever store the caller has given
            _warn(error)
            return None

    async def _open(self) -> Cache:
        async with self._opening:
            if self._cache is None:
                try:
                    self._cache = await anyio.to_thread.run_sync(self._opens)
                except (OSError, sqlite3.Error) as error:
                    _warn(error)
                    self._cache = InMemoryCache()  # for the rest of the run
            return self._cache


def _warn(error: Exception) -> None:
    log.warning("finished tasks can't be recorded: %s: %s", type(error).__name__, error)


def thread_space(thread: str | None) -> tuple[str, ...]:
    """The namespace of a thread's records; its id is hashed, since caches join names by commas."""
    return ("hugginggpt", hashlib.sha256((thread or "").encode()).hexdigest()[:32])


def key_of(content: str, candidate: Candidate) -> str:
    """What a task on that model is known by; `content` is that of `content_of`."""
    return _digest([_VERSION, candidate.kind, candidate.model, candidate.revision, content])


def content_of(arguments: Mapping[str, Any]) -> str:
    """A digest of resolved arguments; a file counts by what it holds, not by its name."""
    return _digest({name: _held_by(value) for name, value in arguments.items()})


def _held_by(value: Any) -> Any:
    if isinstance(value, Path):
        info = value.stat()
        return ["file", value.suffix, _file_digest(value, info.st_mtime_ns, info.st_size)]
    return [_held_by(item) for item in value] if isinstance(value, list) else value


@lru_cache(maxsize=256)
def _file_digest(path: Path, changed: int, size: int) -> str:  # noqa: ARG001 - part of the key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


async def _read(value: Any) -> TaskResult | None:
    """The recorded result, if its files are still as they were."""
    if value is None:
        return None
    try:
        result = TaskResult.model_validate(value)
    except ValidationError:
        return None  # of another version
    files = [artifact for artifact in result.artifacts if artifact.path]
    if files and not await anyio.to_thread.run_sync(lambda: all(map(is_whole, files))):
        return None
    return result.model_copy(update={"reused": True})


def _covers(result: TaskResult, before: Sequence[Candidate]) -> bool:
    """Whether the candidates that come first had been tried, and had failed."""
    tried = {attempt.model for attempt in result.attempts}
    return all(candidate.model in tried for candidate in before)
