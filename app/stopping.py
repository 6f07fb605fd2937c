"""Ways to stop a command: SIGTERM and a terminal that is closed do what Ctrl-C does."""

import os
import signal
import sys
from types import FrameType

from hugginggpt.app.status import INTERRUPTED

_received: list[int] = []
_terminal: list[int] = []
"""Descriptors of the standard streams that are a terminal."""


def listen() -> None:
    """Let the signals to end and to hang up interrupt what runs, unless they are ignored."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    _terminal[:] = [stream.fileno() for stream in streams if stream and stream.isatty()]
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # no SIGHUP on Windows
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    if _received:
        return  # is being done; only Ctrl-C hurries it on
    _received.append(number)
    if number != signal.SIGTERM:
        _leave_terminal()
    interrupt = signal.getsignal(signal.SIGINT)
    if callable(interrupt):
        interrupt(signal.SIGINT, frame)  # asyncio's own while a loop runs: it cancels the work
    else:
        raise KeyboardInterrupt  # shells ignore Ctrl-C for what runs in the background


def _leave_terminal() -> None:
    """Let what is still written go nowhere: on a closed terminal every write is an error."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in _terminal:
        os.dup2(nowhere, descriptor)


def is_stopped() -> bool:
    """Whether the process has been told to end, and not only what it was doing."""
    return bool(_received)


def exit_status(status: object) -> object:
    """`status`, or where a signal has interrupted the command what shells call that: 128 + it."""
    return 128 + _received[0] if _received and status == INTERRUPTED else status
