"""The scripted chat server, met with the clients that the package uses."""

import asyncio
import http.client
import json
import threading

import openai
import pytest
from chat_server import ChatServer, Reply, by_stage, in_turn, stage_of
from huggingface_hub import AsyncInferenceClient
from langchain_openai import ChatOpenAI

ASK = {"model": "some-model", "messages": [{"role": "user", "content": "Hello there"}]}
TEXT = "It is a cat, on a mat."
PLAN = {"type": "json_schema", "json_schema": {"name": "plan", "schema": {"type": "object"}}}
SELECTION = {"type": "function", "function": {"name": "selection", "parameters": {}}}
BROKEN = openai.APIConnectionError
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


@pytest.fixture
async def ask():
    """Sends a chat request to a server, with OpenAI's client."""
    async with openai.AsyncOpenAI(api_key="none", base_url="", max_retries=0) as client:

        async def send(server, **changes):
            client.base_url = server.url
            return await client.chat.completions.create(**{**ASK, **changes})

        yield send


async def comes(condition):
    """Waits until the server's thread has made a condition true."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def pieces(stream):
    """The chunks of a streamed answer."""
    return [chunk async for chunk in stream]


def content(chunks):
    """The text that a streamed answer brought."""
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


async def test_plain_answer(ask):
    with ChatServer(lambda call: f"You said {call.user}") as server:
        answer = await ask(server)
    assert answer.choices[0].message.content == "You said Hello there"
    assert (answer.model, answer.choices[0].finish_reason) == ("some-model", "stop")


async def test_counts_a_token_for_each_piece(ask):
    with ChatServer(lambda call: TEXT) as server:
        usage = (await ask(server)).usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (3, 6, 9)


async def test_tells_no_counts(ask):
    with ChatServer(lambda call: Reply(TEXT, usage=False)) as server:
        assert (await ask(server)).usage is None


async def test_streamed_answer_comes_in_pieces(ask):
    with ChatServer(lambda call: TEXT) as server:
        chunks = await pieces(await ask(server, stream=True))
    assert content(chunks) == TEXT
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert len(chunks) == 1 + 6 + 1


async def test_streamed_counts_come_last_and_only_where_asked_for(ask):
    with ChatServer(lambda call: TEXT) as server:
        stream = await ask(server, stream=True, stream_options={"include_usage": True})
        last = (await pieces(stream))[-1]
    assert (last.choices, last.usage.completion_tokens) == ([], 6)


async def test_answer_can_be_cut_off(ask):
    with ChatServer(lambda call: Reply(TEXT, finish="length")) as server:
        assert (await ask(server)).choices[0].finish_reason == "length"


async def test_tool_call(ask):
    with ChatServer(lambda call: Reply('{"a": 1}', tool="selection")) as server:
        choice = (await ask(server, tools=[SELECTION])).choices[0]
    assert choice.message.tool_calls[0].function.name == "selection"
    assert choice.message.tool_calls[0].function.arguments == '{"a": 1}'
    assert choice.finish_reason == "tool_calls"


@pytest.mark.parametrize("streaming", [True, False])
async def test_langchain_reads_a_tool_call(streaming):
    with ChatServer(lambda call: Reply('{"a": [1, 2]}', tool="selection")) as server:
        model = ChatOpenAI(
            model="m", base_url=server.url, api_key="none", max_retries=0, streaming=streaming
        )
        message = await model.bind_tools([SELECTION]).ainvoke("Hello there")
    assert [(c["name"], c["args"]) for c in message.tool_calls] == [("selection", {"a": [1, 2]})]


async def test_langchain_streams_text_and_counts():
    with ChatServer(lambda call: TEXT) as server:
        model = ChatOpenAI(
            model="m", base_url=server.url, api_key="none", max_retries=0, stream_usage=True
        )
        chunks = [chunk async for chunk in model.astream("Hello there")]
    assert "".join(chunk.text for chunk in chunks) == TEXT
    assert sum(c.usage_metadata["output_tokens"] for c in chunks if c.usage_metadata) == 6


async def test_hub_client_reads_both_manners():
    with ChatServer(lambda call: TEXT) as server:
        async with AsyncInferenceClient(base_url=server.url, api_key="none") as client:
            whole = await client.chat_completion(ASK["messages"])
            chunks = await pieces(await client.chat_completion(ASK["messages"], stream=True))
    assert whole.choices[0].message.content == TEXT
    assert content(chunks) == TEXT


async def test_hub_client_reads_a_streamed_tool_call():
    with ChatServer(lambda call: Reply('{"a": 1}', tool="selection")) as server:
        async with AsyncInferenceClient(base_url=server.url, api_key="none") as client:
            chunks = await pieces(
                await client.chat_completion(ASK["messages"], tools=[SELECTION], stream=True)
            )
    calls = [call for c in chunks for call in c.choices[0].delta.tool_calls or []]
    assert "".join(call.function.arguments for call in calls) == '{"a": 1}'


async def test_models_are_listed():
    with ChatServer(lambda call: "") as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none") as client:
            models = [model.id async for model in client.models.list()]
        assert (models, server.calls) == (["scripted"], [])


async def test_status_comes_with_its_headers(ask):
    busy = Reply("slow down", status=429, code="rate_limit", headers={"Retry-After": "1"})
    with ChatServer(lambda call: busy) as server, pytest.raises(openai.RateLimitError) as caught:
        await ask(server, stream=True)
    assert caught.value.response.headers["retry-after"] == "1"
    assert (caught.value.code, caught.value.body["message"]) == ("rate_limit", "slow down")


async def test_unknown_address(ask):
    with ChatServer(lambda call: "") as server:
        server.url += "/chat/completions/no"
        with pytest.raises(openai.NotFoundError):
            async with openai.AsyncOpenAI(base_url=server.url, api_key="none") as client:
                await client.embeddings.create(model="m", input="a")


async def test_plain_answer_to_a_request_for_a_stream(ask):
    with ChatServer(lambda call: Reply(TEXT, streams=False)) as server:
        chunks = await pieces(await ask(server, stream=True))
        assert server.calls[0].streamed
    assert chunks == []


async def test_rubbish(ask):
    page = Reply(raw=b"<h1>Bad gateway</h1>", status=502)
    with ChatServer(lambda call: page) as server, pytest.raises(openai.APIStatusError) as caught:
        await ask(server)
    assert caught.value.response.text == "<h1>Bad gateway</h1>"
    assert caught.value.response.headers["content-type"] == "text/html"


async def test_client_gives_up_on_a_call_that_hangs(ask):
    with ChatServer(lambda call: Reply(hang=True)) as server:
        with pytest.raises(openai.APITimeoutError):
            await ask(server, timeout=0.05)
        await comes(lambda: server.calls[0].ended)
        assert (server.calls[0].left, server.open) == (True, 0)


async def test_reset_before_the_answer(ask):
    reset = Reply(TEXT, reset_after=0)
    with ChatServer(lambda call: reset) as server, pytest.raises(BROKEN) as caught:
        await ask(server)
    assert type(caught.value.__cause__).__name__ == "ReadError"  # of httpx or httpx2


async def test_reset_within_a_stream(ask):
    with ChatServer(lambda call: Reply(TEXT, reset_after=2)) as server:
        stream = await ask(server, stream=True)
        chunks = [await anext(stream) for _ in range(1 + 2)]
        end, *_ = await asyncio.gather(anext(stream), return_exceptions=True)
    assert content(chunks) == TEXT[:8]
    assert type(end).__name__ in {"APIConnectionError", "ReadError"}  # newer clients wrap it


async def test_reset_within_a_plain_answer(ask):
    reset = Reply(TEXT, reset_after=1)
    with ChatServer(lambda call: reset) as server, pytest.raises(BROKEN):
        await ask(server)


async def test_client_that_leaves_a_stream_is_noticed(ask):
    with ChatServer(lambda call: Reply(TEXT, per_token=60)) as server:
        stream = await ask(server, stream=True)
        first = [await anext(stream), await anext(stream)]
        await stream.close()
        await comes(lambda: server.calls[0].left)
    assert content(first) == TEXT[:4]


async def test_calls_are_answered_side_by_side(ask):
    meeting = asyncio.Barrier(50)

    async def answer(call):
        await meeting.wait()
        return "met"

    with ChatServer(answer) as server:
        answers = await asyncio.gather(*(ask(server) for _ in range(50)))
        assert server.peak == 50
    assert {a.choices[0].message.content for a in answers} == {"met"}
    assert len({a.id for a in answers}) == 50


@pytest.mark.parametrize("streaming", [True, False])
async def test_waits_are_kept(ask, streaming):
    with ChatServer(lambda call: Reply(TEXT, before=0.02, per_token=0.01)) as server:
        answer = await ask(server, stream=streaming)
        await (pieces(answer) if streaming else asyncio.sleep(0))
        call = server.calls[0]
        await comes(lambda: call.ended)
    assert call.ended - call.at > 0.02 + 5 * 0.01 - 0.002  # clocks may tick once a millisecond


def test_connection_is_kept_until_the_client_closes_it():
    def send(**headers):
        connection.request("POST", "/v1/chat/completions", json.dumps(ASK), headers)
        return connection.getresponse()

    with ChatServer(lambda call: TEXT) as server:
        connection = http.client.HTTPConnection(server.url[7:-3])
        kept = [json.load(send()) for _ in range(3)]
        assert server.connections == 1
        last = send(Connection="close")
        assert (last.headers["connection"], json.load(last)["id"]) == ("close", "chatcmpl-4")
        connection.close()
    assert [answer["id"] for answer in kept] == ["chatcmpl-1", "chatcmpl-2", "chatcmpl-3"]


async def test_close_breaks_off_calls_and_ends_the_thread(ask):
    before = set(threading.enumerate())
    with ChatServer(lambda call: Reply(hang=True)) as server:
        calls = [asyncio.create_task(ask(server)) for _ in range(5)]
        await comes(lambda: server.open == 5)
    assert "chat-server" not in {thread.name for thread in {*threading.enumerate()} - before}
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(end) for end in ends} == {BROKEN}
    assert not any(call.left for call in server.calls)


async def test_mistake_in_a_script_comes_out(ask):
    with pytest.raises(LookupError, match="no script for 'other'"):  # noqa: PT012, SIM117
        with ChatServer(by_stage(plan="{}")) as server:
            with pytest.raises(openai.InternalServerError):
                await ask(server)


async def test_call_shows_what_was_asked(ask):
    messages = [
        {"role": "system", "content": "You plan."},
        {"role": "user", "content": "First"},
        {"role": "assistant", "content": "Yes"},
        {"role": "user", "content": [{"type": "text", "text": "Second"}, IMAGE]},
    ]
    with ChatServer(lambda call: "") as server:
        await ask(server, messages=messages)
        call = server.calls[0]
    assert (call.system, call.user) == ("You plan.", "Second")
    assert call.images == ["data:image/png;base64,AA=="]
    assert call.headers["authorization"] == "Bearer none"
    assert (call.path, call.form, call.form_name) == ("/v1/chat/completions", "plain", "")


NAMED = {"type": "function", "function": {"name": "plan"}}


@pytest.mark.parametrize(
    ("system", "asked", "expected"),
    [
        ("", {"response_format": PLAN}, ("schema", "plan", "plan")),
        ("You plan", {"tools": [SELECTION]}, ("tool", "selection", "select")),
        ("", {"tools": [SELECTION], "tool_choice": NAMED}, ("tool", "plan", "plan")),
        ("", {"tools": [SELECTION], "tool_choice": "auto"}, ("tool", "selection", "select")),
        ("\nYou plan. Then ...", {}, ("plain", "", "plan")),
        ("You choose a model", {}, ("plain", "", "select")),
        ("You answer", {"response_format": {"type": "text"}}, ("plain", "", "respond")),
        ("Never: You plan", {}, ("plain", "", "other")),
    ],
)
async def test_stage_of_a_call(ask, system, asked, expected):
    message = {"role": "system", "content": system}
    with ChatServer(lambda call: "") as server:
        await ask(server, messages=[message], **asked)
        call = server.calls[0]
    assert (call.form, call.form_name, stage_of(call)) == expected


async def test_scripts_by_stage_go_on_in_turn(ask):
    script = by_stage(plan=["a", Reply("b"), lambda call: call.user], other="c")
    with ChatServer(script) as server:
        planned = [await ask(server, response_format=PLAN) for _ in range(4)]
        other = await ask(server)
    texts = [answer.choices[0].message.content for answer in [*planned, other]]
    assert texts == ["a", "b", "Hello there", "Hello there", "c"]


async def test_replies_in_turn(ask):
    with ChatServer(in_turn([Reply("busy", status=503), "done"])) as server:
        with pytest.raises(openai.InternalServerError):
            await ask(server)
        assert (await ask(server)).choices[0].message.content == "done"
