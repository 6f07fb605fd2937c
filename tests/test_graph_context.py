"""Which brain is the default, and what a brain may be."""

import importlib.util

import pytest
from langchain_core.language_models import GenericFakeChatModel
from pydantic import ValidationError

from hugginggpt.graph.context import Context


def test_embedded_where_there_is_no_key():
    assert Context().brain == "embedded"


def test_provider_whose_key_is_there(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    assert Context().brain == "huggingface:openai/gpt-oss-20b"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    assert Context().brain == "openai:gpt-5-mini"


def test_named_brain_goes_before_the_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("HUGGINGGPT_BRAIN", "embedded")
    assert Context().brain == "embedded"
    assert Context(brain="openai:gpt-4.1").brain == "openai:gpt-4.1"


def test_key_without_its_package_changes_nothing(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert Context().brain == "embedded"


def test_chat_model_as_brain():
    model = GenericFakeChatModel(messages=iter(()))
    assert Context(brain=model).brain is model


@pytest.mark.parametrize("value", [7, None, object()])
def test_anything_else_is_refused(value):
    with pytest.raises(ValidationError, match="a name or a LangChain chat model"):
        Context(brain=value)


def test_empty_variables_are_as_good_as_none(monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_BRAIN_SEES", "")
    assert Context().brain_sees is None


@pytest.mark.parametrize(
    "wrap", [lambda m: m.bind(stop="x"), lambda m: m.with_config(tags=[]), type]
)
def test_a_wrapped_chat_model_is_no_brain(wrap):
    model = GenericFakeChatModel(messages=iter([]))
    with pytest.raises(ValidationError, match="chat model itself, not one that is wrapped"):
        Context(brain=wrap(model))
