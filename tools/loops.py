"""Event loops: a background one for callers that have none, and places to run in each loop."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar

T = TypeVar("T")


class Slots:
    """So many places to run at once, in each event loop: a limiter belongs to one loop."""

    def __init__(self, name: str, places: int) -> None:
        """Have `places` places; `name` tells these slots from others."""
        self._limiters: RunVar[CapacityLimiter] = RunVar(f"hugginggpt_{name}_slots")
        self._places = places

    def here(self) -> CapacityLimiter:
        """The limiter of the running event loop."""
        try:
            return self._limiters.get()
        except LookupError:
            limiter = CapacityLimiter(self._places)
            self._limiters.set(limiter)
            return limiter


class _Background(NamedTuple):
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread


_lock = threading.Lock()
_background: list[_Background] = []


def call_sync(function: Callable[..., Coroutine[Any, Any, T]], *arguments: object) -> T:
    """What `await function(*arguments)` returns, run on the background loop.

    Context variables of the caller are visible to the function. An interrupt of the caller
    cancels the function.

    Raises:
        RuntimeError: called on the background loop itself, which would wait for itself.

    """
    background = _running()
    if background.thread is threading.current_thread():
        raise RuntimeError("sync code on the background loop must use the async methods")
    # The callback that starts the coroutine carries a copy of the caller's context.
    future = asyncio.run_coroutine_threadsafe(function(*arguments), background.loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def _running() -> _Background:
    """The background loop, started anew if a KeyboardInterrupt in a task has killed it."""
    with _lock:
        if not _background or not _background[-1].thread.is_alive():
            started: Future[asyncio.AbstractEventLoop] = Future()
            # A daemon: a task that hangs must not keep the process from ending.
            thread = threading.Thread(
                target=_run, args=(started,), name="hugginggpt-loop", daemon=True
            )
            thread.start()
            _background[:] = [_Background(started.result(), thread)]
        return _background[-1]


def _run(started: "Future[asyncio.AbstractEventLoop]") -> None:
    with suppress(KeyboardInterrupt):  # whoever waits for the loop is told by a cancellation
        asyncio.run(_serve(started))


async def _serve(started: "Future[asyncio.AbstractEventLoop]") -> None:
    """Keep the loop running; when it dies, `asyncio.run` cancels what callers wait for."""
    started.set_result(asyncio.get_running_loop())
    await asyncio.Event().wait()
