"""The local endpoint as a whole: a folder or a Hub id in, a typed result out."""

import asyncio
import json
from dataclasses import replace

import pytest
from repository_server import COMMIT, RepositoryServer
from tiny import text as tiny

from hugginggpt import hf_tools
from hugginggpt.graph.brain.embedded import EmbeddedBrain
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.candidates import Candidate, find_candidates
from hugginggpt.tools.endpoints import Call, EndpointSettings
from hugginggpt.tools.endpoints.local import reach
from hugginggpt.tools.endpoints.local.endpoint import LocalEndpoint
from hugginggpt.tools.endpoints.local.families import FAMILIES, REASONS
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.kinds import KINDS

KIND = KINDS["text-classification"]
LABELS = {"id2label": {0: "happy", 1: "sad"}, "label2id": {"happy": 0, "sad": 1}}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with a tiny classifier."""
    folder = tmp_path_factory.mktemp("classifier")
    return tiny.save_bert(folder, "ForSequenceClassification", **LABELS)


@pytest.fixture
def settings(model, tmp_path):
    """Settings with the tiny classifier as the user's own model, and no Hub."""
    listed = tmp_path / "models.toml"
    listed.write_text(
        f'[[model]]\npath = {json.dumps(str(model))}\nkinds = ["text-classification"]\n'
    )
    return EndpointSettings(hub=False, models=str(listed), device="cpu")


def candidate(model, kind=KIND.name, **facts):
    return Candidate(model=str(model), kind=kind, endpoint="local", **facts)


async def run(endpoint, candidate, tmp_path, text="good film", told=None):
    call = Call(Workspace(tmp_path), lambda doing, share: told is not None and told.append(doing))
    return await endpoint.run(candidate, {"text": text}, call)


# --- running --------------------------------------------------------------------------------


async def test_own_model_is_found_and_run(settings, tmp_path):
    endpoint = LocalEndpoint(settings)
    found = find_candidates(KIND, [endpoint], 1).candidates[0]
    (artifact,) = await run(endpoint, found, tmp_path)
    assert {row["label"] for row in artifact.data} == {"happy", "sad"}


async def test_what_is_done_is_told(settings, model, tmp_path):
    told = []
    endpoint = LocalEndpoint(settings)
    await run(endpoint, candidate(model), tmp_path, told=told)
    assert f"running {model}" in told
    assert endpoint.is_loaded(candidate(model))


async def test_many_calls_at_once(settings, model, tmp_path):
    endpoint = LocalEndpoint(settings)
    calls = (run(endpoint, candidate(model), tmp_path, f"{n} good film") for n in range(40))
    results = await asyncio.gather(*calls)
    assert [len(artifact.data) for (artifact,) in results] == [2] * 40


async def test_prepared_model_is_loaded_before_it_is_needed(settings, tmp_path):
    folder = tiny.save_bert(tmp_path / "fresh", "ForSequenceClassification", **LABELS)
    endpoint = LocalEndpoint(settings)
    endpoint.prepare(candidate(folder))
    async with asyncio.timeout(60):
        while not endpoint.is_loaded(candidate(folder)):
            await asyncio.sleep(0.01)


async def test_model_of_the_hub_is_fetched_and_its_commit_told(model, monkeypatch, tmp_path):
    with RepositoryServer({"someone/tiny": model}) as server:
        template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
        told = []
        endpoint = LocalEndpoint(EndpointSettings(device="cpu"))
        assert endpoint.obstacle(candidate("someone/tiny")) is None
        (artifact,) = await run(endpoint, candidate("someone/tiny"), tmp_path, told=told)
    assert artifact.metadata["revision"] == COMMIT
    assert "downloading someone/tiny" in told


async def test_cancelled_call_lets_the_next_one_run(settings, model, tmp_path):
    endpoint = LocalEndpoint(settings)
    call = asyncio.ensure_future(run(endpoint, candidate(model), tmp_path))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    (artifact,) = await run(endpoint, candidate(model), tmp_path)
    assert artifact.data


