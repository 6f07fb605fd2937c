"""Asking one chat model: patience, forms, event loops, and what is seen of it in streams."""

import asyncio
import gc
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

import pytest
from chat_server import Reply, by_stage, in_turn
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_openai import ChatOpenAI
from parts import ScriptedEndpoint, obey, tasks

from hugginggpt.graph.brain.llm.chat import Chat, Ledger, Patience
from hugginggpt.graph.brain.llm.manners import Form
from hugginggpt.graph.brain.llm.models import open_chat
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.tools.errors import BrainError

PATIENCE = Patience(call=2, total=10)
ASKED = [("human", "hi")]
FORM = Form("thing", "A thing.", {"type": "object", "properties": {"a": {"type": "integer"}}})
REQUEST = {"messages": [("user", "do it")]}


@pytest.fixture
def serve(start_chat):
    """Starts a scripted server, and gives a `Chat` with it."""

    def start(answer):
        server = start_chat(answer if callable(answer) else in_turn(answer))
        return server, Chat(partial(open_chat, "openai:scripted"), "openai:scripted")

    return start


async def ask(chat, *, patience=PATIENCE, **more):
    return await chat.ask(ASKED, patience, Ledger(), **more)


# --- patience -------------------------------------------------------------------------------------


def busy(after):
    return Reply("busy", status=429, headers={"Retry-After": after})


async def test_server_is_left_alone_as_long_as_it_says(serve):
    server, chat = serve([busy("0.7"), "hello"])
    assert (await ask(chat)).text == "hello"
    first, second = server.calls
    assert second.at - first.at >= 0.7


async def test_also_where_it_names_a_date(serve):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    server, chat = serve([busy(date), "hello"])
    await ask(chat)
    assert server.calls[1].at - server.calls[0].at >= 0.5


async def test_no_waiting_for_longer_than_there_is_time(serve):
    server, chat = serve(busy("60"))
    with pytest.raises(BrainError, match="too many requests"):
        await ask(chat)
    assert len(server.calls) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_what_can_not_pass_is_not_tried_again(serve, status):
    server, chat = serve(Reply("no", status=status))
    with pytest.raises(BrainError):
        await ask(chat)
    assert len(server.calls) == 1


async def test_quota_that_is_used_up_is_not_tried_again(serve):
    server, chat = serve(Reply("pay first", status=429, code="insufficient_quota"))
    with pytest.raises(BrainError, match="pay first"):
        await ask(chat)
    assert len(server.calls) == 1


async def test_total_time_ends_everything(serve):
    _, chat = serve(Reply(hang=True))
    with pytest.raises(BrainError, match=r"no answer within 0\.5 seconds"):
        await ask(chat, patience=Patience(call=10, total=0.5))


async def test_server_that_is_not_there(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    chat = Chat(partial(open_chat, "openai:x"), "openai:x")
    with pytest.raises(BrainError, match="it can't be reached"):
        await ask(chat, patience=Patience(1, 1, attempts=1))


async def test_cancelled_call_hangs_up(serve):
    server, chat = serve(Reply(hang=True))
    asking = asyncio.ensure_future(ask(chat))
    while not server.calls:
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(10):
        while not server.calls[0].left:
            await asyncio.sleep(0.01)


async def test_listener_starts_anew_with_each_attempt(serve):
    _, chat = serve([Reply("lost words", reset_after=1), "hello"])
    heard = []

    def listen():
        heard.append("")

        def hear(piece):
            heard[-1] += piece

        return hear

    await ask(chat, listen=listen)
    assert heard == ["lost", "hello"]


# --- forms ----------------------------------------------------------------------------------------


async def test_tool_call_is_read_as_the_answer(serve):
    def answer(call):
        if call.form == "schema":
            return Reply("response_format is unknown", status=400)
        return Reply('{"a": 1}', tool="thing")

    _, chat = serve(answer)
    assert (await ask(chat, form=FORM)).text == '{"a": 1}'


async def test_tool_call_that_is_not_streamed(serve):
    def answer(call):
        if call.form == "schema":
            return Reply("response_format is unknown", status=400)
        return Reply('{"a": 1}', tool="thing", streams=False)

    _, chat = serve(answer)
    assert json.loads((await ask(chat, form=FORM)).text) == {"a": 1}


async def test_server_that_knows_no_stream_options(serve):
    def answer(call):
        if "stream_options" in call.body:
            return Reply("unknown field: stream_options", status=400)
        return "hello"

    server, chat = serve(answer)
    assert (await ask(chat)).text == "hello"
    await ask(chat)
    assert len(server.calls) == 3  # learned once


async def test_server_that_can_not_stream(serve):
    def answer(call):
        return Reply("stream is not supported", status=400) if call.streamed else "hello"

    server, chat = serve(answer)
    assert (await ask(chat)).text == "hello"
    await ask(chat)
    assert [call.streamed for call in server.calls][-2:] == [False, False]


class Recited(BaseChatModel):
    """A model with nothing but a sync method, as a provider's package may bring one."""

    text: str

    @property
    def _llm_type(self):
        return "recited"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.text))])


