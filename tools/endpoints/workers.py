"""Worker threads for endpoints that run models in this process."""

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import anyio.to_thread
from anyio import CapacityLimiter

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.errors import TaskError

_LAST_SECONDS = 10
_working: set[threading.Event] = set()


async def run_in_worker(
    model: str, work: Callable[[Call], list[Artifact]], call: Call
) -> list[Artifact]:
    """What `work` returns, run in a thread; once nobody waits for it, its next report ends it.

    Raises:
        HuggingGPTError: what `work` raises.

    """
    abandoned = threading.Event()

    def report(doing: str, share: float | None) -> None:
        if abandoned.is_set():
            raise TaskError(f"{model} was cancelled")
        call.progress(doing, share)

    def run() -> list[Artifact]:
        with working():
            return work(replace(call, progress=report))

    try:
        # The slot limits how many run; a limiter of its own keeps the thread from waiting.
        return await anyio.to_thread.run_sync(
            run, abandon_on_cancel=True, limiter=CapacityLimiter(1)
        )
    finally:
        abandoned.set()


@contextmanager
def working() -> Iterator[None]:
    """A time in which this thread must not be torn down."""
    ended = threading.Event()
    _working.add(ended)
    try:
        yield
    finally:
        ended.set()
        _working.discard(ended)


@atexit.register
def _let_workers_end() -> None:
    """Wait a little for threads that were left behind: native code that outlives us aborts."""
    for ended in tuple(_working):
        ended.wait(_LAST_SECONDS)
