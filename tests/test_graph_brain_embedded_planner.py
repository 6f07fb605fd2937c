"""Plans of the embedded brain: from words to the wire form."""

import json
from typing import Any

import pytest
from doubts import doubtful
from hypothesis import given, settings
from hypothesis import strategies as st

from hugginggpt.app.demo import REQUEST
from hugginggpt.evals.dataset import load_cases
from hugginggpt.graph.brain.embedded.learned.model import Option, Reading
from hugginggpt.graph.brain.embedded.learned.views import View
from hugginggpt.graph.brain.embedded.planner import decide, draft
from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.files import modality_by_name
from hugginggpt.tools.kinds import KINDS


def plan(text: str, *files: str) -> list[dict[str, Any]]:
    """The drafted tasks; `files` come with the request."""
    resources = {f: Artifact(modality=modality_by_name(f) or "text", path=f) for f in files}
    tasks: list[dict[str, Any]] = draft(Request(text, resources=resources, fresh=files)).tasks
    return tasks


def kinds(text: str, *files: str) -> list[str]:
    return [task["task"] for task in plan(text, *files)]


def only(text: str, *files: str) -> dict[str, Any]:
    """The arguments of the only task."""
    (task,) = plan(text, *files)
    arguments: dict[str, Any] = task["args"]
    return arguments


def after(text: str, *done: tuple[str, str, Artifact]) -> list[dict[str, Any]]:
    """The drafted tasks in a conversation where `done` (id, kind, artifact) is finished."""
    earlier = {k: TaskResult(kind=kind, status="done", artifacts=(a,)) for k, kind, a in done}
    tasks: list[dict[str, Any]] = draft(Request(text, earlier=earlier)).tasks
    return tasks


# --- the demo -----------------------------------------------------------------------------------

RECEIPT = {"image": "receipt.png", "question": "What is the total?"}
DEMO = (
    "What is the total on receipt.png, and say it aloud. Summarise page.txt and read the summary "
    "to me. Which of the two reviews, review-1.txt or review-2.txt, is happier? And how many faces "
    "are in portrait.jpg?"
)


def wire(task: str, number: int, arguments: dict[str, Any], *dep: int) -> dict[str, Any]:
    return {"task": task, "id": number, "dep": list(dep) or [-1], "args": arguments}


def test_the_demo_in_one_request() -> None:
    assert plan(DEMO) == [
        wire("document-question-answering", 0, RECEIPT),
        wire("text-to-speech", 1, {"text": "<GENERATED>-0"}, 0),
        wire("summarization", 2, {"text": "page.txt"}),
        wire("text-to-speech", 3, {"text": "<GENERATED>-2"}, 2),
        wire("text-classification", 4, {"text": "review-1.txt"}),
        wire("text-classification", 5, {"text": "review-2.txt"}),
        wire("object-detection", 6, {"image": "portrait.jpg", "target": "face"}),
    ]


def test_the_receipt_by_itself() -> None:
    assert plan("What is the total on receipt.png? Say it aloud.") == [
        wire("document-question-answering", 0, RECEIPT),
        wire("text-to-speech", 1, {"text": "<GENERATED>-0"}, 0),
    ]


# --- order ----------------------------------------------------------------------------------------


def test_what_is_made_comes_before_what_is_done_to_it() -> None:
    assert kinds("read me a summary of page.txt") == ["summarization", "text-to-speech"]


def test_things_made_of_things_run_from_the_inside() -> None:
    made = kinds("a summary of the transcript of call.wav please")
    assert made == ["automatic-speech-recognition", "summarization"]


def test_after_puts_the_later_words_first() -> None:
    made = plan("Summarise it after transcribing call.wav")
    assert [task["task"] for task in made] == ["automatic-speech-recognition", "summarization"]
    assert made[1]["dep"] == [0]


# --- links ----------------------------------------------------------------------------------------


def test_it_twice_is_a_fork() -> None:
    tasks = plan("Here is page.txt. Summarise it and translate it into German")
    assert [task["args"]["text"] for task in tasks] == ["page.txt", "page.txt"]


def test_what_is_to_be_done_with_a_file_stands_before_its_name() -> None:
    arguments = only("Write a reply to mail.txt that says we are closed")
    assert arguments == {"text": "Write a reply that says we are closed:\n\nmail.txt"}


def test_the_same_with_another_file_keeps_what_is_to_be_done() -> None:
    tasks = plan("Write a reply to mail.txt that says we are closed. Do the same with other.txt")
    told = "Write a reply that says we are closed:\n\n"
    assert [task["args"]["text"] for task in tasks] == [f"{told}mail.txt", f"{told}other.txt"]


