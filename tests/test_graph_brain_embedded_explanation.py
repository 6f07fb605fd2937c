"""Which words led to which task and link, as the embedded planner noted it."""

import pytest

from hugginggpt.graph.brain import Brief
from hugginggpt.graph.brain.embedded import EmbeddedBrain, clues
from hugginggpt.graph.brain.embedded.examples import Example, load_examples
from hugginggpt.graph.brain.embedded.explanation import Explanation, TaskExplanation, explain
from hugginggpt.graph.brain.embedded.learned.model import learned
from hugginggpt.graph.brain.embedded.learned.sets import Company
from hugginggpt.graph.brain.embedded.planner import draft, see
from hugginggpt.graph.context import Context
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import Artifact

TRAM = "vid of a tram rolling through porto in golden light plz"
"""The rules know no cue in it."""


def told(text: str) -> Explanation:
    return explain(Request(text))


def cues(task: TaskExplanation) -> list[str]:
    return [passage.text for passage in task.cues]


def value(task: TaskExplanation, argument: str) -> tuple[object, str, str]:
    """The value, why it is that, and the words that point there."""
    found = next(v for v in task.values if v.argument == argument)
    return found.value, found.why, found.passage.text if found.passage else ""


# --- tasks ------------------------------------------------------------------------------------


def test_the_words_of_the_cue_are_told_with_their_place() -> None:
    (task,) = told("Please summarise page.txt").tasks
    (cue,) = task.cues
    assert (task.because, cue.text, cue.start, cue.end) == ("cue", "summarise", 7, 16)


def test_a_question_asks_as_a_whole() -> None:
    (task,) = told("how tall is the Eiffel tower?").tasks
    assert (task.because, cues(task)) == ("question", ["how tall is the Eiffel tower"])


def test_words_in_the_place_of_a_file_are_found_behind_its_mention() -> None:
    explanation = told("fasse brief.txt zusammen")
    assert cues(explanation.tasks[0]) == ["fasse brief.txt zusammen"]


def test_two_tasks_of_one_cue() -> None:
    first, second = told("Caption a.jpg and b.jpg").tasks
    assert cues(first) == cues(second) == ["Caption"]


def test_what_is_done_again_is_asked_for_by_other_words() -> None:
    again = told("summarise a.txt; the same with b.txt").tasks[1]
    assert (again.because, cues(again)) == ("again", ["the same"])


def test_the_kind_that_was_asked_for_is_told_where_another_fits() -> None:
    drawn = told("Make a segmentation map of park.jpg and draw a snowy park with it").tasks[-1]
    assert (drawn.kind, drawn.asked) == ("seg-text-to-image", "text-to-image")


# --- links ------------------------------------------------------------------------------------


def test_it_is_the_result_before() -> None:
    _, second = told("Transcribe call.wav and translate it into German").tasks
    assert value(second, "text") == ("<GENERATED>-0", "the nearest that fits", "it")
    assert value(second, "target_language") == ("de", "read from the clause", "German")


def test_a_fork_goes_back_to_what_the_clause_before_had() -> None:
    _, second = told("Here is page.txt. Summarise it and translate it into German").tasks
    assert value(second, "text") == ("page.txt", "the same as in the clause before", "it")


def test_a_result_is_called_by_its_name() -> None:
    tasks = told("Transcribe a.wav. Caption b.png. Read the transcript to me.").tasks
    assert value(tasks[2], "text") == ("<GENERATED>-0", "called by its name", "transcript")


def test_several_results_at_once() -> None:
    tasks = told("Caption a.jpg and b.jpg and compare the two captions").tasks
    assert value(tasks[2], "texts") == (["<GENERATED>-1"], "all that are alike", "the two")


def test_a_bridge_says_what_it_is_for() -> None:
    bridge, task = told("Translate menu.jpg into German").tasks
    assert (bridge.because, bridge.helps, cues(bridge)) == ("needed", "translation", [])
    assert value(bridge, "image") == ("menu.jpg", "a file of the clause", "menu.jpg")
    assert value(task, "text") == ("<GENERATED>-0", "made on the way", "")


