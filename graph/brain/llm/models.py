"""From a name to a LangChain chat model: `provider:model`."""

import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from langchain_core.language_models import BaseChatModel

from hugginggpt.tools.errors import SettingError
from hugginggpt.tools.files import has_password
from hugginggpt.tools.secrets import redact_error

_CONNECT = httpx.Timeout(None, connect=10)
"""How long a connection is waited for, in seconds; answers have the time limit of their call."""
_MISSING = "brain {name!r} needs {package}: pip install '{install}'"
_HUGGING_FACE = ("huggingface.co", "hf.space", "endpoints.huggingface.cloud")
"""Hosts that may see the token."""


def open_chat(name: str) -> BaseChatModel:
    """The chat model that `name` stands for.

    `openai:MODEL` is OpenAI or, with OPENAI_BASE_URL, any server that speaks its protocol;
    `huggingface:MODEL` a model on Inference Providers, or the URL of an endpoint that serves one
    model; `huggingface-local:MODEL` a Hub id or folder, run in this process; every other provider
    is one of LangChain's `init_chat_model`.

    Raises:
        SettingError: the provider is unknown, or its package, key or model is missing.

    """
    provider, _, model = (part.strip() for part in name.partition(":"))
    if not provider or not model:
        what = "model" if provider else "provider"
        raise SettingError(f"brain {name!r} names no {what}: write it as 'provider:model'")
    try:
        return _OPENERS.get(provider.lower(), _other)(model, name)
    except ImportError as error:
        extra = "llm,local" if provider == "huggingface-local" else "llm"
        package = error.name or str(error)
        raise SettingError(
            _MISSING.format(name=name, package=package, install=f"hugginggpt[{extra}]")
        ) from error
    except SettingError:
        raise
    except Exception as error:
        redact_error(error)
        reason = " ".join(str(error).split())[:300]
        raise SettingError(f"brain {name!r} can't be opened: {reason}") from error


# --- OpenAI's protocol ---------------------------------------------------------------------------


def _openai(model: str, name: str) -> BaseChatModel:
    server = os.environ.get("OPENAI_BASE_URL") or os.environ.get("OPENAI_API_BASE") or ""
    _refuse_password(server, "OPENAI_BASE_URL")
    if os.environ.get("OPENAI_API_KEY"):
        return _speaks_openai(model)
    if not server:
        raise SettingError(
            f"brain {name!r} needs a key: set OPENAI_API_KEY, or OPENAI_BASE_URL to a server of "
            "yours that needs none"
        )
    return _speaks_openai(model, api_key="none")


def _refuse_password(url: str, what: str) -> None:
    if has_password(url):
        raise SettingError(
            f"{what} holds a user name or password, which logs and traces would keep; give the key "
            "as OPENAI_API_KEY"
        )


def _speaks_openai(model: str, **settings: Any) -> BaseChatModel:
    from hugginggpt.graph.brain.llm.discreet import DiscreetChat

    # Our own retries honour the time limits of a run; servers of one's own mostly want no key.
    # The client that langchain-openai would take is shared by all event loops, and fails on the
    # second one ("Event loop is closed").
    client = httpx.AsyncClient(timeout=_CONNECT, follow_redirects=True)
    return DiscreetChat(model=model, max_retries=0, http_async_client=client, **settings)


def another(model: BaseChatModel) -> BaseChatModel:
    """The same chat model for another event loop: OpenAI's with connections of its own.

    Others, whose clients we don't know, are shared between loops as they are.
    """
    try:
        from langchain_openai.chat_models.base import BaseChatOpenAI
    except ImportError:
        return model
    if not isinstance(model, BaseChatOpenAI):
        return model
    client = httpx.AsyncClient(timeout=_CONNECT, follow_redirects=True)
    fresh = {"async_client": None, "root_async_client": None, "http_async_client": client}
    copied = model.model_copy(update=fresh)
    # Makes the clients that are missing; to mypy, a validator is no method.
    copied.validate_environment()  # type: ignore[operator]
    return copied


# --- Hugging Face --------------------------------------------------------------------------------