def test_a_named_file_and_then_it_is_a_chain() -> None:
    tasks = plan("Transcribe call.wav and translate it into German")
    assert tasks[1]["args"] == {"text": "<GENERATED>-0", "target_language": "de"}


def test_two_captions_are_joined() -> None:
    tasks = plan("Caption a.jpg and b.jpg and compare the two captions")
    assert tasks[2] == wire(
        "sentence-similarity", 2, {"text": "<GENERATED>-0", "texts": ["<GENERATED>-1"]}, 0, 1
    )


def test_the_noun_tells_which_result_is_meant() -> None:
    tasks = plan("Transcribe a.wav. Caption b.png. Read the transcript to me.")
    assert tasks[2]["args"] == {"text": "<GENERATED>-0"}


def test_also_goes_back_to_the_source() -> None:
    tasks = plan("Is review.txt positive? Also summarise it.")
    assert tasks[1]["args"] == {"text": "review.txt"}


def test_a_file_may_be_named_after_it() -> None:
    assert only("Translate it into French. The file is letter.txt.")["text"] == "letter.txt"


def test_every_reference_is_a_dependency_and_no_more() -> None:
    for case in load_cases():
        for task in draft(case.to_request()).tasks:
            used = {i for i in range(20) if f"<GENERATED>-{i}" in json.dumps(task["args"])}
            assert set(task["dep"]) - {-1} == used


# --- bridges --------------------------------------------------------------------------------------


def test_a_picture_is_read_before_its_text_is_translated() -> None:
    assert plan("translate menu.jpg into French") == [
        wire("image-to-text", 0, {"image": "menu.jpg"}),
        wire("translation", 1, {"text": "<GENERATED>-0", "target_language": "fr"}, 0),
    ]


def test_a_recording_is_written_down_before_it_is_summarised() -> None:
    assert kinds("Summarise talk.mp3") == ["automatic-speech-recognition", "summarization"]


def test_a_bridge_is_built_once() -> None:
    made = kinds("Summarise menu.jpg. Translate menu.jpg into French.")
    assert made == ["image-to-text", "summarization", "translation"]


def test_a_clip_goes_to_a_kind_that_takes_clips() -> None:
    assert kinds("Transcribe lecture.mp4") == ["video-text-to-text"]


def test_a_control_image_is_made_where_one_is_needed() -> None:
    made = kinds("Draw a castle with the edges of building.jpg")
    assert made == ["canny-control", "canny-text-to-image"]


# --- arguments ------------------------------------------------------------------------------------


def test_a_question_ends_where_the_next_instruction_begins() -> None:
    tasks = plan("what is the total on the receipt and say it aloud", "receipt.png")
    assert tasks[0]["args"]["question"] == "what is the total on the receipt?"


def test_a_question_has_no_file_in_it() -> None:
    assert only("What colour is the door in house.jpg?")["question"] == "What colour is the door?"


def test_text_after_a_colon_is_content() -> None:
    arguments = only("Translate this to Spanish: I lost my bag. Where is the police?")
    assert arguments == {
        "text": "I lost my bag. Where is the police?",
        "target_language": "es",
    }


def test_text_in_the_question_itself() -> None:
    assert only("how do you say good evening in Italian?") == {
        "text": "good evening",
        "target_language": "it",
    }


def test_two_languages_are_two_tasks() -> None:
    targets = [t["args"]["target_language"] for t in plan("Translate a.txt into French and German")]
    assert targets == ["fr", "de"]


def test_labels() -> None:
    assert only("Is pet.jpg a cat or a dog?") == {"image": "pet.jpg", "labels": ["cat", "dog"]}


def test_speech_follows_the_language_of_the_translation() -> None:
    tasks = plan("Put letter.txt into Polish and read it to me slowly")
    assert tasks[1]["args"] == {"text": "<GENERATED>-0", "language": "pl", "speed": 120}


def test_a_prompt_is_what_to_draw() -> None:
    assert only("can you make me a picture of a fox on a bike?") == {"prompt": "a fox on a bike"}


def test_wishes_for_one_picture_become_one_edit() -> None:
    assert only("Paint the door of house.jpg red and add a cat")["prompt"].endswith("add a cat")


def test_rewriting_takes_the_instruction_along() -> None:
    tasks = plan("Transcribe memo.m4a, then fix the grammar")
    assert tasks[1]["args"] == {"text": "fix the grammar:\n\n<GENERATED>-0"}


# --- files ----------------------------------------------------------------------------------------


