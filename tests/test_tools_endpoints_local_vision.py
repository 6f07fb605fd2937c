"""Local models of pictures and clips: real code of transformers on tiny random models."""

import numpy as np
import pytest
import soundfile
from PIL import Image, ImageDraw
from tiny import sights, vision
from tiny.weights import keep_loaded, weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local import annotators, conversing, pictures, regions, watching
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.video import write_video

SIZE = (48, 40)

MODELS = {
    "vit": (vision.save_vit, pictures.load_classifier),
    "eye": (lambda f: vision.save_vit(f, ""), pictures.load_eye),
    "clip": (vision.save_clip, pictures.load_sorter),
    "clip-eye": (vision.save_clip, pictures.load_eye),
    "depth": (sights.save_depth, annotators.load_depth),
    "swin2sr": (vision.save_swin2sr, pictures.load_improver),
    "yolos": (vision.save_yolos, regions.load_detector),
    "owlvit": (vision.save_owlvit, regions.load_finder),
    "segformer": (sights.save_segformer, regions.load_segmenter),
    "sam": (vision.save_sam, regions.load_masker),
    "superpoint": (vision.save_superpoint, regions.load_pointer),
    "vitpose": (sights.save_vitpose, regions.load_pointer),
    "blip": (vision.save_blip, conversing.load_captioner),
    "pair": (vision.save_pair, conversing.load_captioner),
    "llava": (vision.save_llava, conversing.load_captioner),
    "vilt": (vision.save_vilt, conversing.load_answerer),
    "blip-vqa": (lambda f: vision.save_blip(f, "ForQuestionAnswering"), conversing.load_answerer),
    "llava-vqa": (vision.save_llava, conversing.load_answerer),
    "pair-reader": (vision.save_pair, conversing.load_document_reader),
    "layoutlm": (vision.save_layoutlm, conversing.load_document_reader),
    "omnivore": (vision.save_llava, conversing.load_omnivore),
    "colpali": (vision.save_colpali, watching.load_librarian),
    "qwen-audio": (vision.save_qwen_audio, conversing.load_omnivore),
    "videomae": (vision.save_videomae, watching.load_watcher),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return keep_loaded(MODELS, tmp_path_factory)


@pytest.fixture
def call(tmp_path):
    return Call(Workspace(tmp_path / "made"))


@pytest.fixture
def image(tmp_path):
    picture = Image.effect_noise(SIZE, 90).convert("RGB")
    picture.save(tmp_path / "a.png")
    return tmp_path / "a.png"


@pytest.fixture
def clip(tmp_path):
    frames = [np.full((48, 64, 3), 40 * number, np.uint8) for number in range(6)]
    (tmp_path / "a.mp4").write_bytes(write_video(frames, 5))
    return tmp_path / "a.mp4"


def opened(artifact, size=SIZE):
    with Image.open(artifact.path) as picture:
        picture.load()
        assert picture.size == size
        return picture


def is_ranking(rows):
    scores = [row["score"] for row in rows]
    return scores == sorted(scores, reverse=True) and all(0 <= s <= 1 for s in scores)


# --- pictures -------------------------------------------------------------------------------


def test_labels_of_a_picture(loaded, call, image):
    ((artifact,),) = pictures.classify(loaded("vit"), [{"image": image}], [call])
    assert {row["label"] for row in artifact.data} == {"cat", "dog", "tea"}
    assert is_ranking(artifact.data)


def test_given_labels(loaded, call, image):
    arguments = {"image": image, "labels": ["cat", "dog", "cat", " "]}
    (artifact,) = pictures.classify_by_labels(loaded("clip"), arguments, call)
    assert sorted(row["label"] for row in artifact.data) == ["cat", "dog"]
    assert is_ranking(artifact.data)


def test_depth_is_a_picture_of_the_same_size(loaded, call, image):
    (artifact,) = annotators.draw_depth(loaded("depth"), {"image": image}, call)
    assert opened(artifact).getextrema()[0] == (0, 255)


@pytest.mark.parametrize(("model", "length"), [("eye", 16), ("clip-eye", 8)])
def test_vector_of_a_picture(model, length, loaded, call, image):
    (artifact,) = pictures.extract_features(loaded(model), {"image": image}, call)
    vector = np.load(artifact.path)
    assert (vector.shape, vector.dtype) == ((length,), np.float32)


def test_picture_is_doubled(loaded, call, image):
    (artifact,) = pictures.improve(loaded("swin2sr"), {"image": image}, call)
    opened(artifact, (96, 80))


# --- regions --------------------------------------------------------------------------------


def test_things_have_boxes_and_are_drawn(loaded, call, image):
    data, drawn = regions.detect(loaded("yolos"), {"image": image}, call)
    assert data.metadata["count"] == len(data.data)
    for row in data.data:
        assert row["label"] in {"cat", "dog", "tea"}
        assert row["box"]["xmin"] <= row["box"]["xmax"]
    opened(drawn)


def test_one_kind_of_thing(loaded, call, image):
    data, _ = regions.detect(loaded("yolos"), {"image": image, "target": "Dogs"}, call)
    assert all(row["label"] == "dog" for row in data.data)


def test_a_thing_that_the_model_does_not_know(loaded, call, image):
    with pytest.raises(TaskError, match=r"does not know 'horse'; it knows cat, dog, tea"):
        regions.detect(loaded("yolos"), {"image": image, "target": "horse"}, call)


def test_things_that_are_named(loaded, call, image):
    arguments = {"image": image, "labels": ["a cat", "a dog"]}
    data, drawn = regions.find(loaded("owlvit"), arguments, call)
    assert all(row["label"] in arguments["labels"] for row in data.data)
    assert is_ranking(data.data)
    opened(drawn)


def test_regions_share_the_picture(loaded, call, image):
    drawn, data = regions.segment(loaded("segformer"), {"image": image}, call)
    assert sum(row["area"] for row in data.data) == pytest.approx(1, abs=0.01)
    opened(drawn)


def test_masks(loaded, call, image):
    drawn, data = regions.make_masks(loaded("sam"), {"image": image}, call)
    assert data.data
    assert all(0 < row["area"] <= 1 for row in data.data)
    opened(drawn)


@pytest.mark.parametrize("model", ["superpoint", "vitpose"])
def test_points_lie_in_the_picture(model, loaded, call, image):
    data, drawn = regions.find_points(loaded(model), {"image": image}, call)
    assert data.data
    assert all(0 <= row["x"] <= 48 and 0 <= row["y"] <= 40 for row in data.data)
    opened(drawn)


# --- words ----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["blip", "pair", "llava"])
def test_caption(model, loaded, call, image):
    (artifact,) = conversing.caption(loaded(model), {"image": image}, call)
    assert artifact.text


@pytest.mark.parametrize("model", ["vilt", "blip-vqa", "llava-vqa"])
def test_answer_about_a_picture(model, loaded, call, image):
    arguments = {"image": image, "question": "what is this ?"}
    text, data = conversing.answer(loaded(model), arguments, call)
    assert text.text == data.data[0]["answer"]


def test_answers_that_a_model_ranks(loaded, call, image):
    arguments = {"image": image, "question": "what is this ?"}
    _, data = conversing.answer(loaded("vilt"), arguments, call)
    assert is_ranking(data.data)
    assert {row["answer"] for row in data.data} == {"cat", "dog", "tea"}


def test_answer_that_is_written_from_a_document(loaded, call, image):
    arguments = {"image": image, "question": "what is this ?"}
    text, data = conversing.answer_document(loaded("pair-reader"), arguments, call)
    assert text.text == data.data[0]["answer"]


def test_answer_from_the_words_of_a_document(loaded, call, tmp_path):
    page = Image.new("RGB", (600, 200), "white")
    pen = ImageDraw.Draw(page)
    pen.text((20, 20), "PARIS IS THE CAPITAL", fill="black", font_size=40)
    pen.text((20, 110), "OF FRANCE", fill="black", font_size=40)
    page.save(tmp_path / "page.png")
    arguments = {"image": tmp_path / "page.png", "question": "what is paris ?"}
    text, data = conversing.answer_document(loaded("layoutlm"), arguments, call)
    assert text.text.lower() in "paris is the capital of france"
    assert 0 <= data.data[0]["score"] <= 1


def test_talk_about_a_picture(loaded, call, image):
    arguments = {"image": image, "text": "what is this ?"}
    (artifact,) = conversing.converse(loaded("omnivore"), arguments, call)
    assert artifact.text


def test_talk_about_a_clip(loaded, call, clip):
    arguments = {"video": clip, "text": "what is this ?"}
    (artifact,) = conversing.converse(loaded("omnivore"), arguments, call)
    assert artifact.text


def test_talk_about_nothing(loaded, call):
    (artifact,) = conversing.converse(loaded("omnivore"), {"text": "hello"}, call)
    assert artifact.text


def test_talk_about_a_recording(loaded, call, tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000)
    soundfile.write(tmp_path / "a.wav", noise, 16_000)
    arguments = {"audio": tmp_path / "a.wav", "text": "what is this ?"}
    (artifact,) = conversing.converse(loaded("qwen-audio"), arguments, call)
    assert artifact.text


def test_pages_keep_their_places(loaded, call, image, tmp_path):
    Image.new("RGB", SIZE).save(tmp_path / "b.png")
    arguments = {"query": "what is this ?", "images": [image, tmp_path / "b.png"]}
    (artifact,) = watching.retrieve(loaded("colpali"), arguments, call)
    assert sorted((row["index"], row["image"]) for row in artifact.data) == [
        (0, "a.png"),
        (1, "b.png"),
    ]


# --- clips ----------------------------------------------------------------------------------


def test_labels_of_a_clip(loaded, call, clip):
    (artifact,) = watching.classify(loaded("videomae"), {"video": clip}, call)
    assert {row["label"] for row in artifact.data} == {"cat", "dog", "tea"}
    assert is_ranking(artifact.data)


# --- models that do not fit -----------------------------------------------------------------


@pytest.mark.parametrize(
    "load", [regions.load_detector, conversing.load_captioner, conversing.load_answerer]
)
def test_model_of_another_kind_is_refused(load, tmp_path):
    weights = weights_of(vision.save_vit(tmp_path))
    with pytest.raises(TaskError, match="ViTForImageClassification, which can't be loaded as"):
        load(weights)


def test_model_without_the_head_is_refused(tmp_path):
    weights = weights_of(vision.save_vit(tmp_path, ""))
    with pytest.raises(TaskError, match="lacks weights that the task needs"):
        pictures.load_classifier(weights)
