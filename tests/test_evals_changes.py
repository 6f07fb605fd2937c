"""Which shipped tests change with the planner."""

from hugginggpt.evals.changes import Trial, changes, shape_text, trials_of
from hugginggpt.evals.dataset import Case
from hugginggpt.evals.metrics import Shape
from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded.examples import load_examples
from hugginggpt.graph.request import Request

READ, SUM_UP = "image-to-text", "summarization"
CHAIN = Shape((READ, SUM_UP), ((0, 1),))


def wire(shape):
    needs = {b: a for a, b in shape.links}
    tasks = enumerate(shape.tasks)
    return [{"task": kind, "id": i, "dep": [needs.get(i, -1)], "args": {}} for i, kind in tasks]


def planning(**shapes):
    return lambda request: Draft(wire(shapes[request.text]))


def test_gains_and_losses_are_told_apart_the_worst_first():
    right, single, nothing = CHAIN, Shape((READ,), ()), Shape((), ())
    trials = [Trial(Request(name), right) for name in ("same", "better", "worse", "other")]
    other = Shape(("text-to-speech",), ())
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


def test_shapes_in_words():
    assert shape_text(Shape((), ())) == "no task"
    assert shape_text(CHAIN) == "image-to-text → summarization"
    beside = Shape((*CHAIN.tasks, "object-detection"), CHAIN.links)
    assert shape_text(beside) == "image-to-text → summarization, object-detection"
