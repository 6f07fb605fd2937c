"""One chat model, asked with patience: time limits, retries, and JSON in the best way it has."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import anyio.to_thread
from langchain_core.language_models import BaseChatModel
from langchain_core.messages.ai import UsageMetadata
from langchain_core.runnables import RunnableConfig
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_before_delay

from hugginggpt.graph.brain.llm.collected import Collected, Reply, reply_of
from hugginggpt.graph.brain.llm.failures import (
    CallTimeoutError,
    explain,
    is_passing,
    pause,
    status,
)
from hugginggpt.graph.brain.llm.manners import Form, Manners, NoStreamError
from hugginggpt.graph.brain.llm.models import another
from hugginggpt.graph.budget import Budget
from hugginggpt.graph.tracing import model_callbacks
from hugginggpt.graph.usage import Usage
from hugginggpt.tools.errors import BrainError
from hugginggpt.tools.secrets import redact_error

_KEEPERS: set[AsyncGenerator[None]] = set()
"""What closes connections; kept here, since a loop holds its generators only weakly."""

Hear = Callable[[str], None]
"""Takes the pieces of an answer as they come."""


class Patience(NamedTuple):
    """How long an answer is waited for, in seconds."""

    call: float
    """For one call."""
    total: float
    """For all calls and pauses until there is an answer."""
    attempts: int = 3

    def within(self, seconds: float) -> "Patience":
        """No longer than so many seconds in all."""
        return self._replace(total=max(min(self.total, seconds), 0.0))


class Ledger:
    """What the calls of one stage have cost, counted in the budget of the run too."""

    def __init__(self, budget: Budget | None = None) -> None:
        """Start with nothing."""
        self.usage = Usage()
        self._budget = budget or Budget()

    def check(self) -> None:
        """Refuse a call that the budget does not allow.

        Raises:
            BrainError: it is used up.

        """
        self._budget.check_call()

    def call(self) -> None:
        """Count a call.

        Raises:
            BrainError: the budget does not allow it.

        """
        self.check()
        self._count(Usage(calls=1))

    def add(self, told: UsageMetadata | None) -> None:
        """Count the tokens that the model tells of."""
        if told:
            self._count(Usage(0, told["input_tokens"], told["output_tokens"]))

    def _count(self, usage: Usage) -> None:
        self.usage += usage
        self._budget.add(usage)


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
        self._lock = threading.Lock()
        self._by_loop: dict[asyncio.AbstractEventLoop, _Kept] = {}
        self._manners = Manners.best(self.model)

    async def ask(
        self,
        messages: Sequence[Any],
        patience: Patience,
        ledger: Ledger,
        *,
        form: Form | None = None,
        listen: Callable[[], Hear] | None = None,
        aloud: bool = False,
        name: str = "chat",
    ) -> Reply:
        """The model's answer to `messages`.

        `listen` is called whenever the answer begins, again after a failed attempt, and what it
        returns with each piece. `aloud` lets the pieces be seen in LangGraph's `messages` stream.
        `name` is what traces call it.

        Raises:
            BrainError: there is no answer, after all attempts or in all the time.

        """
        ledger.check()
        call = _Call(messages, form, listen or _nobody, aloud, patience.call, ledger, name)
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
            redact_error(error)
            raise BrainError(f"{self.name} could not be asked: {explain(error)}") from error

    async def _politely(self, call: "_Call") -> Reply:
        """One answer, in plainer manners where the model refuses the better ones."""
        manners = self._manners
        while True:
            try:
                reply = await self._in_time(call, manners)
            except Exception as error:
                plainer = manners.plainer(self.model, error, call.form)
                if plainer is None:
                    raise
                manners = plainer
            else:
                self._manners = manners  # learned only where it helped
                return reply

    async def _in_time(self, call: "_Call", manners: Manners) -> Reply:
        """One answer, which begins in time, and goes on in time."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(call.seconds) as limit:
                return await self._once(
                    call, manners, lambda: limit.reschedule(loop.time() + call.seconds)
                )
        except TimeoutError as error:
            if not limit.expired():
                raise CallTimeoutError(str(error) or "the connection timed out") from error
            raise CallTimeoutError(f"it gave no answer within {call.seconds:g} seconds") from error

    async def _here(self) -> BaseChatModel:
        """The model for the running event loop: its connections can serve no other."""
        loop = asyncio.get_running_loop()
        for gone in [each for each in self._by_loop if each.is_closed()]:  # ended without a word
            self._let_go(gone)
        if loop not in self._by_loop:
            model = await anyio.to_thread.run_sync(self._take_or_open)
            if loop not in self._by_loop:  # another call may have been faster
                kept = self._by_loop[loop] = _Kept(model, self._keep(model))
                _KEEPERS.add(kept.keeper)
                await anext(kept.keeper)
        return self._by_loop[loop].model

    def _take_or_open(self) -> BaseChatModel:
        with self._lock:
            model, self._first = self._first, None
        if model is not None:
            return model
        return self._open() if self._owns else another(self.model)

    async def _keep(self, model: BaseChatModel) -> AsyncGenerator[None]:
        """Close the model's connections when the loop ends: a loop ends its generators then."""
        try:
            yield
        finally:
            self._let_go(asyncio.get_running_loop())
            is_ours = self._owns or model is not self.model
            if is_ours and (client := getattr(model, "root_async_client", None)) is not None:
                await client.close()

    def _let_go(self, loop: asyncio.AbstractEventLoop) -> None:
        """Forget the loop; a model that we do not own may serve the next one."""
        kept = self._by_loop.pop(loop)
        _KEEPERS.discard(kept.keeper)
        if not self._owns and kept.model is self.model:
            self._first = kept.model

    async def _once(self, call: "_Call", manners: Manners, goes_on: Callable[[], None]) -> Reply:
        model = await self._here()
        call.ledger.call()
        hear = call.listen()
        options = manners.options(self.model, call.form)
        # What was begun aloud and broke off goes on silently: it can't be unsaid.
        tags = [] if call.aloud and not call.begun else ["nostream"]
        config: RunnableConfig = {
            "tags": tags,
            "run_name": call.name,
            "callbacks": model_callbacks(),
        }
        if not manners.streams:
            message = await model.ainvoke(list(call.messages), config, **options)
            call.ledger.add(getattr(message, "usage_metadata", None))
            reply = reply_of(message)
            hear(reply.text)
            return reply
        collected = Collected()
        try:
            async for chunk in model.astream(list(call.messages), config, **options):
                goes_on()
                if piece := collected.take(chunk):
                    call.begun.append(chunk.id or "")
                    hear(piece)
        except (ValueError, AssertionError, LookupError) as error:
            if not collected.is_empty or status(error) is not None:
                raise
            raise NoStreamError from error  # how clients take an answer that is no stream
        except Exception as error:
            if not collected.has_ended or is_passing(error):
                raise
            # The whole answer is there, and a client objects to its end (openai to "length").
        finally:
            call.ledger.add(collected.usage)
        if collected.is_empty:
            raise NoStreamError
        reply = collected.reply()
        return reply._replace(id=call.begun[0] or reply.id) if call.begun else reply


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
    name: str
    begun: list[str] = field(default_factory=list)
    """Ids of the message of each piece that was told of, attempts that failed included."""


def _nobody() -> Hear:
    """A listener that hears nothing."""
    return _ignore


def _ignore(piece: str) -> None:
    """Nobody listens."""
