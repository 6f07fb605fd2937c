"""Planning with what a user has taught."""

import logging
from pathlib import Path

import pytest

from hugginggpt.graph.brain import Brief
from hugginggpt.graph.brain.embedded import EmbeddedBrain
from hugginggpt.graph.brain.embedded.examples import load_examples
from hugginggpt.graph.brain.embedded.lessons import Lesson, check, keep
from hugginggpt.graph.brain.embedded.planner import draft
from hugginggpt.graph.brain.embedded.taught import RECALLED, TaughtPlanner, taught_planner
from hugginggpt.graph.context import Context
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.kinds import Modality

READ = {"task": "automatic-speech-recognition", "id": 0, "dep": [-1], "args": {"audio": "memo.m4a"}}
SUM_UP = {"task": "summarization", "id": 1, "dep": [0], "args": {"text": "<GENERATED>-0"}}
OFFICE = {"request": "give memo.m4a the office treatment", "tasks": [READ, SUM_UP]}


def lesson(**fields: object) -> Lesson:
    return check(Lesson.model_validate(OFFICE | fields))


def request(text: str, **files: Modality) -> Request:
    named = {name.replace("_", "."): modality for name, modality in files.items()}
    resources = {name: Artifact(modality=m, path=name) for name, m in named.items()}
    return Request(text, resources=resources, fresh=tuple(resources))


def kinds(tasks: list[dict[str, object]]) -> list[object]:
    return [task["task"] for task in tasks]


@pytest.fixture(scope="module")
def office() -> TaughtPlanner:
    return taught_planner([lesson()])


# --- the same request -----------------------------------------------------------------------


def test_the_same_request_takes_its_plan_with_its_own_files(office: TaughtPlanner) -> None:
    found = office.draft(request("Give call.mp3  the office treatment!"))
    assert found.tasks == [{**READ, "args": {"audio": "call.mp3"}}, SUM_UP]
    assert found.remark == RECALLED


def test_a_file_that_comes_along_unnamed_is_exchanged_too() -> None:
    tasks = [{"task": "image-to-text", "id": 0, "dep": [-1], "args": {"image": "a.jpg"}}]
    planner = taught_planner([lesson(request="post this", files={"a.jpg": "image"}, tasks=tasks)])
    assert planner.draft(request("Post this", b_jpg="image")).tasks[0]["args"] == {"image": "b.jpg"}


def test_with_another_kind_of_file_it_is_another_request(office: TaughtPlanner) -> None:
    found = office.draft(request("give call.csv the office treatment"))
    assert found.remark != RECALLED


def test_quotations_and_languages_are_exchanged() -> None:
    args = {"text": "hello", "target_language": "fr"}
    tasks = [{"task": "translation", "id": 0, "dep": [-1], "args": args}]
    planner = taught_planner([lesson(request='"hello", but in French', tasks=tasks)])
    found = planner.draft(request("'see you', but in German")).tasks
    assert found[0]["args"] == {"text": "see you", "target_language": "de"}


def test_files_may_change_places() -> None:
    args = {"image": "a.jpg"}
    tasks = [
        {"task": "image-to-text", "id": 0, "dep": [-1], "args": args},
        {"task": "object-detection", "id": 1, "dep": [-1], "args": {"image": "b.jpg"}},
    ]
    planner = taught_planner([lesson(request="look: a.jpg then b.jpg", tasks=tasks)])
    found = planner.draft(request("look: b.jpg then a.jpg")).tasks
    assert [task["args"]["image"] for task in found] == ["b.jpg", "a.jpg"]


def test_a_file_taught_once_for_two_is_not_recalled() -> None:
    tasks = [{"task": "image-to-text", "id": 0, "dep": [-1], "args": {"image": "a.jpg"}}]
    planner = taught_planner([lesson(request="look: a.jpg and a.jpg", tasks=tasks)])
    assert planner.draft(request("look: b.jpg and c.jpg")).remark != RECALLED


def test_in_a_conversation_ids_go_on(office: TaughtPlanner) -> None:
    before = {"4": TaskResult(kind="text-to-speech", status="done")}
    found = office.draft(Request("give call.mp3 the office treatment", earlier=before)).tasks
    assert [(task["id"], task["dep"]) for task in found] == [(5, [-1]), (6, [5])]
    assert found[1]["args"] == {"text": "<GENERATED>-5"}


