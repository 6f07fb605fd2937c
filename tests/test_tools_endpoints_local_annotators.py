"""Control images drawn from what tiny random networks see."""

import numpy as np
import pytest
from PIL import Image
from tiny import sights as tiny
from tiny.pipelines import save_photo
from tiny.weights import weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local import annotators
from hugginggpt.tools.errors import FileInputError, TaskError

MODELS = {
    "depth": (tiny.save_depth, annotators.load_depth, annotators.draw_depth),
    "normals": (tiny.save_depth, annotators.load_depth, annotators.draw_normals),
    "pose": (tiny.save_vitpose, annotators.load_pose, annotators.draw_pose),
    "regions": (tiny.save_segformer, annotators.load_regions, annotators.draw_regions),
}


@pytest.fixture(scope="module")
def draw(tmp_path_factory):
    """Draws with the network of that name, loaded once."""
    kept = {}

    def draw_it(name, path, call):
        save, load, run = MODELS[name]
        if name not in kept:
            kept[name] = load(weights_of(save(tmp_path_factory.mktemp(name))))
        (artifact,) = run(kept[name], {"image": path}, call)
        return artifact

    return draw_it


@pytest.fixture
def call(tmp_path):
    return Call(Workspace(tmp_path / "made"))


def pixels(artifact):
    with Image.open(artifact.path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("size", [(60, 30), (4, 4), (7, 200)])
def test_a_control_image_has_the_size_of_the_picture(draw, call, tmp_path, kind, size):
    artifact = draw(kind, save_photo(tmp_path / "photo.png", *size), call)
    assert pixels(artifact).shape == (size[1], size[0], 3)
    assert (artifact.metadata["width"], artifact.metadata["height"]) == size


@pytest.mark.parametrize("kind", MODELS)
def test_a_broken_picture(draw, call, tmp_path, kind):
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(FileInputError, match="'broken.png'"):
        draw(kind, path, call)


def test_depth_goes_from_black_to_white(draw, call, tmp_path):
    drawn = pixels(draw("depth", save_photo(tmp_path / "photo.png", 60, 30), call))
    assert (drawn.min(), drawn.max()) == (0, 255)


def test_what_is_near_is_white_whatever_the_network_tells(tmp_path, call):
    photo = save_photo(tmp_path / "photo.png", 60, 30)
    made = []
    for metric in (False, True):
        folder = tiny.save_depth(tmp_path / str(metric), metric=metric)
        loaded = annotators.load_depth(weights_of(folder))
        loaded.model.head.max_depth = 1  # the same numbers, but for what they mean
        if metric:
            loaded.model.head.activation2 = annotators_relu()
        made.append(pixels(annotators.draw_depth(loaded, {"image": photo}, call)[0]))
    assert np.array_equal(made[0], 255 - made[1])


def annotators_relu():
    import torch

    return torch.nn.ReLU()


def test_normals_are_unit_vectors_that_face_the_viewer(draw, call, tmp_path):
    drawn = pixels(draw("normals", save_photo(tmp_path / "photo.png", 60, 30), call))
    normals = drawn / 127.5 - 1
    assert np.linalg.norm(normals, axis=-1) == pytest.approx(1, abs=0.02)
    assert (normals[..., 2] > 0).all()


def test_a_figure_has_eighteen_joints(draw, call, tmp_path):
    artifact = draw("pose", save_photo(tmp_path / "photo.png", 60, 30), call)
    assert artifact.metadata["joints"] == 18
    assert 0 < (pixels(artifact) > 0).any(-1).mean() < 0.5


def test_a_speck_is_nobody(draw, call, tmp_path):
    with pytest.raises(TaskError, match=r"'speck.png' is too small"):
        draw("pose", save_photo(tmp_path / "speck.png", 2, 2), call)


@pytest.mark.parametrize("kind", ["depth", "normals", "regions"])
def test_a_speck_has_depth_and_a_class(draw, call, tmp_path, kind):
    assert pixels(draw(kind, save_photo(tmp_path / "speck.png", 1, 1), call)).shape == (1, 1, 3)


def test_joints_stand_where_openpose_has_them():
    figure = Image.new("RGB", (400, 400))
    joints = [None] * 18
    joints[0], joints[2], joints[17] = (20, 20), (60, 60), (360, 360)  # no limb joins them
    annotators._draw_figure(figure, joints)
    assert figure.getpixel((20, 20)) == (255, 0, 0)  # the nose
    assert figure.getpixel((60, 60)) == (255, 170, 0)  # the right shoulder
    assert figure.getpixel((360, 360)) == (255, 0, 85)  # the left ear
    assert figure.getpixel((40, 40)) == (0, 0, 0)


def test_a_network_of_other_joints_is_refused(tmp_path):
    with pytest.raises(TaskError, match="finds 21 points; .* the 17 joints of COCO"):
        annotators.load_pose(weights_of(tiny.save_vitpose(tmp_path, joints=21)))


def test_regions_have_the_colours_of_ade20k(draw, call, tmp_path):
    drawn = pixels(draw("regions", save_photo(tmp_path / "photo.png", 60, 30), call))
    palette = np.frombuffer(annotators._COLOURS, np.uint8).reshape(150, 3)
    known = {tuple(colour) for colour in palette.tolist()}
    assert {tuple(colour) for colour in drawn.reshape(-1, 3).tolist()} <= known
    assert tuple(palette[12]) == (150, 5, 61)  # a person


def test_a_network_of_other_classes_is_refused(tmp_path):
    with pytest.raises(TaskError, match="knows 19 classes; .* the 150 of ADE20K"):
        annotators.load_regions(weights_of(tiny.save_segformer(tmp_path, classes=19)))
