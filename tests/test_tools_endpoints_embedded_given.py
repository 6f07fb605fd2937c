import pytest

from hugginggpt.tools.endpoints.embedded.given import (
    given_count,
    given_text,
    given_texts,
    given_word,
)
from hugginggpt.tools.errors import TaskError


@pytest.mark.parametrize(
    ("value", "expected"), [("3", 3), (3, 3), (" 7 ", 7), (2.0, 2), ("", None)]
)
def test_counts_come_as_numbers_or_words(value: object, expected: int | None):
    assert given_count({"sentences": value}, "sentences", 1, 9) == expected


@pytest.mark.parametrize("value", ["many", "2.5", 0, 10, "nan", "inf", "-1"])
def test_a_count_that_makes_no_sense_is_named(value: object):
    with pytest.raises(TaskError, match=rf"'sentences' must be .* from 1 to 9, not '{value}'"):
        given_count({"sentences": value}, "sentences", 1, 9)


@pytest.mark.parametrize("arguments", [{}, {"text": None}, {"text": " \n "}])
def test_a_blank_text_is_named(arguments: dict[str, object]):
    with pytest.raises(TaskError, match="'text' holds no text"):
        given_text(arguments, "text")


def test_one_text_counts_as_a_list_of_one():
    assert given_texts({"texts": "alone"}, "texts") == ["alone"]


def test_a_list_of_blanks_is_no_list():
    with pytest.raises(TaskError, match="'texts' holds no text"):
        given_texts({"texts": ["", " "]}, "texts")


def test_a_setting_that_is_not_given_is_none():
    assert given_word({"voice": " "}, "voice") is None
