"""Answers are worded from results: the direct answer first, and nothing that no result holds."""

import pytest

from hugginggpt.graph.brain.composer import compose
from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import Attempt, TaskResult
from hugginggpt.tools.artifacts import Artifact


def done(kind, *artifacts, **more):
    return TaskResult(
        kind=kind, status="done", model="m", endpoint="embedded", artifacts=artifacts, **more
    )


def task(kind, id=0, **args):  # noqa: A002
    return {"task": kind, "id": id, "args": args}


def answer(words, tasks, *results, remarks=()):
    plan = parse_plan(tasks)
    return compose(Request(words), plan, dict(zip(plan.tasks, results, strict=False)), remarks)


def first_line(text):
    return text.splitlines()[0]


def mood(value):
    label = "positive" if value > 0 else "negative"
    return done(
        "text-classification",
        Artifact.of_data([{"label": label, "score": 0.9}], compound=value),
    )


def faces(count):
    box = {"xmin": 0, "ymin": 0, "xmax": 1, "ymax": 1}
    data = [{"label": "face", "score": 1.0, "box": box}] * count
    return done("object-detection", Artifact.of_data(data, count=count))


REVIEWS = [
    task("text-classification", 0, text="a.txt"),
    task("text-classification", 1, text="b.txt"),
]
PHOTOS = [
    task("object-detection", 0, image="a.png"),
    task("object-detection", 1, image="b.png"),
]


def test_answer_to_a_question_comes_first():
    asked = task("document-question-answering", image="r.png", question="what is the total")
    result = done("document-question-answering", Artifact.of_text("23.40"))
    assert first_line(answer("?", [asked], result)) == (
        "- What is the total? **23.40** (from `r.png`)"
    )


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("which is happier?", "**`b.txt` is the happier**"),
        ("which one is worse?", "**`a.txt` is the less happy**"),
    ],
)
def test_comparison_of_moods(words, verdict):
    assert answer(words, REVIEWS, mood(-0.5), mood(0.5)).startswith(verdict)


def test_level_comparison():
    assert "are level" in first_line(answer("which is happier?", REVIEWS, mood(0.5), mood(0.5)))


def test_comparison_of_counts():
    text = answer("which photo has more faces?", PHOTOS, faces(3), faces(1))
    assert text.startswith("**`a.png` has more**")


def test_comparison_for_the_fewest():
    text = answer("which photo has fewer faces?", PHOTOS, faces(3), faces(1))
    assert text.startswith("**`b.png` has fewer**")


def test_no_comparison_unless_asked():
    assert not answer("label both", REVIEWS, mood(-0.5), mood(0.5)).startswith("**")


def test_failure_is_told_with_its_reason():
    failed = TaskResult(kind="translation", status="failed", error="no endpoint can run it here")
    text = answer("?", [task("translation", text="hi")], failed)
    assert first_line(text) == (
        "- **Could not do translation** of “hi”: no endpoint can run it here."
    )


def test_skipped_task_is_told_with_its_reason():
    plan = [task("translation", 0, text="hi"), task("text-to-speech", 1, text="<GENERATED>-0")]
    failed = TaskResult(kind="translation", status="failed", error="x")
    skipped = TaskResult.skipped("text-to-speech", "it needs task 0 (translation), which failed")
    assert "- **Skipped text-to-speech**: it needs task 0" in answer("?", plan, failed, skipped)


def test_every_step_stands_in_the_table():
    text = answer("label both", REVIEWS, mood(-0.5), mood(0.5))
    assert text.count("| m | embedded |") == 2


def test_speech_names_what_was_read_and_its_file():
    plan = [task("summarization", 0, text="p.txt"), task("text-to-speech", 1, text="<GENERATED>-0")]
    audio = Artifact(modality="audio", path="/x/s.wav", mime="audio/wav", metadata={"seconds": 2.0})
    text = answer(
        "?", plan, done("summarization", Artifact.of_text("Bees.")), done("text-to-speech", audio)
    )
    assert "- Read aloud: the summary of `p.txt` → [s.wav](/x/s.wav) (2.0 s)" in text


def test_prediction_tells_how_good_it_is():
    table = Artifact(modality="table", path="/x/p.csv", mime="text/csv")
    told = {"target": "price", "rows_predicted": 4, "metric": "r2", "score": 0.917}
    plan = [task("tabular-regression", table="h.csv", target="price")]
    text = answer("?", plan, done("tabular-regression", table, Artifact.of_data(told)))
    assert first_line(text) == (
        "- Predicted `price` for 4 rows of `h.csv` (r2 0.92, cross-validated) → [p.csv](/x/p.csv)"
    )


def test_caveat_fallback_and_remark_are_told():
    result = done(
        "translation",
        Artifact.of_text("hallo"),
        caveat="robotic",
        attempts=(Attempt(model="big", endpoint="local", error="out of memory"),),
    )
    text = answer("?", [task("translation", text="hi")], result, remarks=["A file is gone."])
    for said in ("- A file is gone.", "- big (local) failed first: out of memory", "- m: robotic"):
        assert said in text


def test_no_task():
    assert "I found no task in this request" in answer("hello", [])


def test_no_task_with_a_remark():
    assert answer("hello", [], remarks=["Hello to you."]) == "Hello to you."
