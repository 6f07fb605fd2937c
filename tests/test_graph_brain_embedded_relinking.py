"""Links that are weighed again once the whole plan is known, and the signs that they hang on."""

from typing import Any

import numpy as np
import pytest

from hugginggpt.graph.brain.embedded.learned.flow import Flow, flow_of
from hugginggpt.graph.brain.embedded.learned.linker import Linker, Signs, column_of
from hugginggpt.graph.brain.embedded.link_signs import BROUGHT, Laid, LinkChoice, link_choices
from hugginggpt.graph.brain.embedded.planner import settled
from hugginggpt.graph.brain.embedded.reasons import Origin
from hugginggpt.graph.brain.embedded.relinking import Relinked, relinked
from hugginggpt.graph.request import Request
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.files import modality_by_name

BOTH = "Here is page.txt. Summarise it and translate it into German"
SHARES = flow_of([]).shares


def laid(text: str, *kinds: str) -> Laid:
    """The rules' plan with these kinds; words that end in a file's ending are files."""
    names = [word.strip(".,") for word in text.split()]
    files = {n: m for n in names if "." in n and (m := modality_by_name(n))}
    resources = {n: Artifact(modality=m, path=n) for n, m in files.items()}
    request = Request(text, resources=resources, fresh=tuple(resources))
    decision = settled(request, frozenset(kinds), Flow(SHARES))
    assert decision is not None
    assert decision.planner is not None
    return decision.planner.laid()


def linker(**weights: float) -> Linker:
    """One that goes by these signs alone."""
    values = np.zeros(4096, np.float32)
    for name, weight in weights.items():
        values[column_of(name.replace("_", " "))] = weight
    return Linker(values)


def again(plan: Laid, **weights: float) -> Relinked | None:
    return relinked(plan, Flow(SHARES, linker(**weights)))


def texts(found: Relinked | None) -> list[Any]:
    assert found is not None
    return [task["args"]["text"] for task in found.tasks]


def choice(plan: Laid, kind: str) -> LinkChoice:
    (found,) = (c for c in link_choices(plan, Flow(SHARES)) if c.task["task"] == kind)
    return found


def signs(plan: Laid, kind: str, giver: str) -> Signs:
    found = choice(plan, kind)
    return found.signs[found.givers.index(giver)]


@pytest.fixture
def fork() -> Laid:
    plan = laid(BOTH, "summarization", "translation")
    assert [task["dep"] for task in plan.tasks] == [[-1], [-1]]
    return plan


def test_a_likelier_result_is_taken(fork: Laid) -> None:
    found = again(fork, nearest=9)
    assert texts(found) == ["page.txt", "<GENERATED>-0"]
    assert found is not None
    assert found.tasks[1]["dep"] == [0]
    assert found.notes[1].origins["text"] == Origin("as such tasks usually do")


def test_what_the_user_brought_is_taken() -> None:
    plan = laid("Summarise page.txt and read the summary to me", "summarization", "text-to-speech")
    found = again(plan, brought=9)
    assert texts(found) == ["page.txt", "page.txt"]
    assert found is not None
    assert found.notes[1].origins["text"] == Origin("brought by the user")


def test_the_rules_stand_where_nothing_speaks_against_them(fork: Laid) -> None:
    assert again(fork) is None


def test_the_rules_stand_where_little_speaks_against_them(fork: Laid) -> None:
    assert again(fork, nearest=0.5) is None


def test_the_rules_stand_where_nothing_was_learned(fork: Laid) -> None:
    assert relinked(fork, Flow(SHARES)) is None


def test_the_rules_plan_is_left_as_it_was(fork: Laid) -> None:
    again(fork, nearest=9)
    assert [task["args"]["text"] for task in fork.tasks] == ["page.txt", "page.txt"]


def test_tasks_are_numbered_in_an_order_in_which_they_can_run(fork: Laid) -> None:
    found = again(fork, later=9)
    assert texts(found) == ["page.txt", "<GENERATED>-0"]
    assert found is not None
    assert [task["task"] for task in found.tasks] == ["translation", "summarization"]
    assert found.notes[1].origins["text"] == Origin("as such tasks usually do")


def test_no_task_waits_for_itself(fork: Laid) -> None:
    found = again(fork, later=9, nearest=9)
    assert texts(found) == ["page.txt", "<GENERATED>-0"]


def test_speech_is_in_the_language_of_what_it_reads() -> None:
    kinds = ("summarization", "translation", "text-to-speech")
    plan = laid("Translate page.txt into German, summarise page.txt, read the summary out", *kinds)
    assert "language" not in plan.tasks[2]["args"]
    found = again(plan, **{"from translation": 9, "first from translation": 9})
    assert found is not None
    assert found.tasks[2]["args"] == {"text": "<GENERATED>-0", "language": "de"}


