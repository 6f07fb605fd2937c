"""The graph on a real `langgraph dev`, driven through its SDK as Studio does."""

import base64
import io
import time
from collections import Counter

import httpx
import pytest
from doubts import doubtful
from PIL import Image

REQUEST = "Is this review good or bad: 'I loved it, wonderful'? Find the dates in 'on 3 May 2024'."
CHAT = {"brain": "openai:scripted"}


def given(*content):
    return {"messages": [{"role": "user", "content": content[0] if len(content) == 1 else content}]}


def run(client, content=(REQUEST,), thread=None, **settings):
    """The state of the thread after a run."""
    thread = thread or client.threads.create()["thread_id"]
    client.runs.wait(thread, "hugginggpt", input=given(*content), **settings)
    return client.threads.get_state(thread)


def stream(client, mode, **settings):
    thread = client.threads.create()["thread_id"]
    return client.runs.stream(
        thread, "hugginggpt", input=given(REQUEST), stream_mode=mode, **settings
    )


def assistant(client):
    return client.assistants.search()[0]["assistant_id"]


def test_answer(client):
    values = run(client)["values"]
    assert {r["status"] for r in values["results"].values()} == {"done"}
    assert "positive" in values["messages"][-1]["content"]
    assert "3 May 2024" in values["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("content", "context", "complaint"),
    [
        (" ", {}, "the request is empty"),
        (REQUEST, {"brain": "nonsense"}, "there is no brain 'nonsense'"),
        (REQUEST, {"candidates": 0}, "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_with_the_input_is_told(client, content, context, complaint):
    with pytest.raises(Exception, match=complaint):
        run(client, (content,), context=context)


def test_conversation_goes_on(client):
    thread = run(client, ("Find the dates in 'on 3 May 2024'.",))["checkpoint"]["thread_id"]
    values = run(client, ("Read them aloud.",), thread)["values"]
    assert [m["type"] for m in values["messages"]] == ["human", "ai"] * 2


# --- what Studio shows of the graph -----------------------------------------------------------


@pytest.mark.parametrize("schema", ["input_schema", "output_schema", "state_schema"])
def test_state_explains_itself(client, schema):
    fields = client.assistants.get_schemas(assistant(client))[schema]["properties"]
    fields.pop("messages")
    assert fields
    assert all(field["title"] and field["description"] for field in fields.values())


def test_settings_have_titles_descriptions_choices_and_defaults(client):
    fields = client.assistants.get_schemas(assistant(client))["context_schema"]["properties"]
    assert all(field["title"] and field["description"] for field in fields.values())
    assert fields["approve"]["enum"] == ["never", "plan", "cost"]
    assert fields["endpoints"]["items"]["enum"] == ["embedded", "local", "hosted"]
    found = [name for name, field in fields.items() if "default" not in field]
    assert found == ["brain", "lessons"]  # what they are depends on the machine


def test_drawing(client):
    nodes = {node["id"] for node in client.assistants.get_graph(assistant(client))["nodes"]}
    assert {"plan", "clarify", "approve", "select", "execute", "collect", "respond"} <= nodes


# --- content blocks ---------------------------------------------------------------------------


def picture():
    stream = io.BytesIO()
    image = Image.new("RGB", (64, 64), "white")
    image.paste("black", (16, 16, 48, 48))
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def test_picture_goes_in_and_out_as_content_blocks(client):
    block = {"type": "image", "base64": picture(), "mime_type": "image/png"}
    values = run(client, ({"type": "text", "text": "Draw the canny edges of this."}, block))[
        "values"
    ]
    _, shown = values["messages"][-1]["content"]
    with Image.open(io.BytesIO(base64.b64decode(shown["base64"]))) as image:
        assert (shown["type"], image.size) == ("image", (64, 64))


def test_text_file_goes_in_under_its_name(client):
    encoded = base64.b64encode(b"I loved it, wonderful").decode()
    block = {"type": "file", "base64": encoded, "mime_type": "text/plain", "filename": "a.txt"}
    words = {"type": "text", "text": "Is the review in a.txt good or bad?"}
    values = run(client, (words, block))["values"]
    assert values["plan"]["0"]["arguments"] == {"text": "a.txt"}
    assert "positive" in values["messages"][-1]["content"]


@pytest.mark.parametrize("context", [{}, CHAT], ids=["embedded", "chat-model"])
def test_recording_is_heard_and_its_link_opens(client, context):
    values = run(client, ("Read this aloud: good morning",), context=context)["values"]
    text, recording = values["messages"][-1]["content"]
    assert base64.b64decode(recording["base64"]).startswith(b"RIFF")
    address = text["text"].partition("](")[2].partition(")")[0]
    assert httpx.get(address).content == base64.b64decode(recording["base64"])


def test_workspace_of_the_run_s_own_is_not_linked(client, tmp_path):
    context = {"workspace": str(tmp_path / "mine")}
    values = run(client, ("Read this aloud: good morning",), context=context)["values"]
    text, recording = values["messages"][-1]["content"]
    assert "/files/" not in text["text"]
    assert recording["type"] == "audio"


# --- streaming --------------------------------------------------------------------------------


MODES = ["values", "updates", "custom", "tasks", "checkpoints", "events", "debug"]


def test_every_mode_streams(client):
    parts = Counter(part.event for part in stream(client, MODES))
    assert all(parts[mode] > 1 for mode in MODES)
    assert "error" not in parts


def test_custom_events_tell_of_each_task(client):
    events = [part.data for part in stream(client, "custom") if part.event == "custom"]
    assert sorted((e["event"], e["kind"]) for e in events) == [
        ("done", "text-classification"),
        ("done", "token-classification"),
        ("started", "text-classification"),
        ("started", "token-classification"),
    ]


def test_answer_of_the_chat_model_is_streamed(client):
    parts = stream(client, "messages-tuple", context=CHAT)
    pieces = [part.data[0]["content"] for part in parts if part.event == "messages"]
    assert "".join(pieces).startswith("It is good, very good.")
    assert len(pieces) > 4


# --- chat model, interrupt, cancel, time travel -----------------------------------------------


def test_chat_model_as_brain(client):
    values = run(client, context=CHAT)["values"]
    assert values["results"]["0"]["status"] == "done"
    assert values["messages"][-1]["content"].startswith("It is good, very good.\n\n### How")
    assert values["usage"]["plan"]["calls"] == 1


def asked(state):
    return state["tasks"][0]["interrupts"][0]["value"]


def test_plan_is_edited_at_an_interrupt(client):
    context = {"approve": "plan"}
    state = run(client, context=context)
    thread = state["checkpoint"]["thread_id"]
    edited = [task for task in asked(state)["plan"] if task["task"] == "token-classification"]
    client.runs.wait(thread, "hugginggpt", command={"resume": edited}, context=context)
    results = client.threads.get_state(thread)["values"]["results"]
    assert [r["kind"] for r in results.values()] == ["token-classification"]


def test_plan_is_refused_at_an_interrupt(client):
    context = {"approve": "plan"}
    thread = run(client, context=context)["checkpoint"]["thread_id"]
    client.runs.wait(thread, "hugginggpt", command={"resume": False}, context=context)
    values = client.threads.get_state(thread)["values"]
    assert "refused" in values["messages"][-1]["content"]
    assert values["results"] == {}


def test_which_plan_is_meant_is_asked_at_an_interrupt(client):
    doubt, context = doubtful(), {"clarify": True}
    state = run(client, [doubt.request], context=context)
    thread = state["checkpoint"]["thread_id"]
    assert [[task["task"] for task in plan] for plan in asked(state)["plans"]] == [
        doubt.first,
        doubt.second,
    ]
    client.runs.wait(thread, "hugginggpt", command={"resume": 2}, context=context)
    results = client.threads.get_state(thread)["values"]["results"]
    assert [r["kind"] for r in results.values()] == doubt.second


def wait_for(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def test_cancelled_run_leaves_nothing_running(client, chat):
    thread = client.threads.create()["thread_id"]
    held = client.runs.create(thread, "hugginggpt", input=given("Think for ever."), context=CHAT)[
        "run_id"
    ]
    wait_for(lambda: chat.open)
    client.runs.cancel(thread, held, wait=True)
    wait_for(lambda: not chat.open)
    assert client.runs.get(thread, held)["status"] == "interrupted"
    assert run(client, thread=thread)["values"]["results"].keys() == {"0", "1"}


def after_first_task(client, thread):
    """The state of the thread when the first task had just been finished."""
    history = client.threads.get_history(thread, limit=50)
    return [s for s in history if len(s["values"].get("results", {})) == 1][-1]


CHAIN = "Summarise 'It rained. The sun came out. We went home.' and read the summary aloud."


def test_run_is_forked_after_a_finished_task(client):
    thread = run(client, (CHAIN,))["checkpoint"]["thread_id"]
    past = after_first_task(client, thread)
    result = past["values"]["results"]["0"]
    changed = {**result, "artifacts": [{"modality": "text", "text": "Say this."}]}
    fork = client.threads.update_state(
        thread, {"results": {"0": changed}}, checkpoint=past["checkpoint"], as_node="collect"
    )
    client.runs.wait(thread, "hugginggpt", input=None, checkpoint=fork["checkpoint"])
    values = client.threads.get_state(thread)["values"]
    assert values["results"]["0"]["artifacts"][0]["text"] == "Say this."
    assert values["results"]["1"]["status"] == "done"
    assert values["messages"][-1]["type"] == "ai"


def test_run_goes_on_from_every_point_after_a_finished_task(client):
    thread = run(client, (CHAIN,))["checkpoint"]["thread_id"]
    history = client.threads.get_history(thread, limit=50)
    for past in [s for s in history if s["values"].get("results") and s["next"]]:
        client.runs.wait(thread, "hugginggpt", input=None, checkpoint=past["checkpoint"])
        values = client.threads.get_state(thread)["values"]
        assert {r["status"] for r in values["results"].values()} == {"done"}
        assert values["messages"][-1]["type"] == "ai"
