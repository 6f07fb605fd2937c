"""The task table is complete, and consistent in itself."""

import pytest

from hugginggpt.graph.draft import parse_plan
from hugginggpt.tools.kinds import KINDS, find_kind, fits, nearest_kind
from hugginggpt.tools.tool import arguments_schema

HUB_KINDS = [
    "any-to-any",
    "audio-classification",
    "audio-text-to-text",
    "audio-to-audio",
    "automatic-speech-recognition",
    "depth-estimation",
    "document-question-answering",
    "feature-extraction",
    "fill-mask",
    "graph-ml",
    "image-classification",
    "image-feature-extraction",
    "image-segmentation",
    "image-text-to-image",
    "image-text-to-text",
    "image-text-to-video",
    "image-to-3d",
    "image-to-image",
    "image-to-text",
    "image-to-video",
    "keypoint-detection",
    "mask-generation",
    "multiple-choice",
    "object-detection",
    "question-answering",
    "reinforcement-learning",
    "robotics",
    "sentence-similarity",
    "summarization",
    "table-question-answering",
    "table-to-text",
    "tabular-classification",
    "tabular-regression",
    "tabular-to-text",
    "text-classification",
    "text-generation",
    "text-ranking",
    "text-retrieval",
    "text-to-3d",
    "text-to-audio",
    "text-to-image",
    "text-to-speech",
    "text-to-video",
    "time-series-forecasting",
    "token-classification",
    "translation",
    "unconditional-image-generation",
    "video-classification",
    "video-text-to-text",
    "video-to-video",
    "visual-document-retrieval",
    "visual-question-answering",
    "voice-activity-detection",
    "zero-shot-classification",
    "zero-shot-image-classification",
    "zero-shot-object-detection",
]
CONTROLS = ["canny", "depth", "hed", "mlsd", "normal", "openpose", "seg"]


def test_all_kinds_of_the_hub_and_all_control_kinds():
    controls = [f"{c}-{end}" for c in CONTROLS for end in ("control", "text-to-image")]
    assert sorted(KINDS) == sorted(HUB_KINDS + controls)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_example_is_a_valid_task(kind):
    plan = parse_plan([{"task": kind.name, "id": 0, "args": kind.example}])
    assert plan.notes == ()


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_argument_is_described_in_the_schema(kind):
    fields = arguments_schema(kind.name).model_json_schema().get("properties", {})
    assert {name for name, field in fields.items() if field["description"]} == {
        argument.name for argument in kind.arguments
    }


@pytest.mark.parametrize(
    "name", ["image-to-text", "Image-to-Text", "image_to_text", " IMAGE TO TEXT ", "ocr"]
)
def test_kind_is_found_however_it_is_written(name):
    assert find_kind(name) is KINDS["image-to-text"]


def test_aliases_are_not_ambiguous():
    names = [n.lower().replace(" ", "-") for k in KINDS.values() for n in {k.name, *k.aliases}]
    assert all(find_kind(name) for name in names)
    assert not {n for k in KINDS.values() for n in k.aliases} & KINDS.keys()


def test_nearest_kind():
    assert nearest_kind("text2speech") == "text-to-speech"
    assert nearest_kind("xyz") is None


@pytest.mark.parametrize(
    ("produced", "wanted", "may"),
    [("text", "text", True), ("data", "text", True), ("image", "text", False)],
)
def test_fits(produced, wanted, may):
    assert fits(produced, wanted) is may
