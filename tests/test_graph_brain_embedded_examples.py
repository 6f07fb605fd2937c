"""The examples from which the planner learns, and what is checked of them."""

import json

import pytest

from hugginggpt.graph.brain.embedded.examples import Example, digest, load_examples
from hugginggpt.graph.brain.embedded.examples.checks import duplicates, faults, scarce
from hugginggpt.graph.request import Turn
from hugginggpt.tools.errors import FileInputError

ROW = {
    "request": "what does menu.jpg say",
    "files": {"menu.jpg": "image"},
    "topic": "travel",
    "style": "question",
    "language": "en",
    "tasks": [{"task": "image-to-text", "id": 0, "dep": [-1], "args": {"image": "menu.jpg"}}],
}


def example(**changes: object) -> Example:
    return Example.model_validate(ROW | changes)


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return load_examples()


def test_every_example_is_sound(examples: list[Example]) -> None:
    assert {e.request: found for e in examples if (found := faults(e))} == {}


def test_no_two_examples_are_alike(examples: list[Example]) -> None:
    assert [(a.request, b.request) for a, b in duplicates(examples)] == []


def test_there_are_enough_of_each_kind_and_language(examples: list[Example]) -> None:
    assert scarce(examples) == {}
    assert len(examples) >= 3_500
    for language in ("de", "fr", "es", "zh"):
        assert sum(e.language == language for e in examples) >= 150
    assert sum(e.reason is not None for e in examples) >= 380


def test_a_good_example_has_no_fault() -> None:
    assert faults(example()) == []


def test_words_that_nobody_said_are_a_fault() -> None:
    tasks = [
        {
            "task": "visual-question-answering",
            "id": 0,
            "dep": [-1],
            "args": {"image": "menu.jpg", "question": "Is it dark?"},
        }
    ]
    assert faults(example(tasks=tasks)) == ["question='Is it dark?' is not in the request"]


def test_an_unknown_kind_is_a_fault() -> None:
    tasks = [{"task": "image-to-smell", "id": 0, "dep": [-1], "args": {"image": "menu.jpg"}}]
    assert "image-to-smell" in faults(example(tasks=tasks))[0]


def test_near_duplicates_are_found_once() -> None:
    one = example(request="what does the menu in menu.jpg say about nuts")
    other = example(request="so what does the menu in menu.jpg say about nuts")
    assert duplicates([one, example(), other]) == [(one, other)]


def test_a_row_without_tasks_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        example(tasks=[])
    assert example(tasks=[], reason="chat").to_plan().tasks == {}


def test_a_follow_up_knows_what_was_said_and_made() -> None:
    turns = [Turn("user", "read menu.jpg")]
    request = example(earlier={"3": "image-to-text"}, history=turns).to_request()
    assert request.history[0].text == "read menu.jpg"
    assert request.earlier["3"].kind == "image-to-text"


def test_a_row_that_is_none_is_named(tmp_path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"request": "x"}\n')
    with pytest.raises(FileInputError, match=r"bad\.jsonl, line 1"):
        load_examples(tmp_path)


def test_other_rows_are_another_version(tmp_path) -> None:
    (tmp_path / "own.jsonl").write_text(json.dumps(ROW))
    assert digest(tmp_path) != digest()
    assert [e.request for e in load_examples(tmp_path)] == [ROW["request"]]
