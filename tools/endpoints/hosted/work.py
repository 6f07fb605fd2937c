"""One task done by a hosted model, in a thread of its own."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.hosted.client import Client
from hugginggpt.tools.endpoints.hosted.failures import explain_lookup, unreadable
from hugginggpt.tools.endpoints.hosted.sending import Answer, Request
from hugginggpt.tools.endpoints.hosted.services import SERVICES, Service
from hugginggpt.tools.endpoints.hosted.target import Target
from hugginggpt.tools.errors import TaskError

T = TypeVar("T")

_ODD = (ValueError, LookupError, TypeError, AttributeError, OSError, httpx.HTTPError)
"""What huggingface_hub lets out where a model or an answer is not as it expects."""


async def run_in_daemon(work: Callable[[], T]) -> T:
    """What `work` returns, run in a thread that does not keep the process from ending.

    A worker thread would: huggingface_hub asks some providers again and again until a clip is
    ready, whether or not anybody waits for it any more.
    """
    promised: Future[T] = Future()

    def run() -> None:
        try:
            promised.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised by whoever waits
            promised.set_exception(error)

    thread = Thread(target=copy_context().run, args=(run,), name="hugginggpt-hosted", daemon=True)
    promised.set_running_or_notify_cancel()
    thread.start()
    return await asyncio.wrap_future(promised)


def do(
    target: Target,
    send: Callable[[Request], Answer],
    arguments: Mapping[str, Any],
    call: Call,
) -> list[Artifact]:
    """What the model makes of the arguments.

    Raises:
        HuggingGPTError: the task can't be done; the text says why.

    """
    service = SERVICES[target.kind]
    client = Client(target, send)
    answer = _asked(service, client, arguments)
    try:
        return service.make(answer, arguments, call)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise _unreadable(f"{place}: {fault['msg']}" if place else fault["msg"], client) from error


def _asked(service: Service, client: Client, arguments: Mapping[str, Any]) -> Any:
    try:
        return service.ask(client, arguments)
    except _ODD as error:
        if client.answer is None:
            raise explain_lookup(error, client.target) from error
        raise _unreadable(f"{type(error).__name__}: {error}", client) from error


def _unreadable(why: str, client: Client) -> TaskError:
    content, content_type = client.answer or Answer(b"", "")
    return unreadable(why[:200], content, content_type, client.target)
