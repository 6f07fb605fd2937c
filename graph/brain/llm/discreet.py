"""A chat model of OpenAI's protocol whose server can't tell secrets on: not in traces or streams.

A server is sent a key, and may quote it in an error or in an answer. LangChain hands both to
tracers and to streams of messages before anybody else sees them, so they are redacted here.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from hugginggpt.tools.secrets import Held, redact_error, redacted_within


class DiscreetChat(ChatOpenAI):
    """`ChatOpenAI`, redacted. Only the asynchronous ways, which are those that we use."""

    async def _astream(self, *given: Any, **settings: Any) -> AsyncIterator[ChatGenerationChunk]:
        hidden = _Hidden(self._key)
        try:
            async for chunk in super()._astream(*given, **settings):
                yield _with_message(chunk, hidden.take(chunk.message))
        except Exception as error:
            redact_error(error)
            raise
        if rest := hidden.rest():
            yield ChatGenerationChunk(message=AIMessageChunk(content=rest))

    @property
    def _key(self) -> str:
        key = self.openai_api_key
        return key.get_secret_value() if isinstance(key, SecretStr) else ""

    async def _agenerate(self, *given: Any, **settings: Any) -> ChatResult:
        try:
            result = await super()._agenerate(*given, **settings)
        except Exception as error:
            redact_error(error)
            raise
        result.generations = [
            ChatGeneration(message=_whole(each.message), generation_info=each.generation_info)
            for each in result.generations
        ]
        return result


class _Hidden:
    """The pieces of one answer, its words and the arguments of its tool calls."""

    def __init__(self, key: str) -> None:
        self._words = Held(key)
        self._arguments: defaultdict[Any, Held] = defaultdict(partial(Held, key))

    def take(self, message: BaseMessage) -> BaseMessage:
        """The message of a piece as it may be told; held back parts come with later ones."""
        if not isinstance(message, AIMessageChunk):
            return message
        update: dict[str, Any] = {"additional_kwargs": redacted_within(message.additional_kwargs)}
        if isinstance(message.content, str):
            ends = "finish_reason" in message.response_metadata
            update["content"] = self._words.take(message.content)
            update["content"] += self._words.rest() if ends else ""
        update["tool_call_chunks"] = [
            {**part, "args": self._arguments[part["index"]].take(part["args"] or "")}
            for part in message.tool_call_chunks
        ]
        return AIMessageChunk(**{**_fields(message), **update})

    def rest(self) -> str:
        """What is still held of the words; JSON of arguments ends in a brace, so none is held."""
        return self._words.rest()


def _fields(message: AIMessageChunk) -> dict[str, Any]:
    derived = {"type", "tool_calls", "invalid_tool_calls"}  # made again from the chunks
    return {
        name: getattr(message, name) for name in type(message).model_fields if name not in derived
    }


def _whole(message: BaseMessage) -> BaseMessage:
    if not isinstance(message, AIMessage):
        return message
    names = ("content", "additional_kwargs", "tool_calls", "invalid_tool_calls")
    return message.model_copy(
        update={name: redacted_within(getattr(message, name)) for name in names}
    )


def _with_message(chunk: ChatGenerationChunk, message: BaseMessage) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=message, generation_info=chunk.generation_info)
