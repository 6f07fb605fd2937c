"""The graph on a real `langgraph dev`, driven through its SDK."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from chat_server import ChatServer, by_stage
from langgraph_sdk import get_sync_client

ROOT = Path(__file__).parents[2]
REQUEST = "Is this review good or bad: 'I loved it, wonderful'? Find the dates in 'on 3 May 2024'."


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


MOOD = {"task": "text-classification", "id": 0, "dep": [-1], "args": {"text": "I love it"}}


@pytest.fixture(scope="module")
def chat():
    """A chat server that plans one task, and answers."""
    plan = json.dumps({"tasks": [MOOD], "reply": ""})
    with ChatServer(by_stage(plan=plan, respond="It is good, very good.")) as server:
        yield server


@pytest.fixture(scope="module")
def url(tmp_path_factory, chat):
    """Address of a running server; it starts in a folder of its own that holds only our config."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "langgraph.json").write_text(
        (ROOT / "langgraph.json").read_text().replace('["."]', '["langgraph"]')
    )
    command = [shutil.which("langgraph", path=Path(sys.executable).parent), "dev"]
    address = f"http://127.0.0.1:{(port := free_port())}"
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--no-browser", "--no-reload", "--port", str(port)],
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, "LANGSMITH_TRACING": "false", "OPENAI_BASE_URL": chat.url},
            start_new_session=True,
        )
    try:
        wait_until_up(address, server, folder / "log")
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def wait_until_up(address, server, log):
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            if httpx.get(f"{address}/ok", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def client(url):
    """A client of the server."""
    with get_sync_client(url=url) as client:
        yield client


def run(client, **settings):
    thread = client.threads.create()["thread_id"]
    message = {"role": "user", "content": REQUEST}
    client.runs.wait(thread, "hugginggpt", input={"messages": [message]}, **settings)
    return client.threads.get_state(thread)


def test_answer(client):
    values = run(client)["values"]
    assert {r["status"] for r in values["results"].values()} == {"done"}
    assert "positive" in values["messages"][-1]["content"]
    assert "3 May 2024" in values["messages"][-1]["content"]


def test_schemas(client):
    assistant = client.assistants.search()[0]["assistant_id"]
    schemas = client.assistants.get_schemas(assistant)
    assert {"messages", "files"} <= schemas["input_schema"]["properties"].keys()
    assert "approve" in schemas["context_schema"]["properties"]


def test_drawing(client):
    assistant = client.assistants.search()[0]["assistant_id"]
    nodes = {node["id"] for node in client.assistants.get_graph(assistant)["nodes"]}
    assert {"plan", "approve", "select", "execute", "collect", "respond"} <= nodes


def test_custom_events_are_streamed(client):
    message = {"role": "user", "content": REQUEST}
    parts = client.runs.stream(
        None, "hugginggpt", input={"messages": [message]}, stream_mode="custom"
    )
    events = [part.data["event"] for part in parts if part.event == "custom"]
    assert sorted(set(events)) == ["done", "started"]


def test_plan_is_approved_after_an_interrupt(client):
    thread = client.threads.create()["thread_id"]
    message = {"role": "user", "content": REQUEST}
    client.runs.wait(thread, "hugginggpt", input={"messages": [message]}, context={"approve": True})
    shown = client.threads.get_state(thread)["tasks"][0]["interrupts"][0]["value"]["plan"]
    edited = [task for task in shown if task["task"] == "token-classification"]
    client.runs.wait(thread, "hugginggpt", command={"resume": edited}, context={"approve": True})
    results = client.threads.get_state(thread)["values"]["results"]
    assert [r["kind"] for r in results.values()] == ["token-classification"]


def test_chat_model_as_brain(client):
    values = run(client, context={"brain": "openai:scripted"})["values"]
    assert values["results"]["0"]["status"] == "done"
    assert values["messages"][-1]["content"].startswith("It is good, very good.\n\n### How")
    assert values["usage"]["plan"]["calls"] == 1


def test_answer_of_the_chat_model_is_streamed(client):
    message = {"role": "user", "content": REQUEST}
    parts = client.runs.stream(
        None,
        "hugginggpt",
        input={"messages": [message]},
        context={"brain": "openai:scripted"},
        stream_mode="messages-tuple",
    )
    pieces = [part.data[0]["content"] for part in parts if part.event == "messages"]
    assert "".join(pieces).startswith("It is good, very good.")
    assert len(pieces) > 4
