"""Pictures between Pillow, OpenCV and the workspace."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.media import read_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARK = (255, 64, 0)
"""The colour of what is drawn on pictures: red, green, blue."""


def read_pixels(path: Path) -> NDArray[Any]:
    """The picture as bytes of shape (height, width, 3), red first."""
    import numpy as np

    return np.array(read_image(path))


def write_picture(pixels: NDArray[Any], stem: str, call: Call) -> Artifact:
    """The artifact of the pixels, grey or red first, written as PNG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    height, width = pixels.shape[:2]
    return call.workspace.write(file.getvalue(), ".png", "image", stem, width=width, height=height)
