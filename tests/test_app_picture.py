"""Small pictures in the terminal."""

import io

from PIL import Image
from rich.console import Console

from hugginggpt.app.picture import COLUMNS, picture


def drawn(path):
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="truecolor")
    console.print(picture(path))
    return console.file.getvalue()


def test_two_pixels_share_a_cell(tmp_path):
    image = Image.new("RGB", (1, 2), (255, 0, 0))
    image.putpixel((0, 1), (0, 0, 255))
    image.save(tmp_path / "flag.png")
    assert drawn(tmp_path / "flag.png").startswith("\x1b[38;2;255;0;0;48;2;0;0;255m▀")


def test_an_odd_last_row_has_no_background(tmp_path):
    Image.new("RGB", (1, 1), (9, 8, 7)).save(tmp_path / "dot.png")
    assert drawn(tmp_path / "dot.png").startswith("\x1b[38;2;9;8;7m▀")


def test_a_large_picture_is_made_small(tmp_path):
    Image.new("RGB", (900, 300)).save(tmp_path / "wide.png")
    lines = drawn(tmp_path / "wide.png").splitlines()
    assert lines[0].count("▀") == COLUMNS


def test_a_broken_picture_is_left_out(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    assert picture(tmp_path / "broken.png") is None
