"""From names to chat models: what each name opens, what it says where it can't, and on the wire."""

import asyncio
import time
from functools import partial

import pytest
from chat_server import ChatServer, Reply
from huggingface_hub import constants
from huggingface_hub.inference._providers import CONVERSATIONAL_AUTO_ROUTER

from hugginggpt.graph.brain.llm.chat import Chat, Ledger, Patience
from hugginggpt.graph.brain.llm.manners import Form
from hugginggpt.graph.brain.llm.models import name_of, open_chat
from hugginggpt.tools.errors import BrainError, SettingError

HUB_MODEL = "openai/gpt-oss-20b"
FORM = Form("plan", "A plan.", {"type": "object", "properties": {"tasks": {"type": "array"}}})
CLOSED = "http://127.0.0.1:9"
"""Nothing listens there."""
PATIENCE = Patience(5, 10, attempts=2)


@pytest.fixture(autouse=True)
def _no_token(tmp_path, monkeypatch):
    """Nobody is logged in, whoever runs the tests."""
    monkeypatch.delenv("HUGGINGFACEHUB_API_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(tmp_path / "no-tokens"))


@pytest.fixture
def router(monkeypatch):
    """Puts the given address in the place of Inference Providers, for a user who is logged in."""

    def at(url):
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        monkeypatch.setattr(CONVERSATIONAL_AUTO_ROUTER, "base_url", url.removesuffix("/v1"))
        return f"huggingface:{HUB_MODEL}"

    return at


@pytest.fixture(params=["openai", "url", "hub"])
def named(request, router, monkeypatch):
    """The name of a brain that is served at the given address: each way there is."""

    def at(url):
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        return {"openai": "openai:m", "url": f"huggingface:{url}", "hub": router(url)}[
            request.param
        ]

    return at


async def ask(name, *, form=None, patience=PATIENCE):
    """The reply, its pieces, and what it cost."""
    chat, ledger, pieces = Chat(partial(open_chat, name), name), Ledger(), []
    messages = [("system", "Be brief."), ("human", "How are you?")]
    reply = await chat.ask(messages, patience, ledger, form=form, listen=lambda: pieces.append)
    return reply, pieces, ledger.usage


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("openai:", "names no model"),
        ("openai:gpt-5-mini", "OPENAI_API_KEY"),
        (f"huggingface:{HUB_MODEL}", "set HF_TOKEN"),
        ("antropic:claude", "no provider 'antropic'; use 'openai', 'huggingface', 'huggingface-"),
        (":gpt-5-mini", "names no provider"),
        ("gpt-5:mini", "no provider 'gpt-5'"),  # which LangChain would take for a model of OpenAI
        ("anthropic:claude", "needs langchain-anthropic: pip install 'langchain-anthropic'"),
        ("azure_openai:gpt-5-mini", "can't be opened"),
    ],
)
def test_name_that_opens_nothing(name, says):
    with pytest.raises(SettingError, match=says) as caught:
        open_chat(name)
    assert repr(name) in str(caught.value)


def test_token_that_is_none(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "sk-something-else")
    with pytest.raises(SettingError, match="HF_TOKEN holds no token of Hugging Face"):
        open_chat(f"huggingface:{HUB_MODEL}")


