"""The catalogue: which models there are for a kind of task, from four sources.

The user's own list stands first, then what the Hub told last (kept on disk), else the snapshot of
facts that this package brings. Asking the Hub is never waited for where something is known.
"""

import asyncio
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import anyio.to_thread

from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.catalogue import hub, own, snapshot, store
from hugginggpt.tools.catalogue.filters import why_not
from hugginggpt.tools.endpoints import EndpointSettings
from hugginggpt.tools.errors import SettingError
from hugginggpt.tools.kinds import TaskKind

if TYPE_CHECKING:
    import httpx

__all__ = ["Catalogue", "open_catalogue", "why_not"]

_FRESH = timedelta(days=1)
"""What is older is asked for again, in the background."""
_PATIENCE = 5.0
"""Seconds that a first answer of the Hub is waited for."""
_PAUSE = 60.0
"""Seconds for which a Hub that did not answer is not asked again."""
_LONGEST = 20.0
"""Seconds that the Hub may take for one kind, whether anybody waits or not."""
_AT_ONCE = 8


class _Question(NamedTuple):
    """A kind of task that the Hub is asked about."""

    kind: TaskKind
    answered: "Future[None]"


class Catalogue:
    """Models by kind of task. Shared by all endpoints with the same settings, and by threads."""

    def __init__(self, settings: EndpointSettings) -> None:
        """Read nothing yet."""
        self._settings = settings
        self._asking: dict[str, Future[None]] = {}
        self._asked_about: set[tuple[str, str]] = set()
        self._failed: tuple[str, float, str] | None = None
        self._lock = threading.Lock()

    def models(self, kind: TaskKind) -> tuple[Candidate, ...]:
        """What is known now, without asking anybody; endpoints fill in who runs it.

        Raises:
            SettingError: the user's own list can't be read.

        """
        kept = store.read(kind.name)
        known = (kept.models if kept else ()) or snapshot.models(kind.name)
        facts = {candidate.model: candidate for candidate in known}
        mine = [
            own.with_facts(candidate, facts.pop(candidate.model, None))
            for candidate in own.models(self._settings.models, kind.name)
        ]
        return (*mine, *facts.values())

    def asked_at(self, kind: TaskKind) -> datetime | None:
        """When the Hub was asked for models of that kind; None where it never was."""
        kept = store.read(kind.name)
        return kept.asked_at if kept else None

    @property
    def trouble(self) -> str:
        """Why the Hub is not asked, or could not be asked the last time; empty where it could."""
        return hub.obstacle(self._settings) or (self._failed[2] if self._failed else "")

    async def refresh(
        self, kinds: Iterable[TaskKind], seconds: float = _PATIENCE, *, renew: bool = False
    ) -> None:
        """Ask the Hub for kinds that nothing, or nothing new, is known of; all at once.

        What was never asked for is waited for, at most `seconds`; what is old is not, unless
        `renew` asks for everything anew. A Hub that gives no answer is left alone for a minute.
        Never raises.
        """
        wanted = list({kind.name: kind for kind in kinds}.values())
        # In a thread: files are read, and packages imported.
        asked = await anyio.to_thread.run_sync(self._begin, wanted, renew)
        waited = [asyncio.wrap_future(future) for future in asked]
        if not waited:
            return
        try:
            _, late = await asyncio.wait(waited, timeout=seconds)
            if late:
                self._fail(f"{hub.address()} gave no answer within {seconds:g} seconds")
        finally:
            for future in waited:
                future.cancel()

    def _begin(self, kinds: Sequence[TaskKind], renew: bool) -> list["Future[None]"]:
        """Begin to ask for what is missing or old; what ends with the answers to wait for."""
        if hub.obstacle(self._settings) or (self._is_paused() and not renew):
            return []
        if renew:
            self._failed = None
        missing = [kind for kind in kinds if renew or self._is_missing(kind)]
        asked = self._start([k for k in kinds if k in missing or self._is_stale(k)])
        return [asked[kind.name] for kind in missing]

    # --- what to ask for ----------------------------------------------------------------------

    def _is_paused(self) -> bool:
        if self._failed is None:
            return False
        address, when, _ = self._failed
        return address == hub.address() and time.monotonic() - when < _PAUSE

    def _is_missing(self, kind: TaskKind) -> bool:
        kept = store.read(kind.name)
        if kept is None and hub.sorts(kind):
            return True
        known = {candidate.model for candidate in kept.models} if kept else set()
        unknown = set(self._own_ids(kind)) - known
        return any((kind.name, model) not in self._asked_about for model in unknown)

    def _is_stale(self, kind: TaskKind) -> bool:
        asked_at = self.asked_at(kind)
        # An age below zero comes from a clock that was wrong.
        return asked_at is not None and not timedelta() <= datetime.now(UTC) - asked_at <= _FRESH

    def _own_ids(self, kind: TaskKind) -> Sequence[str]:
        with suppress(SettingError):  # `models` tells it
            mine = own.models(self._settings.models, kind.name)
            return [candidate.model for candidate in mine if own.is_hub_id(candidate.model)]
        return []

    # --- asking, in a thread that nobody has to wait for --------------------------------------

    def _start(self, kinds: Sequence[TaskKind]) -> dict[str, "Future[None]"]:
        """By name of the kind, what ends when the Hub has told of it, or has failed to."""
        new: list[_Question] = []
        with self._lock:
            for kind in kinds:
                if kind.name not in self._asking:
                    new.append(_Question(kind, _running()))
                    self._asking[kind.name] = new[-1].answered
            asked = {kind.name: self._asking[kind.name] for kind in kinds}
        if new:
            # A daemon: a Hub that never answers must not keep the program from ending.
            threading.Thread(
                target=lambda: asyncio.run(self._ask_all(new)), name="hugginggpt-hub", daemon=True
            ).start()
        return asked

    async def _ask_all(self, questions: Sequence[_Question]) -> None:
        places = asyncio.Semaphore(_AT_ONCE)
        try:
            async with hub.open_client() as client:
                await asyncio.gather(*(self._ask(each, client, places) for each in questions))
        except Exception as error:  # noqa: BLE001 - nobody is there to catch it; such as a bad proxy
            self._fail(f"the Hub can't be asked: {error}")
        finally:
            for question in questions:
                self._end(question)

    async def _ask(
        self, question: _Question, client: "httpx.AsyncClient", places: asyncio.Semaphore
    ) -> None:
        """Ask the Hub and keep what it tells: first the facts, then the words of model cards."""
        kind = question.kind
        mine = self._own_ids(kind)
        kept = store.read(kind.name)
        words = hub.words_of(kept.models if kept else ())
        try:
            async with places, asyncio.timeout(_LONGEST):
                if self._is_paused():  # it has failed for another kind meanwhile
                    return
                found = await hub.find(client, kind, mine)
                store.write(kind.name, hub.with_words(found, words))
                self._failed = None
                self._asked_about.update((kind.name, model) for model in mine)
                store.write(kind.name, await hub.described(client, found, words))
        except (hub.HubError, TimeoutError) as error:
            self._fail(str(error) or f"{hub.address()} took longer than {_LONGEST:g} seconds")
        finally:
            self._end(question)

    def _end(self, question: _Question) -> None:
        """Let those go on who wait for the answer."""
        with self._lock:
            is_open = self._asking.get(question.kind.name) is question.answered
            if is_open:
                del self._asking[question.kind.name]
        if is_open:
            question.answered.set_result(None)

    def _fail(self, why: str) -> None:
        self._failed = (hub.address(), time.monotonic(), why)


def _running() -> "Future[None]":
    """A future that those who wait for it can't cancel for all others."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future


@cache
def open_catalogue(settings: EndpointSettings) -> Catalogue:
    """The catalogue for these settings, one in a process."""
    return Catalogue(settings)
