"""One background event loop for callers that have none: everything is written async once."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Background(NamedTuple):
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread


_lock = threading.Lock()
_background: list[_Background] = []


def call_sync(function: Callable[..., Coroutine[Any, Any, T]], *arguments: object) -> T:
    """What `await function(*arguments)` returns, run on the background loop.

    Context variables of the caller are visible to the function. An interrupt of the caller
    cancels the function.
    """
    # The callback that starts the coroutine carries a copy of the caller's context.
    future = asyncio.run_coroutine_threadsafe(function(*arguments), _running_loop())
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def _running_loop() -> asyncio.AbstractEventLoop:
    """The background loop, started anew if a KeyboardInterrupt in a task has killed it."""
    with _lock:
        if not _background or not _background[-1].thread.is_alive():
            loop = asyncio.new_event_loop()
            # A daemon: a task that hangs must not keep the process from ending.
            thread = threading.Thread(target=loop.run_forever, name="hugginggpt-loop", daemon=True)
            thread.start()
            _background[:] = [_Background(loop, thread)]
        return _background[-1].loop
