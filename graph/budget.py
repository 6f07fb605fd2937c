"""What one run may spend: time, calls and tokens of the chat model, bytes of files.

Reaching a limit never ends a run in an error: what has been done is answered with, and what has
not is said to be missing, with the setting that allows more.
"""

import time
from math import inf

from hugginggpt.graph.context import Context
from hugginggpt.graph.usage import Usage
from hugginggpt.tools.errors import BrainError, WorkspaceError


class Budget:
    """What is left of the limits of one run; its time begins when it is made."""

    def __init__(self, context: Context | None = None) -> None:
        """Take the limits from the settings; none without."""
        self._limits = context
        self._began = time.monotonic()
        self._usage = Usage()
        self._bytes = 0

    @property
    def seconds_left(self) -> float:
        """Until the run has to answer; infinite where its time is not limited."""
        most = self._limits.max_seconds if self._limits else None
        return inf if most is None else most - (time.monotonic() - self._began)

    @property
    def is_out_of_time(self) -> bool:
        """Whether the run has to answer now."""
        return self.seconds_left <= 0

    @property
    def out_of_time(self) -> str:
        """What is said of a task that the end of the time has stopped."""
        most = self._limits.max_seconds if self._limits else None
        return f"the time for one request ({most or 0:g} s) is used up (HUGGINGGPT_MAX_SECONDS)"

    def check_call(self) -> None:
        """Refuse a further call of the chat model, where none may be made.

        Raises:
            BrainError: the time, the calls or the tokens are used up.

        """
        if self.is_out_of_time:
            raise BrainError(self.out_of_time)
        limits = self._limits
        tokens = self._usage.input_tokens + self._usage.output_tokens
        if limits and limits.max_calls is not None and self._usage.calls >= limits.max_calls:
            raise BrainError(_used_up("calls", limits.max_calls, "HUGGINGGPT_MAX_CALLS"))
        if limits and limits.max_tokens is not None and tokens >= limits.max_tokens:
            raise BrainError(_used_up("tokens", limits.max_tokens, "HUGGINGGPT_MAX_TOKENS"))

    def add(self, usage: Usage) -> None:
        """Count calls of the chat model, and the tokens that they have taken."""
        self._usage += usage

    def spend_bytes(self, count: int) -> None:
        """Count bytes of a file that is about to be written.

        Raises:
            WorkspaceError: so many may not be written any more.

        """
        most = self._limits.max_bytes if self._limits else None
        if most is not None and self._bytes + count > most:
            raise WorkspaceError(
                f"a file of {count:,} bytes is too large for what is left of the {most:,} bytes "
                "for one request (HUGGINGGPT_MAX_BYTES)"
            )
        self._bytes += count


def _used_up(what: str, most: int, setting: str) -> str:
    return f"the {what} of the chat model for one request are used up ({setting}={most})"
