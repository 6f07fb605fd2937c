"""Which models the settings allow."""

import re

import pytest

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.catalogue import why_not
from hugginggpt.tools.catalogue.filters import why_not_listed
from hugginggpt.tools.endpoints import DEFAULT_SETTINGS, Call, EndpointSettings, open_endpoint
from hugginggpt.tools.endpoints.local.endpoint import LocalEndpoint
from hugginggpt.tools.errors import TaskError

STRICT = EndpointSettings(licences=("MIT", "apache-2.0"))


@pytest.fixture(autouse=True)
def _no_token(monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", "/nowhere")


def candidate(**facts):
    return Candidate(model="me/a", kind="translation", endpoint="", source="hub", **facts)


@pytest.mark.parametrize("licence", ["mit", "MIT", "Apache-2.0"])
def test_a_licence_that_is_allowed(licence):
    assert why_not(candidate(licence=licence), STRICT) is None


def test_another_licence_is_out():
    told = why_not(candidate(licence="cc-by-nc-4.0"), STRICT)
    assert "the licence cc-by-nc-4.0 is not allowed" in told
    assert "HUGGINGGPT_LICENCES" in told


def test_a_licence_that_is_not_known_is_out():
    assert "without a known licence" in why_not(candidate(), STRICT)


def test_any_licence_where_none_is_named():
    assert why_not(candidate(), DEFAULT_SETTINGS) is None


def test_own_models_are_the_users_decision():
    mine = candidate().model_copy(update={"source": "own"})
    assert why_not(mine, STRICT) is None


def test_gated_models_need_a_token():
    told = why_not(candidate(gated=True), DEFAULT_SETTINGS)
    assert "https://huggingface.co/me/a" in told
    assert "HF_TOKEN" in told


def test_gated_models_with_a_token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    assert why_not(candidate(gated=True), DEFAULT_SETTINGS) is None


LISTS = [
    ("google/flan-t5-small", (), (), None),
    ("google/flan-t5-small", ("google/*",), (), None),
    ("Google/Flan-T5-small", ("google/*",), (), None),
    ("evil/flan-t5-small", ("google/*",), (), "not among the models of HUGGINGGPT_MODELS_ALLOWED"),
    ("evil/google/x", ("google/*",), (), "not among"),
    (
        "google/flan-t5-small",
        (),
        ("*/flan*",),
        "denied by '\\*/flan\\*' in HUGGINGGPT_MODELS_DENIED",
    ),
    ("google/flan-t5-small", ("google/*",), ("GOOGLE/*",), "denied"),
    ("/models/mine", ("google/*",), (), None),
    ("https://host/v1", ("google/*",), (), None),
    ("https://host/v1", (), ("https://host/*",), "denied"),
]


@pytest.mark.parametrize(("model", "allowed", "denied", "told"), LISTS)
def test_lists_of_models(model, allowed, denied, told):
    settings = EndpointSettings(models_allowed=allowed, models_denied=denied)
    said = why_not_listed(model, settings)
    assert said is None if told is None else re.search(told, said)


def test_own_models_must_be_listed_too():
    mine = candidate().model_copy(update={"source": "own"})
    assert "not among" in why_not(mine, EndpointSettings(models_allowed=("google/*",)))


@pytest.mark.parametrize("kind", ["local", "hosted"])
def test_endpoints_keep_to_the_lists(kind):
    endpoint = open_endpoint(kind, EndpointSettings(models_denied=("me/*",)))
    assert "HUGGINGGPT_MODELS_DENIED" in endpoint.obstacle(candidate())


def test_a_model_that_another_one_names_is_not_loaded_either(tmp_path):
    local = LocalEndpoint(EndpointSettings(models_allowed=("me/*",)))
    with pytest.raises(TaskError, match="evil/base is not loaded: it is not among"):
        local._files("evil/base", Call(Workspace(tmp_path)))
