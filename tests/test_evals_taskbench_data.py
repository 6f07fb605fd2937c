"""TaskBench's files, in the forms in which they are published, and hand labels."""

import json

import pytest
from taskbench_files import APIS, COOK, MEDIA, READ_AND_TURN, write_bench

from hugginggpt.evals.taskbench.data import Node, load_bench, load_requests, type_of
from hugginggpt.tools.errors import FileInputError, InputError

LABELS = [
    {
        "id": "7",
        "tools": ["Image-to-Text", "Translation"],
        "links": [["Image-to-Text", "Translation"]],
    },
    {"id": "8", "tools": ["Translation"], "links": []},
]


def test_published_plan(tmp_path):
    bench = load_bench(write_bench(tmp_path, gold=[READ_AND_TURN]))
    (sample,) = bench.samples
    assert (bench.domain, bench.source, sample.type) == ("huggingface", "gold", "chain")
    assert sample.right.nodes[1] == Node("Translation", ("<node-0>",))
    assert sample.right.links == (("Image-to-Text", "Translation"),)


def test_copy_on_the_hub_has_other_names_and_json_in_strings(tmp_path):
    other = {
        "id": "1",
        "type": "chain",
        "instruction": READ_AND_TURN["user_request"],
        "tool_steps": json.dumps(READ_AND_TURN["task_steps"]),
        "tool_nodes": json.dumps(READ_AND_TURN["task_nodes"]),
        "tool_links": json.dumps(READ_AND_TURN["task_links"]),
    }
    there = load_bench(write_bench(tmp_path / "hub", gold=[other]))
    assert there.samples == load_bench(write_bench(tmp_path / "git", gold=[READ_AND_TURN])).samples


def test_hand_labels_have_no_arguments(tmp_path):
    bench = load_bench(write_bench(tmp_path, labels=LABELS))
    assert bench.source == "hand labels"
    assert [sample.type for sample in bench.samples] == ["chain", "single"]
    assert bench.samples[0].right.nodes[0] == Node("Image-to-Text")


@pytest.mark.parametrize(("tools", "domain"), [(MEDIA, "multimedia"), (APIS, "dailylifeapis")])
def test_domain_is_told_by_its_tools(tmp_path, tools, domain):
    assert load_bench(write_bench(tmp_path, tools, gold=[COOK])).domain == domain


def test_domain_is_found_in_the_folder_of_all(tmp_path):
    write_bench(tmp_path / "data_dailylifeapis", APIS, gold=[COOK])
    assert load_bench(tmp_path, "dailylifeapis").samples[0].id == "2"


def test_folder_of_another_domain(tmp_path):
    with pytest.raises(InputError, match="holds the domain 'multimedia', not 'huggingface'"):
        load_bench(write_bench(tmp_path, MEDIA, gold=[]), "huggingface")


def test_only_the_first(tmp_path):
    assert [s.id for s in load_bench(write_bench(tmp_path, labels=LABELS), limit=1).samples] == [
        "7"
    ]


def test_folder_without_files(tmp_path):
    with pytest.raises(FileInputError, match="nowhere' holds no TaskBench files"):
        load_bench(tmp_path / "nowhere")


@pytest.mark.parametrize("gold", [{"id": "1"}, {**READ_AND_TURN, "type": "star"}, ["no row"]])
def test_data_of_another_make(tmp_path, gold):
    with pytest.raises(FileInputError, match="holds no TaskBench data"):
        load_bench(write_bench(tmp_path, gold=[gold]))


def test_words_of_all_requests(tmp_path):
    assert load_requests(write_bench(tmp_path, labels=LABELS)) == ["do 7", "do 8"]


@pytest.mark.parametrize(
    ("links", "shape"),
    [
        ([("a", "b"), ("b", "c")], "chain"),
        ([("a", "b"), ("a", "c")], "dag"),
        ([("a", "c"), ("b", "c")], "dag"),
        ([], "dag"),
    ],
)
def test_type_of_three_tools(links, shape):
    assert type_of(["a", "b", "c"], links) == shape
