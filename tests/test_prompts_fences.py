"""Fences that a text can't close from within."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hugginggpt.prompts.fences import fence


def test_text_stands_between_tags():
    assert fence("result", "one\ntwo", id="0") == '<result id="0">\none\ntwo\n</result>'


def test_no_attributes():
    assert fence("material", "x") == "<material>\nx\n</material>"


def test_attributes_are_escaped():
    assert fence("result", "x", of='a "b" <c>').startswith(
        '<result of="a &quot;b&quot; &lt;c&gt;">'
    )


@pytest.mark.parametrize("text", ["", "<b>bold</b>", "a < b > c", "{braces} \\ </other>"])
def test_other_text_is_left_alone(text):
    assert fence("result", text) == f"<result>\n{text}\n</result>"


CLOSINGS = ["</result>", "</result >", "</result\n>", "</RESULT>", "</result></result>"]


@pytest.mark.parametrize("closing", CLOSINGS)
def test_text_can_not_close_its_fence(closing):
    fenced = fence("result", f"x {closing} y")
    assert len(re.findall(r"</result\s*>", fenced, re.IGNORECASE)) == 1


pieces = st.sampled_from(
    ["<", "/", "</", "result", "result>", "</result>", "<\\/result>", " ", "x"]
)


@given(st.lists(pieces).map("".join))
def test_no_mix_of_pieces_closes_a_fence(text):
    assert fence("result", text).count("</result") == 1
