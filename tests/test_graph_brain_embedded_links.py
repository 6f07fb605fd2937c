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


def test_a_quoted_text_that_ends_in_a_question_is_not_asked() -> None:
    asked = only("Answer 'What is gone?' from 'My cat left. Where is she?'", "question-answering")
    assert asked == {"context": "My cat left. Where is she?", "question": "What is gone?"}


@pytest.mark.parametrize("mark", ["'", '"', "`"])
def test_labels_may_be_quoted_in_any_way(mark: str) -> None:
    text = f"Transcribe call.m4a and classify the transcript as {mark}a{mark} or {mark}b{mark}"
    assert only(text, "zero-shot-classification")["labels"] == ["a", "b"]


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


@pytest.mark.parametrize(
    "text",
    [
        "Summarise a.txt. Caption b.png. Then summarise c.txt for both teams.",
        "Caption b.png and summarise a.txt. Then write a summary of c.txt in 100 words.",
        "Transcribe a.mp3 and b.mp3. Summarise c.txt in both languages.",
    ],
)
def test_a_file_that_is_named_is_what_is_worked_on(text: str) -> None:
    assert plan(text)["summarization"][-1]["text"] == "c.txt"


def test_what_is_being_made_is_not_what_it_is_made_of() -> None:
    text = "Caption cat.png. Write a poem about the caption. Then write a story about the caption."
    assert plan(text)["text-generation"][-1]["text"].endswith(":\n\n<GENERATED>-0")


def test_a_text_in_another_language_is_no_translation() -> None:
    text = "Translate a.txt into German. Summarise b.txt. Read the English summary aloud."
    assert only(text, "text-to-speech")["text"] == "<GENERATED>-1"


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


@pytest.mark.parametrize(
    "said",
    ["them into Polish for the first meeting", "the summaries into Polish for the first day"],
)
def test_a_number_of_something_else_picks_out_none(said: str) -> None:
    assert len(plan(f"Summarise a.txt and b.txt. Translate {said}.")["translation"]) == 2


def test_one_that_is_not_there_picks_out_none() -> None:
    text = "Summarise a.txt and b.txt. Translate the third summary into Polish."
    assert len(plan(text)["translation"]) == 2


# --- descriptions are no wishes ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Summarise review.txt about a film made in 1990", "summarization"),
        ("Summarise essay.txt about a portrait painted by Rembrandt", "summarization"),
        ("Write a review of a film produced by Spielberg", "text-generation"),
        ("List the entities in notes.txt sorted by name and date", "token-classification"),
        ("Summarise notes.txt, focusing on topics of health and safety", "summarization"),
        ("Summarise the audible book review.txt", "summarization"),
        ("Explain the supply and rate changes in report.txt", "text-generation"),
    ],
)
def test_what_is_only_described_is_not_done(text: str, kind: str) -> None:
    assert [*plan(text)] == [kind]
