"""What the planner learns from examples, and what it makes of it."""

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from hugginggpt.graph.brain.embedded.examples import digest, load_examples
from hugginggpt.graph.brain.embedded.fit import (
    fit_examples,
    labels_of,
    references_of,
    view_of_example,
)
from hugginggpt.graph.brain.embedded.learned.likeness import build_index
from hugginggpt.graph.brain.embedded.learned.model import (
    WEIGHTS,
    Learned,
    is_available,
    learned,
    load,
    save,
    version,
)
from hugginggpt.graph.brain.embedded.learned.scores import PARTS, Part
from hugginggpt.graph.brain.embedded.learned.views import planned, situation
from hugginggpt.graph.brain.embedded.planner import draft, see
from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.request import Request
from hugginggpt.tools.artifacts import Artifact

FEW = 60


def fitted() -> Learned:
    return fit_examples(load_examples()[::60][:FEW])


@pytest.fixture(scope="module")
def small() -> Learned:
    return fitted()


def request(text: str, **files: str) -> Request:
    resources = {
        name.replace("_", "."): Artifact(modality=modality, path=name)  # type: ignore[arg-type]
        for name, modality in files.items()
    }
    return Request(text, resources=resources, fresh=tuple(resources))


def test_the_same_examples_give_the_same_file(small: Learned, tmp_path: Path) -> None:
    save(small, tmp_path / "a", "1")
    save(fitted(), tmp_path / "b", "1")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_weights_are_small_enough_to_ship() -> None:
    assert WEIGHTS.stat().st_size < 10_000_000


def test_what_is_read_back_reads_requests_in_the_same_way(small: Learned, tmp_path: Path) -> None:
    save(small, tmp_path / "a", "of today")
    view = see(request("translate this into French", a_txt="text"))
    before, after = small.read(view), load(tmp_path / "a").read(view)
    assert [option.kinds for option in after.options] == [o.kinds for o in before.options]
    assert after.options[0].chance == pytest.approx(before.options[0].chance, abs=0.02)
    assert version(tmp_path / "a") == "of today"


def test_the_shipped_weights_fit_the_shipped_examples() -> None:
    assert version() == digest(), "run `make planner`"


def test_the_shipped_weights_were_fitted_with_the_rules_of_today() -> None:
    examples, traits = load_examples(), learned().traits
    places = references_of(labels_of(examples))
    for row in range(0, len(places), 25):
        view = view_of_example(examples[places[row]])
        told = f"{view.text} is planned in another way: run `make planner`"
        assert (planned(view) == traits.plans[row]).all(), told
        assert (situation(view) == traits.situations[row]).all(), told


def test_without_its_weights_it_is_not_there(tmp_path: Path) -> None:
    assert is_available()
    assert not is_available(tmp_path / "weights.safetensors")


def test_chances_are_shares_of_one() -> None:
    reading = learned().read(see(request("make it sharper", a_jpg="image")))
    assert 0.5 < sum(option.chance for option in reading.options) <= 1.001


def test_a_request_without_a_cue_is_read_by_those_like_it() -> None:
    tasks = draft(request("vid of a tram rolling through porto in golden light plz")).tasks
    assert [task["task"] for task in tasks] == ["text-to-video"]


@pytest.mark.parametrize("text", ["lol nice one", "what a lovely picture of your dog"])
def test_chat_is_no_task(text: str) -> None:
    assert draft(request(text, a_jpg="image")).tasks == []


def test_every_plan_it_makes_of_the_examples_is_valid() -> None:
    for example in load_examples()[::100]:
        tasks = draft(example.to_request()).tasks
        if tasks:
            parse_plan(tasks, resources=example.files, earlier=example.earlier)


def test_another_model_may_be_given(small: Learned) -> None:
    planner = partial(draft, model=small)
    assert planner(request("sum up a.txt", a_txt="text")).tasks[0]["task"] == "summarization"


def test_many_requests_are_compared_as_each_is(small: Learned) -> None:
    views = [see(request(text)) for text in ("sum it up", "draw a cat", "thanks")]
    rows = small.traits.compare(views).kernel(small.traits.used)
    assert all((small.traits.likeness(v) == r).all() for v, r in zip(views, rows, strict=True))


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_the_likeness_can_be_left_out(small: Learned, part: Part) -> None:
    view = see(request("translate this letter into German", a_txt="text"))
    fewer = small.traits._replace(used=frozenset(PARTS) - {part})
    assert (fewer.likeness(view) < small.traits.likeness(view)).any()


def test_a_text_is_most_like_itself() -> None:
    texts = [Counter("abc"), Counter("bcd"), Counter("xyz")]
    index = build_index(texts, 1)
    likeness = index.likeness(texts[1])
    assert int(np.argmax(likeness)) == 1
    assert likeness[1] == pytest.approx(1, abs=0.01)
    assert likeness[2] == 0
    assert not index.likeness({"unknown": 1}).any()
