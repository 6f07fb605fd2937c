"""Media in messages: what comes in as a content block, and what goes out as one."""

import base64
import io

import pytest
from PIL import Image

from hugginggpt.graph.blocks import (
    INLINE_BYTES,
    Reader,
    link_files,
    list_files,
    read_block,
    reader_of,
    with_media,
)
from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.errors import InputError


def png():
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(stream, "PNG")
    return stream.getvalue()


PNG = base64.b64encode(png()).decode()
CSV = base64.b64encode(b"a,b\n1,2\n").decode()


def read(block, fresh=(), known=()):
    return read_block(block, Workspace("out"), fresh, known)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "base64": PNG, "mime_type": "image/png"},
        {"type": "image", "data": PNG, "mimeType": "image/png"},
        {"type": "image", "url": f"data:image/png;base64,{PNG}"},
        {"type": "file", "base64": PNG, "mime_type": "image/png"},
    ],
    ids=["python", "javascript", "data-url", "file"],
)
def test_picture_in_every_form_becomes_a_file(block):
    ((name, artifact),) = read(block).items()
    assert (name, artifact.modality, artifact.mime) == ("image-1.png", "image", "image/png")


@pytest.mark.parametrize(
    "named",
    [
        {"filename": "a.csv"},
        {"extras": {"filename": "a.csv"}},
        {"metadata": {"name": "a.csv"}},
        {"extras": {"metadata": {"filename": "C:\\texts\\a.csv"}}},
    ],
)
def test_file_keeps_its_name_without_folders(named):
    ((name, artifact),) = read({"type": "file", "base64": CSV, **named}).items()
    assert (name, artifact.modality) == ("a.csv", "table")


def test_text_block_that_is_a_file():
    ((name, artifact),) = read({"type": "text-plain", "text": "hello", "title": "a.txt"}).items()
    assert (name, artifact.modality) == ("a.txt", "text")


def test_second_file_of_a_request_with_the_same_name_gets_a_number():
    assert list(read({"type": "file", "base64": CSV, "filename": "a.csv"}, ["a.csv"])) == [
        "a-2.csv"
    ]


def test_file_takes_over_the_name_of_one_of_an_earlier_request():
    block = {"type": "file", "base64": CSV, "filename": "a.csv"}
    assert list(read(block, known=["a.csv"])) == ["a.csv"]


def test_nameless_file_does_not():
    block = {"type": "image", "base64": PNG, "mime_type": "image/png"}
    assert list(read(block, known=["image-1.png"])) == ["image-2.png"]


def test_address_is_not_fetched_yet():
    ((name, artifact),) = read({"type": "audio", "url": "https://example.org/speech"}).items()
    assert (name, artifact.modality) == ("https://example.org/speech", "audio")


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ({"type": "image", "base64": "%%%", "mime_type": "image/png"}, "not valid base64"),
        ({"type": "image", "url": "/etc/passwd"}, "is not an http or https address"),
        ({"type": "image", "file_id": "file-123"}, "holds no data"),
        ({"type": "non_standard", "value": {"type": "wish"}}, "holds no data"),
        ({"type": "file", "base64": CSV, "filename": "a.png"}, "named like image"),
        ({"type": "file", "base64": "AAECAwQ=", "mime_type": "application/pdf"}, "binary data"),
    ],
)
def test_what_is_of_no_use_is_refused(block, complaint):
    with pytest.raises(InputError, match=complaint):
        read(block)


# --- out --------------------------------------------------------------------------------------

SERVER = "http://127.0.0.1:2024"


def made(content, suffix=".png", modality="image"):
    return Workspace("my files").write(content, suffix, modality, "made")


def test_links_of_the_answer_lead_to_the_server(tmp_path):
    artifact = made(b"x")
    name = artifact.path.rpartition("/")[2]
    text = f"[a](<my files/{name}>) ![b]({artifact.path}) [c](other.png)"
    linked = f"[a]({SERVER}/files/{name}) ![b]({SERVER}/files/{name}) [c](other.png)"
    assert link_files(text, [artifact], SERVER) == linked


def test_files_that_the_answer_does_not_link_are_listed():
    linked, listed = made(b"x"), made(b"y", ".csv", "table")
    text = link_files(f"[a]({linked.path})", [linked], SERVER)
    name = listed.path.rpartition("/")[2]
    assert list_files(text, [linked, listed], SERVER) == (
        f"\n\n### Files\n- [{name}]({SERVER}/files/{name})"
    )


def test_small_media_stand_in_the_answer():
    artifact = made(png())
    text, image = with_media("Here.", [artifact, artifact], Reader(SERVER, sees=True))
    assert text == {"type": "text", "text": "Here."}
    assert image == {"type": "image", "mime_type": "image/png", "base64": PNG}


def test_large_media_are_given_by_address():
    artifact = made(b"x" * (INLINE_BYTES + 1), ".mp4", "video")
    _, video = with_media("Here.", [artifact], Reader(SERVER, sees=True))
    assert video["url"] == f"{SERVER}/files/{artifact.path.rpartition('/')[2]}"


@pytest.mark.parametrize(
    "artifact",
    [
        Artifact.of_text("words"),
        Artifact(modality="image", path="/gone/a.png", mime="image/png"),
        Artifact(modality="table", path=__file__, mime="text/csv"),
    ],
    ids=["text", "gone", "table"],
)
def test_answer_without_media_is_plain_text(artifact):
    assert with_media("Here.", [artifact], Reader(SERVER, sees=True)) == "Here."


SERVED = {"langgraph_api_url": f"{SERVER}/"}


@pytest.mark.parametrize(
    ("configurable", "metadata", "own_workspace", "reader"),
    [
        ({}, {}, True, Reader()),
        ({"checkpoint_ns": "respond:1"}, SERVED, True, Reader(SERVER, sees=True)),
        ({"checkpoint_ns": "mine:1|respond:2"}, SERVED, True, Reader()),
        ({"mcp-protocol-version": "2025-11-25"}, SERVED, True, Reader(SERVER)),
        ({}, SERVED, False, Reader(sees=True)),
    ],
    ids=["no-server", "server", "below-another-graph", "mcp", "other-workspace"],
)
def test_reader(configurable, metadata, own_workspace, reader):
    config = {"configurable": configurable, "metadata": metadata}
    assert reader_of(config, own_workspace=own_workspace) == reader
