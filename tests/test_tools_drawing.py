"""What is drawn over pictures."""

import pytest
from PIL import Image

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.drawing import (
    MARK,
    Box,
    draw_boxes,
    draw_masks,
    draw_points,
    write_image,
)
from hugginggpt.tools.endpoints import Call

WHITE = (255, 255, 255)


@pytest.fixture
def white():
    return Image.new("RGB", (60, 40), WHITE)


def test_a_box_is_drawn_on_a_copy(white):
    marked = draw_boxes(white, [Box(10, 10, 50, 30)])
    assert marked.getpixel((10, 20)) == MARK
    assert marked.getpixel((30, 20)) == WHITE
    assert white.getpixel((10, 20)) == WHITE


def test_a_box_with_its_corners_the_wrong_way_round_is_drawn(white):
    assert draw_boxes(white, [Box(50, 30, 10, 10)]).getpixel((10, 20)) == MARK


def test_a_box_beyond_the_picture_is_drawn_as_far_as_it_goes(white):
    assert draw_boxes(white, [Box(-20, 10, 900, 900)]).getpixel((30, 10)) == MARK


def test_a_label_is_written_into_its_box(white):
    bare = draw_boxes(white, [Box(5, 5, 55, 35)])
    assert draw_boxes(white, [Box(5, 5, 55, 35, "cät")]).tobytes() != bare.tobytes()


def test_a_ring_is_drawn_round_a_point(white):
    marked = draw_points(white, [(30, 20)])
    assert marked.getpixel((30, 20)) == WHITE
    assert MARK in {marked.getpixel((x, 20)) for x in range(60)}


def test_masks_have_colours_of_their_own(white):
    left, right = Image.new("1", (60, 40)), Image.new("1", (60, 40))
    left.paste(1, (0, 0, 20, 40))
    right.paste(1, (40, 0, 60, 40))
    marked = draw_masks(white, [left, right])
    colours = [marked.getpixel((x, 20)) for x in (10, 30, 50)]
    assert colours[1] == WHITE
    assert len(set(colours)) == 3


def test_a_small_mask_is_stretched(white):
    half = Image.new("L", (2, 1))
    half.putpixel((0, 0), 255)
    marked = draw_masks(white, [half])
    assert marked.getpixel((5, 35)) != WHITE
    assert marked.getpixel((55, 35)) == WHITE


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "F"])
def test_any_picture_is_written_as_png(mode, tmp_path):
    artifact = write_image(Image.new(mode, (6, 4)), "test", Call(Workspace(tmp_path)))
    with Image.open(artifact.path) as opened:
        assert (opened.format, opened.size) == ("PNG", (6, 4))
    assert artifact.metadata == {"width": 6, "height": 4}
