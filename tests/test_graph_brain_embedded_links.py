"""What tasks work on, as the rules read it from the words."""

from typing import Any

import pytest

from hugginggpt.graph.brain.embedded.planner import draft_by_rules
from hugginggpt.graph.request import Request


def plan(text: str) -> dict[str, list[dict[str, Any]]]:
    """The arguments of the tasks, by kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for task in draft_by_rules(Request(text)).tasks:
        found.setdefault(task["task"], []).append(task["args"])
    return found


def only(text: str, kind: str) -> dict[str, Any]:
    (arguments,) = plan(text)[kind]
    return arguments


# --- something to go by ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["based on the summary", "according to the summarised text", "using the result"]
)
def test_an_edit_may_go_by_a_text_that_was_made(said: str) -> None:
    edit = only(f"Summarise notes.txt. Then edit photo.jpg {said}.", "image-text-to-image")
    assert edit["image"] == "photo.jpg"
    assert edit["prompt"] == f"edit it {said}:\n\n<GENERATED>-0"


def test_what_is_gone_by_is_not_made_again() -> None:
    found = plan("Summarise notes.txt and edit photo.jpg based on the summary")
    assert [*found] == ["summarization", "image-text-to-image"]


def test_words_that_name_nothing_made_are_just_words() -> None:
    edit = only(
        "Summarise notes.txt and edit photo.jpg using the usual colours", "image-text-to-image"
    )
    assert "<GENERATED>" not in edit["prompt"]


# --- quotations -----------------------------------------------------------------------------

OPTIONS = "as 'urgent', 'routine' or 'spam'"


def test_quoted_labels_are_not_what_is_sorted() -> None:
    sorted_ = only(
        f"Transcribe call.m4a and classify the transcript {OPTIONS}", "zero-shot-classification"
    )
    assert sorted_ == {"text": "<GENERATED>-0", "labels": ["urgent", "routine", "spam"]}


def test_what_is_sorted_may_be_quoted_beside_the_labels() -> None:
    sorted_ = only(f"Classify 'The lift is stuck' {OPTIONS}", "zero-shot-classification")
    assert sorted_["text"] == "The lift is stuck"


def test_several_quoted_questions_are_several_tasks() -> None:
    asked = plan("Answer 'Who signed it?' and 'When?' from lease.txt")["question-answering"]
    assert [each["question"] for each in asked] == ["Who signed it?", "When?"]
    assert {each["context"] for each in asked} == {"lease.txt"}


def test_a_quoted_question_is_not_what_is_searched() -> None:
    asked = only(
        "Transcribe call.m4a and answer 'Who rang?' from the transcript", "question-answering"
    )
    assert asked == {"context": "<GENERATED>-0", "question": "Who rang?"}


def test_a_quotation_that_was_worked_on_is_still_there() -> None:
    found = plan("Turn 'The door sticks' into a feature vector and translate it into Welsh.")
    assert found["translation"] == [{"text": "The door sticks", "target_language": "cy"}]


# --- results ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["based on the summary and the transcript", "using both results", "from both"]
)
def test_one_text_is_made_of_several_results(said: str) -> None:
    text = f"Summarise a.txt. Transcribe b.mp3. Write a report {said}."
    assert only(text, "text-generation")["text"].endswith("<GENERATED>-0\n\n<GENERATED>-1")


def test_a_text_in_a_language_is_the_translation() -> None:
    text = "Describe cat.jpg, translate that into Danish and read the Danish description aloud"
    assert only(text, "text-to-speech")["text"] == "<GENERATED>-1"


def test_a_class_is_no_picture() -> None:
    text = (
        "Classify room.jpg and answer the question 'how old is it?' about the image using the class"
    )
    assert only(text, "visual-question-answering")["image"] == "room.jpg"


def test_what_something_is_made_from_is_not_made_again() -> None:
    found = plan("Caption cat.jpg and create a new image from the caption")
    assert [*found] == ["image-to-text", "text-to-image"]


# --- one of several ---------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "number"), [("first", 0), ("second", 1), ("latter", 1)])
def test_one_of_several_is_picked_out(said: str, number: int) -> None:
    text = f"Summarise a.txt and b.txt. Translate the {said} summary into Polish."
    assert only(text, "translation")["text"] == f"<GENERATED>-{number}"


def test_two_that_are_picked_out_are_both_meant() -> None:
    text = "Summarise a.txt and b.txt. Translate the first summary and the second into Polish."
    assert len(plan(text)["translation"]) == 2


def test_one_that_is_not_there_picks_out_none() -> None:
    text = "Summarise a.txt and b.txt. Translate the third summary into Polish."
    assert len(plan(text)["translation"]) == 2
