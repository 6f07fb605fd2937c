"""Pictures for a model that sees: the user's own, scaled down."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from hugginggpt.graph.context import Context
from hugginggpt.prompts.fences import fence, one_line
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.files import is_url
from hugginggpt.tools.media import read_image

MOST_PICTURES = 8
PICTURE_TOKENS = 800
"""About what a model counts for one picture of that size, its name included."""
_LONGEST_SIDE = 768
"""In pixels; enough to tell what a picture is about, and to read a headline."""


def sees(model: BaseChatModel, context: Context) -> bool:
    """Whether the model takes pictures: by the settings, else by its profile."""
    if context.brain_sees is not None:
        return context.brain_sees
    return bool((model.profile or {}).get("image_inputs"))


def pictures(resources: Mapping[str, Artifact], most: int = MOST_PICTURES) -> list[dict[str, Any]]:
    """Two content blocks for each of the latest pictures, its name first; no broken ones."""
    most = min(most, MOST_PICTURES)
    images = [(name, a.path) for name, a in resources.items() if a.modality == "image" and a.path]
    local = [(name, path) for name, path in images if not is_url(path)]
    blocks: list[dict[str, Any]] = []
    for name, path in local[-most:] if most else []:
        try:
            picture = picture_block(path)
        except FileInputError:
            continue  # told by the task that works on it
        blocks += [{"type": "text", "text": fence("picture", one_line(name))}, picture]
    return blocks


def picture_block(path: str) -> dict[str, Any]:
    """The picture at `path` as a content block of a message, scaled down, as JPEG.

    Raises:
        FileInputError: it can't be read.

    """
    image = read_image(Path(path))
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    encoded = base64.b64encode(buffer.getvalue()).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{encoded}"}}
