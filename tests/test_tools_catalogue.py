"""The catalogue: own models, what the Hub told, or the snapshot; and when the Hub is asked."""

import asyncio
import json
import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from hub_server import Fault, HubServer, model

from hugginggpt.tools.catalogue import Catalogue, open_catalogue, snapshot
from hugginggpt.tools.endpoints import DEFAULT_SETTINGS, EndpointSettings
from hugginggpt.tools.errors import SettingError
from hugginggpt.tools.kinds import KINDS

KIND = KINDS["translation"]
TEN = list(KINDS.values())[:10]


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("HUGGINGGPT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


@pytest.fixture
def hub(monkeypatch):
    models = [
        model("me/small", "translation", downloads=10),
        model("you/large", "translation", downloads=900),
        *(model(f"me/{kind.name}", kind.name, downloads=5) for kind in TEN),
    ]
    with HubServer(
        models, {"me/small": "A model that turns short English texts into French."}
    ) as s:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", s.url)
        yield s


@pytest.fixture
def catalogue():
    return Catalogue(DEFAULT_SETTINGS)


def names(catalogue, kind=KIND):
    return [candidate.model for candidate in catalogue.models(kind)]


def make_old(tmp_path, days, kind=KIND):
    """Let the Hub have been asked so many days ago."""
    file = tmp_path / "cache" / "candidates" / f"{kind.name}.json"
    kept = json.loads(file.read_text())
    kept["asked_at"] = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    file.write_text(json.dumps(kept))
    os.utime(file, (1, days + 2))


async def settle(catalogue):
    while catalogue._asking:
        await asyncio.sleep(0.01)


def test_the_snapshot_stands_in_until_the_hub_was_asked(catalogue):
    assert catalogue.models(KIND) == snapshot.models("translation")
    assert {c.source for c in catalogue.models(KIND)} == {"snapshot"}
    assert catalogue.asked_at(KIND) is None


async def test_the_hub_is_asked_once_for_what_nothing_is_known_of(hub, catalogue):
    await catalogue.refresh([KIND])
    assert names(catalogue) == ["you/large", "me/small", "me/translation"]
    assert datetime.now(UTC) - catalogue.asked_at(KIND) < timedelta(minutes=1)
    assert catalogue.trouble == ""
    await catalogue.refresh([KIND])
    assert len(hub.asked("/api/models")) == 1


async def test_another_process_finds_it_on_disk(hub, catalogue):
    await catalogue.refresh([KIND])
    assert names(Catalogue(DEFAULT_SETTINGS)) == names(catalogue)


async def test_all_kinds_are_asked_for_at_once(hub, catalogue):
    hub.fault = Fault(before=0.3)
    began = time.monotonic()
    await catalogue.refresh(TEN)
    assert all(catalogue.asked_at(kind) for kind in TEN)
    assert len(hub.asked("/api/models")) == len(TEN)
    assert 1 < hub.most_at_once <= 8 + 10
    assert time.monotonic() - began < 0.3 * len(TEN)


async def test_words_of_model_cards_come_with_it(hub, catalogue):
    await catalogue.refresh([KIND])
    told = {c.model: c.description for c in catalogue.models(KIND)}
    assert told["me/small"] == "A model that turns short English texts into French."
    assert told["you/large"] == "BertForSequenceClassification"


async def test_a_card_is_read_once(hub, catalogue):
    await catalogue.refresh([KIND])
    await catalogue.refresh([KIND], renew=True)
    assert len(hub.asked("/me/small/raw/main/README.md")) == 1
    assert len(hub.asked("/api/models")) == 2


async def test_models_are_there_before_their_cards(hub, catalogue):
    hub.card_fault = Fault(before=1.0)
    await catalogue.refresh([KIND], 0.4)
    assert names(catalogue)[0] == "you/large"


async def test_what_is_old_is_asked_for_in_the_background(hub, catalogue, tmp_path):
    await catalogue.refresh([KIND])
    await settle(catalogue)
    make_old(tmp_path, 2)
    old = catalogue.asked_at(KIND)
    hub.fault = Fault(before=0.3)
    began = time.monotonic()
    await catalogue.refresh([KIND])
    assert time.monotonic() - began < 0.2
    assert catalogue.asked_at(KIND) == old
    await settle(catalogue)
    assert catalogue.asked_at(KIND) > old


@pytest.mark.parametrize("days", [0.9, -0.0])
async def test_what_is_new_is_not_asked_for(hub, catalogue, tmp_path, days):
    await catalogue.refresh([KIND])
    await settle(catalogue)
    make_old(tmp_path, days)
    await catalogue.refresh([KIND])
    await settle(catalogue)
    assert len(hub.asked("/api/models")) == 1


async def test_a_time_to_come_counts_as_old(hub, catalogue, tmp_path):
    await catalogue.refresh([KIND])
    await settle(catalogue)
    make_old(tmp_path, -3)
    await catalogue.refresh([KIND])
    await settle(catalogue)
    assert len(hub.asked("/api/models")) == 2


async def test_nothing_found_is_kept_too(hub, catalogue):
    hub.models.clear()
    await catalogue.refresh([KIND])
    await catalogue.refresh([KIND])
    assert len(hub.asked("/api/models")) == 1
    assert catalogue.models(KIND) == snapshot.models("translation")


async def test_two_who_ask_at_once_share_the_answer(hub, catalogue):
    hub.fault = Fault(before=0.2)
    await asyncio.gather(*(catalogue.refresh([KIND]) for _ in range(5)))
    assert len(hub.asked("/api/models")) == 1
    assert catalogue.asked_at(KIND)


def test_event_loops_share_a_catalogue(hub, catalogue):
    hub.fault = Fault(before=0.2)

    async def leave_early():
        waiting = asyncio.ensure_future(catalogue.refresh([KIND]))
        while not hub.asked("/api/models"):
            await asyncio.sleep(0.01)
        waiting.cancel()

    asyncio.run(leave_early())  # this loop is gone when the answer comes
    asyncio.run(settle(catalogue))
    assert catalogue.trouble == ""
    assert catalogue.asked_at(KIND)


def test_one_catalogue_for_the_same_settings():
    assert open_catalogue(EndpointSettings()) is open_catalogue(DEFAULT_SETTINGS)
    assert open_catalogue(EndpointSettings(hub=False)) is not open_catalogue(DEFAULT_SETTINGS)


# --- the Hub can't be asked -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(status=500), "answered 500 Internal Server Error"),
        (Fault(status=429), "answered 429 Too Many Requests"),
        (Fault(status=401), "answered 401 Unauthorized"),
        (Fault(raw=b'[{"id": "me/sm'), "no JSON"),
        (Fault(raw=b"<html>Sign in to the network</html>"), "no JSON"),
        (Fault(raw=b'{"error": "no"}'), "no list of models"),
        (Fault(drip=0.05), "no answer within 0.5 seconds"),
        (Fault(before=5), "no answer within 0.5 seconds"),
    ],
)
async def test_a_hub_that_fails_is_left_alone_for_a_minute(hub, catalogue, fault, told):
    hub.fault = fault
    began = time.monotonic()
    await catalogue.refresh([KIND], 0.5)
    await catalogue.refresh([KIND, KINDS["summarization"]], 0.5)
    assert time.monotonic() - began < 1
    assert told in catalogue.trouble
    assert hub.url in catalogue.trouble
    assert len(hub.asked("/api/models")) == 1
    assert catalogue.models(KIND) == snapshot.models("translation")


