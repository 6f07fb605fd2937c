"""Which kinds work on what others make, learned from plans."""

import pytest

from hugginggpt.graph.brain.embedded.learned.flow import Flow, flow_of
from hugginggpt.graph.brain.embedded.learned.model import learned
from hugginggpt.graph.brain.embedded.planner import draft
from hugginggpt.graph.request import Request


def plan(*tasks: tuple[str, int | None]) -> list[dict[str, object]]:
    """Tasks with the place of that whose result each works on."""
    return [
        {"task": kind, "id": place, "dep": [-1 if giver is None else giver], "args": {}}
        for place, (kind, giver) in enumerate(tasks)
    ]


CHAIN = plan(("automatic-speech-recognition", None), ("summarization", 0), ("translation", 1))
FORK = plan(("summarization", None), ("text-classification", None))


@pytest.fixture
def flow() -> Flow:
    return flow_of([CHAIN, FORK] * 10)


def test_what_was_linked_is_linked(flow: Flow) -> None:
    others = ["automatic-speech-recognition", "summarization"]
    assert flow.giver("translation", others) == "summarization"
    assert flow.giver("summarization", ["automatic-speech-recognition"]) == others[0]


def test_what_stood_side_by_side_is_not(flow: Flow) -> None:
    assert flow.giver("text-classification", ["summarization"]) is None


def test_of_nothing_nothing_is_taken(flow: Flow) -> None:
    assert flow.giver("translation", []) is None


def test_what_gives_comes_before_what_takes(flow: Flow) -> None:
    kinds = ["translation", "summarization", "automatic-speech-recognition"]
    assert flow.order(kinds) == kinds[::-1]


def test_what_was_never_linked_stays_in_the_order_of_the_words(flow: Flow) -> None:
    kinds = ["object-detection", "depth-estimation", "image-segmentation"]
    assert flow.order(kinds) == kinds


def test_kinds_that_take_from_each_other_are_ordered_all_the_same() -> None:
    back = plan(("translation", None), ("summarization", 0))
    both = flow_of([plan(("summarization", None), ("translation", 0)), back] * 20)
    assert sorted(both.order(["translation", "summarization"])) == ["summarization", "translation"]


def test_shares_are_read_back_from_the_weights() -> None:
    known = learned().flow
    assert known is not None
    assert known.share("text-to-image", "image-to-3d") > 0.5
    assert known.share("image-to-3d", "text-to-image") < 0.2


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (
            "picture of a tiny bakery at dawn then a 3d model from it",
            {"text-to-image": [], "image-to-3d": ["text-to-image"]},
        ),
        (
            "tldr on cab_leak.txt + who's in it",
            {"summarization": [], "token-classification": []},
        ),
    ],
)
def test_learned_tasks_are_linked_as_they_usually_are(text: str, links: object) -> None:
    tasks = draft(Request(text)).tasks
    kinds = {task["id"]: task["task"] for task in tasks}
    found = {task["task"]: [kinds[d] for d in task["dep"] if d in kinds] for task in tasks}
    assert found == links
