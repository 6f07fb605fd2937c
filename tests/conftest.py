"""Fixtures that tests share."""

import os
import signal
from contextlib import ExitStack

import pytest
from chat_server import ChatServer
from parts import PlannedBrain, ScriptedEndpoint, obey

from hugginggpt.graph.build import build_graph

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    # Each core has a worker: threads of numpy's own would be in the others' way, thrice as slow.
    os.environ.setdefault(_threads, "1")


def pytest_configure():
    """Let Ctrl-C count: a shell has it ignored by what it starts in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def graph_of():
    """Builds a graph that carries out the given tasks on a scripted endpoint."""

    def build(plan, behave=obey, *, models=("model-a",), **settings):
        endpoint = ScriptedEndpoint(behave, models)
        graph = build_graph(brain=PlannedBrain(plan), endpoints=[endpoint], **settings)
        graph.endpoint = endpoint
        return graph

    return build


@pytest.fixture
def start_chat(monkeypatch):
    """Starts a chat server that goes by this script, where `openai:` brains look for theirs."""
    with ExitStack() as started:

        def start(script):
            server = started.enter_context(ChatServer(script))
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            return server

        yield start


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch, tmp_path_factory):
    """Every test works in an empty folder, with no settings from outside, and asks no Hub."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("HUGGINGGPT_", "OPENAI_")) or name in ("HF_TOKEN", "COLUMNS"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HUGGINGGPT_HUB", "false")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path_factory.getbasetemp() / "data"))
