"""What weighs the things that a task may work on, and what it is fitted to."""

import numpy as np
import pytest

from hugginggpt.graph.brain.embedded.examples import Example
from hugginggpt.graph.brain.embedded.learned.flow import Flow, flow_of
from hugginggpt.graph.brain.embedded.learned.linker import Linker, Trial, fit_linker
from hugginggpt.graph.brain.embedded.link_trials import flow_of_examples, trials_of

NEAR, FAR = {"near": 1.0, "any": 1.0}, {"far": 1.0, "any": 1.0}
TASKS = [
    {"task": "summarization", "id": 0, "dep": [-1], "args": {"text": "a.txt"}},
    {"task": "text-to-speech", "id": 1, "dep": [0], "args": {"text": "<GENERATED>-0"}},
]


def example(text: str = "Summarise a.txt and read the summary to me", tasks=TASKS) -> Example:
    files = {"a.txt": "text"}
    return Example(
        request=text, files=files, topic="news", style="command", language="en", tasks=tasks
    )


def test_what_was_right_is_likelier() -> None:
    linker = fit_linker([Trial([FAR, NEAR], 1)] * 9 + [Trial([FAR, NEAR], 0)])
    far, near = linker.chances([FAR, NEAR])
    assert 0.5 < near < 0.95
    assert far + near == pytest.approx(1)


def test_a_larger_sign_says_more() -> None:
    linker = fit_linker([Trial([FAR, NEAR], 1)] * 9)
    once, twice = (linker.chances([FAR, {"near": size}])[1] for size in (1.0, 2.0))
    assert twice > once


def test_unknown_signs_say_nothing() -> None:
    linker = fit_linker([Trial([FAR, NEAR], 1)])
    assert linker.chances([{"unseen": 1.0}, {}]) == pytest.approx([0.5, 0.5])


def test_of_no_trials_nothing_is_learned() -> None:
    assert not fit_linker([]).weights.any()


def test_the_same_trials_give_the_same_weights() -> None:
    trials = [Trial([FAR, NEAR], 1), Trial([NEAR, FAR, {}], 0)]
    assert fit_linker(trials).weights.tobytes() == fit_linker(trials).weights.tobytes()


def test_an_example_tells_what_each_task_works_on() -> None:
    flow = flow_of([TASKS])
    (read,) = (t for t in trials_of(example(), flow) if "brought text-to-speech" in t.offers[0])
    assert read.right == 1
    assert "nearest from summarization" in read.offers[1]


def test_an_example_of_one_kind_tells_nothing() -> None:
    assert list(trials_of(example("Summarise a.txt", TASKS[:1]), flow_of([TASKS]))) == []


def test_what_is_fitted_hears_of_each_example() -> None:
    heard: list[int] = []
    flow = flow_of_examples(
        [example(), example("Summarise a.txt", TASKS[:1])], lambda: heard.append(1)
    )
    assert len(heard) == 2
    assert flow.linker is not None
    assert flow.linker.weights.any()


def test_arrays_without_links_give_a_flow_without_them() -> None:
    shares = flow_of([TASKS]).shares
    assert set(Flow(shares).arrays) == {"flow"}
    assert set(Flow(shares, Linker(np.ones(4, np.float32))).arrays) == {"flow", "links"}
