"""Counting tokens, and shortening texts to a number of them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hugginggpt.prompts.tokens import count_tokens, cut

FOX = "\U0001f98a"
SCRIPTS = {
    "English": "word ",
    "Chinese": "\u6f22\u5b57",
    "Russian": "\u0441\u043b\u043e\u0432\u043e ",
    "emoji": FOX,
}
LENGTHS = [50, 1000, 30_000]

of_every_script = pytest.mark.parametrize("unit", SCRIPTS.values(), ids=SCRIPTS)
parts = st.builds(str.__mul__, st.text(min_size=1, max_size=3), st.integers(0, 20_000))
texts = st.lists(parts, max_size=3).map("".join)


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("a", 1), ("abc", 1), ("abcd", 2), ("\u00e9\u00e9", 2), (FOX, 2)]
)
def test_three_bytes_are_a_token(text, tokens):
    assert count_tokens(text) == tokens


def test_half_a_character_can_be_counted():
    assert count_tokens("\ud83d") == 1


@given(st.text(), st.text())
def test_parts_have_no_fewer_tokens_than_the_whole(one, other):
    assert count_tokens(one + other) <= count_tokens(one) + count_tokens(other)


@given(st.text(), st.integers(0, 10))
def test_text_that_fits_is_left_alone(text, more):
    assert cut(text, count_tokens(text) + more) == text


@settings(deadline=None)
@given(texts, st.integers(-5, 3000))
def test_cut_text_is_never_longer_than_allowed(text, tokens):
    assert count_tokens(cut(text, tokens)) <= max(0, tokens)


@pytest.mark.parametrize("tokens", [0, 1, 8, 12, 13, 20])
@of_every_script
def test_little_room(unit, tokens):
    assert count_tokens(cut(unit * 500, tokens)) <= tokens


@pytest.mark.parametrize("tokens", [-3, 0])
def test_no_room(tokens):
    assert cut("word", tokens) == ""


@pytest.mark.parametrize("length", LENGTHS)
@of_every_script
def test_beginning_and_end_are_kept(unit, length):
    text = f"First. {unit * length} Last."
    shown = cut(text, 40)
    assert shown.startswith("First.")
    assert shown.endswith("Last.")


def test_beginning_and_end_are_kept_where_scripts_are_mixed():
    shown = cut(f"First. {FOX * 500}{'word ' * 1000} Last.", 1000)
    assert shown.startswith("First.")
    assert shown.endswith("Last.")


@pytest.mark.parametrize("length", LENGTHS)
@of_every_script
def test_what_was_left_out_is_told(unit, length):
    text = unit * length
    head, left_out, tail = re.fullmatch(
        r"(.*)\n\[\u2026 (\d+) characters left out \u2026\]\n(.*)", cut(text, 40)
    ).groups()
    assert len(head) + int(left_out) + len(tail) == len(text)


@pytest.mark.parametrize("tokens", [8, 40, 1000, 10_000])
@of_every_script
def test_room_is_used(unit, tokens):
    assert count_tokens(cut(unit * 30_000, tokens)) >= 0.9 * tokens - 2


def test_half_a_character_can_be_cut():
    assert count_tokens(cut("\ud83d" * 500, 40)) <= 40
