"""The file of what a user has taught, and what is a lesson."""

import json
from pathlib import Path

import pytest

from hugginggpt.graph.brain.embedded.lessons import Lesson, check, forget, keep, lessons_of, read
from hugginggpt.tools.errors import FileInputError, InputError, PlanError

READ = {"task": "image-to-text", "id": 0, "dep": [-1], "args": {"image": "note.png"}}
SUM_UP = {"task": "summarization", "id": 1, "dep": [0], "args": {"text": "<GENERATED>-0"}}


def lesson(request: str = "do the usual with note.png", **fields: object) -> Lesson:
    return Lesson.model_validate({"request": request, "tasks": [READ, SUM_UP], **fields})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "lessons.jsonl"


def test_what_is_kept_is_read_back(path: Path) -> None:
    keep(path, lesson())
    keep(path, lesson("no, nothing", tasks=[], reason="chat"))
    assert lessons_of(read(path)) == [lesson(), lesson("no, nothing", tasks=[], reason="chat")]


def test_a_row_holds_only_what_is_told(path: Path) -> None:
    keep(path, lesson())
    assert json.loads(path.read_text()) == {"request": lesson().request, "tasks": [READ, SUM_UP]}


def test_a_line_break_of_another_kind_stays_within_its_row(path: Path) -> None:
    keep(path, lesson("do\u2028the\x85usual with note.png"))
    assert lessons_of(read(path)) == [lesson("do\u2028the\x85usual with note.png")]


def test_one_is_put_in_place_of_another(path: Path) -> None:
    for request in ("a note.png", "b note.png"):
        keep(path, lesson(request))
    keep(path, lesson("c note.png"), instead=1)
    assert [found.request for found in lessons_of(read(path))] == ["c note.png", "b note.png"]


def test_where_there_is_no_file_there_are_none(path: Path) -> None:
    assert read(path) == []


def test_nothing_else_is_left_in_the_folder(path: Path) -> None:
    keep(path, lesson())
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ('{"request": "hi"}', "tasks: Field required"),
        ('{"request": "hi", "tasks": []}', "either tasks or a reason"),
        ('{"request": "hi", "tasks": [{"task": "make-coffee", "id": 0}]}', "'make-coffee'"),
        (json.dumps({"request": "x", "tasks": [READ]}), "image='note.png' is no file"),
    ],
)
def test_a_line_that_is_no_lesson_is_told_and_the_others_are_read(
    path: Path, line: str, reason: str
) -> None:
    keep(path, lesson())
    path.write_text(f"{line}\n\n{path.read_text()}")
    broken, whole = read(path)
    assert broken.fault.startswith("lessons.jsonl, line 1, is no lesson: ")
    assert reason in broken.fault
    assert (whole.number, whole.lesson) == (3, lesson())


def test_a_broken_line_stays_when_another_is_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"request": "half a ')
    keep(path, lesson())
    assert path.read_text().startswith('{"request": "half a \n')
    assert lessons_of(read(path)) == [lesson()]


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "lessons.jsonl").write_bytes(b"\xff\n")
    for place in (tmp_path, tmp_path / "lessons.jsonl"):
        with pytest.raises(FileInputError, match=r"can't be read: .*HUGGINGGPT_LESSONS"):
            read(place)


def test_a_file_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    # So long that nothing can be written beside it.
    with pytest.raises(FileInputError, match=r"can't be kept in .*HUGGINGGPT_LESSONS"):
        keep(tmp_path / f"{'x' * 240}.jsonl", lesson())


def test_the_line_of_a_number_is_forgotten(path: Path) -> None:
    for request in ("a note.png", "b note.png"):
        keep(path, lesson(request))
    assert "a note.png" in forget(path, 1)
    assert [found.request for found in lessons_of(read(path))] == ["b note.png"]


@pytest.mark.parametrize("number", [-1, 0, 3])
def test_a_number_that_there_is_not(path: Path, number: int) -> None:
    keep(path, lesson())
    with pytest.raises(InputError, match=f"no lesson {number} in .*--list"):
        forget(path, number)


# --- what is a lesson -----------------------------------------------------------------------


def test_a_plan_is_repaired_where_that_takes_no_guess() -> None:
    loose = {"task": "summarization", "id": "1", "args": {"text": "<GENERATED>-0"}}
    assert check(lesson(tasks=[READ, loose])).tasks == [READ, SUM_UP]


def test_a_file_that_is_only_named_is_what_the_plan_takes_it_for() -> None:
    tasks = [{"task": "summarization", "id": 0, "dep": [-1], "args": {"text": "report.pdf"}}]
    assert check(lesson("boil down report.pdf", tasks=tasks)).files == {}


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"tasks": [SUM_UP]}, "0"),
        ({"files": {"note.png": "audio"}}, "wants image as 'image'; 'note.png' is audio"),
        (
            {"tasks": [{"task": "text-to-image", "id": 0, "args": {"prompt": "a cat"}}]},
            "prompt='a cat' is not in the request",
        ),
    ],
)
def test_a_faulty_plan_is_refused(fields: dict[str, object], complaint: str) -> None:
    with pytest.raises(PlanError, match=complaint):
        check(lesson(**fields))
