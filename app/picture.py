"""Small pictures in the terminal."""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.console import RenderableType
from rich.segment import Segment, Segments
from rich.style import Style

from hugginggpt.tools.errors import FileInputError

if TYPE_CHECKING:
    from PIL.Image import Image

COLUMNS, ROWS = 40, 12
"""Most character cells that a picture takes."""


def picture(path: Path) -> RenderableType | None:
    """The picture at `path`, drawn as well as the terminal can; None where it can't be opened.

    With the package textual-image installed that is real graphics (Kitty, sixel), without
    it two pixels to a character cell.
    """
    from hugginggpt.tools.media import read_image

    try:
        image = read_image(path)
    except FileInputError:
        return None
    small = image.copy()
    small.thumbnail((COLUMNS, 2 * ROWS))
    return _graphics(image, small.width, (small.height + 1) // 2) or _half_blocks(small)


def _graphics(image: "Image", columns: int, rows: int) -> RenderableType | None:
    if not sys.stdin.isatty():
        return None  # textual-image asks the terminal what it can, and reads the reply from stdin
    try:
        drawing = importlib.import_module("textual_image.renderable")
    except ImportError:
        return None
    drawn: RenderableType = drawing.Image(image, width=columns, height=rows)
    return drawn


def _half_blocks(image: "Image") -> Segments:
    """Each cell is an upper half block: its colour is one pixel, its background the one below."""
    channels = image.tobytes()
    cells: list[Segment] = []
    for y in range(0, image.height, 2):
        for x in range(image.width):
            upper = 3 * (y * image.width + x)
            lower = upper + 3 * image.width
            below = _color(channels, lower) if y + 1 < image.height else None
            cells.append(Segment("▀", Style(color=_color(channels, upper), bgcolor=below)))
        cells.append(Segment.line())
    return Segments(cells)


def _color(channels: bytes, at: int) -> Color:
    return Color.from_triplet(ColorTriplet(*channels[at : at + 3]))
