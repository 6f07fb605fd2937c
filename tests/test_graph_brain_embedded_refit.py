"""Whether the shipped weights are what the examples give."""

from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from test_graph_brain_embedded_fit import FEW, fitted

from hugginggpt.graph.brain.embedded.examples import load_examples
from hugginggpt.graph.brain.embedded.fit import view_of_example
from hugginggpt.graph.brain.embedded.learned.model import save
from hugginggpt.graph.brain.embedded.refit import differences


@pytest.fixture(scope="module")
def views():
    return [view_of_example(example) for example in load_examples()[::25][:FEW]]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "shipped"
    save(fitted(), path, "1")
    return path


def changed(path: Path, name: str, change) -> Path:
    """A copy of the weights with one array changed."""
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    arrays = load_file(path)
    copy = path.with_name(f"changed-{name}")
    save_file(arrays | {name: change(arrays[name])}, copy, metadata)
    return copy


def test_the_same_bits_are_the_same(shipped, views):
    assert differences(shipped, shipped, views) == []


def test_what_rounding_does_is_no_difference(shipped, views):
    again = changed(shipped, "duals", lambda array: array * array.dtype.type(1.001))
    assert again.read_bytes() != shipped.read_bytes()
    assert differences(shipped, again, views) == []


@pytest.mark.parametrize("name", ["meanings", "duals", "words.rows", "labels", "plans", "links"])
def test_an_array_that_is_not_the_same_is_named(shipped, views, name):
    def other(array):
        array = array.copy()
        array.flat[0] += 40
        return array

    assert differences(shipped, changed(shipped, name, other), views) == [f"{name} is not the same"]


def test_an_array_of_another_size(shipped, views):
    again = changed(shipped, "duals", lambda array: array[:-1].copy())
    assert differences(shipped, again, views) == ["duals is not the same"]


def test_weights_of_other_examples(shipped, views, tmp_path):
    save(fitted(), tmp_path / "other", "2")
    told = differences(shipped, tmp_path / "other", views)
    assert told == ["the shipped weights were fitted to other examples"]


def test_plans_that_change_are_counted(shipped, views):
    """Where arrays may differ as they like, what is made of them still counts."""
    again = changed(shipped, "sets", lambda array: -array)
    (told,) = differences(shipped, again, views)
    assert told.endswith(f"of {FEW} examples are read in another way")
