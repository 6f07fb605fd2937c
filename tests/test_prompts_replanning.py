"""What is said to a model whose plan got stuck: in the room that there is."""

import pytest

from hugginggpt.prompts.replanning import render
from hugginggpt.prompts.response import Outcome
from hugginggpt.prompts.tokens import count_tokens


def outcomes(*said):
    return [Outcome(str(key), "translation of `a`", "done", text) for key, text in enumerate(said)]


@pytest.mark.parametrize("room", [1000, 3000])
def test_many_long_results_fit(room):
    assert count_tokens(render(outcomes(*["word " * 3000] * 50), 50, room=room)) <= room


def test_short_results_stay_whole_beside_long_ones():
    told = render(outcomes("word " * 3000, "short"), 2, room=1000)
    assert ">\nshort\n</result>" in told


def test_braces_in_a_result_are_only_text():
    assert "{results} {first}" in render(outcomes("{results} {first}"), 1, room=1000)
