"""Which shipped tests change with the planner."""

from hugginggpt.evals.changes import Trial, changes, outline_text, trials_of
from hugginggpt.evals.dataset import Case
from hugginggpt.evals.metrics import Outline
from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded.examples import load_examples
from hugginggpt.graph.request import Request

READ, SUM_UP = "image-to-text", "summarization"
CHAIN = Outline((READ, SUM_UP), ((0, 1),))


def wire(outline):
    needs = {b: a for a, b in outline.links}
    tasks = enumerate(outline.tasks)
    return [{"task": kind, "id": i, "dep": [needs.get(i, -1)], "args": {}} for i, kind in tasks]


def planning(**outlines):
    return lambda request: Draft(wire(outlines[request.text]))


def test_gains_and_losses_are_told_apart_the_worst_first():
    right, single, nothing = CHAIN, Outline((READ,), ()), Outline((), ())
    trials = [Trial(Request(name), right) for name in ("same", "better", "worse", "other")]
    other = Outline(("text-to-speech",), ())
    before = planning(same=single, better=single, worse=right, other=nothing)
    after = planning(same=single, better=right, worse=single, other=other)
    found = changes(trials, before, after)
    assert [change.request for change in found] == ["worse", "other", "better"]
    assert found[0].gain < 0 < found[2].gain
    assert found[1].gain == 0


def test_the_right_plan_of_an_example_is_its_own():
    example = next(e for e in load_examples() if len(e.tasks) == 2)
    (trial,) = trials_of([], [example])
    assert trial.right.tasks == tuple(task["task"] for task in example.tasks)


def test_a_case_is_tried_with_its_files():
    (trial,) = trials_of([Case(id="1", request="read it", files=("a.jpg",), tasks=(READ,))], [])
    assert trial.request.fresh == ("a.jpg",)


def test_outlines_in_words():
    assert outline_text(Outline((), ())) == "no task"
    assert outline_text(CHAIN) == "image-to-text → summarization"
    beside = Outline((*CHAIN.tasks, "object-detection"), CHAIN.links)
    assert outline_text(beside) == "image-to-text → summarization, object-detection"