def test_several_files_unfold() -> None:
    images = [t["args"]["image"] for t in plan("how many people in a.png and b.png")]
    assert images == ["a.png", "b.png"]


def test_an_unnamed_file_is_used_where_it_fits() -> None:
    assert only("what's the total?", "receipt.png", "song.mp3")["image"] == "receipt.png"


def test_a_file_is_told_by_what_it_is_called() -> None:
    assert only("what's the total on the receipt?", "cat.png", "receipt.png")["image"] == (
        "receipt.png"
    )


def test_all_of_them() -> None:
    texts = [t["args"]["text"] for t in plan("summarise all of them", "a.txt", "b.txt", "c.txt")]
    assert texts == ["a.txt", "b.txt", "c.txt"]


def test_one_summary_of_several_results_is_one_task() -> None:
    memos = "Transcribe a.mp3 and b.mp3, then write one short summary of both"
    *_, last = plan(memos)
    assert (last["task"], last["dep"]) == ("summarization", [0, 1])
    assert last["args"]["text"] == "<GENERATED>-0\n\n<GENERATED>-1"


def test_several_results_are_summarised_one_by_one_unless_told_otherwise() -> None:
    tasks = plan("Transcribe a.mp3 and b.mp3, then summarise them")
    assert [t["dep"] for t in tasks if t["task"] == "summarization"] == [[0], [1]]


def test_a_kind_that_takes_many_takes_them_all() -> None:
    arguments = only('Rank a.txt, b.txt and c.txt by relevance to "solar panels"')
    assert arguments == {"query": "solar panels", "texts": ["a.txt", "b.txt", "c.txt"]}


def test_a_name_with_a_space() -> None:
    assert only("describe my cat.png", "my cat.png") == {"image": "my cat.png"}


def test_the_same_for_another_file() -> None:
    tasks = plan("What colour is the car in a.png? And b.png?")
    assert tasks[1]["args"] == {"image": "b.png", "question": "What colour is the car?"}


def test_a_missing_file_is_said_to_be_missing() -> None:
    drafted = draft(Request("Read this aloud"))
    assert drafted[:2] == ([], "text-to-speech needs a text: name or attach one.")


# --- earlier turns --------------------------------------------------------------------------------


def test_an_earlier_result_is_referred_to() -> None:
    tasks = after("now in French", ("4", "summarization", Artifact.of_text("Cats sleep.")))
    assert tasks == [
        wire("translation", 5, {"text": "<GENERATED>-4", "target_language": "fr"}, 4),
    ]


def test_ids_go_on_after_earlier_turns() -> None:
    tasks = after("Describe a.png", ("7", "summarization", Artifact.of_text("Cats sleep.")))
    assert [task["id"] for task in tasks] == [8]


# --- no task --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Hello!", "thanks a lot", "😀", "how are you?", "ok great", "?"])
def test_small_talk_is_no_task(text: str) -> None:
    drafted = draft(Request(text))
    assert not drafted.tasks
    assert "no task in this" in drafted.remark


def test_what_no_kind_can_do_is_named() -> None:
    assert draft(Request("Book a flight to Rome"))[:2] == (
        [],
        "No kind of task can book or buy things.",
    )


def test_the_rest_of_a_request_is_planned_all_the_same() -> None:
    drafted = draft(Request("Summarise page.txt and send it to Bob"))
    assert [task["task"] for task in drafted.tasks] == ["summarization"]
    assert drafted.remark == "No kind of task can send messages."


def test_where_it_is_not_sure_there_is_another_plan() -> None:
    request = Request(doubtful().request)
    drafted = draft(request)
    assert drafted.other is not None
    kinds_of = [{task["task"] for task in each.tasks} for each in (drafted, drafted.other)]
    assert kinds_of[0] != kinds_of[1]
    assert parse_plan(drafted.other.tasks)


@pytest.mark.parametrize("text", ["thanks a lot!", "Read menu.jpg and translate it", REQUEST])
def test_where_it_is_sure_there_is_none(text: str) -> None:
    assert draft(Request(text)).other is None


class Sure:
    """Reads every request as one for a summary or another kind, with a chance."""

    def __init__(self, chance: float, kinds: str = "summarization", chat: float = 0) -> None:
        self.option = Option(frozenset(kinds.split()), chance)
        self.scores = {"chat": chat, "unsupported": 0.5}

    def read(self, view: View) -> Reading:
        return Reading((self.option,), 0.2, self.scores)


