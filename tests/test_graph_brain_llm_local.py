"""A chat model that transformers runs in this process."""

import asyncio
import json
import threading
import time
from functools import partial

import pytest
from huggingface_hub import constants
from tiny_models import write_model

from hugginggpt import Context, build_graph
from hugginggpt.graph.brain.llm.chat import Chat, Ledger, Patience
from hugginggpt.graph.brain.llm.models import open_chat
from hugginggpt.tools.errors import BrainError, SettingError

SAYS = "Here is what came of it, thanks."
PLAN = {
    "tasks": [
        {"task": "text-classification", "id": 0, "dep": [-1], "args": {"text": "A lovely day"}},
        {"task": "summarization", "id": 1, "dep": [0], "args": {"text": "<GENERATED>-0"}},
    ],
    "reply": "",
}
MESSAGES = [("system", "Be brief."), ("human", "How are you?")]


@pytest.fixture
def folder(tmp_path):
    """Of a model that says one thing."""
    return write_model(tmp_path / "model", {"": SAYS})


def chat_of(folder):
    return Chat(partial(open_chat, f"huggingface-local:{folder}"), "the local model")


async def ask(chat, patience=Patience(60, 60)):  # noqa: B008 - a tuple
    """The reply, its pieces, and what it cost."""
    ledger, pieces = Ledger(), []
    reply = await chat.ask(MESSAGES, patience, ledger, listen=lambda: pieces.append)
    return reply, pieces, ledger.usage


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "huggingface-local"]


async def all_end(seconds):
    """Whether the threads that write answers end in time."""
    limit = time.monotonic() + seconds
    while threads() and time.monotonic() < limit:
        await asyncio.sleep(0.01)
    return not threads()


# --- answers -------------------------------------------------------------------------------------


async def test_answer_comes_in_pieces(folder):
    reply, pieces, usage = await ask(chat_of(folder))
    assert (reply.text, reply.is_cut_off) == (SAYS, False)
    assert "".join(pieces) == SAYS
    assert len(pieces) > 4
    assert usage.output_tokens == len(SAYS) // 4 + 1


async def test_random_model_says_something(tmp_path):
    reply, pieces, usage = await ask(chat_of(write_model(tmp_path / "model", {}, most=12)))
    assert reply.text == "".join(pieces) != ""
    assert (reply.is_cut_off, usage.output_tokens) == (True, 12)


async def test_answer_as_a_whole(folder):
    model = open_chat(f"huggingface-local:{folder}")
    assert (await model.ainvoke(MESSAGES)).text == model.invoke(MESSAGES).text == SAYS


def test_whole_run(tmp_path):
    says = {"You plan": json.dumps(PLAN), "You answer": "It sounds glad."}
    brain = f"huggingface-local:{write_model(tmp_path / 'model', says)}"
    state = build_graph().invoke({"messages": [("user", "Do it")]}, context=Context(brain=brain))
    assert {key: result["status"] for key, result in state["results"].items()} == {
        "0": "done",
        "1": "done",
    }
    assert state["messages"][-1].text.startswith("It sounds glad.")


async def test_pieces_are_seen_in_the_messages_stream(tmp_path):
    says = {"You plan": json.dumps(PLAN), "You answer": "It sounds glad."}
    brain = f"huggingface-local:{write_model(tmp_path / 'model', says)}"
    request = {"messages": [("user", "Do it")]}
    stream = build_graph().astream(request, context=Context(brain=brain), stream_mode="messages")
    seen = [chunk.text async for chunk, _ in stream]
    assert seen[:4] == ["It s", "ound", "s gl", "ad."]


async def test_template_without_a_system_role(tmp_path):
    template = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('No system role') }}{% endif %}"
        "<|user|>{{ messages[0].content }}CUE"
    )
    says = {"Be brief.\\n\\nHow": SAYS, "": "It was left out."}
    reply, _, _ = await ask(chat_of(write_model(tmp_path / "model", says, template=template)))
    assert reply.text == SAYS


async def test_prompt_that_is_too_long(tmp_path):
    model = write_model(tmp_path / "model", {"": SAYS}, context=16)
    with pytest.raises(BrainError, match="the prompt has .. tokens, and the model takes 16"):
        await ask(chat_of(model))


# --- threads and event loops ---------------------------------------------------------------------


