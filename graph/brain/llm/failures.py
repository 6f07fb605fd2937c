"""What can go wrong between us and a chat model, whoever serves it: what passes, and in words."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from tenacity import RetryCallState, wait_exponential, wait_random

from hugginggpt.tools.secrets import causes, redacted

_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_REFUSING = frozenset({400, 415, 422, 501})
_CONNECTIONS = ("APIConnectionError", "APITimeoutError", "ClientConnectionError")
_OVERLOADED = "OverloadedError"
"""What huggingface_hub raises when a stream says that the server is overloaded."""
_LONGEST = 300
"""Characters of a server's own words in a message."""

_BACKOFF = wait_exponential(multiplier=0.5, max=8) + wait_random(0, 0.25)


class CallTimeoutError(Exception):
    """One call took too long."""


def is_passing(error: BaseException) -> bool:
    """Whether the same call may succeed a little later."""
    if isinstance(error, CallTimeoutError) or _is_of_dead_loop(error):
        return True
    code = status(error)
    if type(error).__name__ == _OVERLOADED:
        return True
    if code is not None:
        return code in _PASSING and getattr(error, "code", None) != "insufficient_quota"
    return _is_connection(error)


def is_refusal(error: BaseException) -> bool:
    """Whether the server did not understand what it was asked, such as a JSON schema."""
    return status(error) in _REFUSING


def pause(state: RetryCallState) -> float:
    """Seconds until the next attempt: as long as the server says, else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    if error is not None and _is_of_dead_loop(error):
        return 0.0
    asked = _retry_after(error) if error is not None else None
    return _BACKOFF(state) if asked is None else asked


def status(error: BaseException) -> int | None:
    """The HTTP status that the error tells of."""
    for each in causes(error):
        response = getattr(each, "response", None)
        # An error inside a stream has no response; OpenAI's client has what it says as `code`.
        told = getattr(each, "status_code", None), getattr(each, "code", None)
        for code in (*told, getattr(response, "status_code", None)):
            if isinstance(code, int) and code >= 400:
                return code
    return None


def explain(error: BaseException) -> str:
    """Why a call failed, and what to do about it, in one line."""
    code = status(error)
    words = getattr(error, "server_message", None) or str(error)
    said = redacted(" ".join(str(words).split()))[:_LONGEST] or type(error).__name__
    if code in (401, 403):
        return f"the key was refused ({said}); check OPENAI_API_KEY, HF_TOKEN or the provider's own"
    if code == 404:
        return f"there is no such model or address ({said}); check the model's name and its URL"
    if code == 429:
        return f"it has had too many requests or the quota is used up ({said}); try again later"
    if code is None and _is_connection(error):
        return f"it can't be reached ({said}); check the network and its address"
    if code is None and isinstance(error, ValueError | TypeError | AttributeError | LookupError):
        told = f"{type(error).__name__}: {said}"
        return f"its answer can't be read ({told}); check that its URL is that of a chat server"
    return said


def _is_of_dead_loop(error: BaseException) -> bool:
    """Whether a client that was handed over has kept something of another event loop.

    Its pool drops a dead connection with the error, so that the next attempt opens another.
    """
    said = [str(each) for each in causes(error)]
    return any(
        words == "Event loop is closed" or "bound to a different event loop" in words
        for words in said
    )


def _is_connection(error: BaseException) -> bool:
    return any(
        isinstance(each, httpx.TransportError | ConnectionError)
        or type(each).__name__ in _CONNECTIONS
        for each in causes(error)
    )


def _retry_after(error: BaseException) -> float | None:
    """What the header says, in seconds or as a date."""
    for each in causes(error):
        headers = getattr(getattr(each, "response", None), "headers", None)
        value = headers.get("retry-after") if headers is not None else None
        if not isinstance(value, str):
            continue
        if re.fullmatch(r"\d+(\.\d+)?", value.strip()):
            return float(value)
        try:
            return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            return None
    return None
