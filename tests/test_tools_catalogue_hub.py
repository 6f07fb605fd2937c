"""What the Hub tells of models, as candidates."""

import pytest
from hub_server import HubServer, model

from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.catalogue import hub
from hugginggpt.tools.kinds import KINDS

KIND = KINDS["translation"]


@pytest.fixture(autouse=True)
def served(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with HubServer() as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        yield server


async def find(kind=KIND, names=()):
    async with hub.open_client() as client:
        return await hub.find(client, kind, names)


async def only(served, **facts):
    """The one candidate that a model with these facts becomes."""
    served.models[:] = [model("me/one", "translation", **facts)]
    (found,) = await find()
    return found


async def test_all_that_choosing_needs(served):
    found = await only(
        served, downloads=120, parameters={"F32": 10, "BF16": 100}, providers={"novita": "live"}
    )
    assert found == Candidate(
        model="me/one",
        kind="translation",
        endpoint="",
        description="BertForSequenceClassification",
        downloads=120,
        likes=12,
        licence="apache-2.0",
        size=240,
        parameters=110,
        languages=("en",),
        library="transformers",
        providers=("novita",),
        safetensors=True,
        revision="c0ffee" * 6 + "c0ff",
        source="hub",
    )


async def test_one_call_with_what_is_needed(served):
    await find()
    (query,) = served.asked("/api/models")
    assert (query["pipeline_tag"], query["sort"], query["limit"]) == (
        ["translation"],
        ["downloads"],
        ["30"],
    )
    assert {"inferenceProviderMapping", "safetensors", "gated", "likes"} <= set(query["expand"])


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("text-retrieval", {"pipeline_tag": ["sentence-similarity"]}),
        ("depth-control", {"pipeline_tag": ["depth-estimation"]}),
        ("openpose-control", {"pipeline_tag": ["keypoint-detection"]}),
        ("hed-text-to-image", {"filter": ["controlnet"], "search": ["hed"]}),
        ("text-to-image", {"pipeline_tag": ["text-to-image"]}),
    ],
)
async def test_kinds_that_have_another_name_on_the_hub(served, kind, asked):
    await find(KINDS[kind])
    (query,) = served.asked("/api/models")
    assert {key: query[key] for key in asked} == asked
    assert ("pipeline_tag" in query) == ("pipeline_tag" in asked)


@pytest.mark.parametrize("kind", ["canny-control", "hed-control", "mlsd-control"])
async def test_kinds_that_the_hub_does_not_sort_are_not_asked_for(served, kind):
    assert await find(KINDS[kind]) == []
    assert not hub.sorts(KINDS[kind])
    assert served.calls == []


@pytest.mark.parametrize(
    ("facts", "field", "value"),
    [
        ({"gated": "manual"}, "gated", True),
        ({"gated": "auto"}, "gated", True),
        ({"tags": ["pytorch"], "safetensors": None}, "safetensors", False),
        ({"tags": ["safetensors"]}, "safetensors", True),
        ({"tags": ["en", "fr", "tf", "pytorch", "region:us"]}, "languages", ("en", "fr")),
        ({"tags": []}, "licence", None),
        ({"tags": ["license:mit"], "cardData": None}, "licence", "mit"),
        (
            {"tags": ["license:other"], "cardData": {"license_name": "flux-1-dev"}},
            "licence",
            "flux-1-dev",
        ),
        ({"providers": {"novita": "live", "nebius": "staging"}}, "providers", ("novita",)),
        ({"inferenceProviderMapping": None}, "providers", ()),
        ({"config": None}, "description", ""),
        ({"safetensors": {"parameters": {"I8": 7, "Q3": 2}, "total": 9}}, "size", 9),
        ({"downloads": None, "likes": None}, "downloads", None),
        ({"library_name": "sklearn"}, "library", "sklearn"),
    ],
)
async def test_what_the_hub_may_tell(served, facts, field, value):
    assert getattr(await only(served, **facts), field) == value


@pytest.mark.parametrize(
    "broken",
    [
        {"downloads": 7, "tags": ["translation"], "pipeline_tag": "translation", "id": "../../etc"},
        {"id": "me/x", "pipeline_tag": "translation", "downloads": "many"},
        {"id": "me/x", "pipeline_tag": "translation", "safetensors": {"total": 5}},
        {"id": "me/x", "pipeline_tag": "translation", "inferenceProviderMapping": [{"a": 1}]},
        {"id": "me/x", "pipeline_tag": "translation", "tags": [None, 5]},
        {"id": "me/x y", "pipeline_tag": "translation"},
        {"id": "me/\x1b[31m", "pipeline_tag": "translation"},
        {"id": "me/gone", "pipeline_tag": "translation", "disabled": True},
    ],
)
async def test_a_model_that_can_not_be_read_does_not_cost_the_others(served, broken):
    served.models[:] = [{"downloads": 9, **broken}, model("me/good", "translation", downloads=1)]
    served.listed = lambda query: served.models
    assert [candidate.model for candidate in await find()] == ["me/good"]


@pytest.mark.parametrize("told", [[5, None, "me/x", []], []])
async def test_a_list_of_anything(served, told):
    served.listed = lambda query: told
    assert await find() == []


async def test_more_than_was_asked_for(served):
    served.listed = lambda query: [model(f"me/{n}", "translation") for n in range(100)]
    assert len(await find()) == 30


async def test_an_answer_that_has_no_end(served, monkeypatch):
    monkeypatch.setattr(hub, "_LONGEST_ANSWER", 1000)
    served.models[:] = [model(f"me/{n}", "translation") for n in range(30)]
    with pytest.raises(hub.HubError, match="no JSON"):
        await find()


async def test_names_are_asked_for_one_by_one(served):
    served.models[:] = [model("me/a", "translation"), model("me/b", "text-generation")]
    found = await find(names=["me/a", "me/b", "me/c"])
    assert [(c.model, c.kind) for c in found] == [("me/a", "translation"), ("me/b", "translation")]
    assert served.asked("/api/models/me/a") == []


async def test_the_token_goes_to_the_hub(served, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    await find()
    assert served.calls[0][2]["authorization"] == "Bearer hf_secret"


async def test_a_card_that_is_long_is_read_from_its_beginning(served, monkeypatch):
    monkeypatch.setattr(hub, "_LONGEST_CARD", 1000)
    served.models[:] = [model("me/one", "translation")]
    served.cards["me/one"] = "It turns short English texts into good French.\n\n" + "x" * 10**6
    async with hub.open_client() as client:
        (told,) = await hub.described(client, await find(), {})
    assert told.description == "It turns short English texts into good French."


async def test_only_the_first_cards_are_read(served):
    served.models[:] = [model(f"me/{n}", "translation", downloads=n) for n in range(30)]
    async with hub.open_client() as client:
        told = await hub.described(client, await find(), {})
    assert len(told) == 30
    assert len([path for path, *_ in served.calls if path.endswith("README.md")]) == 10
