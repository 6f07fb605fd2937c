"""Keys that servers quote are kept out of what we say."""

import pytest

from hugginggpt.tools.keys import without_keys


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "HF_TOKEN", "SOME_PROVIDER_KEY"])
def test_keys_of_the_environment_are_left_out(name, monkeypatch):
    monkeypatch.setenv(name, "quite plain words")
    assert without_keys("'quite plain words' is no key") == "'…' is no key"


@pytest.mark.parametrize("key", ["sk-proj-0123456789", "hf_abcdefghijk", "gsk_0123456789"])
def test_what_looks_like_a_key_is_left_out(key):
    assert without_keys(f"Incorrect API key provided: {key}.") == "Incorrect API key provided: …."


@pytest.mark.parametrize("words", ["task-0123456789", "short sk-1", "hf_hub"])
def test_other_words_stay(words):
    assert without_keys(words) == words


def test_values_that_are_too_short_for_a_key_stay(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "none")
    assert without_keys("none of them") == "none of them"
