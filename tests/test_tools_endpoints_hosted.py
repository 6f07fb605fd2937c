"""Which models the hosted endpoint offers, and what stands in the way."""

import pytest
from hosted import TOKEN, candidate, endpoint

from hugginggpt.tools.endpoints.hosted.services import REASONS, SERVICES
from hugginggpt.tools.errors import SettingError
from hugginggpt.tools.kinds import KINDS

SUMMARY = KINDS["summarization"]


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)


def test_every_kind_has_a_service_or_a_reason():
    assert set(SERVICES) | set(REASONS) == set(KINDS)
    assert not set(SERVICES) & set(REASONS)


def test_models_that_a_provider_serves_are_offered():
    served, other = candidate("summarization"), candidate("summarization", "b/c", providers=())
    (offered,) = endpoint(None, served, other).candidates(SUMMARY)
    assert offered == served.model_copy(update={"endpoint": "hosted"})


def test_models_with_an_address_are_offered():
    model = candidate("summarization", "https://models.example/summary", providers=())
    assert len(endpoint(None, model).candidates(SUMMARY)) == 1


def test_all_models_are_offered_where_the_user_has_a_server():
    model = candidate("summarization", providers=())
    where = endpoint(None, model, inference_base_url="https://gateway.example")
    assert len(where.candidates(SUMMARY)) == 1
    assert where.obstacle(model) is None


def test_a_folder_is_not_offered_even_where_the_user_has_a_server():
    model = candidate("summarization", "/models/mine", providers=())
    where = endpoint(None, model, inference_base_url="https://gateway.example")
    assert where.candidates(SUMMARY) == []


@pytest.mark.parametrize("kind", ["graph-ml", "canny-text-to-image"])
def test_a_kind_that_nobody_serves_is_refused_with_a_reason(kind):
    where = endpoint(None, candidate(kind))
    assert where.candidates(KINDS[kind]) == []
    assert where.refusal(KINDS[kind]) == where.obstacle(candidate(kind)) == REASONS[kind]


def test_a_kind_without_a_known_model_is_refused_with_a_way_out():
    assert "HUGGINGGPT_INFERENCE_BASE_URL" in endpoint().refusal(SUMMARY)


def test_nothing_stands_in_the_way_of_a_model_with_a_token(token):
    assert endpoint().obstacle(candidate("summarization")) is None


@pytest.mark.parametrize("value", ["", "sk-another"])
def test_the_missing_token_is_named(value, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", value)
    assert "set HF_TOKEN" in (endpoint().obstacle(candidate("summarization")) or "")


def test_a_model_with_an_address_needs_no_token():
    model = candidate("summarization", "https://models.example/summary", providers=())
    assert endpoint(hub=False).obstacle(model) is None


def test_the_offline_switch_is_named(token, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in (endpoint().obstacle(candidate("summarization")) or "")


def test_a_hub_that_is_switched_off_is_named(token):
    where = endpoint(hub=False)
    assert "HUGGINGGPT_HUB" in (where.obstacle(candidate("summarization")) or "")


def test_a_provider_that_does_not_serve_the_model_is_told_with_those_who_do(token):
    model = candidate("text-to-image", providers=("fal-ai", "replicate"))
    told = endpoint(provider="together").obstacle(model)
    assert told == "together does not serve it; it is served by fal-ai, replicate"
    assert endpoint(provider="replicate").obstacle(model) is None


def test_a_kind_without_a_method_needs_hf_inference(token):
    told = endpoint().obstacle(candidate("depth-estimation", providers=("fal-ai",)))
    assert told == "hf-inference does not serve it; it is served by fal-ai"
    other = endpoint(provider="together").obstacle(candidate("depth-estimation"))
    assert other == "together can't be asked for depth-estimation"


def test_an_own_server_without_an_address_is_refused():
    with pytest.raises(SettingError, match="'localhost:8080' is no address"):
        endpoint(inference_base_url="localhost:8080")


async def test_eight_tasks_run_at_once():
    assert endpoint().slot().total_tokens == 8


def test_an_address_with_a_password_is_refused():
    with pytest.raises(SettingError, match="user name or password"):
        endpoint(inference_base_url="https://me:pw@gateway/models")
