"""Secrets leave words: of errors, of texts that come in pieces, of what led to an error."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hugginggpt.tools.errors import FileInputError, PlanError
from hugginggpt.tools.secrets import Held, redact_error, redacted, redacted_within

KEY = "sk-proj-0123456789abcdef"
OWN = "my-own-secret-of-old"


@pytest.fixture(autouse=True)
def _own_secret(monkeypatch):
    monkeypatch.setenv("OTHER_SERVICE_KEY", OWN)


SECRETS = [
    f"Incorrect API key provided: {KEY}.",
    "token hf_abcdefghijklmnopqrstuvwxyz is wrong",
    'headers: {"Authorization": "Bearer abc.def-123456"}',
    f"the key {OWN} is wrong",
    "can't reach https://me:pa55@host.example/v1",
    "at http://token0123@host/",
    "github_pat_11AAAAAAA0123456789 and gsk_0123456789abcdef and AKIA0123456789ABCDEF",
]


@pytest.mark.parametrize("words", SECRETS)
def test_a_secret_leaves_a_gap(words):
    said = redacted(words)
    assert "…" in said
    assert not {"sk-proj", "hf_abc", "abc.def", OWN, "pa55", "token0123", "gsk_", "AKIA"} & {
        part
        for part in ("sk-proj", "hf_abc", "abc.def", OWN, "pa55", "token0123", "gsk_", "AKIA")
        if part in said
    }


ORDINARY = [
    "there is no file 'key-performance-indicators.csv'",
    "task-classification-123456 of desk-12345678901234",
    "hf_hub_download and sk-learning-algorithms",
    "the bearer of bad news, bearer bonds",
    "https://example.org/@me?mail=a@b.c",
    "a bearer instrument",
]


@pytest.mark.parametrize("words", ORDINARY)
def test_ordinary_words_stay(words):
    assert redacted(words) == words


def test_texts_are_redacted_however_deep():
    told = {"code": 401, "errors": [{"said": f"{OWN} is wrong", "retry": None}, [KEY]]}
    assert redacted_within(told) == {
        "code": 401,
        "errors": [{"said": "… is wrong", "retry": None}, ["…"]],
    }


@pytest.mark.parametrize("value", ["none", "password", "postgres", ""])
def test_a_word_is_no_secret(value, monkeypatch):
    monkeypatch.setenv("SOME_PASSWORD", value)
    assert redacted(f"your {value} please") == f"your {value} please"


def test_the_password_of_a_proxy_is_a_secret(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://me:pro-xy-55@proxy:3128")
    assert redacted("wrong: pro-xy-55") == "wrong: …"


@pytest.mark.parametrize("kind", [FileInputError, lambda words: PlanError([words])])
def test_our_errors_are_redacted(kind):
    assert str(kind(f"{KEY} is wrong")) == "… is wrong"


def test_what_led_to_an_error_is_redacted():
    try:
        try:
            raise OSError(f"refused: {KEY}")
        except OSError as error:
            raise ValueError(f"failed: {OWN}") from error
    except ValueError as error:
        redact_error(error)
        assert (str(error), str(error.__cause__)) == ("failed: …", "refused: …")


def test_an_error_that_leads_to_itself():
    error = ValueError(OWN)
    error.__cause__ = error
    redact_error(error)
    assert str(error) == "…"


@given(
    st.lists(st.sampled_from([OWN, "my-", "own", "-secret", "-of-old", "m", "y", "x y"])), st.data()
)
def test_pieces_never_tell_a_secret(parts, data):
    os.environ["OTHER_SERVICE_KEY"] = OWN
    held, text = Held(), "".join(parts)
    told, position = "", 0
    while position < len(text):
        length = data.draw(st.integers(1, 9))
        told += held.take(text[position : position + length])
        position += length
    told += held.rest()
    assert OWN not in told
    assert told.replace("…", OWN) == text or "…" in told


def test_pieces_without_a_secret_are_told_at_once():
    held = Held()
    assert [held.take(piece) for piece in ("Fine", ", th", "ank ", "you.")] == [
        "Fine",
        ", th",
        "ank ",
        "you.",
    ]
