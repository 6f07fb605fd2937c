from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from hugginggpt.examples import example
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.faces import detect_faces
from hugginggpt.tools.errors import TaskError

FACE = 224, 115  # the middle of the face in portrait.jpg


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


def collage(path: Path, *places: tuple[int, int, int]) -> Path:
    """The portrait pasted several times on a plain picture: x, y and side of each."""
    with Image.open(example("portrait.jpg")) as portrait:
        wide = Image.new("RGB", (1400, 800), (90, 110, 100))
        for x, y, side in places:
            wide.paste(portrait.resize((side, side)), (x, y))
    wide.save(path)
    return path


def test_the_portrait_has_one_face_where_the_face_is(call: Call):
    data, image = detect_faces({"image": example("portrait.jpg")}, call)

    (face,) = data.data
    box = face["box"]
    assert face["label"] == "face"
    assert box["xmin"] < FACE[0] < box["xmax"]
    assert box["ymin"] < FACE[1] < box["ymax"]
    assert 70 < box["xmax"] - box["xmin"] < 150
    assert data.metadata["count"] == 1
    with Image.open(str(image.path)) as drawn:
        assert drawn.getpixel((box["xmin"], FACE[1])) == (255, 64, 0)


def test_faces_are_counted_from_left_to_right(tmp_path: Path, call: Call):
    path = collage(tmp_path / "group.png", (50, 100, 500), (620, 300, 400), (1060, 60, 300))

    faces = detect_faces({"image": path, "target": "faces"}, call)[0].data

    lefts = [face["box"]["xmin"] for face in faces]
    assert len(faces) == 3
    assert lefts == sorted(lefts)


def test_a_large_photograph_is_measured_in_its_own_pixels(tmp_path: Path, call: Call):
    path = tmp_path / "large.jpg"
    with Image.open(example("portrait.jpg")) as portrait:
        portrait.resize((4096, 4096)).save(path)

    (face,) = detect_faces({"image": path}, call)[0].data

    assert face["box"]["xmin"] < 8 * FACE[0] < face["box"]["xmax"]


def _noise(path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (600, 600, 3), np.uint8)).save(path)


def _coins(path: Path) -> None:
    image = Image.new("RGB", (600, 600), (60, 60, 60))
    draw = ImageDraw.Draw(image)
    for number in range(16):
        x, y = 40 + number % 4 * 140, 40 + number // 4 * 140
        draw.ellipse((x, y, x + 100, y + 100), fill=(190, 180, 150), outline="black", width=4)
        draw.ellipse((x + 25, y + 30, x + 35, y + 40), fill="black")
    image.save(path)


def _blank(path: Path) -> None:
    Image.new("RGB", (5, 3)).save(path)


@pytest.mark.parametrize("draw", [_noise, _coins, _blank])
def test_pictures_without_faces_have_none(draw, tmp_path: Path, call: Call):
    draw(tmp_path / "picture.png")

    data, image = detect_faces({"image": tmp_path / "picture.png"}, call)

    assert (data.data, data.metadata["count"]) == ([], 0)
    assert image.modality == "image"


def test_the_receipt_has_no_face(call: Call):
    assert detect_faces({"image": example("receipt.png")}, call)[0].data == []


@pytest.mark.parametrize("target", ["people", "persons in the picture", "Women"])
def test_people_are_counted_by_their_faces_and_that_is_said(target: str, call: Call):
    data = detect_faces({"image": example("portrait.jpg"), "target": target}, call)[0]

    assert data.metadata["count"] == 1
    assert "frontal faces" in data.metadata["note"]


@pytest.mark.parametrize("target", ["car", "traffic lights", "dog"])
def test_other_things_are_refused_by_name(target: str, call: Call):
    with pytest.raises(TaskError, match=f"only finds frontal faces, not '{target}'"):
        detect_faces({"image": example("portrait.jpg"), "target": target}, call)
