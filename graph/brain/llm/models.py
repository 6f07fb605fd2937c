"""From a name to a LangChain chat model: `provider:model`."""

import os
from collections.abc import Callable
from typing import Any

import httpx
from langchain_core.language_models import BaseChatModel

from hugginggpt.tools.errors import SettingError

_CONNECT = httpx.Timeout(None, connect=10)
"""How long a connection is waited for, in seconds; answers have the time limit of their call."""
_MISSING = "brain {name!r} needs {package}: pip install 'hugginggpt[{extra}]'"


def open_chat(name: str) -> BaseChatModel:
    """The chat model that `name` stands for.

    `openai:MODEL` is OpenAI or, with OPENAI_BASE_URL, any server that speaks its protocol;
    `huggingface:MODEL` a model on Inference Providers, or the URL of an endpoint;
    `huggingface-local:MODEL` a Hub id or folder, run in this process; every other provider is
    one of LangChain's `init_chat_model`.

    Raises:
        SettingError: the provider is unknown, or its package, key or model is missing.

    """
    provider, _, model = name.partition(":")
    if not model:
        raise SettingError(f"brain {name!r} names no model: write it as 'provider:model'")
    try:
        return _OPENERS.get(provider, _other)(model, name)
    except ImportError as error:
        extra = "llm,local" if provider == "huggingface-local" else "llm"
        package = error.name or str(error)
        raise SettingError(_MISSING.format(name=name, package=package, extra=extra)) from error
    except SettingError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise SettingError(f"brain {name!r} can't be opened: {reason}") from error


def _openai(model: str, name: str) -> BaseChatModel:
    from langchain_openai import ChatOpenAI

    has_server = bool(os.environ.get("OPENAI_BASE_URL") or os.environ.get("OPENAI_API_BASE"))
    if not os.environ.get("OPENAI_API_KEY") and not has_server:
        raise SettingError(
            f"brain {name!r} needs a key: set OPENAI_API_KEY, or OPENAI_BASE_URL to a server of "
            "yours that needs none"
        )
    # Our own retries honour the time limits of a run; servers of one's own mostly want no key.
    # The client that langchain-openai would take is shared by all event loops, and fails on the
    # second one ("Event loop is closed").
    client = httpx.AsyncClient(timeout=_CONNECT, follow_redirects=True)
    settings: dict[str, Any] = {"model": model, "max_retries": 0, "http_async_client": client}
    if not os.environ.get("OPENAI_API_KEY"):
        settings["api_key"] = "none"
    return ChatOpenAI(**settings)


def _hosted(model: str, name: str) -> BaseChatModel:  # noqa: ARG001
    from langchain_huggingface import ChatHuggingFace, HuggingFaceEndpoint

    if model.startswith(("http://", "https://")):
        where: dict[str, Any] = {"endpoint_url": model}
    else:
        where = {"repo_id": model, "provider": "auto"}
    return ChatHuggingFace(llm=HuggingFaceEndpoint(task="text-generation", **where))


def _local(model: str, name: str) -> BaseChatModel:  # noqa: ARG001
    from hugginggpt.graph.brain.llm.local import open_local

    return open_local(model)


def _other(model: str, name: str) -> BaseChatModel:  # noqa: ARG001
    from langchain.chat_models import init_chat_model

    chat: BaseChatModel = init_chat_model(name)
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
