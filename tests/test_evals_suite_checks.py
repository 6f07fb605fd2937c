"""The checks: each finds what it is for, and lets pass what is right."""

import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hugginggpt.evals.suite import checks
from hugginggpt.evals.suite.case import Case
from hugginggpt.evals.suite.run import check_case, row_of
from hugginggpt.evals.target import Trajectory
from hugginggpt.graph.plan import Plan, Task
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import Artifact


def run(*tasks, answer="All done.", request="do it", error=""):
    """A run of tasks, each a kind and its artifacts, or a kind and why it failed."""
    plan = {str(n): Task(id=str(n), kind=kind) for n, (kind, _) in enumerate(tasks)}
    results = {}
    for number, (kind, left) in enumerate(tasks):
        failed = isinstance(left, str)
        about = {"status": "failed", "error": left} if failed else {"artifacts": tuple(left)}
        results[str(number)] = TaskResult(kind=kind, **{"status": "done", **about})
    return Trajectory(request, Plan(plan), results, answer, 0.1, error=error)


def file(path, modality):
    return Artifact(modality=modality, path=str(path))


def linked(kind_a, kind_b):
    first = Task(id="0", kind=kind_a)
    return Trajectory(
        "", Plan({"0": first, "1": Task(id="1", kind=kind_b, dependencies=("0",))}), {}, "", 0
    )


def test_plan_is_the_same_kinds_in_any_order():
    told = run(("summarization", []), ("translation", []))
    assert not checks.plan_is(told, ["translation", "summarization"], frozenset())
    assert checks.plan_is(told, ["translation"], frozenset()) == (
        "planned summarization, translation, not translation"
    )


def test_links_count():
    told = linked("summarization", "translation")
    wanted = ["summarization", "translation"]
    assert not checks.plan_is(told, wanted, frozenset({("summarization", "translation")}))
    assert checks.plan_is(told, wanted, frozenset()).startswith("linked")


def test_tasks_that_may_stay_undone():
    told = run(("translation", "no engine"))
    assert checks.all_done(told, []) == "translation: no engine"
    assert not checks.all_done(told, ["translation"])


def test_run_that_broke_off():
    assert checks.all_done(run(error="no room"), []) == "the run broke off: no room"


def test_answer_that_is_silent_about_a_failure():
    told = run(("translation", "no engine"))
    assert (
        checks.is_honest(told, []) == "the answer does not tell that this was not done: translation"
    )
    told = run(("translation", "no engine"), answer="Here is the translation.")
    assert checks.is_honest(told, []).endswith("was not done: translation")
    told = run(("translation", "no engine"), answer="I could not do the translation.")
    assert not checks.is_honest(told, [])


def test_answer_that_names_a_file_nobody_made():
    told = run(("text-to-speech", [file("/made/speech-1.wav", "audio")]), answer="See speech-2.wav")
    assert checks.is_honest(told, []) == "the answer names files that nobody made: speech-2.wav"


@pytest.mark.parametrize("named", ["speech-1.wav", "given.png", "asked.csv"])
def test_answer_may_name_what_was_made_given_or_asked_for(named):
    told = run(
        ("text-to-speech", [file("/made/speech-1.wav", "audio")]),
        answer=f"See {named}",
        request="fill in asked.csv",
    )
    assert not checks.is_honest(told, ["given.png"])


def test_no_answer_is_not_honest():
    assert checks.is_honest(run(answer=""), []) == "there is no answer"


def test_text_holds_words_whatever_their_case_and_spacing():
    told = run(("image-to-text", [Artifact.of_text("NO\nParking")]))
    assert not checks.text(told, "image-to-text", has=["no parking"])
    assert "lacks stop" in checks.text(told, "image-to-text", has=["stop"])
    assert "holds parking" in checks.text(told, "image-to-text", lacks=["parking"])


def test_text_may_be_too_long():
    told = run(("summarization", [Artifact.of_text("one two three")]))
    assert checks.text(told, "summarization", most=2) == "summarization gave 3 words, not 1 to 2"


