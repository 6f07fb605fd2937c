"""A real `langgraph dev` on loopback, and a chat server that it may use as its brain."""

import asyncio
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
MOOD = {"task": "text-classification", "id": 0, "dep": [-1], "args": {"text": "I love it"}}
SPEECH = {"task": "text-to-speech", "id": 0, "dep": [-1], "args": {"text": "good morning"}}


async def plan(call):
    """Judge a text, read one aloud, or never come to an end, as the request says."""
    if "for ever" in call.user:
        await asyncio.Event().wait()
    return json.dumps({"tasks": [SPEECH if "aloud" in call.user else MOOD], "reply": ""})


@pytest.fixture(scope="session")
def chat():
    """A chat server that plans one task, and answers."""
    with ChatServer(by_stage(plan=plan, respond="It is good, very good.")) as server:
        yield server


@pytest.fixture(scope="session")
def url(tmp_path_factory, chat):
    """Address of a running server; it starts in a folder of its own that holds only our config."""
    folder = tmp_path_factory.mktemp("server")
    config = (ROOT / "langgraph.json").read_text().replace('["."]', '["langgraph"]')
    (folder / "langgraph.json").write_text(config)
    command = [shutil.which("langgraph", path=Path(sys.executable).parent), "dev"]
    address = f"http://127.0.0.1:{(port := _free_port())}"
    settings = {"HUGGINGGPT_HUB": "false", "LANGSMITH_TRACING": "false"}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--no-browser", "--no-reload", "--port", str(port)],
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, **settings, "OPENAI_BASE_URL": chat.url},
            start_new_session=True,
        )
    try:
        _wait_until_up(address, server, folder / "log")
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _wait_until_up(address, server, log):
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
