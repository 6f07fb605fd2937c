"""Sending a request to a server that runs models: with patience, limits, and care for the token."""

import asyncio
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

import filetype
import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)

from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.hosted.connections import Connections
from hugginggpt.tools.endpoints.hosted.failures import (
    StatusError,
    asked_wait,
    explain_connection,
    explain_status,
    is_passing,
)
from hugginggpt.tools.endpoints.hosted.target import ROUTER, Target, origin
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.secrets import redacted_bytes

MAX_ANSWER_BYTES = 300_000_000
"""Largest answer taken, in bytes."""
_MAX_ERROR_BYTES = 65_536
_IN_MEMORY = 16_000_000
"""Bytes of an answer that are held in memory until it is known to be of a size that is taken."""
_ATTEMPTS = 3
_SECONDS = 60.0
"""How long attempts and pauses may take before no further one is begun."""
_BACKOFF = wait_exponential(multiplier=0.5, max=8) + wait_random(0, 0.25)


class Request(NamedTuple):
    """What is posted."""

    url: str
    headers: Mapping[str, str]
    content: bytes


class Answer(NamedTuple):
    """What came back."""

    content: bytes
    content_type: str


class Line:
    """A way to one model for one task: `send` may be called several times, until `hang_up`."""

    def __init__(
        self,
        target: Target,
        call: Call,
        connections: Connections,
        *,
        gated: bool = False,
        trusted: str | None = None,
    ) -> None:
        """Send from the running loop, and tokens to the Hub's router and to `trusted` only."""
        self.target = target
        self._call = call
        self._connections = connections
        self._gated = gated
        self._trusted = {origin(ROUTER)} | ({origin(trusted)} if trusted else set())
        self._loop = asyncio.get_running_loop()
        self._sending: asyncio.Task[object] | None = None
        self._has_hung_up = False

    async def send(self, request: Request) -> Answer:
        """The answer to the request, which is sent again where a failure may pass.

        Raises:
            TaskError: there is no answer, or one that is too large; the text says why.

        """
        self._check_open()
        self._sending = asyncio.current_task()
        try:
            return await self._patiently(request._replace(headers=self._headers(request)))
        finally:
            self._sending = None

    def send_from_thread(self, request: Request) -> Answer:
        """What `send` returns, for another thread than that of the event loop."""
        self._check_open()
        self._call.progress(f"asking {self.target.whom}", None)
        return asyncio.run_coroutine_threadsafe(self.send(request), self._loop).result()

    def hang_up(self) -> None:
        """Close the connection of a request that nobody waits for any more, and send no other."""
        self._has_hung_up = True
        if self._sending is not None:
            self._sending.cancel()

    def _check_open(self) -> None:
        if self._has_hung_up:
            raise TaskError(f"{self.target.name} was cancelled")

    def _headers(self, request: Request) -> dict[str, str]:
        """The headers, without the token where the host may not have it, and with a type."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        if origin(request.url) not in self._trusted:
            headers.pop("authorization", None)
        if "content-type" not in headers:
            headers["content-type"] = (
                filetype.guess_mime(request.content) or "application/octet-stream"
            )
        return headers

    async def _patiently(self, request: Request) -> Answer:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(_ATTEMPTS) | stop_before_delay(_SECONDS),
            wait=_pause,
            retry=retry_if_exception(is_passing),
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            return await retrying(self._once, request)
        except (StatusError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._explained(error, token="authorization" in request.headers) from error

    def _explained(self, error: Exception, *, token: bool) -> TaskError:
        if isinstance(error, StatusError):
            return explain_status(error, self.target, gated=self._gated, token=token)
        return explain_connection(error, self.target)

    def _tell(self, state: RetryCallState) -> None:
        seconds = state.next_action.sleep if state.next_action else 0
        self._call.progress(f"asking {self.target.whom} again in {seconds:.0f} s", None)
        if state.outcome and isinstance(error := state.outcome.exception(), Exception):
            self._call.retried(str(self._explained(error, token=True)))

    async def _once(self, request: Request) -> Answer:
        client = await self._connections.here()
        url, headers, content = request
        async with client.stream("POST", url, headers=headers, content=content) as response:
            content_type = response.headers.get("content-type", "")
            token = headers.get("authorization", "").removeprefix("Bearer ")
            if not response.is_success:
                said = redacted_bytes(await _read_error(response), token)
                raise StatusError(response.status_code, response.headers, said)
            body = await self._read(response)
            is_words = "json" in content_type or content_type.startswith("text/")
            return Answer(redacted_bytes(body, token) if is_words else body, content_type)

    async def _read(self, response: httpx.Response) -> bytes:
        """The whole answer, as long as it is not too large."""
        announced = response.headers.get("content-length", "")
        if announced.isdigit():
            self._check_size(int(announced))
        size = 0
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            async for piece in response.aiter_bytes():
                size += len(piece)
                self._check_size(size)
                file.write(piece)
            file.seek(0)
            return file.read()

    def _check_size(self, size: int) -> None:
        if size > MAX_ANSWER_BYTES:
            raise TaskError(
                f"the answer of {self.target.name} has {size:,} bytes or more; "
                f"at most {MAX_ANSWER_BYTES:,} are taken"
            )


def _pause(state: RetryCallState) -> float:
    """Seconds until the next attempt: as long as the server says, else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = asked_wait(error) if isinstance(error, StatusError) else None
    return _BACKOFF(state) if asked is None else asked


async def _read_error(response: httpx.Response) -> bytes:
    content = b""
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > _MAX_ERROR_BYTES:
            break
    return content[:_MAX_ERROR_BYTES]