async def test_an_unreachable_hub(catalogue, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    await catalogue.refresh([KIND])
    assert "can't be reached" in catalogue.trouble
    assert catalogue.models(KIND)


async def test_it_is_asked_again_after_a_minute(hub, catalogue, monkeypatch):
    hub.fault = Fault(status=500)
    await catalogue.refresh([KIND])
    hub.fault = None
    monkeypatch.setattr("hugginggpt.tools.catalogue._PAUSE", 0.0)
    await catalogue.refresh([KIND])
    assert names(catalogue)[0] == "you/large"
    assert catalogue.trouble == ""


async def test_the_user_may_ask_sooner(hub, catalogue):
    hub.fault = Fault(status=500)
    await catalogue.refresh([KIND])
    hub.fault = None
    await catalogue.refresh([KIND], renew=True)
    assert catalogue.trouble == ""


async def test_an_old_list_outlives_a_hub_that_fails(hub, catalogue, tmp_path):
    await catalogue.refresh([KIND])
    await settle(catalogue)
    make_old(tmp_path, 9)
    hub.fault = Fault(status=503)
    await catalogue.refresh([KIND])
    await settle(catalogue)
    assert names(catalogue)[0] == "you/large"
    assert "503" in catalogue.trouble


async def test_a_proxy_that_is_none(hub, catalogue, monkeypatch):
    monkeypatch.setenv("http_proxy", "nonsense://x")
    monkeypatch.setenv("no_proxy", "")
    await catalogue.refresh([KIND])
    assert "can't be asked" in catalogue.trouble


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(raw=b"\xff" * 300_000), Fault(before=9)]
)
async def test_cards_that_fail_are_no_trouble(hub, catalogue, fault, monkeypatch):
    monkeypatch.setattr("hugginggpt.tools.catalogue.hub._CARD_SECONDS", 0.3)
    hub.card_fault = fault
    await catalogue.refresh([KIND])
    assert catalogue.trouble == ""
    assert names(catalogue)[0] == "you/large"


