from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from hugginggpt.examples import example
from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.edges import draw_canny, draw_lines, find_keypoints
from hugginggpt.tools.errors import FileInputError


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


@pytest.fixture
def square(tmp_path: Path) -> Path:
    """A white square from (60, 40) to (160, 140) on black, 240 x 200."""
    image = Image.new("RGB", (240, 200))
    ImageDraw.Draw(image).rectangle((60, 40, 160, 140), fill="white")
    image.save(tmp_path / "square.png")
    return tmp_path / "square.png"


def pixels(artifact: Artifact) -> np.ndarray:
    with Image.open(str(artifact.path)) as image:
        return np.asarray(image)


def test_canny_draws_the_outline_and_nothing_else(square: Path, call: Call):
    artifact = draw_canny({"image": square}, call)[0]

    edges = pixels(artifact) > 0
    assert edges.shape == (200, 240)
    assert 350 < edges.sum() < 450  # the square is 404 pixels round
    assert not edges[50:130, 70:150].any()
    assert (artifact.metadata["width"], artifact.metadata["height"]) == (240, 200)


def test_the_four_sides_are_lines(square: Path, call: Call):
    artifact = draw_lines({"image": square}, call)[0]

    drawn = pixels(artifact)
    assert artifact.metadata["lines"] == 4
    assert all(drawn[y - 2 : y + 3, x - 2 : x + 3].any() for x, y in [(60, 90), (110, 140)])
    assert drawn[80:100, 90:130].sum() == 0


def test_the_corners_are_the_points(square: Path, call: Call):
    data, image = find_keypoints({"image": square}, call)

    corners = np.array([(60, 40), (160, 40), (60, 140), (160, 140)])
    points = np.array([(each["x"], each["y"]) for each in data.data])
    distances = np.linalg.norm(points[:, None] - corners, axis=2).min(axis=1)
    assert data.metadata["count"] == len(points) > 0
    assert np.median(distances) < 8
    assert (pixels(image) != np.asarray(Image.open(square))).any()


def test_the_best_point_comes_first(call: Call):
    scores = [p["score"] for p in find_keypoints({"image": example("portrait.jpg")}, call)[0].data]

    assert scores[0] == 1
    assert scores == sorted(scores, reverse=True)
    assert len(scores) <= 200


@pytest.mark.parametrize("engine", [draw_canny, draw_lines, find_keypoints])
@pytest.mark.parametrize("size", [(1, 1), (2, 500), (64, 64)])
def test_an_empty_picture_has_nothing_to_draw(engine, size, tmp_path: Path, call: Call):
    path = tmp_path / "grey.png"
    Image.new("RGB", size, "grey").save(path)

    artifacts = engine({"image": path}, call)

    picture = next(each for each in artifacts if each.modality == "image")
    assert len(np.unique(pixels(picture))) == 1


@pytest.mark.parametrize("engine", [draw_canny, draw_lines, find_keypoints])
def test_a_broken_picture_is_named(engine, tmp_path: Path, call: Call):
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")

    with pytest.raises(FileInputError, match=r"'broken.png'"):
        engine({"image": path}, call)