async def test_in_a_graph(settings, tmp_path):
    context = Context(
        brain="embedded", endpoints=("local",), hub=False, models=settings.models, device="cpu",
        workspace=str(tmp_path / "made"), selection="rank",
    )  # fmt: skip
    plan = [{"task": KIND.name, "id": 0, "dep": [-1], "args": {"text": "good film"}}]

    class Planned(EmbeddedBrain):
        async def plan(self, request, brief):
            return (await super().plan(request, brief))._replace(tasks=plan)

    state = await build_graph(brain=Planned()).ainvoke(
        {"messages": [("user", "how does it sound?")]}, context=context
    )
    result = state["results"]["0"]
    assert (result["status"], result["endpoint"]) == ("done", "local")


def test_as_a_tool(settings, tmp_path):
    (tool,) = hf_tools(KIND.name, endpoints="local", settings=settings, workspace=tmp_path)
    assert "happy" in tool.invoke({"text": "good film"})


# --- what stands in the way -----------------------------------------------------------------


def test_a_model_that_is_not_here_is_not_fetched_without_the_hub(settings):
    told = LocalEndpoint(settings).obstacle(candidate("someone/model"))
    assert "not on this machine are not fetched; see HUGGINGGPT_HUB" in told


def test_a_hub_that_can_not_be_reached(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(reach, "_asked", {})
    told = LocalEndpoint(EndpointSettings()).obstacle(candidate("someone/model"))
    assert told == "the Hub can't be reached to fetch models"


OBSTACLES = [
    ({"size": 5 * 10**9}, r"models above 4 GB are not loaded; see HUGGINGGPT_LOCAL_SIZE"),
    ({"safetensors": False}, r"models without safetensors are not loaded"),
    ({"library": "flair"}, r"models of flair are not run here"),
    ({"kind": "robotics"}, r"own code"),
]


@pytest.mark.parametrize(("facts", "why"), OBSTACLES)
def test_why_a_model_does_not_run_here(facts, why, settings):
    facts = {"kind": KIND.name, "library": "transformers", "safetensors": True} | facts
    assert why in LocalEndpoint(settings).obstacle(candidate("someone/model", **facts))


def test_a_model_that_the_memory_can_not_hold(settings):
    small = replace(settings, local_memory=1.5)
    told = LocalEndpoint(small).obstacle(candidate("someone/model", size=2 * 10**9))
    assert told.startswith("models above 1.5 GB are not loaded")


@pytest.mark.parametrize("content", [{}, {"pytorch_model.bin": b"pickle"}])
async def test_folder_without_safe_weights(content, settings, tmp_path):
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(TaskError, match="holds no complete safetensors; other weights may run"):
        await run(LocalEndpoint(settings), candidate(tmp_path), tmp_path)


async def test_what_goes_wrong_inside_a_library_is_told(settings, tmp_path):
    folder = tiny.save_bert(tmp_path / "broken", "ForSequenceClassification", **LABELS)
    (folder / "model.safetensors").write_bytes(b"rubbish")
    with pytest.raises(TaskError, match=r"broken can't do text-classification: "):
        await run(LocalEndpoint(settings), candidate(folder), tmp_path)


async def test_code_of_a_model_is_not_run(settings, tmp_path):
    folder = tiny.save_bert(tmp_path / "own", "ForSequenceClassification", **LABELS)
    tiny.edit_config(folder, model_type="own", auto_map={"AutoConfig": "code.Own"})
    (folder / "code.py").write_text("raise SystemExit('never run')")
    with pytest.raises(TaskError, match="needs code of its own, which is never run"):
        await run(LocalEndpoint(settings), candidate(folder), tmp_path)


# --- the table ------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.kind)
def test_functions_of_the_table_exist(family):
    from hugginggpt.tools.endpoints.local.endpoint import _function

    named = [family.load, family.run, *([family.beside] if family.beside else [])]
    assert all(callable(_function(name)) for name in named)


def test_no_kind_stands_twice_in_the_table():
    kinds = [family.kind for family in FAMILIES]
    assert len(kinds) == len(set(kinds))
    assert not set(kinds) & set(REASONS)


def test_every_kind_runs_or_has_a_reason():
    assert {family.kind for family in FAMILIES} | set(REASONS) == set(KINDS)