@pytest.mark.parametrize("name", ["openai:x", "huggingface:https://me:pw@host/v1"])
def test_address_with_a_password(name, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:pw@host/v1")
    with pytest.raises(SettingError, match="holds a user name or password") as caught:
        open_chat(name)
    assert "me:pw" not in str(caught.value)


def test_provider_in_capitals(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    assert name_of(open_chat("OpenAI:gpt-5-mini")) == "DiscreetChat:gpt-5-mini"


def test_hub_model_opens_without_a_network(router):
    assert open_chat(router(CLOSED)).profile["max_input_tokens"] > 100_000


def test_hub_model_by_a_given_provider(router):
    chat = open_chat(f"{router(CLOSED)}:groq")
    assert (chat.model_id, chat.profile["name"]) == (f"{HUB_MODEL}:groq", "GPT OSS 20B")


async def test_call_without_a_network(named):
    with pytest.raises(BrainError, match="can't be reached.*check the network"):
        await ask(named(CLOSED))


# --- what is sent --------------------------------------------------------------------------------


async def test_answer_comes_in_pieces(named):
    with ChatServer(lambda call: "Fine, thank you.") as server:
        reply, pieces, usage = await ask(named(server.url))
    assert (reply.text, "".join(pieces)) == ("Fine, thank you.", "Fine, thank you.")
    assert len(pieces) == 4
    assert (usage.calls, usage.output_tokens) == (1, 4)


async def test_schema_is_passed_on(named):
    with ChatServer(lambda call: '{"tasks": []}') as server:
        await ask(named(server.url), form=FORM)
    sent = server.calls[0].body["response_format"]
    assert (sent["type"], sent["json_schema"]["schema"]) == ("json_schema", FORM.schema)


async def test_tool_where_a_schema_is_refused(named):
    def answer(call):
        if call.form == "schema":
            return Reply("I know no response_format", status=422)
        return Reply('{"tasks": []}', tool="plan")

    with ChatServer(answer) as server:
        reply, pieces, _ = await ask(named(server.url), form=FORM)
    assert reply.text == "".join(pieces) == '{"tasks": []}'
    assert [call.form for call in server.calls] == ["schema", "tool"]


async def test_answer_that_does_not_stream(named):
    with ChatServer(lambda call: Reply("Fine.", streams=False)) as server:
        reply, pieces, _ = await ask(named(server.url))
    assert (reply.text, pieces) == ("Fine.", ["Fine."])


async def test_nothing_is_set_that_nobody_asked_for(named):
    with ChatServer(lambda call: "Fine.") as server:
        await ask(named(server.url))
    assert set(server.calls[0].body) == {"model", "messages", "stream", "stream_options"}


async def test_token_goes_to_inference_providers(router):
    with ChatServer(lambda call: "Fine.") as server:
        await ask(router(server.url))
    assert server.calls[0].headers["authorization"] == "Bearer hf_secret"


async def test_token_goes_to_nobody_else(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with ChatServer(lambda call: "Fine.") as server:
        await ask(f"huggingface:{server.url}")
    assert "hf_secret" not in str(server.calls[0].headers)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://abc.us-east-1.aws.endpoints.huggingface.cloud", "hf_secret"),
        ("http://abc.us-east-1.aws.endpoints.huggingface.cloud", "none"),
        ("https://huggingface.co.example.org", "none"),
    ],
)
def test_token_for_an_endpoint_of_hugging_face(url, key, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert open_chat(f"huggingface:{url}").openai_api_key.get_secret_value() == key


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
async def test_address_as_people_write_it(end):
    with ChatServer(lambda call: "Fine.") as server:
        await ask(f"huggingface:{server.url.removesuffix('/v1')}{end}")
    assert server.calls[0].path == "/v1/chat/completions"


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "says", "calls"),
    [(401, "the key was refused", 1), (404, "no such model", 1), (500, "no luck", 2)],
)
async def test_error_of_the_server(named, status, says, calls):
    with (
        ChatServer(lambda call: Reply("no luck", status=status)) as server,
        pytest.raises(BrainError, match=says),
    ):
        await ask(named(server.url))
    assert len(server.calls) == calls


async def test_wait_that_the_server_asks_for(named):
    replies = iter([Reply("slowly", status=429, headers={"Retry-After": "0.4"}), "Fine."])
    with ChatServer(lambda call: next(replies)) as server:
        reply, _, _ = await ask(named(server.url))
    assert reply.text == "Fine."
    assert server.calls[1].at - server.calls[0].at >= 0.4


DRIP = Reply("slowly " * 99, per_token=0.1)


@pytest.mark.parametrize(("reply", "call", "total"), [(Reply(hang=True), 0.3, 5), (DRIP, 0.4, 1)])
async def test_call_that_takes_too_long_is_broken_off(named, reply, call, total):
    began = time.monotonic()
    with ChatServer(lambda call: reply) as server:
        with pytest.raises(BrainError, match=f"within {min(call, total)} seconds|within 1 second"):
            await ask(named(server.url), patience=Patience(call, total, attempts=1))
        assert time.monotonic() - began < 3
        await asyncio.sleep(0.1)
        assert server.calls[0].left


def test_one_chat_on_two_event_loops(named):
    async def twice(chat):
        for _ in range(2):
            await chat.ask([("human", "Hello")], Patience(5, 10, attempts=1), Ledger())

    with ChatServer(lambda call: "Fine.") as server:
        name = named(server.url)
        chat = Chat(partial(open_chat, name), name)
        asyncio.run(twice(chat))
        asyncio.run(twice(chat))
        assert len(server.calls) == 4
