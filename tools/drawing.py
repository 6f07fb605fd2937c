"""What was found in a picture, drawn over it: boxes, points, masks. Pixels, origin top left."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call

if TYPE_CHECKING:
    from PIL.Image import Image

MARK = (255, 64, 0)
"""The colour of boxes and points: red, green, blue."""
_OPACITY = 140
"""Of masks, 0 to 255."""
_SAVED_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"})
"""Pillow modes that PNG can hold."""


class Box(NamedTuple):
    """A rectangle in a picture, and what is in it."""

    xmin: float
    ymin: float
    xmax: float
    ymax: float
    label: str = ""


def draw_boxes(picture: Image, boxes: Sequence[Box]) -> Image:
    """A copy of the picture with the boxes and their labels on it."""
    from PIL import ImageDraw

    marked = picture.convert("RGB")
    pen = ImageDraw.Draw(marked)
    width = max(2, max(picture.size) // 300)
    for box in boxes:
        left, right = sorted((box.xmin, box.xmax))
        top, bottom = sorted((box.ymin, box.ymax))
        pen.rectangle((left, top, right, bottom), outline=MARK, width=width)
        pen.text((left + 2 * width, top + width), box.label, fill=MARK, font_size=6 * width)
    return marked


def draw_points(picture: Image, points: Sequence[tuple[float, float]]) -> Image:
    """A copy of the picture with a ring round each point."""
    from PIL import ImageDraw

    marked = picture.convert("RGB")
    pen = ImageDraw.Draw(marked)
    radius = max(2, max(picture.size) // 200)
    for point in points:
        pen.circle(point, radius, outline=MARK, width=max(1, radius // 3))
    return marked


def draw_masks(picture: Image, masks: Sequence[Image]) -> Image:
    """A copy of the picture with each mask laid over it in a colour of its own.

    A mask is light where its region is; one of another size is stretched over the picture.
    """
    from PIL import Image, ImageColor

    marked = picture.convert("RGB")
    for number, mask in enumerate(masks):
        # The golden angle keeps the colours of neighbours apart, however many there are.
        colour = ImageColor.getrgb(f"hsl({number * 137.5 % 360:.0f}, 90%, 50%)")
        region = mask.convert("L").resize(picture.size, Image.Resampling.NEAREST)
        marked.paste(colour, mask=region.point(lambda value: _OPACITY if value > 127 else 0))
    return marked


def write_image(picture: Image, stem: str, call: Call) -> Artifact:
    """The artifact of the picture, written as PNG."""
    file = io.BytesIO()
    (picture if picture.mode in _SAVED_MODES else picture.convert("RGB")).save(file, "PNG")
    return call.workspace.write(
        file.getvalue(), ".png", "image", stem, width=picture.width, height=picture.height
    )
