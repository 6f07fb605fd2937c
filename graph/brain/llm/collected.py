"""The answer of a chat model, put together from its chunks or taken from its message."""

import json
from typing import NamedTuple

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata, add_usage

from hugginggpt.tools.secrets import redacted

_CUT_OFF = frozenset({"length", "max_tokens", "MAX_TOKENS"})


class Reply(NamedTuple):
    """What the model answered."""

    text: str
    """Without secrets, which a server may quote."""
    id: str | None = None
    """Of the message, as stream events name it."""
    is_cut_off: bool = False
    """Whether it ran into the model's limit of tokens."""


class Collected:
    """The chunks of a streamed answer, put together."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._content: list[str] = []
        self._arguments: list[str] = []
        self._tool: int | str | None = None
        self._id: str | None = None
        self._finish = ""
        self.usage: UsageMetadata | None = None

    @property
    def text(self) -> str:
        """The arguments of the first tool call, or else the content."""
        return "".join(self._arguments or self._content)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has come, not even an end."""
        return not self._finish and not self.text

    @property
    def has_ended(self) -> bool:
        """Whether the model said that it was done."""
        return bool(self._finish)

    def take(self, chunk: BaseMessage) -> str:
        """The text of the chunk."""
        self._id = chunk.id or self._id
        self._finish = _finish(chunk) or self._finish
        if not isinstance(chunk, AIMessageChunk):
            return self._add(self._content, str(chunk.text))
        if chunk.usage_metadata:
            self.usage = add_usage(self.usage, chunk.usage_metadata)
        piece = self._add(self._content, str(chunk.text))
        for part in chunk.tool_call_chunks:
            if self._tool is None:
                self._tool = part.get("index")
            if part.get("index") == self._tool:
                piece += self._add(self._arguments, part.get("args") or "")
        return piece

    def reply(self) -> Reply:
        """The answer as a whole."""
        return Reply(redacted(self.text), self._id, self._finish in _CUT_OFF)

    @staticmethod
    def _add(parts: list[str], text: str) -> str:
        if text:
            parts.append(text)
        return text


def reply_of(message: BaseMessage) -> Reply:
    """The answer that a whole message holds."""
    text = str(message.text)
    if isinstance(message, AIMessage):
        calls = [json.dumps(call["args"]) for call in message.tool_calls]
        broken = [call["args"] or "" for call in message.invalid_tool_calls]
        text = next(iter([*calls, *broken]), text)
    return Reply(redacted(text), message.id, _finish(message) in _CUT_OFF)


def _finish(message: BaseMessage) -> str:
    told = message.response_metadata
    return str(told.get("finish_reason") or told.get("stop_reason") or "")