async def test_model_without_any_form():
    chat = Chat(lambda: Recited(text='{"a": 1}'), "recited")
    assert (await ask(chat, form=FORM)).text == '{"a": 1}'


# --- event loops and many at once -----------------------------------------------------------------


def test_several_event_loops_one_after_the_other(serve):
    _, chat = serve("hello")
    assert [asyncio.run(ask(chat)).text for _ in range(3)] == ["hello"] * 3


def handed_over(server):
    """A chat with a model that is not ours."""
    model = ChatOpenAI(model="x", base_url=server.url, api_key="none", max_retries=0)
    return Chat(lambda: model, "x", owns=False)


async def ask_and_close(chat):
    reply = await ask(chat)
    await chat.model.root_async_client.close()
    return reply


# The first loop ends with a connection open: the model is not ours to close.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_model_that_was_handed_over_survives_its_loop(serve):
    server, _ = serve("hello")
    chat = handed_over(server)
    assert asyncio.run(ask(chat)).text == "hello"
    assert asyncio.run(ask_and_close(chat)).text == "hello"
    del chat
    gc.collect()


async def test_fifty_runs_at_once(serve):
    plan = json.dumps({"tasks": tasks("a"), "reply": ""})
    serve(by_stage(plan=plan, respond="done"))
    graph = build_graph(endpoints=[ScriptedEndpoint(obey)])
    context = Context(brain="openai:scripted")
    states = await asyncio.gather(*(graph.ainvoke(REQUEST, context=context) for _ in range(50)))
    assert [state["results"]["0"]["status"] for state in states] == ["done"] * 50


# --- streams --------------------------------------------------------------------------------------


async def messages_of(serve, **script):
    plan = json.dumps({"tasks": tasks("a"), "reply": ""})
    serve(by_stage(**{"plan": plan, "respond": "It is done, all of it.", **script}))
    graph = build_graph(endpoints=[ScriptedEndpoint(obey)])
    stream = graph.astream(
        REQUEST, context=Context(brain="openai:scripted"), stream_mode=["messages", "values"]
    )
    parts, last = [], None
    async for mode, chunk in stream:
        if mode == "messages":
            parts.append(chunk[0])
        else:
            last = chunk["messages"][-1]
    return parts, last


async def test_stream_of_messages_holds_the_answer_once_and_whole(serve):
    parts, last = await messages_of(serve)
    assert "".join(part.text for part in parts) == last.text
    assert {part.id for part in parts} == {last.id}
    assert len(parts) > 4


async def test_stream_of_messages_without_the_model(serve):
    parts, last = await messages_of(serve, respond=Reply("no", status=401))
    assert [part.text for part in parts if part.id == last.id] == [last.text]


async def test_model_that_was_handed_over_is_streamed_too():
    plan = AIMessage(json.dumps({"tasks": tasks("a"), "reply": ""}))
    model = GenericFakeChatModel(messages=iter([plan, AIMessage("one two three")]))
    graph = build_graph(endpoints=[ScriptedEndpoint(obey)])
    stream = graph.astream(REQUEST, context=Context(brain=model), stream_mode="messages")
    parts = [chunk.text async for chunk, _ in stream]
    assert parts[:5] == ["one", " ", "two", " ", "three"]


def test_from_sync_code(serve):
    plan = json.dumps({"tasks": tasks("a"), "reply": ""})
    serve(by_stage(plan=plan, respond="done"))
    graph = build_graph(endpoints=[ScriptedEndpoint(obey)])
    state = graph.invoke(REQUEST, context=Context(brain="openai:scripted"))
    assert state["results"]["0"]["status"] == "done"


# --- a model that was handed over ------------------------------------------------------


async def test_model_that_was_handed_over_serves_several_loops_at_once(serve):
    server, _ = serve(lambda call: Reply("hello", before=0.05))
    chat = handed_over(server)

    def elsewhere():
        return [asyncio.run(ask(chat)).text for _ in range(3)]

    await ask(chat)
    threads = [asyncio.to_thread(elsewhere) for _ in range(3)]
    here = asyncio.gather(*(ask(chat) for _ in range(6)))
    assert await asyncio.gather(*threads) == [["hello"] * 3] * 3
    assert {reply.text for reply in await here} == {"hello"}
    await chat.model.root_async_client.close()  # ours to close: we made it
