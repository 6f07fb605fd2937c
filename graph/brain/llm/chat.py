"""One chat model, asked with patience: time limits, retries, and JSON in the best way it has."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import anyio.to_thread
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata, add_usage
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_before_delay

from hugginggpt.graph.brain.llm.failures import (
    CallTimeoutError,
    explain,
    is_passing,
    is_refusal,
    pause,
)
from hugginggpt.graph.usage import Usage
from hugginggpt.tools.errors import BrainError

_CUT_OFF = frozenset({"length", "max_tokens", "MAX_TOKENS"})

Hear = Callable[[str], None]
"""Takes the pieces of an answer as they come."""


class Form(NamedTuple):
    """The JSON that an answer is to be."""

    name: str
    description: str
    schema: Mapping[str, Any]


class Patience(NamedTuple):
    """How long an answer is waited for, in seconds."""

    call: float
    """For one call."""
    total: float
    """For all calls and pauses until there is an answer."""
    attempts: int = 3


class Reply(NamedTuple):
    """What the model answered."""

    text: str
    id: str | None = None
    """Of the message, as stream events name it."""
    is_cut_off: bool = False
    """Whether it ran into the model's limit of tokens."""


class Ledger:
    """What the calls of one stage have cost."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.usage = Usage()

    def call(self) -> None:
        """Count a call."""
        self.usage += Usage(calls=1)

    def add(self, told: UsageMetadata | None) -> None:
        """Count the tokens that the model tells of."""
        if told:
            self.usage += Usage(0, told["input_tokens"], told["output_tokens"])


@dataclass(frozen=True, slots=True)
class _Manners:
    """What the model has been found to understand."""

    form: Literal["schema", "tool", "plain"]
    streams: bool = True
    tells_usage: bool = True


class Chat:
    """A chat model by name. Shared by all runs of a process, on whatever event loop each has."""

    def __init__(
        self, open_model: Callable[[], BaseChatModel], name: str, *, owns: bool = True
    ) -> None:
        """Ask the model that `open_model` opens, which errors call `name`.

        A model that we do not own is not closed.
        """
        self.model = open_model()
        self.name = name
        self._open = open_model
        self._owns = owns
        self._first: BaseChatModel | None = self.model
        self._by_loop: dict[asyncio.AbstractEventLoop, _Kept] = {}
        self._manners = _Manners(_best_form(self.model))

    async def ask(
        self,
        messages: Sequence[Any],
        patience: Patience,
        ledger: Ledger,
        *,
        form: Form | None = None,
        listen: Callable[[], Hear] | None = None,
        aloud: bool = False,
    ) -> Reply:
        """The model's answer to `messages`.

        `listen` is called whenever the answer begins, again after a failed attempt, and what it
        returns with each piece. `aloud` lets the pieces be seen in LangGraph's `messages` stream.

        Raises:
            BrainError: there is no answer, after all attempts or in all the time.

        """
        call = _Call(messages, form, listen or _nobody, aloud, patience.call, ledger)
        retrying = AsyncRetrying(
            stop=stop_after_attempt(patience.attempts) | stop_before_delay(patience.total),
            wait=pause,
            retry=retry_if_exception(is_passing),
            reraise=True,
        )
        try:
            async with asyncio.timeout(patience.total):
                return await retrying(self._politely, call)
        except TimeoutError as error:
            reason = f"it gave no answer within {patience.total:g} seconds"
            raise BrainError(f"{self.name} could not be asked: {reason}") from error
        except Exception as error:
            raise BrainError(f"{self.name} could not be asked: {explain(error)}") from error

    async def _politely(self, call: "_Call") -> Reply:
        """One answer, in plainer manners where the model refuses the better ones."""
        manners = self._manners
        while True:
            try:
                reply = await _in_time(self._once(call, manners), call.seconds)
            except Exception as error:
                plainer = self._plainer(manners, error, call)
                if plainer is None:
                    raise
                manners = plainer
            else:
                self._manners = manners  # learned only where it helped
                return reply

    def _plainer(self, manners: _Manners, error: Exception, call: "_Call") -> _Manners | None:
        """What to try next where `error` says that the model does not understand the manners."""
        if isinstance(error, _NoStreamError):
            return replace(manners, streams=False)
        if not is_refusal(error):
            return None
        said = str(error).lower()
        if manners.tells_usage and "stream_options" in said:
            return replace(manners, tells_usage=False)
        if manners.streams and "stream" in said:
            return replace(manners, streams=False)
        if call.form is None or manners.form == "plain":
            return None
        has_tools = manners.form == "schema" and _takes_tools(self.model)
        return replace(manners, form="tool" if has_tools else "plain")

    async def _here(self) -> BaseChatModel:
        """The model for the running event loop: its connections can serve no other."""
        loop = asyncio.get_running_loop()
        if loop not in self._by_loop:
            model, self._first = self._first, None
            if model is None:
                model = await anyio.to_thread.run_sync(self._open)
            kept = self._by_loop[loop] = _Kept(model, self._keep(model))
            await anext(kept.keeper)
        return self._by_loop[loop].model

    async def _keep(self, model: BaseChatModel) -> AsyncGenerator[None]:
        """Close the model's connections when the loop ends: a loop ends its generators then."""
        try:
            yield
        finally:
            self._by_loop.pop(asyncio.get_running_loop(), None)
            if self._owns and (client := getattr(model, "root_async_client", None)) is not None:
                await client.close()

    async def _once(self, call: "_Call", manners: _Manners) -> Reply:
        model = await self._here()
        call.ledger.call()
        hear = call.listen()
        options = self._options(call.form, manners)
        tags = [] if call.aloud else ["nostream"]
        config: Any = {"tags": tags, "run_name": call.form.name if call.form else "answer"}
        if not manners.streams:
            message = await model.ainvoke(list(call.messages), config, **options)
            call.ledger.add(getattr(message, "usage_metadata", None))
            reply = _reply(message)
            hear(reply.text)
            return reply
        collected = _Collected()
        try:
            async for chunk in model.astream(list(call.messages), config, **options):
                if piece := collected.take(chunk):
                    hear(piece)
        except (ValueError, AssertionError, LookupError) as error:
            if not collected.is_empty:
                raise
            raise _NoStreamError from error  # how clients take an answer that is no stream
        except Exception as error:
            if not collected.has_ended or is_passing(error):
                raise
            # The whole answer is there, and a client objects to its end (openai to "length").
        finally:
            call.ledger.add(collected.usage)
        if collected.is_empty:
            raise _NoStreamError
        return collected.reply()

    def _options(self, form: Form | None, manners: _Manners) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if manners.streams and _takes_schema(self.model):
            options["stream_usage"] = manners.tells_usage
        if form is None or manners.form == "plain":
            return options
        if manners.form == "schema":
            schema = {"name": form.name, "schema": form.schema, "description": form.description}
            return options | {"response_format": {"type": "json_schema", "json_schema": schema}}
        function = {
            "name": form.name,
            "description": form.description,
            "parameters": form.schema,
        }
        bound: Any = self.model.bind_tools(
            [{"type": "function", "function": function}], tool_choice=form.name
        )
        return {**options, **bound.kwargs}


