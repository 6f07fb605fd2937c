"""The suite as an experiment of LangSmith, sent to a loopback server that takes note of it."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from langsmith import Client

from hugginggpt.evals.suite.case import load_cases
from hugginggpt.evals.upload import DATASET, open_client, run_experiment, upload_cases
from hugginggpt.graph.context import Context
from hugginggpt.tools.errors import SettingError

NOW = "2025-01-01T00:00:00+00:00"
CASES = [case for case in load_cases() if case.id in ("say-words", "translate")]


class Recorder(ThreadingHTTPServer):
    """Answers as LangSmith would to a client that makes a data set and an experiment."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: list[tuple[str, str, bytes]] = []
        self.datasets: list[dict] = []
        self.examples: list[dict] = []
        self.tenant = str(uuid4())

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def sent(self, path):
        """All bodies that were sent there, as text."""
        return [body.decode("utf-8", "replace") for _, where, body in self.calls if path in where]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        length = int(self.headers.get("Content-Length", 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(iter(self._chunk, b""))
        else:
            body = self.rfile.read(length)
        self.server.calls.append((self.command, self.path, body))
        content = json.dumps(self._told(body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 - names of the standard library

    def _chunk(self):
        size = int(self.rfile.readline(), 16)
        content = self.rfile.read(size)
        self.rfile.readline()
        return content

    def _told(self, body):
        server, path = self.server, self.path.partition("?")[0]
        if path == "/datasets" and self.command == "POST":
            server.datasets.append({**json.loads(body), "id": str(uuid4()), "created_at": NOW})
            return server.datasets[-1]
        if path == "/datasets":
            return server.datasets
        if path == "/examples/bulk":
            server.examples += [{**each, "created_at": NOW} for each in json.loads(body)]
            return {}
        if path == "/examples":
            return server.examples
        if path.startswith("/sessions"):
            told = {"id": str(uuid4()), "start_time": NOW, "name": "x"}
            told |= {"tenant_id": server.tenant, "reference_dataset_id": None}
            return {**told, **(json.loads(body) if body else {})}
        return {}

    def log_message(self, *_):
        pass


@pytest.fixture
def langsmith():
    server = Recorder()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(langsmith):
    made = Client(api_url=langsmith.url, api_key="lsv2_secret", auto_batch_tracing=False, info={})
    yield made
    made.cleanup()


def test_cases_become_a_data_set_once(langsmith, client):
    first = upload_cases(CASES, client)
    sent = len(langsmith.calls)
    assert [each.id for each in upload_cases(CASES, client)] == [each.id for each in first]
    assert [each["name"] for each in langsmith.datasets] == [DATASET]
    assert {method for method, _, _ in langsmith.calls[sent:]} == {"GET"}


def test_case_that_has_changed_is_brought_up_to_date(langsmith, client):
    upload_cases(CASES, client)
    changed = CASES[0].model_copy(update={"request": "Say good night aloud."})
    upload_cases([changed, CASES[1]], client)
    (patched,) = [body for method, _, body in langsmith.calls if method == "PATCH"]
    assert b"good night" in patched
    assert CASES[1].request.encode() not in patched


async def test_experiment_has_a_run_and_feedback_for_each_case(
    langsmith, client, tmp_path, monkeypatch
):
    monkeypatch.setenv("LANGSMITH_TRACING", "false")
    context = Context(brain="embedded", endpoints=("embedded",), hub=False)
    rows: list = []
    await run_experiment(CASES, context, tmp_path, rows, lambda: None, client)
    assert sorted(row.id for row in rows) == ["say-words", "translate"]
    assert all(row.is_right for row in rows)
    told = "\n".join(langsmith.sent("/runs"))
    assert all(case.request.split('"')[0] in told for case in CASES)
    (experiment,) = [json.loads(body) for body in langsmith.sent("/sessions") if "suite," in body]
    assert experiment["reference_dataset_id"] == langsmith.datasets[0]["id"]
    feedback = "\n".join(langsmith.sent("/feedback"))
    assert feedback.count('"passed"') == len(CASES)
    assert "lsv2_secret" not in told + feedback


def test_nothing_is_sent_where_nobody_asked_for_it(langsmith):
    """A run of the suite keeps to itself even where traces are on."""
    settings = {"TRACING": "true", "ENDPOINT": langsmith.url, "API_KEY": "lsv2_secret"}
    environment = os.environ | {f"LANGSMITH_{name}": value for name, value in settings.items()}
    command = "from hugginggpt.app.cli import main; main()"
    arguments = ["eval", "suite", "--limit", "1", "--json"]
    ran = subprocess.run(
        [sys.executable, "-c", command, *arguments],
        env=environment,
        capture_output=True,
        check=True,
    )
    assert len(json.loads(ran.stdout)["rows"]) == 1
    assert langsmith.calls == []


def test_without_a_key(monkeypatch):
    for name in ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingError, match="set LANGSMITH_API_KEY"):
        open_client()
