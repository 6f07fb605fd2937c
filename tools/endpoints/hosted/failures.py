"""What can go wrong between us and a server that runs models: what passes, and in words."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from hugginggpt.tools.endpoints.hosted.target import Target
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.secrets import redacted

_LONGEST = 300
"""Characters of a server's own words in a message."""
_CONNECTIONS = (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError)


class StatusError(Exception):
    """A server has answered with an error status."""

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Keep the answer; `headers` are found whatever their case."""
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.content = content


class RefusedError(TaskError):
    """A server does not take what it was asked; another way of asking may do."""


def is_passing(error: BaseException) -> bool:
    """Whether the same request may succeed a little later."""
    if isinstance(error, StatusError):
        return error.status == 429 or (error.status >= 500 and error.status != 501)
    return isinstance(error, _CONNECTIONS)


def asked_wait(error: StatusError) -> float | None:
    """Seconds that the server asks to wait: Retry-After, or how long a model still loads."""
    value = error.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    if value:
        try:
            return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            return None
    told = _object(error.content).get("estimated_time")
    return max(0.0, float(told)) if isinstance(told, int | float) else None


def explain_status(error: StatusError, target: Target, *, gated: bool, token: bool) -> TaskError:
    """The error that tells why a server refused, and what to do about it."""
    said = words(error.content, error.headers.get("content-type", "")) or "it does not say why"
    told = f"{target.name} can't do {target.kind}: {_remedy(error, target, said, gated, token)}"
    return RefusedError(told) if error.status in (400, 404, 422) else TaskError(told)


def _remedy(error: StatusError, target: Target, said: str, gated: bool, token: bool) -> str:
    status = error.status
    if status in (401, 403) and (gated or "gated" in said.lower()):
        return f"it is gated ({said}); accept its terms at https://huggingface.co/{target.model}"
    if status in (401, 403) and not token:
        return (
            f"it wants a token ({said}), and HF_TOKEN is sent to the Hub's own router and to "
            "HUGGINGGPT_INFERENCE_BASE_URL only"
        )
    if status == 401:
        return f"the token was refused ({said}); check HF_TOKEN"
    if status == 403:
        return (
            f"the token does not allow it ({said}); give it the permission to call Inference "
            "Providers at https://huggingface.co/settings/tokens"
        )
    if status == 402:
        return (
            f"the quota is used up ({said}); see https://huggingface.co/settings/billing, or "
            "choose a model that runs here"
        )
    if status == 404:
        return f"{target.whom} does not serve this model for this kind of task ({said})"
    if status == 413:
        return f"the input is too large for it ({said})"
    return _later(error, said)


def _later(error: StatusError, said: str) -> str:
    wait = asked_wait(error)
    again = f"try again in {wait:.0f} seconds" if wait else "try again later"
    if error.status == 429:
        return f"too many requests ({said}); {again}"
    if error.status == 503:
        return f"it is not ready ({said}); {again}"
    if error.status >= 500:
        return f"its server failed with status {error.status} ({said}); {again}"
    return f"it does not take the request, status {error.status} ({said})"


def explain_connection(error: Exception, target: Target) -> TaskError:
    """The error that tells why there was no answer."""
    reason = str(error) or type(error).__name__
    return TaskError(
        f"{target.name} can't be reached ({reason}); check the network and the address"
    )


def explain_lookup(error: Exception, target: Target) -> TaskError:
    """The error that tells why the request could not even be made: what the client says of it."""
    reason = _line(str(error))
    name = type(error).__name__
    if name == "OfflineModeIsEnabled":
        reason = "HF_HUB_OFFLINE is set; unset it to ask hosted models"
    elif name == "GatedRepoError":
        reason = f"it is gated; accept its terms at https://huggingface.co/{target.model}"
    elif name == "RepositoryNotFoundError":
        reason = "the Hub knows no such model"
    elif isinstance(error, httpx.HTTPError):
        reason = f"the Hub could not be asked who serves it ({reason or name})"
    return TaskError(f"{target.name} can't do {target.kind}: {reason or name}")


def unreadable(why: str, content: bytes, content_type: str, target: Target) -> TaskError:
    """The error that tells that an answer is not what such a model gives."""
    said = words(content, content_type) or f"{len(content):,} bytes"
    return TaskError(
        f"the answer of {target.name} is not what {target.kind} gives ({why}): "
        f"{content_type or 'no content type'}, {said}"
    )


def words(content: bytes, content_type: str) -> str:
    """What a server says in an answer, in a line; empty where that is nothing to read."""
    told = _object(content)
    said: Any = told.get("error") or told.get("detail") or told.get("message")
    if isinstance(said, dict):
        said = said.get("message")
    if said:
        return _line(str(said))
    if not (content_type.startswith("text/") or "json" in content_type):
        return ""
    page = content[: 10 * _LONGEST].decode(errors="replace")
    return _line(re.sub(r"<[^>]*>", " ", page) if "html" in content_type else page)


def _line(said: str) -> str:
    return redacted(" ".join(said.split()))[:_LONGEST]


def _object(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
