"""Every kind of task that hosted models do, put to a real server on loopback."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosted import TOKEN, ask, candidate, clip, hub, mask, picture, recording
from inference_server import InferenceServer, Reply
from PIL import Image

from hugginggpt.tools.endpoints.hosted.services import SERVICES
from hugginggpt.tools.errors import FileInputError, TaskError

LABELS = [{"label": "dull", "score": 0.1}, {"label": "sunny", "score": 0.90004}]
SORTED = [{"label": "sunny", "score": 0.9}, {"label": "dull", "score": 0.1}]
BOX = {"xmin": 2, "ymin": 3, "xmax": 20, "ymax": 25}
REGIONS = [{"label": "cat", "score": 0.5, "box": BOX}, {"label": "dog", "score": 0.9, "box": BOX}]
CHAT = {"choices": [{"index": 0, "message": {"role": "assistant", "content": " It is red. "}}]}
ANSWERS = [{"answer": "no", "score": 0.2}, {"answer": "six", "score": 0.7, "start": 22, "end": 25}]
REPLIED = [ANSWERS[1], ANSWERS[0]]
MASK = base64.b64encode(mask()).decode()
PICTURE, RECORDING, CLIP = picture(), recording(), clip()
GLB = b"glTF" + bytes(40)
ROUTE = "/hf-inference/models/someone/"


@dataclass(frozen=True)
class Case:
    """A task, what the server gets, what it answers, and what comes of it."""

    kind: str
    given: dict[str, Any]
    sent: Any
    """JSON, or bytes."""
    answer: Any
    gives: list[Callable[[Any], bool]]
    """What holds of each artifact."""
    path: str = ""
    tag: str = ""
    reply: dict[str, Any] = field(default_factory=dict)


def data(expected):
    return lambda artifact: artifact.data == expected


def text(expected):
    return lambda artifact: artifact.text == expected


def image(size=(40, 30)):
    def holds(artifact):
        with Image.open(artifact.path) as opened:
            return opened.size == size and artifact.mime == "image/png"

    return holds


def file(suffix, **facts):
    def holds(artifact):
        known = {name: artifact.metadata[name] for name in facts}
        return Path(artifact.path).suffix == suffix and known == facts

    return holds


def array(*expected):
    return lambda artifact: np.allclose(np.load(artifact.path), expected)


def table(first):
    return lambda artifact: Path(artifact.path).read_text().splitlines()[0] == first


def b64(content):
    return base64.b64encode(content).decode()


def told(**parameters):
    return {"inputs": "hello", "parameters": parameters}


CASES = [
    Case("text-classification", {"text": "hello"}, told(), [LABELS], [data(SORTED)]),
    Case(
        "token-classification",
        {"text": "hello"},
        told(aggregation_strategy="simple"),
        [{"entity_group": "PER", "word": "Ann", "score": 0.987654, "start": 0, "end": 3}],
        [
            data(
                [{"entity_group": "PER", "word": "Ann", "score": 0.9877, "start": 0, "end": 3}],
            )
        ],
    ),
    Case(
        "table-question-answering",
        {"table": b"month,sold\nMay,3\nJune,5\n", "question": "Which?"},
        {
            "inputs": {
                "query": "Which?",
                "table": {"month": ["May", "June"], "sold": ["3", "5"]},
            },
            "parameters": {},
        },
        {"answer": "June", "coordinates": [[1, 0]], "cells": ["June"], "aggregator": "NONE"},
        [
            text("June"),
            data(
                [
                    {
                        "answer": "June",
                        "coordinates": [[1, 0]],
                        "cells": ["June"],
                        "aggregator": "NONE",
                    }
                ]
            ),
        ],
    ),
    Case(
        "question-answering",
        {"context": "It closes at six.", "question": "When?"},
        {"inputs": {"question": "When?", "context": "It closes at six."}, "parameters": {}},
        ANSWERS,
        [text("six"), data(REPLIED)],
    ),
    Case(
        "zero-shot-classification",
        {"text": "hello", "labels": ["sunny", "dull", "sunny"]},
        told(candidate_labels=["sunny", "dull"], multi_label=False),
        LABELS,
        [data(SORTED)],
    ),
    Case(
        "translation",
        {"text": "hello", "target_language": "fr", "source_language": "en"},
        told(src_lang="en", tgt_lang="fr"),
        [{"translation_text": "bonjour"}],
        [text("bonjour")],
    ),
    Case(
        "summarization",
        {"text": "hello"},
        told(),
        [{"summary_text": "hi"}],
        [text("hi")],
    ),
    Case(
        "feature-extraction",
        {"text": "hello"},
        {"inputs": "hello"},
        [[[1.0, 2.0], [3.0, 4.0]]],
        [array(2.0, 3.0)],
        path=f"{ROUTE}feature-extraction/pipeline/feature-extraction",
    ),
    Case(
        "text-generation",
        {"text": "hello"},
        {
            "model": "someone/text-generation",
            "messages": [{"role": "user", "content": "hello"}],
            "max_tokens": 1024,
            "stream": False,
        },
        CHAT,
        [text("It is red.")],
        path=f"{ROUTE}text-generation/v1/chat/completions",
    ),
    Case(
        "fill-mask",
        {"text": "hello [MASK]"},
        {"inputs": "hello [MASK]", "parameters": {}},
        [{"sequence": "hello Ann", "score": 0.5, "token": 7, "token_str": "Ann"}],
        [data([{"sequence": "hello Ann", "score": 0.5, "token": 7, "token_str": "Ann"}])],
    ),
    Case(
        "sentence-similarity",
        {"text": "a cat", "texts": ["a kitten", "stocks"]},
        {
            "inputs": {"source_sentence": "a cat", "sentences": ["a kitten", "stocks"]},
            "parameters": {},
        },
        [0.81239, 0.02],
        [data([{"text": "a kitten", "score": 0.8124}, {"text": "stocks", "score": 0.02}])],
        path=f"{ROUTE}sentence-similarity/pipeline/sentence-similarity",
    ),
    Case(
        "text-retrieval",
        {"query": "cats", "texts": ["stocks", "a kitten"]},
        {
            "inputs": {"source_sentence": "cats", "sentences": ["stocks", "a kitten"]},
            "parameters": {},
        },
        [0.02, 0.8],
        [
            data(
                [
                    {"text": "a kitten", "score": 0.8, "index": 1},
                    {"text": "stocks", "score": 0.02, "index": 0},
                ]
            )
        ],
        path=f"{ROUTE}text-retrieval/pipeline/sentence-similarity",
        tag="sentence-similarity",
    ),
    Case(
        "text-ranking",
        {"query": "cats", "texts": ["stocks", "a kitten"]},
        {"query": "cats", "texts": ["stocks", "a kitten"]},
        [{"index": 0, "score": 0.1}, {"index": 1, "score": 0.9}],
        [
            data(
                [
                    {"text": "a kitten", "score": 0.9, "index": 1},
                    {"text": "stocks", "score": 0.1, "index": 0},
                ]
            )
        ],
    ),
    Case(
        "image-to-text",
        {"image": PICTURE},
        PICTURE,
        [{"generated_text": "a white wall"}],
        [text("a white wall")],
    ),
    Case("image-classification", {"image": PICTURE}, PICTURE, LABELS, [data(SORTED)]),
    Case(
        "object-detection",
        {"image": PICTURE, "target": "Cat"},
        PICTURE,
        REGIONS,
        [data([REGIONS[0]]), image()],
    ),
    Case(
        "image-segmentation",
        {"image": PICTURE},
        PICTURE,
        [{"label": "wall", "score": 0.9, "mask": MASK}],
        [image(), data([{"label": "wall", "score": 0.9, "area": 0.5}])],
    ),
    Case(
        "zero-shot-image-classification",
        {"image": PICTURE, "labels": ["sunny", "dull"]},
        {"inputs": b64(PICTURE), "parameters": {"candidate_labels": ["sunny", "dull"]}},
        LABELS,
        [data(SORTED)],
    ),
    Case(
        "zero-shot-object-detection",
        {"image": PICTURE, "labels": ["cat", "dog"]},
        {"inputs": b64(PICTURE), "parameters": {"candidate_labels": ["cat", "dog"]}},
        REGIONS,
        [data([REGIONS[1], REGIONS[0]]), image()],
    ),
    Case(
        "depth-estimation",
        {"image": PICTURE},
        PICTURE,
        mask(),
        [image()],
        reply={"content_type": "image/png"},
    ),
    Case(
        "keypoint-detection",
        {"image": PICTURE},
        PICTURE,
        [{"x": 3.5, "y": 4, "score": 0.25}],
        [data([{"x": 3.5, "y": 4.0, "score": 0.25}]), image()],
    ),
    Case(
        "mask-generation",
        {"image": PICTURE},
        PICTURE,
        [{"mask": MASK, "score": 0.8}],
        [image(), data([{"label": "", "score": 0.8, "area": 0.5}])],
    ),
    Case(
        "image-feature-extraction",
        {"image": PICTURE},
        PICTURE,
        [[1.0, 3.0]],
        [array(1.0, 3.0)],
    ),
    Case("image-to-image", {"image": PICTURE}, PICTURE, picture(size=(80, 60)), [image((80, 60))]),
    Case(
        "text-to-image",
        {"prompt": "hello"},
        told(),
        picture(form="JPEG"),
        [image()],
        reply={"content_type": "image/jpeg"},
    ),
    Case("image-to-3d", {"image": PICTURE}, PICTURE, GLB, [file(".glb")]),
    Case("text-to-3d", {"prompt": "hello"}, {"inputs": "hello"}, b"ply\nformat", [file(".ply")]),
    Case(
        "automatic-speech-recognition",
        {"audio": RECORDING},
        RECORDING,
        {"text": " hello ", "chunks": [{"text": "hello", "timestamp": [0, 0.5]}]},
        [text("hello")],
    ),
    Case(
        "text-to-speech",
        {"text": "hello", "voice": "ann"},
        told(voice="ann"),
        RECORDING,
        [file(".wav", seconds=0.5, sampling_rate=8000)],
        reply={"content_type": "audio/wav"},
    ),
    Case(
        "text-to-audio",
        {"prompt": "hello"},
        {"inputs": "hello"},
        RECORDING,
        [file(".wav", seconds=0.5)],
    ),
    Case(
        "audio-to-audio",
        {"audio": RECORDING},
        RECORDING,
        [{"label": "voice", "blob": b64(RECORDING), "content-type": "audio/wav"}],
        [file(".wav", label="voice")],
    ),
    Case("audio-classification", {"audio": RECORDING}, RECORDING, LABELS, [data(SORTED)]),
    Case(
        "voice-activity-detection",
        {"audio": RECORDING},
        RECORDING,
        [{"start": 0.1, "end": 0.4}],
        [data([{"start": 0.1, "end": 0.4}])],
    ),
    Case("video-classification", {"video": CLIP}, CLIP, LABELS, [data(SORTED)]),
    Case(
        "visual-question-answering",
        {"image": PICTURE, "question": "When?"},
        {
            "inputs": b64(PICTURE),
            "parameters": {},
            "question": "When?",
            "image": b64(PICTURE),
        },
        ANSWERS,
        [text("six"), data(REPLIED)],
    ),
    Case(
        "document-question-answering",
        {"image": PICTURE, "question": "When?"},
        {"inputs": {"question": "When?", "image": b64(PICTURE)}, "parameters": {}},
        ANSWERS,
        [text("six"), data(REPLIED)],
    ),
    Case(
        "image-text-to-image",
        {"image": PICTURE, "prompt": "redder"},
        {"inputs": b64(PICTURE), "parameters": {"prompt": "redder"}},
        picture("red"),
        [image()],
        tag="image-to-image",
    ),
    Case(
        "tabular-classification",
        {"table": b"size,kind\n3,a\n5,b\n", "target": "kind"},
        {"parameters": {}, "table": {"size": ["3", "5"]}},
        ["a", "b"],
        [
            table("size,kind,kind_predicted"),
            data(
                {
                    "rows_predicted": 2,
                    "predictions": [
                        {"row": 1, "prediction": "a"},
                        {"row": 2, "prediction": "b"},
                    ],
                }
            ),
        ],
    ),
    Case(
        "tabular-regression",
        {"table": b"size,price\n3,1\n5,2\n", "target": "price"},
        {"table": {"size": ["3", "5"]}},
        [1.5, 2.5],
        [
            table("size,price,price_predicted"),
            lambda artifact: artifact.data["rows_predicted"] == 2,
        ],
    ),
]


def chat(kind, given, *parts):
    content = [*parts, {"type": "text", "text": "What?"}]
    return Case(
        kind,
        {**given, "text": "What?"},
        {
            "model": f"someone/{kind}",
            "messages": [{"role": "user", "content": content}],
            "max_tokens": 1024,
            "stream": False,
        },
        CHAT,
        [text("It is red.")],
        path=f"{ROUTE}{kind}/v1/chat/completions",
        tag="text-generation",
    )


SEEN = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64(PICTURE)}"}}
HEARD = {"type": "input_audio", "input_audio": {"data": b64(RECORDING), "format": "wav"}}
WATCHED = {"type": "video_url", "video_url": {"url": f"data:video/mp4;base64,{b64(CLIP)}"}}
CASES += [
    chat("image-text-to-text", {"image": PICTURE}, SEEN),
    chat("audio-text-to-text", {"audio": RECORDING}, HEARD),
    chat("video-text-to-text", {"video": CLIP}, WATCHED),
    chat("any-to-any", {"image": PICTURE, "audio": RECORDING}, SEEN, HEARD),
]


def on_disk(given, folder):
    """The arguments as endpoints get them: the content of files in a file."""
    suffixes = {"table": ".csv", "image": ".png", "audio": ".wav", "video": ".mp4"}
    arguments = {}
    for name, value in given.items():
        if isinstance(value, bytes):
            path = folder / f"given{suffixes[name]}"
            path.write_bytes(value)
            value = path
        arguments[name] = value
    return arguments


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
async def test_a_kind_on_hf_inference(case, tmp_path):
    model = candidate(case.kind)
    tags = {model.model: case.tag or case.kind}
    with hub(Reply(case.answer, **case.reply), tags=tags) as server:
        artifacts = await ask(
            server, model, on_disk(case.given, tmp_path), tmp_path / "out", provider="hf-inference"
        )
    (post,) = server.posts
    assert (post.host, post.path) == ("router.huggingface.co", case.path or ROUTE + case.kind)
    assert post.headers["authorization"] == f"Bearer {TOKEN}"
    if isinstance(case.sent, bytes):
        assert post.content == case.sent
        assert post.headers["content-type"].partition("/")[0] in ("image", "audio", "video")
    else:
        assert post.json == case.sent
    assert len(artifacts) == len(case.gives)
    for artifact, holds in zip(artifacts, case.gives, strict=True):
        assert holds(artifact), artifact


def test_every_service_has_a_case_or_a_test_of_its_own():
    videos = {"text-to-video", "image-to-video", "image-text-to-video"}
    assert {case.kind for case in CASES} | videos == set(SERVICES)


def _films(server, model):
    """What fal-ai needs to bring a clip: a place in its queue, a result, and the file."""
    server.files = {
        f"/fal-ai/theirs/{model}/requests/1": json.dumps(
            {"video": {"url": f"{server.url}/clip.mp4"}}
        ).encode(),
        "/clip.mp4": CLIP,
    }
    queued = {
        "request_id": "1",
        "status": "COMPLETED",
        "response_url": f"https://queue.fal.run/theirs/{model}/requests/1",
    }
    server.replies = [Reply(queued)]


@pytest.mark.parametrize(
    ("kind", "given", "sent"),
    [
        ("text-to-video", {"prompt": "a boat"}, {"prompt": "a boat"}),
        ("image-to-video", {"image": PICTURE}, {}),
        ("image-text-to-video", {"image": PICTURE, "prompt": "waves"}, {"prompt": "waves"}),
    ],
)
async def test_a_clip_from_a_provider_with_a_queue(kind, given, sent, tmp_path):
    model = candidate(kind, providers=("fal-ai",))
    tag = kind.replace("image-text", "image")
    with hub(Reply(), tags={model.model: tag}, provider="fal-ai") as server:
        _films(server, model.model)
        (made,) = await ask(server, model, on_disk(given, tmp_path), tmp_path / "out")
    assert server.posts[0].path == f"/fal-ai/theirs/{model.model}?_subdomain=queue"
    assert sent.items() <= server.posts[0].json.items()
    assert file(".mp4")(made)
    assert made.metadata == {"width": 32, "height": 16, "seconds": 1.0}


@pytest.mark.parametrize(
    ("kind", "given", "sent"),
    [
        ("text-to-video", {"prompt": "a boat"}, {"inputs": "a boat"}),
        (
            "image-to-video",
            {"image": PICTURE},
            {"inputs": b64(PICTURE), "parameters": {"prompt": ""}},
        ),
    ],
)
async def test_a_clip_from_a_server_of_ones_own(kind, given, sent, tmp_path):
    with InferenceServer(Reply(CLIP, content_type="video/mp4")) as server:
        model = candidate(kind, f"{server.url}/film", providers=())
        (made,) = await ask(None, model, on_disk(given, tmp_path), tmp_path / "out")
    assert server.posts[0].json == sent
    assert made.path.endswith(".mp4")


async def test_a_chat_model_is_left_to_the_router_to_place(tmp_path):
    model = candidate("text-generation", providers=("groq", "cerebras"))
    with hub(Reply(CHAT)) as server:
        (said,) = await ask(server, model, {"text": "hello"}, tmp_path)
    assert server.posts[0].path == "/v1/chat/completions"
    assert server.posts[0].json["model"] == model.model
    assert said.text == "It is red."


async def test_a_model_that_does_not_chat_goes_on_with_the_text(tmp_path):
    refusal = Reply({"error": {"message": "is not a chat model"}}, status=400)
    model = candidate("text-generation", "someone/base-model")
    with hub(
        refusal, Reply([{"generated_text": "Once upon a time"}]), tags={model.model: model.kind}
    ) as server:
        (said,) = await ask(server, model, {"text": "Once upon"}, tmp_path, provider="hf-inference")
    assert [post.path for post in server.posts] == [
        "/hf-inference/models/someone/base-model/v1/chat/completions",
        "/hf-inference/models/someone/base-model",
    ]
    assert said.text == "a time"


async def test_a_chat_answer_that_can_not_be_read_is_not_asked_for_in_another_way(tmp_path):
    with (
        hub(Reply(b"{", content_type="application/json")) as server,
        pytest.raises(TaskError, match="is not what text-generation gives"),
    ):
        await ask(server, candidate("text-generation"), {"text": "hello"}, tmp_path)
    assert len(server.posts) == 1


async def test_a_mask_is_put_as_the_model_writes_it(tmp_path):
    refusal = Reply({"error": "No mask_token (<mask>) found on the input"}, status=400)
    filled = [{"sequence": "a cat", "score": 0.5, "token": 7, "token_str": " cat"}]
    model = candidate("fill-mask", "someone/roberta")
    with hub(refusal, Reply(filled), tags={model.model: "fill-mask"}) as server:
        await ask(server, model, {"text": "a ___"}, tmp_path, provider="hf-inference")
    assert [post.json["inputs"] for post in server.posts] == ["a [MASK]", "a <mask>"]


async def test_labels_of_a_server_that_does_not_nest_them(tmp_path):
    with InferenceServer(Reply([LABELS[1]])) as server:
        model = candidate("text-classification", server.url, providers=())
        (found,) = await ask(None, model, {"text": "hello"}, tmp_path)
    assert found.data == [{"label": "sunny", "score": 0.9}]


async def test_a_translation_without_a_pair_of_languages_names_none(tmp_path):
    with InferenceServer(Reply([{"translation_text": "bonjour"}])) as server:
        model = candidate("translation", server.url, providers=())
        await ask(None, model, {"text": "hello", "target_language": "fr"}, tmp_path)
    assert server.posts[0].json == told()


async def test_depth_in_json(tmp_path):
    with InferenceServer(Reply({"depth": MASK})) as server:
        model = candidate("depth-estimation", server.url, providers=())
        (grey,) = await ask(None, model, on_disk({"image": PICTURE}, tmp_path), tmp_path)
    assert Image.open(grey.path).getpixel((5, 5)) == 255


async def test_masks_are_laid_over_the_picture(tmp_path):
    with InferenceServer(Reply([{"label": "wall", "score": 1, "mask": MASK}])) as server:
        model = candidate("image-segmentation", server.url, providers=())
        marked, _ = await ask(None, model, on_disk({"image": PICTURE}, tmp_path), tmp_path)
    drawn = Image.open(marked.path)
    assert drawn.getpixel((5, 5)) != (255, 255, 255)
    assert drawn.getpixel((35, 5)) == (255, 255, 255)


async def test_a_picture_that_is_none_is_not_sent(tmp_path):
    path = tmp_path / "given.png"
    path.write_bytes(b"not a picture")
    with InferenceServer(Reply([])) as server:
        model = candidate("image-classification", server.url, providers=())
        with pytest.raises(FileInputError, match=r"given\.png"):
            await ask(None, model, {"image": path}, tmp_path)
    assert not server.posts


async def test_a_file_that_is_too_large_is_not_sent(tmp_path):
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.truncate(100_000_001)
    with InferenceServer(Reply([])) as server:
        model = candidate("audio-classification", server.url, providers=())
        with pytest.raises(FileInputError, match="100,000,001 bytes; at most 100,000,000"):
            await ask(None, model, {"audio": path}, tmp_path)
    assert not server.posts


WRONG = [
    (
        "text-classification",
        {"text": "a"},
        [[{"name": "x"}]],
        "label: Input should be a valid string",
    ),
    ("text-classification", {"text": "a"}, [], "IndexError"),
    ("text-classification", {"text": "a"}, {"error": "odd"}, "odd"),
    ("summarization", {"text": "a"}, [{"summary_text": "  "}], "an empty text"),
    ("translation", {"text": "a"}, [{"text": "b"}], "valid string"),
    ("feature-extraction", {"text": "a"}, [], "a vector without numbers"),
    ("feature-extraction", {"text": "a"}, {"a": 1}, "not what feature-extraction gives"),
    ("sentence-similarity", {"text": "a", "texts": ["b", "c"]}, [0.1], "1 scores for 2 texts"),
    ("text-ranking", {"query": "a", "texts": ["b"]}, [{"index": 3, "score": 1}], "beyond the 1"),
    ("question-answering", {"question": "a", "context": "b"}, [], "there is no answer"),
    ("text-to-speech", {"text": "a"}, {"error": "odd"}, "should be audio"),
    ("text-to-speech", {"text": "a"}, RECORDING[:44], "without any sound"),
    ("text-to-video", {"prompt": "a"}, CLIP[:300], "not a clip that can be played"),
    ("text-to-3d", {"prompt": "a"}, b"<html>", "no 3D model"),
    ("tabular-regression", {"table": b"a,b\n1,2\n"}, [1, 2], "2 predictions for 1 rows"),
    ("object-detection", {"image": PICTURE}, [{"label": "a", "score": 1}], "box"),
    ("image-segmentation", {"image": PICTURE}, [{"label": "a", "mask": "AAAA"}], "not what"),
    ("depth-estimation", {"image": PICTURE}, {}, "not a picture"),
    ("text-to-image", {"prompt": "a"}, picture()[:60], "not a picture"),
]


@pytest.mark.parametrize(("kind", "given", "answer", "says"), WRONG, ids=lambda v: str(v)[:30])
async def test_an_answer_of_another_shape_is_told(kind, given, answer, says, tmp_path):
    with InferenceServer(Reply(answer)) as server:
        model = candidate(kind, server.url, providers=())
        with pytest.raises(TaskError, match=says):
            await ask(None, model, on_disk(given, tmp_path), tmp_path / "out")