def test_count_top_and_score():
    found = [{"label": "sport", "score": 0.9}, {"label": "food", "score": 0.1}]
    told = run(("zero-shot-classification", [Artifact.of_data(found)]))
    kind = "zero-shot-classification"
    assert not checks.count(told, kind, least=2)
    assert checks.count(told, kind, least=3) == f"{kind} found 2, not 3 to 3"
    assert not checks.top(told, kind, label="sport")
    assert checks.top(told, kind, label="food") == f"{kind} put 'sport' first, not 'food'"
    assert not checks.score(told, kind, least=0.8)
    assert checks.score(told, kind, most=0.3) == f"{kind} scored 0.9, not -1.0 to 0.3"


def test_stretch_of_speech():
    told = run(("voice-activity-detection", [Artifact.of_data([{"start": 2.0, "end": 4.5}])]))
    assert not checks.stretch(told, "voice-activity-detection", start=[1.5, 2.5], end=[4, 5])
    assert checks.stretch(told, "voice-activity-detection", start=[0, 1], end=[4, 5])


def recording(path: Path, seconds, loudness):
    samples = (np.sin(np.arange(int(8000 * seconds))) * loudness * 32767).astype("<i2")
    with wave.open(str(path), "wb") as written:
        written.setparams((1, 2, 8000, 0, "NONE", ""))
        written.writeframes(samples.tobytes())
    return run(("text-to-speech", [file(path, "audio")]))


def test_sound_is_long_and_loud_enough(tmp_path):
    told = recording(tmp_path / "a.wav", 2, 0.5)
    assert not checks.sound(told, "text-to-speech", seconds=[1, 3])
    assert "lasts 2.0 s" in checks.sound(told, "text-to-speech", seconds=[5, 9])


def test_silence_is_no_sound(tmp_path):
    told = recording(tmp_path / "a.wav", 2, 0.001)
    assert "is silent" in checks.sound(told, "text-to-speech", seconds=[1, 3])


@pytest.mark.parametrize("made", [[], [file("/gone.wav", "audio")]])
def test_sound_that_is_not_there(made):
    told = run(("text-to-speech", made))
    assert (
        checks.sound(told, "text-to-speech", seconds=[1, 3]) == "text-to-speech made no recording"
    )


def test_picture_has_its_size_and_something_on_it(tmp_path):
    picture = Image.new("L", (4, 3))
    picture.save(tmp_path / "empty.png")
    picture.putpixel((1, 1), 255)
    picture.save(tmp_path / "dot.png")
    dot = run(("canny-control", [file(tmp_path / "dot.png", "image")]))
    assert not checks.picture(dot, "canny-control", size=[4, 3])
    assert "not (9, 9)" in checks.picture(dot, "canny-control", size=[9, 9])
    empty = run(("canny-control", [file(tmp_path / "empty.png", "image")]))
    assert checks.picture(empty, "canny-control", size=[4, 3]) == "the picture is empty"


def test_vector_has_its_size_and_length_one(tmp_path):
    np.save(tmp_path / "v.npy", np.array([0.6, 0.8]))
    told = run(("feature-extraction", [file(tmp_path / "v.npy", "vector")]))
    assert not checks.vector(told, "feature-extraction", size=2)
    assert checks.vector(told, "feature-extraction", size=3)


def test_cells_of_a_table(tmp_path):
    (tmp_path / "t.csv").write_text("a,price\n1,\n2,20\n3,30\n")
    told = run(("tabular-regression", [file(tmp_path / "t.csv", "table")]))
    kind = "tabular-regression"
    assert not checks.cells(told, kind, column="price", values=["20", "30"])
    assert checks.cells(told, kind, column="price", values=["20"])
    assert not checks.numbers(told, kind, column="price", count=2, least=10, most=40)
    assert checks.numbers(told, kind, column="price", count=2, least=25, most=40)


def test_row_counts_checks_by_what_they_look_at():
    case = Case(
        id="x",
        request="sum it up",
        tasks=("summarization",),
        checks=[
            {"check": "text", "kind": "summarization", "has": ["bees"]},
            {"check": "says", "has": ["honey"]},
        ],
    )
    row = row_of(case, run(("summarization", [Artifact.of_text("Bees fly.")])))
    assert row.parts == {"passed": (0, 1), "plan": (1, 1), "result": (2, 2), "answer": (1, 2)}
    assert row.complaints == ("answer: the answer lacks honey",)


def test_every_check_can_be_named_in_a_case():
    told = check_case(Case(id="x", request="hello"), run(answer="Hello!"))
    assert told == [("plan", ""), ("result", ""), ("answer", "")]
    assert {row.aspect for row in checks.CHECKS.values()} == {"result", "answer"}