def _hosted(model: str, name: str) -> BaseChatModel:
    if model.startswith(("http://", "https://")):
        return _endpoint(model)
    from langchain_huggingface import ChatHuggingFace, HuggingFaceEndpoint

    token = _token()
    if token is None:
        raise SettingError(
            f"brain {name!r} needs a token of Hugging Face: set HF_TOKEN (made at "
            "https://huggingface.co/settings/tokens)"
        )
    if not token.startswith("hf_"):
        raise SettingError(f"brain {name!r}: HF_TOKEN holds no token of Hugging Face (hf_...)")
    llm = HuggingFaceEndpoint(
        model=model,
        provider="auto",
        task="text-generation",
        temperature=None,
        huggingfacehub_api_token=token,
    )
    llm.async_client = _ClientEach(model=model, provider="auto", token=token, timeout=_CONNECT)
    # its profile is found by the id alone, without a provider behind it; the call takes the whole
    chat = ChatHuggingFace(llm=llm, model_id=model.partition(":")[0])
    chat.max_tokens = None  # the 512 of the endpoint class would cut plans off
    return chat


def _endpoint(url: str) -> BaseChatModel:
    """The model at `url`, whichever engine serves it: all of them speak OpenAI's protocol.

    Expected: `ChatHuggingFace` takes URLs. In huggingface_hub 1.33 it turns a JSON schema into a
    form that only TGI knows, and sends the user's token to any host.
    """
    _refuse_password(url, "the brain's address")
    where = urlsplit(url)
    host = where.hostname or ""
    is_theirs = where.scheme == "https" and any(
        host == known or host.endswith(f".{known}") for known in _HUGGING_FACE
    )
    base = url.rstrip("/").removesuffix("/chat/completions")
    base = base if base.endswith("/v1") else f"{base}/v1"
    key = (_token() if is_theirs else None) or "none"
    return _speaks_openai("tgi", base_url=base, api_key=key)


def _token() -> str | None:
    """The user's token of Hugging Face: of the environment, or saved by `hf auth login`."""
    from huggingface_hub import get_token

    return os.environ.get("HUGGINGFACEHUB_API_TOKEN") or get_token()


class _ClientEach:
    """huggingface_hub's async client, a new one for each call.

    Expected: a client closes its streams and serves every event loop. In huggingface_hub 1.33 it
    holds each stream, with its request and the pictures in it, until it is closed itself, and
    fails on the second loop.
    """

    def __init__(self, **settings: Any) -> None:
        self._settings = settings

    async def chat_completion(
        self, messages: Any, *, stream: bool = False, **parameters: Any
    ) -> Any:
        """The answer, or an iterator over its pieces."""
        if stream:
            return self._stream(messages, parameters)
        async with self._client() as client:
            return await client.chat_completion(messages, stream=False, **parameters)

    async def _stream(self, messages: Any, parameters: Mapping[str, Any]) -> AsyncIterator[Any]:
        async with self._client() as client:
            async for piece in await client.chat_completion(messages, stream=True, **parameters):
                yield piece

    def _client(self) -> Any:
        from huggingface_hub import AsyncInferenceClient

        return AsyncInferenceClient(**self._settings)


def _local(model: str, name: str) -> BaseChatModel:
    from hugginggpt.graph.brain.llm.local import open_local

    try:
        return open_local(model)
    except SettingError as error:
        raise SettingError(f"brain {name!r}: {error}") from error


# --- LangChain's other providers -----------------------------------------------------------------


def _other(model: str, name: str) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    provider = name.partition(":")[0].strip()
    try:
        chat: BaseChatModel = init_chat_model(model, model_provider=provider)
    except ImportError as error:
        told = re.search(r"pip install ([\w.-]+)", str(error))
        if told is None:
            raise
        raise SettingError(_MISSING.format(name=name, package=told[1], install=told[1])) from error
    except ValueError as error:
        if "Unsupported provider" not in str(error):
            raise
        raise SettingError(
            f"brain {name!r}: there is no provider {provider!r}; use 'openai', 'huggingface', "
            "'huggingface-local', or one that LangChain's init_chat_model knows, such as "
            "'anthropic', 'google_genai' or 'ollama'"
        ) from error
    return chat


_OPENERS: dict[str, Callable[[str, str], BaseChatModel]] = {
    "openai": _openai,
    "huggingface": _hosted,
    "huggingface-local": _local,
}


def name_of(model: BaseChatModel) -> str:
    """What a chat model that was handed over is called."""
    attributes = ("model_name", "model", "model_id")
    told = (getattr(model, attribute, None) for attribute in attributes)
    which = next((name for name in told if isinstance(name, str) and name), "")
    return f"{type(model).__name__}:{which}" if which else type(model).__name__
