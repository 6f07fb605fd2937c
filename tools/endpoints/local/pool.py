"""The pool of loaded models: each is loaded once, shared, and unloaded to make room for others."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local.devices import budget, bytes_of, release
from hugginggpt.tools.endpoints.local.families import Loaded, Run, RunMany
from hugginggpt.tools.errors import OutOfMemoryError, TaskError

_GIGABYTE = 10**9
_LARGEST_BATCH = 16


class Key(NamedTuple):
    """What tells loaded models apart."""

    model: str
    revision: str | None
    load: str
    """How it was loaded: the same files may be loaded with another head."""
    device: str
    dtype: str


@dataclass(eq=False, slots=True)
class _Ticket:
    """A call that waits for its turn in a batch."""

    arguments: Mapping[str, Any]
    call: Call
    artifacts: list[Artifact] | None = None
    error: Exception | None = None

    @property
    def has_ended(self) -> bool:
        return self.artifacts is not None or self.error is not None


@dataclass(eq=False, slots=True)
class Held:
    """A place in the pool: a model that is loaded, or is being loaded."""

    key: Key
    loaded: Loaded | None = None
    size: int = 0
    """In bytes: an estimate while it is being loaded, then what its weights take."""
    users: int = 0
    last_used: float = field(default_factory=time.monotonic)
    loading: threading.Lock = field(default_factory=threading.Lock)
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever runs the model: one call, or one batch, at a time."""
    waiting: deque[_Ticket] = field(default_factory=deque)

    @property
    def ready(self) -> Loaded:
        """The model, of a place that is borrowed."""
        if self.loaded is None:
            raise RuntimeError(f"{self.key.model} is not loaded")
        return self.loaded

    def run(self, function: Run, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
        """What the model makes of the arguments, when its turn comes."""
        with self.turn:
            call.progress(f"running {self.key.model}", None)
            return function(self.ready, arguments, call)

    def run_in_batch(
        self, function: RunMany, arguments: Mapping[str, Any], call: Call
    ) -> list[Artifact]:
        """The same, run together with all calls that wait for this model by then.

        Nobody waits for a batch to fill: while one runs, the next one gathers.
        """
        ticket = _Ticket(arguments, call)
        self.waiting.append(ticket)
        with self.turn:
            while not ticket.has_ended:
                count = min(len(self.waiting), _LARGEST_BATCH)
                self._run_batch(function, [self.waiting.popleft() for _ in range(count)])
        if ticket.error is not None:
            raise ticket.error
        return ticket.artifacts or []

    def _run_batch(self, function: RunMany, batch: list[_Ticket]) -> None:
        batch = [ticket for ticket in batch if self._is_wanted(ticket)]
        if not batch:
            return
        try:
            results = function(self.ready, [t.arguments for t in batch], [t.call for t in batch])
        except Exception as error:  # noqa: BLE001 - raised in the call that it belongs to
            if len(batch) == 1:
                batch[0].error = error
                return
            for ticket in batch:  # one that can't be done must not take the others down
                self._run_batch(function, [ticket])
            return
        for ticket, artifacts in zip(batch, results, strict=True):
            ticket.artifacts = artifacts

    def _is_wanted(self, ticket: _Ticket) -> bool:
        """Whether somebody still waits for the result."""
        try:
            ticket.call.progress(f"running {self.key.model}", None)
        except TaskError as error:
            ticket.error = error
        return ticket.error is None


class Pool:
    """Loaded models by key. Used from worker threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._held: dict[Key, Held] = {}
        self._lock = threading.Lock()

    def holds(self, model: str) -> bool:
        """Whether a model of that name is loaded."""
        with self._lock:
            return any(h.loaded for key, h in self._held.items() if key.model == model)

    @contextmanager
    def borrow(
        self, key: Key, load: Callable[[], Loaded], *, size: int, limit: float | None
    ) -> Iterator[Held]:
        """The model, loaded first where it is not yet; it stays as long as it is borrowed.

        `size` is what it will take, in bytes; `limit` is the setting of the budget, in GB.

        Raises:
            OutOfMemoryError: there is no room for it.
            TaskError: it can't be loaded.

        """
        held = self._take(key)
        try:
            with held.loading:
                if held.loaded is None:
                    self._load(held, load, size, limit)
            yield held
        finally:
            self._give_back(held)

    def clear(self) -> None:
        """Unload every model that nobody uses."""
        with self._lock:
            self._drop([held for held in self._held.values() if not held.users])

    def _take(self, key: Key) -> Held:
        with self._lock:
            held = self._held.setdefault(key, Held(key))
            held.users += 1
            return held

    def _give_back(self, held: Held) -> None:
        with self._lock:
            held.users -= 1
            held.last_used = time.monotonic()
            if held.loaded is None and not held.users:
                self._held.pop(held.key, None)

    def _load(self, held: Held, load: Callable[[], Loaded], size: int, limit: float | None) -> None:
        self._make_room(held, size, limit)
        try:
            loaded = load()
            held.size = bytes_of(loaded.model, *loaded.extras.values())
        except BaseException:
            held.size = 0
            raise
        held.loaded = loaded

    def _make_room(self, held: Held, size: int, limit: float | None) -> None:
        """Reserve `size` bytes, and unload models, the least recently used first, to have them.

        Raises:
            OutOfMemoryError: there is not as much even then.

        """
        device = held.key.device
        with self._lock:
            beside = [h for h in self._held.values() if h.key.device == device and h is not held]
            taken = sum(h.size for h in beside)
            room = budget(device, limit, sum(h.size for h in beside if h.loaded))
            idle = sorted((h for h in beside if h.loaded and not h.users), key=_age)
            dropped: list[Held] = []
            while taken + size > room and idle:
                dropped.append(idle.pop(0))
                taken -= dropped[-1].size
            self._drop(dropped)
            if taken + size > room:
                raise OutOfMemoryError(
                    f"{held.key.model} needs about {size / _GIGABYTE:.1f} GB on {device}; models "
                    f"in use leave {max(0, room - taken) / _GIGABYTE:.1f} GB (HUGGINGGPT_LOCAL_"
                    "MEMORY sets another budget)"
                )
            held.size = size

    def _drop(self, dropped: list[Held]) -> None:
        for held in dropped:
            del self._held[held.key]
            held.loaded = None
        for device in {held.key.device for held in dropped}:
            release(device)


def _age(held: Held) -> float:
    return held.last_used
