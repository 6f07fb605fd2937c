"""The cases, and TaskBench's labels as cases."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from hugginggpt.evals.dataset import TASKBENCH_KINDS, Case, load_cases, load_taskbench
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.kinds import KINDS, find_kind


def test_every_kind_has_a_case() -> None:
    assert {kind for case in load_cases() for kind in case.tasks} == KINDS.keys()


def test_there_are_cases_of_all_sorts() -> None:
    cases = load_cases()
    assert sum(len(case.tasks) > 1 for case in cases) >= 40
    assert sum(not case.tasks for case in cases) >= 20
    assert len({case.request for case in cases}) == len({case.id for case in cases}) == len(cases)


def test_taskbench_tools_are_the_aliases_of_their_kinds() -> None:
    assert len(TASKBENCH_KINDS) == 23
    for tool, kind in TASKBENCH_KINDS.items():
        assert find_kind(tool) is KINDS[kind]


def test_a_case_of_an_unknown_kind() -> None:
    with pytest.raises(ValidationError, match="unknown kinds"):
        Case(id="x", request="fly", tasks=("flying",))


def test_a_case_with_a_link_to_nowhere() -> None:
    with pytest.raises(ValidationError, match="links outside"):
        Case(id="x", request="sum up", tasks=("summarization",), links=((0, 1),))


def test_labels_are_read_with_their_requests(tmp_path: Path) -> None:
    label = {
        "id": "7",
        "tools": ["Image-to-Text", "Translation"],
        "links": [["Image-to-Text", "Translation"]],
    }
    (tmp_path / "hand_labels.jsonl").write_text(json.dumps(label) + "\n")
    (tmp_path / "user_requests.json").write_text('{"id": "7", "user_request": "put it in French"}')
    (case,) = load_taskbench(tmp_path)
    assert case.request == "put it in French"
    assert case.shape.edges == {("image-to-text", "translation")}


def test_a_folder_without_labels(tmp_path: Path) -> None:
    with pytest.raises(FileInputError, match="holds no TaskBench files"):
        load_taskbench(tmp_path)


def test_labels_of_another_make(tmp_path: Path) -> None:
    (tmp_path / "hand_labels.jsonl").write_text('{"id": "7", "tools": ["Juggling"], "links": []}')
    (tmp_path / "user_requests.json").write_text('{"id": "7", "user_request": "juggle"}')
    with pytest.raises(FileInputError, match="Juggling"):
        load_taskbench(tmp_path)
