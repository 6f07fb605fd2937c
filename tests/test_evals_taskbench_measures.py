"""TaskBench's measures, on plans small enough to count by hand.

What is expected is what https://github.com/microsoft/JARVIS/blob/main/taskbench/evaluate.py does,
read at commit 2e6114e; the functions there are named in the tests.
"""

import random

import pytest
from sklearn.metrics import precision_recall_fscore_support
from taskbench_files import APIS, COOK, MEDIA, READ_AND_TURN, write_bench

from hugginggpt.evals.taskbench.data import Node, Tool, ToolPlan, load_bench
from hugginggpt.evals.taskbench.measures import edit_distance, modality_of, parts_of, resolve


@pytest.fixture
def models(tmp_path):
    return load_bench(write_bench(tmp_path, gold=[READ_AND_TURN]))


@pytest.fixture
def apis(tmp_path):
    return load_bench(write_bench(tmp_path, APIS, gold=[COOK]))


def plan(*nodes, steps=()):
    return ToolPlan(tuple(Node(tool, tuple(arguments)) for tool, *arguments in nodes), steps=steps)


RIGHT = plan(("Image-to-Text", "plate.jpg"), ("Translation", "<node-0>"))


def test_plan_that_is_right(models):
    parts = parts_of(RIGHT, RIGHT, models)
    assert {name: part[0] / part[1] for name, part in parts.items()} == {
        "n-F1": 1,
        "e-F1": 1,
        "t-F1": 1,
        "v-F1": 1,
        "ED": 0,
    }


def test_sets_are_counted_twice_the_shared_over_both(models):
    planned = plan(("Image-to-Text", "plate.jpg"), ("Text-to-Speech", "<node-0>"))
    parts = parts_of(RIGHT, planned, models)
    assert parts["n-F1"] == (2, 4)  # one tool of two on either side
    assert parts["e-F1"] == (0, 2)
    assert parts["v-F1"] == (2, 4)  # (Image-to-Text, image, plate.jpg)


def test_value_may_be_wrong_where_the_modality_is_right(models):
    planned = plan(("Image-to-Text", "cup.jpg"), ("Translation", "<node-0>"))
    parts = parts_of(RIGHT, planned, models)
    assert (parts["t-F1"], parts["v-F1"]) == ((4, 4), (2, 4))


def test_reference_has_the_modality_that_its_source_gives(models):
    """`tool_output_type_map`: the argument is (Translation, text, Image-to-Text)."""
    resolved = resolve(RIGHT, models)
    assert ("Translation", "text", "Image-to-Text") in resolved.values
    assert resolved.links == {("Image-to-Text", "Translation")}


def test_tool_that_the_domain_lacks_is_no_mistake(models):
    """`flatten` gives it class 0 on both sides, and `prfs` looks at the other classes only."""
    planned = plan(*[(node.tool, *node.arguments) for node in RIGHT.nodes], ("Juggling", "3 balls"))
    parts = parts_of(RIGHT, planned, models)
    assert parts["n-F1"] == (4, 4)
    assert parts["t-F1"] == (4, 5)  # in arguments it is one


def test_reference_to_itself_is_left_out(models):
    """`if int(...) == inx: continue`."""
    assert resolve(plan(("Translation", "<node-0>")), models).links == frozenset()


@pytest.mark.parametrize("argument", ["<node-7>", "<node-x>", "<node-", 5, None, {}])
def test_argument_that_leads_nowhere_is_left_out(models, argument):
    resolved = resolve(plan(("Translation", argument)), models)
    assert (resolved.tools, resolved.arguments) == (("Translation",), frozenset())


@pytest.mark.parametrize(
    ("argument", "value"), [({"text": "hi"}, "hi"), (["a", "b"], "a b"), ({"x": ["a", "b"]}, "a b")]
)
def test_arguments_in_other_forms(models, argument, value):
    """`list(argument.values())[0]`, `" ".join(argument)`."""
    assert resolve(plan(("Translation", argument)), models).values == {
        ("Translation", "text", value)
    }


