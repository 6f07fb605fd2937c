"""Planted secrets come out nowhere: whatever fails, and whatever a server quotes back.

Each case runs the graph on real servers on loopback that know the secrets and quote them. Then the
state, its history, every stream, the log at DEBUG and all traced runs are searched.
"""

import json
import logging

import pytest
from chat_server import ChatServer, Reply, by_stage
from hosted import Known, candidate
from inference_server import InferenceServer
from inference_server import Reply as Hosted
from langchain_core.tracers.base import BaseTracer
from langgraph.checkpoint.memory import InMemorySaver
from parts import ScriptedEndpoint, obey

from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.tools.endpoints import EndpointSettings
from hugginggpt.tools.endpoints.hosted import HostedEndpoint
from hugginggpt.tools.endpoints.local.repository import download
from hugginggpt.tools.errors import TaskError

PLANTED = {
    "OPENAI_API_KEY": "sk-planted-key-0123456789",
    "HF_TOKEN": "hf_plantedtoken0123456789",
    "OTHER_SERVICE_KEY": "planted-other-secret",
    "SOME_PROXY_URL": "http://me:planted-pa55word@proxy.example",
}
SECRETS = ["planted-key-0123456789", "plantedtoken0123456789", "planted-other", "planted-pa55"]
ECHO = " ".join(PLANTED.values())
"""What a server quotes that has seen them all."""
PLAN = [{"task": "translation", "id": 0, "dep": [-1], "args": {"text": "one"}}]
SUMMARY = [{"task": "summarization", "id": 0, "dep": [-1], "args": {"text": "one"}}]


