"""A brain that sees: which pictures it is shown, in what form, and at which stages."""

import base64
import io
import json

import pytest
from chat_server import ChatServer, by_stage, stage_of
from langchain_core.language_models import FakeListChatModel
from parts import ScriptedEndpoint
from PIL import Image

from hugginggpt.graph.brain.llm.sight import MOST_PICTURES, picture_block, pictures, sees
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import FileInputError

RED, BLUE = (255, 0, 0), (0, 0, 255)
UPSIDE_DOWN = 3
ORIENTATION = 0x112


def save(name, size=(8, 8), mode="RGB", **options):
    Image.new(mode, size, "red" if mode != "I;16" else 1000).save(name, **options)
    return name


def artifact(path, modality="image"):
    return Artifact(modality=modality, path=path)


def decoded(block):
    head, _, encoded = block["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


def is_near(pixel, colour):
    return all(abs(one - other) < 20 for one, other in zip(pixel, colour, strict=True))


# --- one picture ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((8, 8), (8, 8)),
        ((768, 500), (768, 500)),
        ((1536, 768), (768, 384)),
        ((100, 5000), (15, 768)),
        ((5000, 1), (768, 1)),
    ],
)
def test_picture_is_scaled_down_and_never_up(size, shown):
    assert decoded(picture_block(save("a.png", size))).size == shown


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_picture_of_any_mode(mode):
    suffix = "jpg" if mode == "CMYK" else "png"
    assert decoded(picture_block(save(f"a.{suffix}", mode=mode))).mode == "RGB"


def test_picture_is_upright():
    image = Image.new("RGB", (64, 64), RED)
    image.paste(BLUE, (0, 0, 64, 32))
    exif = Image.Exif()
    exif[ORIENTATION] = UPSIDE_DOWN
    image.save("a.jpg", exif=exif)
    shown = decoded(picture_block("a.jpg"))
    assert is_near(shown.getpixel((32, 8)), RED)
    assert is_near(shown.getpixel((32, 56)), BLUE)


def test_where_a_picture_was_taken_is_not_told():
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    assert not decoded(picture_block(save("a.jpg", exif=exif))).getexif()


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_broken_picture_is_named(content, tmp_path):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(FileInputError, match=r"a\.png"):
        picture_block("a.png")


def test_missing_picture_is_named():
    with pytest.raises(FileInputError, match=r"a\.png"):
        picture_block("a.png")


# --- all of them ----------------------------------------------------------------------------


def names(blocks):
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    return [text.removeprefix("<picture>\n").removesuffix("\n</picture>") for text in texts]


def test_each_name_stands_before_its_picture():
    blocks = pictures({name: artifact(save(name)) for name in ("a.png", "b.png")})
    assert [block["type"] for block in blocks] == ["text", "image_url"] * 2
    assert names(blocks) == ["a.png", "b.png"]


def test_the_latest_pictures_are_shown():
    files = {f"{number}.png": artifact(save("a.png")) for number in range(MOST_PICTURES + 3)}
    assert names(pictures(files)) == [f"{number}.png" for number in range(3, MOST_PICTURES + 3)]


def test_broken_ones_are_left_out(tmp_path):
    (tmp_path / "b.png").write_bytes(b"no picture")
    files = {name: artifact(name) for name in (save("a.png"), "b.png", "missing.png")}
    assert names(pictures(files)) == ["a.png"]


def test_other_files_and_addresses_are_not_shown():
    files = {
        "a.txt": artifact("a.txt", "text"),
        "b.wav": artifact("b.wav", "audio"),
        "https://example.org/c.png": artifact("https://example.org/c.png"),
    }
    assert pictures(files) == []


# --- who sees -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "setting", "seen"),
    [
        (None, None, False),
        ({}, None, False),
        ({"image_inputs": True}, None, True),
        ({"image_inputs": False}, None, False),
        ({"image_inputs": True}, False, False),
        (None, True, True),
    ],
)
def test_the_setting_goes_before_the_profile(profile, setting, seen):
    model = FakeListChatModel(responses=[], profile=profile)
    assert sees(model, Context(brain_sees=setting)) is seen


# --- in a run -------------------------------------------------------------------------------

PLAN = {"task": "image-to-text", "id": 0, "dep": [-1], "args": {"image": "a.png"}}
WIRE = json.dumps({"tasks": [PLAN], "reply": ""})
BAD = WIRE.replace("image-to-text", "image-to-nothing")


async def read(path, candidate):
    return "a red square"


async def calls_of(monkeypatch, files=("a.png",), plan=WIRE, **settings):
    """The calls of a run about a picture."""
    save("a.png", (2000, 1000))
    with ChatServer(by_stage(plan=plan, respond="Red.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        graph = build_graph(endpoints=[ScriptedEndpoint(read)])
        request = {"messages": [("user", "what is this?")], "files": list(files)}
        state = await graph.ainvoke(request, context=Context(brain="openai:test", **settings))
    assert state["results"]["0"]["status"] == "done"
    return server.calls


async def test_picture_reaches_plan_and_respond(monkeypatch):
    calls = await calls_of(monkeypatch, brain_sees=True)
    assert [stage_of(call) for call in calls] == ["plan", "respond"]
    for call in calls:
        (url,) = call.images
        assert decoded({"image_url": {"url": url}}).size == (768, 384)


async def test_picture_is_shown_again_where_the_plan_is_mended(monkeypatch):
    calls = await calls_of(monkeypatch, plan=[BAD, WIRE], brain_sees=True)
    assert [len(call.images) for call in calls] == [1, 1, 1]


async def test_name_stands_before_the_picture_in_the_call(monkeypatch):
    call, _ = await calls_of(monkeypatch, brain_sees=True)
    request, name, picture = call.body["messages"][-1]["content"]
    assert request["text"].endswith("Request:\nwhat is this?")
    assert name == {"type": "text", "text": "<picture>\na.png\n</picture>"}
    assert picture["type"] == "image_url"


@pytest.mark.parametrize("settings", [{}, {"brain_sees": False}], ids=["unknown", "blind"])
async def test_a_model_that_does_not_see_is_told_names(settings, monkeypatch):
    calls = await calls_of(monkeypatch, **settings)
    assert [call.images for call in calls] == [[], []]
    assert "\n- a.png (image" in calls[0].user


async def test_a_broken_picture_does_not_stop_a_run(monkeypatch, tmp_path):
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    calls = await calls_of(monkeypatch, ["a.png", "b.png"], brain_sees=True)
    assert [len(call.images) for call in calls] == [1, 1]