def test_weights_are_read_once_for_all_event_loops(folder):
    chat = chat_of(folder)
    texts = [asyncio.run(ask(chat))[0].text for _ in range(2)]
    assert texts == [SAYS, SAYS]
    assert open_chat(f"huggingface-local:{folder}") is chat.model


async def test_one_answer_at_a_time(folder, monkeypatch):
    chat, running, most = chat_of(folder), [], []
    generate = chat.model.network.generate

    def watched(**options):
        running.append(1)
        most.append(len(running))
        time.sleep(0.05)
        written = generate(**options)
        running.pop()
        return written

    monkeypatch.setattr(chat.model.network, "generate", watched)
    replies = await asyncio.gather(*[ask(chat) for _ in range(4)])
    assert {reply.text for reply, _, _ in replies} == {SAYS}
    assert most == [1, 1, 1, 1]


async def test_answer_that_nobody_waits_for_is_not_written_on(tmp_path):
    chat = chat_of(write_model(tmp_path / "model", {"": SAYS}, ends=False, most=16_000))
    began = time.monotonic()
    with pytest.raises(BrainError, match="within 0.3 seconds"):
        await ask(chat, Patience(0.3, 0.3, attempts=1))
    assert time.monotonic() - began < 3
    assert await all_end(3)


async def test_cancelled_call_in_the_queue_is_not_written_at_all(folder):
    chat = chat_of(folder)
    with chat.model._turn:
        with pytest.raises(BrainError):
            await ask(chat, Patience(0.1, 0.1, attempts=1))
        assert threads()
    assert await all_end(3)


async def test_error_in_the_thread_is_told(folder, monkeypatch):
    def fail(**options):
        raise RuntimeError("out of memory")

    chat = chat_of(folder)
    monkeypatch.setattr(chat.model.network, "generate", fail)
    with pytest.raises(BrainError, match="out of memory"):
        await ask(chat)


# --- opening -------------------------------------------------------------------------------------


def only_pickles(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def no_template(folder):
    (folder / "chat_template.jinja").unlink()


def code_of_its_own(folder):
    """Code that would leave a file behind."""
    told = json.loads((folder / "config.json").read_text())
    told |= {
        "model_type": "mine",
        "auto_map": {"AutoConfig": "mine.C", "AutoModelForCausalLM": "mine.M"},
    }
    (folder / "config.json").write_text(json.dumps(told))
    (folder / "mine.py").write_text("open('ran', 'w').close()")


def no_model(folder):
    (folder / "config.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (only_pickles, "holds no safetensors"),
        (no_template, "has no chat template"),
        (code_of_its_own, "needs code of its own, which is never run"),
        (no_model, "can't be opened"),
    ],
)
def test_folder_that_is_refused(folder, spoil, says, tmp_path):
    spoil(folder)
    with pytest.raises(SettingError, match=says) as caught:
        chat_of(folder)
    assert f"brain 'huggingface-local:{folder}'" in str(caught.value)
    assert not (tmp_path / "ran").exists()


async def test_code_beside_a_model_that_transformers_knows_is_not_run(folder, tmp_path):
    told = json.loads((folder / "config.json").read_text())
    told["auto_map"] = {"AutoModelForCausalLM": "mine.M"}
    (folder / "config.json").write_text(json.dumps(told))
    (folder / "mine.py").write_text("open('ran', 'w').close()")
    assert (await ask(chat_of(folder)))[0].text == SAYS
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["./none", "/none/at/all", "~/none", "models/of/mine", ".\\none"])
def test_folder_that_does_not_exist(name, monkeypatch):
    monkeypatch.setattr("hugginggpt.graph.brain.llm.local.snapshot_download", None)
    with pytest.raises(SettingError, match="there is no folder"):
        open_chat(f"huggingface-local:{name}")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub that can't be reached, and the folder of what was downloaded before."""
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_hub_model_without_a_network(hub):
    began = time.monotonic()
    with pytest.raises(SettingError, match="the Hub can't be asked for it.*refused"):
        open_chat("huggingface-local:org/none")
    assert time.monotonic() - began < 5


async def test_hub_model_that_was_downloaded_before(hub):
    there = hub / "models--org--tiny"
    write_model(there / "snapshots" / "1234", {"": SAYS})
    (there / "refs").mkdir()
    (there / "refs" / "main").write_text("1234")
    assert (await ask(chat_of("org/tiny")))[0].text == SAYS
