"""Kinds that are settled for a whole request, given to the clauses that ask for them."""

import pytest

from hugginggpt.graph.brain.embedded.learned.flow import Flow, flow_of
from hugginggpt.graph.brain.embedded.planner import settled
from hugginggpt.graph.request import Request
from hugginggpt.tools.artifacts import Artifact

FLOW: Flow = flow_of([])


def values(text: str, kinds: str, kind: str, argument: str, **files: str) -> list[object]:
    """What each task of one kind has as that argument, where `kinds` are settled."""
    resources = {
        file.replace("_", "."): Artifact(modality=modality, path=file)  # type: ignore[arg-type]
        for file, modality in files.items()
    }
    request = Request(text, resources=resources, fresh=tuple(resources))
    decision = settled(request, frozenset(kinds.split("+")), FLOW)
    assert decision is not None
    return [t["args"].get(argument) for t in decision.draft.tasks if t["task"] == kind]


@pytest.mark.parametrize(
    "text",
    [
        "Here is a riddle in Latin, riddle.jpg. Please read it and translate it to English.",
        "We found this note, riddle.jpg. It's in Dutch. Read it, and give it me in English",
        "The menu riddle.jpg is in Greek. Into English, please",
    ],
)
def test_what_language_a_thing_is_in_asks_for_no_translation(text: str) -> None:
    kinds = "image-to-text+translation"
    languages = values(text, kinds, "translation", "target_language", riddle_jpg="image")
    assert languages == ["en"]


def test_two_languages_that_are_asked_for_are_two_translations() -> None:
    text = "Put a.txt into Polish, summarise it, and put the summary into Greek"
    kinds = "summarization+translation"
    assert values(text, kinds, "translation", "target_language", a_txt="text") == ["pl", "el"]


def test_things_that_are_named_are_all_translated() -> None:
    text = "a.txt in German, please. Also b.txt in French, please."
    files = values(text, "translation", "translation", "text", a_txt="text", b_txt="text")
    assert files == ["a.txt", "b.txt"]


def test_what_is_to_be_done_again_and_what_cannot_be_done_stay() -> None:
    text = "Here is a.jpg. It is in Latin. Translate it into English. And b.jpg?"
    kinds = "image-to-text+translation"
    pictures = values(text, kinds, "image-to-text", "image", a_jpg="image", b_jpg="image")
    assert pictures == ["a.jpg", "b.jpg"]


def test_of_two_questions_both_are_asked() -> None:
    text = "Is it raining in boat.jpg? What is the man holding?"
    kind = "visual-question-answering"
    questions = values(text, kind, kind, "question", boat_jpg="image")
    assert len(questions) == 2
