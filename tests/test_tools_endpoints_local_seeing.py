"""What models that see need: float32 for places, no torchvision, prompts of their own."""

from dataclasses import replace

import numpy as np
import pytest
import transformers
from PIL import Image
from tiny import sights, talkers, vision
from tiny.weights import keep_loaded, weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local import annotators, conversing, pictures, regions, watching
from hugginggpt.tools.video import write_video

MODELS = {
    "qwen": (talkers.save_qwen, conversing.load_omnivore),
    "colqwen": (talkers.save_colqwen, watching.load_librarian),
    "paligemma": (talkers.save_paligemma, conversing.load_captioner),
    "florence": (talkers.save_florence, conversing.load_captioner),
    "pix2struct": (talkers.save_pix2struct, conversing.load_document_reader),
    "experts": (lambda f: sights.save_vitpose(f, experts=6), regions.load_pointer),
    "whole-body": (lambda f: sights.save_vitpose(f, joints=133), regions.load_pointer),
    "regions": (lambda f: sights.save_segformer(f, classes=3), regions.load_segmenter),
}
PLACES = {
    "yolos": (vision.save_yolos, regions.load_detector, regions.detect),
    "owlvit": (vision.save_owlvit, regions.load_finder, regions.find),
    "sam": (vision.save_sam, regions.load_masker, regions.make_masks),
    "superpoint": (vision.save_superpoint, regions.load_pointer, regions.find_points),
    "vitpose": (sights.save_vitpose, regions.load_pointer, regions.find_points),
    "depth": (sights.save_depth, annotators.load_depth, annotators.draw_depth),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return keep_loaded(MODELS, tmp_path_factory)


@pytest.fixture
def call(tmp_path):
    return Call(Workspace(tmp_path / "made"))


@pytest.fixture
def image(tmp_path):
    Image.effect_noise((48, 40), 90).convert("RGB").save(tmp_path / "a.png")
    return tmp_path / "a.png"


# --- numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize("model", PLACES)
def test_places_are_found_where_the_device_prefers_short_numbers(model, call, image, tmp_path):
    save, load, run = PLACES[model]
    (tmp_path / "model").mkdir()
    weights = replace(weights_of(save(tmp_path / "model")), dtype="bfloat16")
    found = run(load(weights), {"image": image, "labels": ["cat"]}, call)
    assert {artifact.modality for artifact in found} <= {"data", "image"}


def test_network_without_pooling_layer_gives_the_same_vector_each_time(call, image, tmp_path):
    config = transformers.ViTConfig(**vision.VIT)
    vision.save_vit(tmp_path, "")  # for its image processor
    transformers.ViTModel(config, add_pooling_layer=False).save_pretrained(tmp_path)
    made = [
        pictures.extract_features(pictures.load_eye(weights_of(tmp_path)), {"image": image}, call)
        for _ in range(2)
    ]
    first, second = (np.load(artifact.path) for (artifact,) in made)
    assert np.array_equal(first, second)


# --- pictures -------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "count"), [("experts", 17), ("whole-body", 133)])
def test_joints_of_other_kinds_of_pose_networks(model, count, loaded, call, image):
    data, _ = regions.find_points(loaded(model), {"image": image}, call)
    assert 0 < len(data.data) <= count


def test_regions_of_a_photograph_are_drawn_in_its_size(loaded, call, tmp_path):
    Image.effect_noise((2100, 1200), 90).convert("RGB").save(tmp_path / "large.png")
    drawn, data = regions.segment(loaded("regions"), {"image": tmp_path / "large.png"}, call)
    assert (drawn.metadata["width"], drawn.metadata["height"]) == (2100, 1200)
    assert sum(row["area"] for row in data.data) == pytest.approx(1, abs=0.01)


def test_masks_of_a_photograph_are_drawn_in_its_size(call, tmp_path):
    Image.effect_noise((1500, 500), 90).convert("RGB").save(tmp_path / "wide.png")
    model = regions.load_masker(weights_of(vision.save_sam(tmp_path)))
    drawn, data = regions.make_masks(model, {"image": tmp_path / "wide.png"}, call)
    assert (drawn.metadata["width"], drawn.metadata["height"]) == (1500, 500)
    assert data.data


# --- words ----------------------------------------------------------------------------------


def test_model_whose_processor_reads_clips_sees_pictures(loaded, call, image):
    arguments = {"image": image, "text": "what is this ?"}
    (artifact,) = conversing.converse(loaded("qwen"), arguments, call)
    assert artifact.text


def test_model_whose_processor_reads_clips_sees_clips_as_pictures(loaded, call, tmp_path):
    frames = [np.full((48, 64, 3), 40 * number, np.uint8) for number in range(6)]
    (tmp_path / "a.mp4").write_bytes(write_video(frames, 5))
    arguments = {"video": tmp_path / "a.mp4", "text": "what is this ?"}
    (artifact,) = conversing.converse(loaded("qwen"), arguments, call)
    assert artifact.text


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # of transformers
@pytest.mark.parametrize("model", ["paligemma", "florence"])
def test_caption_of_a_model_that_marks_the_picture_in_the_text(model, loaded, call, image):
    (artifact,) = conversing.caption(loaded(model), {"image": image}, call)
    assert artifact.text


def test_question_that_is_written_above_the_document_asks_no_hub(loaded, call, image):
    arguments = {"image": image, "question": "what is this ?"}
    text, data = conversing.answer_document(loaded("pix2struct"), arguments, call)
    assert text.text == data.data[0]["answer"]


def test_pages_of_different_shapes(loaded, call, image, tmp_path):
    Image.new("RGB", (90, 20)).save(tmp_path / "b.png")
    arguments = {"query": "what is this ?", "images": [image, tmp_path / "b.png"]}
    (artifact,) = watching.retrieve(loaded("colqwen"), arguments, call)
    assert sorted(row["index"] for row in artifact.data) == [0, 1]
