"""Wishes however they are put: in the passive, within what is said of a file, several at once."""

from typing import Any

import pytest

from hugginggpt.graph.brain.embedded.planner import draft_by_rules
from hugginggpt.graph.request import Request
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.files import modality_by_name


def plan(text: str, *files: str) -> list[dict[str, Any]]:
    """The tasks by the rules; `files` come with the request."""
    resources = {f: Artifact(modality=modality_by_name(f) or "text", path=f) for f in files}
    tasks: list[dict[str, Any]] = draft_by_rules(Request(text, resources=resources)).tasks
    return tasks


def links(text: str, *files: str) -> list[tuple[str, list[int]]]:
    return [(task["task"], task["dep"]) for task in plan(text, *files)]


@pytest.mark.parametrize(
    "text",
    [
        "I'd like talk.mp3 to be transcribed and the transcript translated into French.",
        "The recording talk.mp3 should be transcribed, and its transcript is to be put into French",
        "I need talk.mp3 transcribed, then translated into French",
        "Here is talk.mp3, which I want written down; the text must then be translated into French",
    ],
)
def test_what_is_to_be_done_may_be_said_in_the_passive(text: str) -> None:
    assert links(text) == [("automatic-speech-recognition", [-1]), ("translation", [0])]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I want the sky in roof.jpg replaced", "image-text-to-image"),
        ("I'd like roof.jpg brightened", "image-to-image"),
        ("The trees in roof.jpg are to be counted.", "object-detection"),
        ("I want the chimney cut out of roof.jpg", "image-segmentation"),
        ("roof.jpg should be animated", "image-to-video"),
        ("I need the hum in tape.wav removed", "audio-to-audio"),
        ("I'd like the column paid in bills.csv predicted", "tabular-classification"),
        ("The dates in letter.txt should be marked", "token-classification"),
    ],
)
def test_a_participle_after_its_noun_is_a_wish(text: str, kind: str) -> None:
    assert [task["task"] for task in plan(text)] == [kind]


def test_what_has_been_done_already_is_no_wish() -> None:
    text = "I have talk.txt, which was translated by a friend. Please summarise it."
    assert links(text) == [("summarization", [-1])]


def test_a_wish_may_stand_in_the_sentence_that_says_what_there_is() -> None:
    text = "I have a photo desk.png that I'd like to be classified"
    assert links(text) == [("image-classification", [-1])]


def test_each_i_would_like_begins_a_wish_of_its_own() -> None:
    text = (
        "'Which van is the cheapest?' should be answered from vans.csv, "
        "and I'd like the van in van.jpg to be cut out"
    )
    assert links(text) == [("table-question-answering", [-1]), ("image-segmentation", [-1])]


def test_one_verb_may_ask_for_two_things() -> None:
    found = links("Summarise news.txt and, from the summary, create a picture and a video.")
    assert found == [("summarization", [-1]), ("text-to-image", [0]), ("text-to-video", [0])]


def test_a_quoted_question_is_asked_besides_whatever_else() -> None:
    found = links("Detect the objects in shop.jpg and answer 'Is the door open?'")
    assert found == [("object-detection", [-1]), ("visual-question-answering", [-1])]


@pytest.mark.parametrize("said", ["which", "where somebody"])
def test_a_named_class_of_thing_is_simply_detected(said: str) -> None:
    found = links(f"Detect the lanterns in street.jpg, {said} lit last night")
    assert found == [("object-detection", [-1])]


def test_special_things_are_looked_for_by_name() -> None:
    found = links("Find the lantern and the ladder in street.jpg")
    assert found == [("zero-shot-object-detection", [-1])]


# --- names of results -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Summarise page.txt and read the summary aloud, saved as page.mp3",
        "Summarise page.txt, then convert the summary to speech and save it as page.mp3",
        "I'd like page.txt summarised and the summary spoken (page.mp3)",
        "Summarise page.txt and have the summary spoken under the name page.mp3.",
    ],
)
def test_the_name_of_a_result_is_no_file_to_work_on(text: str) -> None:
    assert links(text, "page.txt") == [("summarization", [-1]), ("text-to-speech", [0])]


def test_a_file_that_is_there_is_no_result() -> None:
    text = "I wrote it down and saved it as page.txt. Summarise it."
    (task,) = plan(text, "page.txt")
    assert task["args"] == {"text": "page.txt"}


def test_a_named_video_that_is_wished_for_is_a_result() -> None:
    (task,) = plan("Create a video called wolf.mp4 from 'a wolf in the snow'")
    assert (task["task"], task["args"]["prompt"]) == ("text-to-video", "a wolf in the snow")


# --- what others say ------------------------------------------------------------------------


def test_a_question_that_was_transcribed_is_answered() -> None:
    text = "Transcribe ask.wav and have the question answered from invoice.png"
    heard, answered = plan(text, "ask.wav", "invoice.png")
    assert heard["task"] == "automatic-speech-recognition"
    assert answered["task"] == "document-question-answering"
    assert answered["args"] == {"image": "invoice.png", "question": "<GENERATED>-0"}


def test_a_recording_that_asks_is_heard_first() -> None:
    text = "In ask.wav my boss asks something. Answer it with the help of the photo shelf.jpg"
    heard, answered = plan(text, "ask.wav", "shelf.jpg")
    assert heard["task"] == "automatic-speech-recognition"
    assert (answered["task"], answered["dep"]) == ("visual-question-answering", [0])


def test_a_recording_may_say_what_is_to_be_changed() -> None:
    text = "My voice note is wish.m4a. Edit garden.jpg as I say in the recording."
    heard, edited = plan(text, "wish.m4a", "garden.jpg")
    assert heard["task"] == "automatic-speech-recognition"
    assert (edited["task"], edited["dep"]) == ("image-text-to-image", [0])


def test_what_was_made_just_before_may_say_what_is_to_be_changed() -> None:
    text = "Translate wish.txt into English, then edit garden.jpg accordingly"
    assert links(text) == [("translation", [-1]), ("image-text-to-image", [0])]


def test_what_somebody_says_in_a_file_is_not_asked_for() -> None:
    text = "In talk.mp3 I explain how the roof should be painted. I'd like it transcribed."
    assert links(text) == [("automatic-speech-recognition", [-1])]


def test_both_answers_may_be_of_different_kinds() -> None:
    text = (
        "Answer 'Who wins?' from match.mp4 and answer 'Who leads?' from league.csv. "
        "Then read both answers aloud."
    )
    found = links(text)
    assert found[2:] == [("text-to-speech", [0]), ("text-to-speech", [1])]


# --- from what a clause has just made -------------------------------------------------------


def test_a_text_made_just_before_is_worked_on_rather_than_the_file() -> None:
    found = links("The call call.mp3 should be transcribed, with a reply written to the transcript")
    assert found == [("automatic-speech-recognition", [-1]), ("text-generation", [0])]


def test_the_text_in_a_picture_is_read_not_read_out() -> None:
    found = links("Make scan.png sharper, read the text, and translate it into English")
    kinds = ["image-to-image", "image-to-text", "translation"]
    assert found == [(kind, [place - 1]) for place, kind in enumerate(kinds)]


def test_speech_that_is_worked_on_comes_before_that() -> None:
    found = links("'Mind the gap' should be spoken, and the noise in the spoken audio be removed")
    assert found == [("text-to-speech", [-1]), ("audio-to-audio", [0])]