def test_a_quotation_and_own_words() -> None:
    (said,) = told('say "good night" aloud').tasks
    (drawn,) = told("draw a sleeping cat").tasks
    assert value(said, "text") == ("good night", "a quotation of the clause", '"good night"')
    assert value(drawn, "prompt") == ("a sleeping cat", "words of the clause", "")


def test_a_follow_up_uses_the_result_of_an_earlier_turn() -> None:
    text = Artifact(modality="text", text="Bonjour")
    earlier = {"0": TaskResult(kind="summarization", status="done", artifacts=(text,))}
    explanation = explain(Request("now translate the summary into German", earlier=earlier))
    (task,) = explanation.tasks
    assert value(task, "text") == ("<GENERATED>-0", "called by its name", "summary")


# --- what was learned -------------------------------------------------------------------------


def test_where_there_is_no_cue_the_words_that_count_are_told() -> None:
    explanation = told(TRAM)
    (task,) = explanation.tasks
    assert (explanation.decided_by, task.because, task.cues) == ("learned", "learned", ())
    assert task.support is not None
    first, *others = task.support.clues
    assert first.passage.text == "vid"
    assert first.fall >= max(clue.fall for clue in others) > 0
    assert len(others) < clues.MOST_FALLS


def test_the_examples_most_like_it_have_the_kind() -> None:
    (task,) = told(TRAM).tasks
    assert task.support is not None
    assert len(task.support.alike) == clues.MOST_ALIKE
    kinds = {example.request: [t["task"] for t in example.tasks] for example in load_examples()}
    for alike in task.support.alike:
        assert "text-to-video" in kinds[alike.request]
        assert 0 < alike.likeness <= 1


def test_an_example_is_as_like_as_can_be_to_itself() -> None:
    examples = load_examples()
    compared = (examples[place] for place in learned().references)
    example = next(e for e in compared if e.request.startswith("type out error_shot.png"))
    (task,) = explain(example.to_request()).tasks
    assert task.support is not None
    assert task.support.alike[0].request == example.request
    assert task.support.alike[0].likeness == pytest.approx(1, abs=0.02)


def test_of_other_examples_none_are_quoted() -> None:
    company = learned().company
    model = learned()._replace(company=Company(company.labels[1:], company.counts[1:]))
    assert clues.find_alike("text-to-video", see(Request(TRAM)), model) == []


def test_chances_are_those_of_the_plan_of_the_rules_and_of_the_next() -> None:
    chances = told(TRAM).chances
    assert chances is not None
    assert chances.planned > chances.rules
    assert chances.planned > chances.other_chance
    assert chances.other != ("text-to-video",)


# --- no task ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why", "words"),
    [
        ("hello there", "small talk", ["hello there"]),
        ("please book me a flight", "beyond", ["book me a flight"]),
        ("menu.jpg", "not understood", []),
    ],
)
def test_why_there_is_no_task(text: str, why: str, words: list[str]) -> None:
    no_task = told(text).no_task
    assert no_task is not None
    assert (no_task.why, [passage.text for passage in no_task.passages]) == (why, words)


def test_talk_that_was_learned_has_words_that_count() -> None:
    no_task = told("lol what a lovely picture of your dog").no_task
    assert no_task is not None
    assert no_task.why == "chat"
    assert no_task.support is not None
    assert no_task.support.clues


# --- all of it --------------------------------------------------------------------------------


@pytest.mark.parametrize("example", load_examples()[::160], ids=lambda e: e.request[:30])
def test_it_explains_the_plan_that_is_made(example: Example) -> None:
    request = example.to_request()
    explanation, tasks = explain(request), draft(request).tasks
    assert [(t.id, t.kind) for t in explanation.tasks] == [(t["id"], t["task"]) for t in tasks]
    assert (explanation.no_task is None) == bool(tasks)
    for told, task in zip(explanation.tasks, tasks, strict=True):
        assert {v.argument: v.value for v in told.values} == task["args"]
        for passage in told.cues:
            assert explanation.request[passage.start : passage.end] == passage.text


async def test_the_brain_explains_itself() -> None:
    request = Request("Summarise page.txt")
    explanation = await EmbeddedBrain().explain(request, Brief(Context(), lambda: ()))
    assert explanation == explain(request)