@pytest.mark.parametrize(
    ("words", "chance", "ground"),
    [
        ("", 0.3, "near"),
        ("", 0.4, "likelier"),
        (" for my aunt" * 10, 0.7, "long"),
        (" for my aunt" * 10, 0.9, "likelier"),
    ],
)
def test_what_was_learned_has_to_be_likelier_by_more_in_long_requests(
    words: str, chance: float, ground: str
) -> None:
    request = Request(f"Translate a.txt into French{words}")
    assert decide(request, Sure(chance)).ground == ground


@pytest.mark.parametrize(("chat", "ground"), [(0.6, "long"), (0.4, "likelier")])
def test_a_long_request_about_a_file_is_no_small_talk(chat: float, ground: str) -> None:
    request = Request("Translate a.txt into French" + " for my aunt" * 10)
    assert decide(request, Sure(0.9, kinds="", chat=chat)).ground == ground


@pytest.mark.parametrize(
    ("text", "ground"), [("'a ___ sat'", "likelier"), ("'a cat sat'", "unfit")]
)
def test_a_missing_word_is_only_sought_where_one_is_missing(text: str, ground: str) -> None:
    assert decide(Request(f"Translate {text} into French"), Sure(0.9, "fill-mask")).ground == ground


def test_what_an_earlier_turn_has_made_is_not_made_anew() -> None:
    text = Artifact(modality="text", text="Bonjour")
    earlier = {"0": TaskResult(kind="summarization", status="done", artifacts=(text,))}

    class Twice:
        def read(self, view: View) -> Reading:
            return Reading((Option(frozenset({"summarization", "translation"}), 0.9),), 0.1, {})

    request = Request("now translate the summary into German", earlier=earlier)
    decision = decide(request, Twice())
    assert decision.ground == "there"
    assert [task["task"] for task in decision.draft.tasks] == ["translation"]


def test_a_language_without_cues_is_not_guessed_at() -> None:
    assert not plan("今日はとても寒いですね page.txt")


def test_a_file_without_a_wish() -> None:
    assert draft(Request("Here is a.png")).remark == "What is to be done with a.png?"


# --- every kind, any text -------------------------------------------------------------------------


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.id)
def test_own_cases(case: Any) -> None:
    tasks = draft(case.to_request()).tasks
    position = {task["id"]: index for index, task in enumerate(tasks)}
    links = {(position[d], position[t["id"]]) for t in tasks for d in t["dep"] if d >= 0}
    planned = [task["task"] for task in tasks]
    assert (planned, links) == (list(case.tasks), set(case.links))


def test_drafts_of_own_cases_are_valid_plans_that_need_no_repair() -> None:
    for case in load_cases():
        request = case.to_request()
        modalities = {name: artifact.modality for name, artifact in request.resources.items()}
        assert parse_plan(draft(request).tasks, resources=modalities).notes == ()


TEXT = """what who how many read say it aloud and then draw the of a.png page.txt call.wav t.csv ,
. ? : ' " “ ” ( ) [ ] { } * into French turn make picture image answer question classify as or
summary translate them find dates compare https://e.org/x.jpg <GENERATED>-0 same \\ 3 ⟨_image0⟩"""
WORDS = st.sampled_from(TEXT.split())


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=30).map(" ".join)))
def test_any_text_gives_a_plan_of_existing_kinds_and_ids(text: str) -> None:
    drafted = draft(Request(text))
    ids = [task["id"] for task in drafted.tasks]
    assert ids == list(range(len(ids)))
    assert all(task["task"] in KINDS for task in drafted.tasks)
    assert all(d < task["id"] for task in drafted.tasks for d in task["dep"])
    assert drafted.tasks or drafted.remark
    parse_plan(drafted.tasks)


@pytest.mark.parametrize(
    "piece",
    [
        *["a", "what ", "and ", ".txt", '"', "“", "'a ", '{"', "[1,", "http://", "\n", " ", "\0"],
        *[
            "😀",
            "turn it ",
            "a, b or ",
            "x: ",
            "? ",
            "in French ",
            "is this a, ",
            "م ",
            "⟨",
            "a.png ",
        ],
    ],
)
def test_a_hundred_kilobytes_come_to_an_end(piece: str) -> None:
    # Backtracking that grows with the square of the length would take hours.
    assert isinstance(draft(Request(piece * (100_000 // len(piece)))).tasks, list)


def test_task_comes_from_a_clause():
    decision = decide(Request("Read plate.jpg and write a friendly reply to it."))
    assert decision.clause_of(1) == "write a friendly reply to it"


def test_no_clause_where_there_is_no_such_task():
    assert decide(Request("hello")).clause_of(0) == ""