def test_rewriting_is_told_what_to_do_with_a_result() -> None:
    kinds = ("automatic-speech-recognition", "image-to-text", "text-generation")
    plan = laid("Transcribe a.wav. Caption b.png. Write an answer to the transcript.", *kinds)
    found = again(plan, nearest=9)
    assert found is not None
    text = "Write an answer to the transcript:\n\n<GENERATED>-1"
    assert found.tasks[2]["args"] == {"text": text}


def test_of_one_thing_there_is_no_choice() -> None:
    assert list(link_choices(laid("Summarise page.txt", "summarization"), Flow(SHARES))) == []


def test_what_is_made_on_the_way_stays_with_what_it_is_for() -> None:
    plan = laid("Translate menu.jpg into German and read menu.jpg", "translation", "image-to-text")
    assert [c.task["task"] for c in link_choices(plan, Flow(SHARES))] == []


def test_a_task_may_work_on_what_is_brought_and_on_results(fork: Laid) -> None:
    found = choice(fork, "translation")
    assert (found.givers, found.now) == ([BROUGHT, "summarization"], 0)


def test_what_the_rules_gave_is_a_sign(fork: Laid) -> None:
    assert "given" in signs(fork, "translation", BROUGHT)
    assert "given" not in signs(fork, "translation", "summarization")


def test_what_is_called_by_its_name_and_nothing_else_is_said_outright() -> None:
    kinds = ("automatic-speech-recognition", "image-to-text", "text-to-speech")
    plan = laid("Transcribe a.wav. Caption b.png. Read the transcript to me.", *kinds)
    assert signs(plan, "text-to-speech", kinds[0])["outright"] > 1
    assert "outright" not in signs(plan, "text-to-speech", kinds[1])


@pytest.mark.parametrize(
    ("text", "is_echoed"),
    [
        ("Here is page.txt. Summarise it and translate it into German", True),
        ("Here is page.txt. Summarise it and translate that into German", False),
        ("Here is page.txt. Summarise it. Translate it into German", False),
    ],
)
def test_the_same_pronoun_twice_is_a_sign(text: str, is_echoed: bool) -> None:
    told = signs(laid(text, "summarization", "translation"), "translation", "summarization")
    assert ("echoed summarization" in told) is is_echoed


@pytest.mark.parametrize(
    "text",
    [
        "Summarise data.txt, and translate a.txt into Italian",
        "Caption b.png, and translate 'I loved it' into Italian",
        "Caption b.png, and translate good night into Italian",
        'Caption b.png. Then translate this into Italian: "Dear all.\n\nWelcome to us."',
        "Transcribe call.wav, summarise a.txt and translate a.txt into Italian",
    ],
)
def test_nothing_that_the_user_brought_is_left_out(text: str) -> None:
    first = {"S": "summarization", "C": "image-to-text", "T": "automatic-speech-recognition"}
    kinds = {first[text[0]], "translation"} | ({"summarization"} if "summarise" in text else set())
    plan = laid(text, *kinds)
    (task,) = (t for t in plan.tasks if t["task"] == "translation")
    for found in (again(plan, nearest=9), again(plan, first=9), again(plan, later=9)):
        tasks = plan.tasks if found is None else found.tasks
        assert [t["args"] for t in tasks if t["task"] == "translation"] == [task["args"]]


def test_two_tasks_do_not_both_give_up_the_same_thing() -> None:
    kinds = ("automatic-speech-recognition", "summarization", "translation")
    plan = laid("Transcribe x.wav. Here is a.txt. Summarise it and translate it into Thai.", *kinds)
    assert [t["args"].get("text") for t in plan.tasks] == [None, "a.txt", "a.txt"]
    found = again(plan, first=9, nearest=9)
    assert found is not None
    assert [t["args"].get("text") for t in found.tasks] == [None, "<GENERATED>-0", "a.txt"]


def test_no_task_is_done_twice() -> None:
    kinds = ("automatic-speech-recognition", "translation")
    plan = laid("Here is a.txt. Transcribe x.wav and y.wav, translate the transcripts.", *kinds)
    found = again(plan, brought=9)
    tasks = plan.tasks if found is None else found.tasks
    translated = [t["args"]["text"] for t in tasks if t["task"] == "translation"]
    assert len(translated) == len(set(translated)) == 2


def test_a_question_is_not_given_up_for_a_result() -> None:
    text = "Summarise a.txt. Which is larger? A) a cat B) a dog"
    plan = laid(text, "summarization", "multiple-choice")
    assert len(plan.tasks) == 2
    assert "multiple-choice" not in {c.task["task"] for c in link_choices(plan, Flow(SHARES))}
