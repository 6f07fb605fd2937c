"""Whether the shipped weights are what the examples give."""

from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from test_graph_brain_embedded_fit import FEW, fitted

from hugginggpt.graph.brain.embedded.examples import load_examples
from hugginggpt.graph.brain.embedded.fit import fit_but_networks
from hugginggpt.graph.brain.embedded.learned.model import load, save
from hugginggpt.graph.brain.embedded.refit import differences


@pytest.fixture(scope="module")
def examples():
    return load_examples()[::60][:FEW]


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


def test_the_same_bits_are_the_same(shipped, examples):
    assert differences(shipped, shipped, examples) == []


def test_what_rounding_does_is_no_difference(shipped, examples):
    again = changed(shipped, "duals", lambda array: array * array.dtype.type(1.001))
    assert again.read_bytes() != shipped.read_bytes()
    assert differences(shipped, again, examples) == []


@pytest.mark.parametrize("name", ["meanings", "duals", "words.rows", "labels", "plans", "links"])
def test_an_array_that_is_not_the_same_is_named(shipped, examples, name):
    def other(array):
        array = array.copy()
        array.flat[0] += 40
        return array

    assert differences(shipped, changed(shipped, name, other), examples) == [
        f"{name} is not the same"
    ]


def test_an_array_of_another_size(shipped, examples):
    again = changed(shipped, "duals", lambda array: array[:-1].copy())
    assert differences(shipped, again, examples) == ["duals is not the same"]


def test_weights_of_other_examples(shipped, examples, tmp_path):
    save(load(shipped), tmp_path / "other", "2")
    told = differences(shipped, tmp_path / "other", examples)
    assert told == ["the shipped weights were fitted to other examples"]


def test_plans_that_change_are_counted(shipped, examples):
    """Where arrays may differ as they like, what is made of them still counts."""
    again = changed(shipped, "sets", lambda array: -array)
    (told,) = differences(shipped, again, examples)
    assert told.endswith(f"of {FEW} examples are read in another way")


def test_all_but_the_networks_comes_out_again_bit_for_bit(shipped, examples, tmp_path):
    again = fit_but_networks(examples, load(shipped))
    save(again, tmp_path / "again", "1")
    assert (tmp_path / "again").read_bytes() == shipped.read_bytes()


def test_what_was_not_fitted_to_these_examples_is_found(shipped, examples, tmp_path):
    save(fit_but_networks(examples[1:], load(shipped)), tmp_path / "fewer", "1")
    assert differences(shipped, tmp_path / "fewer", examples)