class Tracer(BaseTracer):
    """Keeps all runs, as a tracer would send them."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def _persist_run(self, run):
        self.kept.append(run.model_dump_json(fallback=repr))


@pytest.fixture(autouse=True)
def planted(monkeypatch):
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)


async def all_that_is_told(graph, caplog, request="do it", **settings):
    """Everything that a run leaves behind, in one text."""
    caplog.set_level(logging.DEBUG)
    tracer = Tracer()
    config = {"configurable": {"thread_id": "1"}, "callbacks": [tracer]}
    modes = ["values", "updates", "custom", "messages", "tasks", "debug"]
    given = {"messages": [("user", request)]}
    context = Context(brain="openai:test", brain_total_timeout=20, **settings)
    streamed = [
        part async for part in graph.astream(given, config, context=context, stream_mode=modes)
    ]
    pieces = "".join(part[0].text for mode, part in streamed if mode == "messages")
    history = [repr(each) async for each in graph.aget_state_history(config)]
    assert tracer.kept
    assert history
    return "\n".join([repr(streamed), pieces, *history, *tracer.kept, caplog.text])


def wire(tasks=PLAN, reply=""):
    return json.dumps({"tasks": tasks, "reply": reply})


def choice(model="model-a", reason="fits"):
    chosen = {"task": 0, "id": f"{model} @ scripted", "reason": reason}
    return json.dumps({"selections": [chosen]})


async def fail_with(text, _):
    raise RuntimeError(f"the library says: {ECHO}")


class Summarizer(ScriptedEndpoint):
    def candidates(self, kind):
        return super().candidates(kind) if kind.name == "translation" else []


CASES = {
    "plan: the key is refused": {"plan": Reply(f"bad {ECHO}", status=401)},
    "plan: a server that fails": {"plan": Reply(f"oh {ECHO}", status=500)},
    "plan: a reply": {"plan": wire([], f"Your keys are {ECHO}.")},
    "plan: an argument": {"plan": wire([{**PLAN[0], "args": {"text": f"say {ECHO}"}}])},
    "plan: a fault": {"plan": wire([{**PLAN[0], "task": ECHO}])},
    "plan: no JSON": {"plan": f"I would rather tell you {ECHO}."},
    "plan: rubbish": {"plan": Reply(raw=f"<html>{ECHO}</html>".encode())},
    "plan: a tool call": {
        "plan": [Reply("no schemas", status=400), Reply(wire([], f"Keys: {ECHO}"), tool="plan")]
    },
    "plan: no stream": {"plan": Reply(wire([], f"Keys: {ECHO}"), streams=False)},
    "select: the key is refused": {"select": Reply(f"bad {ECHO}", status=403)},
    "select: a reason": {"select": choice(reason=f"because of {ECHO}")},
    "select: no candidate": {"select": choice(model=ECHO)},
    "respond: the key is refused": {"respond": Reply(f"bad {ECHO}", status=401)},
    "respond: an answer": {"respond": f"Done. By the way: {ECHO}. Bye."},
    "respond: at the very end": {"respond": f"Done. {ECHO}"},
    "respond: cut off": {"respond": Reply(f"Done. {ECHO}", finish="length")},
    "respond: broken off": {"respond": [Reply(f"Do {ECHO}", reset_after=9), f"Done. {ECHO}"]},
    "brain as endpoint: refused": {"plan": wire(SUMMARY), "other": Reply(ECHO, status=401)},
    "brain as endpoint: an answer": {"plan": wire(SUMMARY), "other": f"It says {ECHO}."},
    "task: a library fails": {"behave": fail_with},
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_chat_server_and_tasks(case, monkeypatch, caplog):
    script = {"plan": wire(), "select": choice(), "respond": "Done.", **case}
    behave = script.pop("behave", obey)
    with ChatServer(by_stage(**script)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        graph = build_graph(InMemorySaver(), endpoints=[Summarizer(behave, ["model-a", "model-b"])])
        told = await all_that_is_told(graph, caplog)
    assert server.calls[0].headers["authorization"] == f"Bearer {PLANTED['OPENAI_API_KEY']}"
    assert [secret for secret in SECRETS if secret in told] == []


HOSTED = {
    "token refused": Hosted({"error": f"bad {ECHO}"}, status=401),
    "quota": Hosted({"error": {"message": ECHO}}, status=402),
    "page": Hosted(f"<html>{ECHO}</html>".encode(), status=400, content_type="text/html"),
    "server failed": Hosted(ECHO.encode(), status=500, content_type="text/plain"),
    "answer": Hosted({"translation_text": f"Hallo {ECHO}"}),
    "answer of another form": Hosted({"what": ECHO}),
    "redirect": Hosted(b"", status=307, headers={"Location": "http://127.0.0.1:9/x"}),
}


@pytest.mark.parametrize("reply", HOSTED.values(), ids=HOSTED)
async def test_hosted_server(reply, monkeypatch, caplog):
    monkeypatch.setattr("hugginggpt.tools.endpoints.hosted.sending._SECONDS", 0.0)
    with (
        ChatServer(by_stage(plan=wire(), respond="Done.")) as chat,
        InferenceServer(reply) as server,
    ):
        monkeypatch.setenv("OPENAI_BASE_URL", chat.url)
        settings = EndpointSettings(inference_base_url=server.url)
        endpoint = HostedEndpoint(settings, catalogue=Known(candidate("translation", "some/model")))
        graph = build_graph(InMemorySaver(), endpoints=[endpoint])
        told = await all_that_is_told(graph, caplog, brain_as_endpoint="never")
    assert server.posts
    leaks = [secret for secret in SECRETS if secret in told]
    assert leaks == []


async def test_a_redirect_takes_no_key_to_another_host(monkeypatch, caplog):
    with ChatServer(lambda call: "Done.") as other:
        away = Reply("", status=307, headers={"Location": f"{other.url}/chat/completions"})
        with ChatServer(lambda call: away) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            graph = build_graph(InMemorySaver(), endpoints=[Summarizer(obey)])
            told = await all_that_is_told(graph, caplog)
    assert server.calls
    assert not any("authorization" in call.headers for call in other.calls)
    assert [secret for secret in SECRETS if secret in told] == []


@pytest.mark.parametrize(
    "url", ["http://me:planted-pa55word@127.0.0.1:9/a.png", f"http://127.0.0.1:9/{SECRETS[2]}.png"]
)
async def test_an_address_of_a_file(url, caplog, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_BRAIN", "embedded")
    graph = build_graph(InMemorySaver(), endpoints=[ScriptedEndpoint(obey)])
    given = {"messages": [("user", "What does the picture say?")], "files": [url]}
    outcome = await graph.ainvoke(given, {"configurable": {"thread_id": "1"}}, context=Context())
    assert "planted-pa55word" not in repr(outcome)


def test_the_hub(monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    with InferenceServer() as server:
        server.files["/api/models/some/model/revision/main"] = ECHO.encode()
        with server.stand_in_for_the_hub(), pytest.raises(TaskError) as caught:
            download("some/model", 1, lambda doing, share: None)
    assert server.gets
    told = str(caught.value) + caplog.text
    assert [secret for secret in SECRETS if secret in told] == []
