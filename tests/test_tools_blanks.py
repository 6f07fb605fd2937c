"""Where a word is missing in a sentence."""

import pytest

from hugginggpt.tools.blanks import blanks, with_mask
from hugginggpt.tools.errors import TaskError


@pytest.mark.parametrize(
    "text",
    ["a [MASK] sat", "a [mask] sat", "a <mask> sat", "a ____ sat", "a ... sat", "a … sat"],
)
def test_a_word_may_be_missing_in_many_ways(text):
    assert with_mask(text) == "a [MASK] sat"


def test_the_mark_of_the_model_is_put():
    assert with_mask("a ___ sat", "<mask>") == "a <mask> sat"


@pytest.mark.parametrize("text", ["Well... a ___ sat", "Well… a [MASK] sat __"])
def test_the_surest_mark_is_taken(text):
    assert len(blanks(text)) == 1
    assert "[MASK]" not in with_mask(text, "cat")


@pytest.mark.parametrize("text", ["nothing is missing", "[MASK] and [MASK]", "___ and ___", ""])
def test_one_word_must_be_missing(text):
    with pytest.raises(TaskError, match=r"must hold \[MASK\] once"):
        with_mask(text)
