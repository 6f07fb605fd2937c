"""A chat model run in this process by transformers: `huggingface-local:MODEL`."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_huggingface import ChatHuggingFace, HuggingFacePipeline

_MOST_TOKENS = 2048
"""Longest answer; transformers' own default of 20 tokens holds no plan."""


class LocalChat(ChatHuggingFace):
    """`ChatHuggingFace` over a pipeline, for async callers too.

    Expected: `ainvoke` and `astream` run the pipeline in a thread, as LangChain does for every
    model without async methods. langchain-huggingface 1.2 overrides both with versions that
    serve remote endpoints only and fail on a pipeline.
    """

    _agenerate = BaseChatModel._agenerate  # type: ignore[assignment]
    _astream = BaseChatModel._astream


def open_local(model: str) -> LocalChat:
    """The chat model of a Hub id or a folder, loaded from safetensors and without remote code."""
    safe: dict[str, Any] = {"trust_remote_code": False, "use_safetensors": True}
    llm = HuggingFacePipeline.from_model_id(
        model_id=model,
        task="text-generation",
        device_map=_device_map(),
        model_kwargs=safe,
        pipeline_kwargs={"max_new_tokens": _MOST_TOKENS, "return_full_text": False},
    )
    return LocalChat(llm=llm, tokenizer=llm.pipeline.tokenizer)


def _device_map() -> str | None:
    """On the accelerator where there is one."""
    import torch

    return "auto" if torch.accelerator.is_available() else None
