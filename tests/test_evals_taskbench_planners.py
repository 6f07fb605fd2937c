"""What plans TaskBench's requests."""

import json

import pytest
from chat_server import Reply
from taskbench_files import APIS, COOK, READ_AND_TURN, write_bench

from hugginggpt.evals.taskbench.data import load_bench
from hugginggpt.evals.taskbench.measures import parts_of
from hugginggpt.evals.taskbench.planners import open_planner, render
from hugginggpt.graph.context import Context
from hugginggpt.tools.errors import BrainError, SettingError

WRITTEN = {
    "steps": ["Step 1: Read the picture", "Step 2: Turn the words into Welsh"],
    "tasks": [
        {"task": "Image-to-Text", "id": 0, "dep": [-1], "args": {"image": "plate.jpg"}},
        {"task": "Translation", "id": 1, "dep": [0], "args": {"text": "<GENERATED>-0"}},
    ],
}


@pytest.fixture
def models(tmp_path):
    return load_bench(write_bench(tmp_path / "models", gold=[READ_AND_TURN]))


@pytest.fixture
def apis(tmp_path):
    return load_bench(write_bench(tmp_path / "apis", APIS, gold=[COOK]))


@pytest.fixture
def serve(start_chat):
    """Starts a server that answers every call with these words."""
    return lambda reply: start_chat(lambda call: reply)


async def test_embedded_brain_names_tools(models):
    planner = open_planner(Context(brain="embedded"), models)
    plan = await planner.plan("Read plate.jpg and translate it into Welsh.")
    assert [node.tool for node in plan.nodes] == ["Image-to-Text", "Translation"]
    assert parts_of(models.samples[0].right, plan, models)["v-F1"] == (4, 4)


async def test_embedded_brain_names_the_tool_that_the_words_tell_of(models):
    planner = open_planner(Context(brain="embedded"), models)
    plan = await planner.plan("Read plate.jpg and write a friendly reply to it.")
    assert [node.tool for node in plan.nodes] == ["Image-to-Text", "Conversational"]


def test_embedded_brain_knows_one_domain(apis):
    with pytest.raises(SettingError, match=r"not of 'dailylifeapis'.*--brain"):
        open_planner(Context(brain="embedded"), apis)


async def test_chat_model_is_told_the_tools_and_writes_wire_form(models, serve):
    server = serve(json.dumps(WRITTEN))
    plan = await open_planner(Context(brain="openai:scripted"), models).plan("Read plate.jpg")
    parts = parts_of(models.samples[0].right, plan, models)
    assert all(part[0] == part[1] for name, part in parts.items() if name != "ED")
    assert parts["R2"][0] == 1
    call = server.calls[0]
    assert "Image-to-Text (image -> text): Say." in call.system
    assert (call.user, call.form) == ("Read plate.jpg", "schema")


async def test_any_domain_works_with_a_chat_model(apis, serve):
    tasks = [
        {"task": "find_recipe", "id": 0, "dep": [-1], "args": {"dish": "bara brith"}},
        {"task": "buy_groceries", "id": 1, "dep": [0], "args": {"list": "<GENERATED>-0"}},
    ]
    serve("Here it is: " + json.dumps(tasks))
    plan = await open_planner(Context(brain="openai:scripted"), apis).plan("Bake")
    parts = parts_of(apis.samples[0].right, plan, apis)
    assert parts["v-F1"] == (4, 4)
    assert parts["e-F1"] == (2, 2)


def test_parameters_are_told_by_name(apis):
    assert "- find_recipe (dish: The dish): Find a recipe" in render(apis)


async def test_words_are_no_plan(models, serve):
    serve("I would rather not.")
    with pytest.raises(BrainError, match="wrote no plan, only this: 'I would rather not.'"):
        await open_planner(Context(brain="openai:scripted"), models).plan("Read plate.jpg")


async def test_server_that_refuses(models, serve):
    serve(Reply("no such key", status=401))
    with pytest.raises(BrainError, match="no such key"):
        await open_planner(Context(brain="openai:scripted"), models).plan("Read plate.jpg")
