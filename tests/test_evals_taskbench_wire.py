"""Plans in wire form as TaskBench's."""

import pytest
from taskbench_files import APIS, COOK, READ_AND_TURN, write_bench

from hugginggpt.evals.taskbench.data import Node, load_bench
from hugginggpt.evals.taskbench.mapping import tool_of
from hugginggpt.evals.taskbench.wire import plan_of


@pytest.fixture
def models(tmp_path):
    return load_bench(write_bench(tmp_path, gold=[READ_AND_TURN]))


def test_references_count_positions_not_ids(models):
    tasks = [
        {"task": "Image-to-Text", "id": 5, "dep": [-1], "args": {"image": "plate.jpg"}},
        {"task": "Translation", "id": 9, "dep": [5], "args": {"text": "<GENERATED>-5"}},
    ]
    plan = plan_of(tasks, models)
    assert plan.nodes[1] == Node("Translation", ("<node-0>",))
    assert plan.links == (("Image-to-Text", "Translation"),)


def test_settings_are_no_arguments(models):
    args = {"text": "good day", "target_language": "cy"}
    task = {"task": "translation", "id": 0, "dep": [-1], "args": args}

    def named(task):
        return tool_of(task["task"])

    assert plan_of([task], models, tool_of=named).nodes == (Node("Translation", ("good day",)),)


def test_apis_have_names_and_the_tools_that_they_refer_to(tmp_path):
    bench = load_bench(write_bench(tmp_path, APIS, gold=[COOK]))
    tasks = [
        {"task": "find_recipe", "id": 0, "dep": [-1], "args": {"dish": "bara brith"}},
        {"task": "buy_groceries", "id": 1, "dep": [0], "args": {"list": "<GENERATED>-0"}},
    ]
    plan = plan_of(tasks, bench)
    assert plan.nodes == bench.samples[0].right.nodes
    assert plan.links == bench.samples[0].right.links


@pytest.mark.parametrize(
    "task",
    ["words", {"task": 3, "id": 0}, {"task": "Translation"}, {"task": "Translation", "id": "0"}],
)
def test_what_is_no_task_is_left_out(models, task):
    assert plan_of([task], models).nodes == ()


def test_broken_parts_of_a_task_are_left_out(models):
    task = {"task": "Translation", "id": 0, "dep": "none", "args": ["hi"]}
    assert plan_of([task], models).nodes == (Node("Translation"),)


def test_reference_to_nothing_stays_as_it_is(models):
    task = {"task": "Translation", "id": 0, "dep": [4], "args": {"text": "<GENERATED>-4"}}
    assert plan_of([task], models).nodes[0].arguments == ("<GENERATED>-4",)