async def test_the_hub_is_switched_off(hub):
    catalogue = Catalogue(EndpointSettings(hub=False))
    await catalogue.refresh([KIND], renew=True)
    assert hub.calls == []
    assert "HUGGINGGPT_HUB" in catalogue.trouble


async def test_offline_mode_of_huggingface_hub(hub, catalogue, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    await catalogue.refresh([KIND], renew=True)
    assert hub.calls == []
    assert "HF_HUB_OFFLINE" in catalogue.trouble


async def test_cancelling_who_waits_harms_nobody(hub, catalogue):
    hub.fault = Fault(before=0.3)
    waiting = asyncio.create_task(catalogue.refresh([KIND]))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await settle(catalogue)
    assert catalogue.asked_at(KIND)


# --- the user's own models ------------------------------------------------------------------


def write_own(tmp_path, text):
    file = tmp_path / "own.toml"
    file.write_text(text)
    return Catalogue(EndpointSettings(models=str(file)))


OWN = '[[model]]\nid = "{}"\nkinds = ["translation"]\ndescription = "Ours."\n'


def test_own_models_stand_first(tmp_path):
    catalogue = write_own(tmp_path, OWN.format("me/ours"))
    first, *others = catalogue.models(KIND)
    assert (first.model, first.source, first.preferred) == ("me/ours", "own", True)
    assert tuple(others) == snapshot.models("translation")


def test_an_own_model_that_is_known_keeps_what_is_known_of_it(tmp_path):
    catalogue = write_own(tmp_path, OWN.format("google-t5/t5-small"))
    (first,) = (c for c in catalogue.models(KIND) if c.model == "google-t5/t5-small")
    assert catalogue.models(KIND)[0] is first or catalogue.models(KIND)[0] == first
    assert (first.source, first.description, first.licence) == ("own", "Ours.", "apache-2.0")
    assert first.parameters == 60_500_000


async def test_the_hub_is_asked_about_own_models_that_it_does_not_list(hub, tmp_path):
    hub.models.append(
        model("me/ours", "other", parameters={"F32": 100}, providers={"hf-inference": "live"})
    )
    catalogue = write_own(tmp_path, OWN.format("me/ours"))
    await catalogue.refresh([KIND])
    first = catalogue.models(KIND)[0]
    assert (first.model, first.providers, first.size) == ("me/ours", ("hf-inference",), 400)
    assert len(hub.asked("/api/models/me/ours")) == 1


async def test_an_own_model_that_the_hub_does_not_have_is_asked_for_once(hub, tmp_path):
    catalogue = write_own(tmp_path, OWN.format("me/nowhere"))
    await catalogue.refresh([KIND])
    await catalogue.refresh([KIND])
    assert len(hub.asked("/api/models/me/nowhere")) == 1
    assert names(catalogue)[:2] == ["me/nowhere", "you/large"]
    assert catalogue.trouble == ""


async def test_a_broken_list_is_told_by_models_alone(hub, tmp_path):
    catalogue = write_own(tmp_path, "[[model]")
    await catalogue.refresh([KIND])
    with pytest.raises(SettingError):
        catalogue.models(KIND)


# --- speed ----------------------------------------------------------------------------------


async def test_a_file_is_parsed_once(hub, catalogue):
    await catalogue.refresh(TEN)
    first = [catalogue.models(kind) for kind in TEN]
    again = [Catalogue(DEFAULT_SETTINGS).models(kind) for kind in TEN]
    assert all(
        a is b for one, two in zip(first, again, strict=True) for a, b in zip(one, two, strict=True)
    )