class _Kept(NamedTuple):
    """A model, and what closes it."""

    model: BaseChatModel
    keeper: AsyncGenerator[None]


@dataclass(frozen=True, slots=True)
class _Call:
    """One question, as each attempt asks it."""

    messages: Sequence[Any]
    form: Form | None
    listen: Callable[[], Hear]
    aloud: bool
    seconds: float
    ledger: Ledger


def _nobody() -> Hear:
    """A listener that hears nothing."""
    return _ignore


def _ignore(piece: str) -> None:
    """Nobody listens."""


class _NoStreamError(Exception):
    """The model brought nothing when it was asked to stream."""


class _Collected:
    """The chunks of a streamed answer, put together."""

    def __init__(self) -> None:
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
        return Reply(self.text, self._id, self._finish in _CUT_OFF)

    @staticmethod
    def _add(parts: list[str], text: str) -> str:
        if text:
            parts.append(text)
        return text


def _reply(message: BaseMessage) -> Reply:
    text = str(message.text)
    if isinstance(message, AIMessage):
        calls = [json.dumps(call["args"]) for call in message.tool_calls]
        broken = [call["args"] or "" for call in message.invalid_tool_calls]
        text = next(iter([*calls, *broken]), text)
    return Reply(text, message.id, _finish(message) in _CUT_OFF)


def _finish(message: BaseMessage) -> str:
    told = message.response_metadata
    return str(told.get("finish_reason") or told.get("stop_reason") or "")


async def _in_time(call: Any, seconds: float) -> Reply:
    try:
        async with asyncio.timeout(seconds) as limit:
            reply: Reply = await call
            return reply
    except TimeoutError as error:
        if not limit.expired():
            raise CallTimeoutError(str(error) or "the connection timed out") from error
        raise CallTimeoutError(f"it gave no answer within {seconds:g} seconds") from error


def _best_form(model: BaseChatModel) -> Literal["schema", "tool", "plain"]:
    if _takes_schema(model):
        return "schema"
    return "tool" if _takes_tools(model) else "plain"


def _takes_schema(model: BaseChatModel) -> bool:
    """Whether the model speaks OpenAI's protocol, where `response_format` holds a JSON schema."""
    profile = model.profile or {}
    names = {cls.__name__ for cls in type(model).__mro__}
    is_hosted = "ChatHuggingFace" in names and hasattr(model.llm, "async_client")  # type: ignore[attr-defined]
    return ("BaseChatOpenAI" in names or is_hosted) and profile.get(
        "structured_output"
    ) is not False


def _takes_tools(model: BaseChatModel) -> bool:
    profile = model.profile or {}
    is_local = hasattr(getattr(model, "llm", None), "pipeline")
    overrides = type(model).bind_tools is not BaseChatModel.bind_tools
    return overrides and not is_local and profile.get("tool_calling") is not False
