"""Kinds that stand in for a kind that failed."""

import pytest
from parts import REQUEST, PlannedBrain, ScriptedEndpoint

from hugginggpt.graph.brain.embedded.detours import _DETOURS, detour
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.kinds import KINDS

TOTAL = {"image": "receipt.png", "question": "What is the total?"}
ALOUD = [
    {"task": "document-question-answering", "id": 0, "args": TOTAL},
    {"task": "text-to-speech", "id": 1, "dep": [0], "args": {"text": "<GENERATED>-0"}},
]


def found(draft, statuses, kinds):
    plan = parse_plan(draft, resources={"receipt.png": "image"})
    ended = zip(plan.tasks.items(), statuses, strict=True)
    results = {key: TaskResult(kind=task.kind, status=status) for (key, task), status in ended}
    here = [KINDS[name] for name in kinds]
    return [(e["id"], e["task"], e["args"]) for e in detour(plan, results, lambda: here)]


def test_a_question_that_no_document_answers_is_asked_of_the_photo():
    kinds = ["visual-question-answering", "image-text-to-text"]
    assert found(ALOUD, ["failed", "skipped"], kinds) == [
        (0, "visual-question-answering", TOTAL),
        (1, "text-to-speech", {"text": "<GENERATED>-0"}),
    ]


def test_arguments_take_the_name_that_they_have_there():
    [(_, kind, arguments), _] = found(ALOUD, ["failed", "skipped"], ["image-text-to-text"])
    assert kind == "image-text-to-text"
    assert arguments == {"image": "receipt.png", "text": "What is the total?"}


def test_nothing_where_no_such_kind_can_run():
    assert found(ALOUD, ["failed", "skipped"], ["document-question-answering"]) == []


def test_what_needs_another_failed_task_is_left_out():
    both = [
        *ALOUD,
        {"task": "translation", "id": 2, "args": {"text": "a"}},
        {"task": "text-to-speech", "id": 3, "args": {"text": "<GENERATED>-0 <GENERATED>-2"}},
    ]
    statuses = ["failed", "skipped", "failed", "skipped"]
    assert [key for key, *_ in found(both, statuses, ["image-text-to-text"])] == [0, 1]


@pytest.mark.parametrize("name", _DETOURS)
def test_a_stand_in_takes_what_the_kind_takes_and_gives_what_it_gives(name):
    for way in _DETOURS[name]:
        there = {a.name: a.modality for a in KINDS[way.kind].arguments}
        for argument in KINDS[name].arguments:
            assert there[way.renamed.get(argument.name, argument.name)] == argument.modality
        assert KINDS[way.kind].outputs[0] == KINDS[name].outputs[0]


async def test_in_a_run():
    async def behave(text, candidate):
        if candidate.kind == "text-ranking":
            raise ValueError("no answer")
        return f"{text} by {candidate.kind}"

    query = {"query": "<GENERATED>-0", "texts": ["a", "b"]}
    plan = [
        {"task": "translation", "id": 0, "args": {"text": "hours"}},
        {"task": "text-ranking", "id": 1, "args": query},
        {"task": "summarization", "id": 2, "args": {"text": "<GENERATED>-1"}},
    ]
    endpoint = ScriptedEndpoint(behave)
    state = await build_graph(brain=PlannedBrain(plan), endpoints=[endpoint]).ainvoke(REQUEST)
    assert {key: task["kind"] for key, task in state["plan"].items()} == {
        "0": "translation",
        "3": "text-retrieval",
        "4": "summarization",
    }
    assert {state["results"][key]["status"] for key in state["plan"]} == {"done"}
    assert endpoint.ran.count("hours") == 1
    assert "Planned anew, since task 1 (text-ranking) failed" in state["messages"][-1].text