def test_underscores_stand_for_spaces(tmp_path):
    bench = load_bench(write_bench(tmp_path, MEDIA, gold=[]))
    assert resolve(plan(("Voice_Changer", "a.wav")), bench).tools == ("Voice Changer",)


def test_a_tool_counts_once(models):
    twice = plan(("Image-to-Text", "plate.jpg"), ("Translation", "<node-0>"), ("Translation", "hi"))
    assert parts_of(RIGHT, twice, models)["n-F1"] == (4, 4)


@pytest.mark.parametrize(
    ("value", "modality"),
    [
        ("plate.jpg", "image"),
        ("the text of notes.txt", "text"),
        ("'a.wav'", "audio"),
        ("clip.mp4 and cover.png", "image"),
        ("PHOTO.JPG", "text"),
    ],
)
def test_modality_by_ending(value, modality):
    """`get_content_type`: endings anywhere, images first, capitals unknown."""
    assert modality_of(value) == modality


def test_edit_distance_counts_insertions_and_deletions(models):
    """1 - `Levenshtein.ratio`: one of three tools changed is 2 edits of 3 + 3 tools."""
    wanted = ["Image-to-Text", "Translation", "Text-to-Speech"]
    assert edit_distance(wanted, wanted[:2], models) == pytest.approx(1 / 5)
    assert edit_distance(wanted, [*wanted[:2], "Image-to-Text"], models) == pytest.approx(2 / 6)


def test_unknown_tools_are_all_the_same_to_the_edit_distance(models):
    """`tool_map.get(name, 0)`."""
    assert edit_distance(["Juggling"], ["Dancing"], models) == 0


def test_rouge_of_the_steps(models):
    """Words "read the plate" and "read the cup": two of three, and one pair of two."""
    right, planned = plan(steps=("Read", "the plate")), plan(steps=("read the", "cup"))
    parts = parts_of(right, planned, models)
    assert (parts["R1"][0], parts["R2"][0]) == pytest.approx((2 / 3, 1 / 2))


def test_plan_without_steps_has_no_rouge(models):
    assert "R1" not in parts_of(plan(steps=("Read",)), plan(), models)


def test_hand_labels_say_nothing_of_arguments(tmp_path):
    labels = [{"id": "7", "tools": ["Image-to-Text"], "links": []}]
    bench = load_bench(write_bench(tmp_path, labels=labels))
    assert "t-F1" not in parts_of(bench.samples[0].right, RIGHT, bench)


def test_apis_are_told_apart_by_names_and_links_as_they_stand(apis):
    right = apis.samples[0].right
    planned = right._replace(links=())
    parts = parts_of(right, planned, apis)
    assert parts["e-F1"] == (0, 1)
    assert resolve(right, apis).values == {
        ("find_recipe", "dish", "bara brith"),
        ("buy_groceries", "list", "find_recipe"),
    }


def test_sums_over_requests_are_the_micro_average_of_scikit_learn(models):
    """As `evaluate.py` computes it: labels of the union of both sets, 0 for what is not there."""
    chance = random.Random(3)
    names = [f"tool {number}" for number in range(6)]
    bench = models._replace(tools=tuple(Tool(id=name) for name in names))
    pairs = [
        (chance.sample(names, chance.randint(1, 4)), chance.sample([*names, "other"], 3))
        for _ in range(40)
    ]
    parts = [
        parts_of(plan(*((t,) for t in a)), plan(*((t,) for t in b)), bench)["n-F1"]
        for a, b in pairs
    ]
    wanted, given = [], []
    for right, planned in pairs:
        for tool in {*right, *planned} & {*names}:
            number = names.index(tool) + 1
            wanted.append(number if tool in right else 0)
            given.append(number if tool in planned else 0)
    expected = precision_recall_fscore_support(
        wanted, given, labels=range(1, 7), average="micro", zero_division=0
    )[2]
    assert sum(p[0] for p in parts) / sum(p[1] for p in parts) == pytest.approx(expected)