def test_no_task_is_a_lesson_too() -> None:
    text = "sum up my week.txt"
    planner = taught_planner([lesson(request=text, tasks=[], reason="unsupported")])
    assert draft(request(text)).tasks
    found = planner.draft(request(text))
    assert found.tasks == []
    assert "Nothing in this request is a task that I know" in found.remark


def test_the_last_lesson_counts() -> None:
    planner = taught_planner([lesson(), lesson(tasks=[READ])])
    assert kinds(planner.draft(request(OFFICE["request"])).tasks) == [READ["task"]]


# --- requests like it -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "office treatment for call.mp3, please",
        "please give voice.wav the office treatment",
        "could you give monday.m4a our office treatment?",
    ],
)
def test_a_paraphrase_takes_the_lesson_as_an_example(office: TaughtPlanner, text: str) -> None:
    assert kinds(draft(request(text)).tasks) != [READ["task"], SUM_UP["task"]]
    assert kinds(office.draft(request(text)).tasks) == [READ["task"], SUM_UP["task"]]


def test_a_word_that_no_example_has_is_learned() -> None:
    tasks = [{"task": "image-segmentation", "id": 0, "dep": [-1], "args": {"image": "selfie.jpg"}}]
    planner = taught_planner([lesson(request="defrobnicate selfie.jpg", tasks=tasks)])
    found = planner.draft(request("can you defrobnicate b.png for me")).tasks
    assert kinds(found) == ["image-segmentation"]


def test_other_requests_are_planned_as_before(office: TaughtPlanner) -> None:
    examples = load_examples()[::160]
    assert len(examples) > 40
    for example in examples:
        assert office.draft(example.to_request()).tasks == draft(example.to_request()).tasks


def test_few_of_the_shipped_examples_are_near_a_lesson() -> None:
    examples = load_examples()
    known = next(e for e in examples if e.request == "Draw a lighthouse in a storm")
    wrong = [{"task": "text-to-video", "id": 0, "dep": [-1], "args": {"prompt": "a lighthouse"}}]
    planner = taught_planner([lesson(request="Draw me a lighthouse in a storm", tasks=wrong)])
    near = planner.near(examples)
    assert known in near
    assert len(near) < len(examples) / 200


def test_lessons_that_contradict_each_other_harm_nothing() -> None:
    both = [lesson(), lesson(tasks=[], reason="chat"), lesson()]
    planner = taught_planner(both)
    assert planner.draft(request("give call.mp3 the office treatment")).tasks
    assert planner.draft(request("translate a.txt into German")) == draft(
        request("translate a.txt into German")
    )


# --- the brain ------------------------------------------------------------------------------


async def plan(text: str, path: Path | str | None) -> list[dict[str, object]]:
    context = Context(brain="embedded", lessons=None if path is None else str(path))
    found = await EmbeddedBrain().plan(request(text), Brief(context, lambda: ()))
    tasks: list[dict[str, object]] = found.tasks
    return tasks


async def test_the_brain_goes_by_the_file_of_the_settings(tmp_path: Path) -> None:
    keep(tmp_path / "lessons.jsonl", lesson())
    text = "give call.mp3 the office treatment"
    assert len(await plan(text, tmp_path / "lessons.jsonl")) == 2
    assert len(await plan(text, None)) < 2
    assert len(await plan(text, tmp_path / "missing.jsonl")) < 2


async def test_a_lesson_counts_from_when_it_is_kept(tmp_path: Path) -> None:
    path, text = tmp_path / "lessons.jsonl", "give call.mp3 the office treatment"
    keep(path, lesson(request="something else with memo.m4a"))
    assert len(await plan(text, path)) < 2
    keep(path, lesson())
    assert len(await plan(text, path)) == 2


async def test_planning_goes_on_without_a_line_that_is_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, text = tmp_path / "lessons.jsonl", "give call.mp3 the office treatment"
    path.write_text("{broken\n")
    keep(path, lesson())
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert len(await plan(text, path)) == 2
    assert [r.getMessage().partition(": ")[0] for r in caplog.records] == [
        "lessons.jsonl, line 1, is no lesson"
    ]


async def test_planning_goes_on_without_a_file_that_can_not_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(await plan("give call.mp3 the office treatment", tmp_path)) < 2
    assert "planning goes on without them" in caplog.text


@pytest.mark.parametrize("value", ["none", ""])
def test_the_setting_can_be_off(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Context(lessons=value).lessons is None
    monkeypatch.setenv("HUGGINGGPT_LESSONS", "none")
    assert Context().lessons is None


def test_by_default_lessons_lie_in_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path))
    assert Context().lessons == str(tmp_path / "lessons.jsonl")
