"""Pictures that are drawn: from words, from other pictures, from nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.drawing import write_image
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text
from hugginggpt.tools.endpoints.local.companions import base_of, companion
from hugginggpt.tools.endpoints.local.diffusion import (
    by_pipeline,
    fitted,
    load_pipeline,
    native_side,
    run,
)
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_image

_TOUCH = 0.3
"""How much of a picture is drawn anew where nobody says what is to change: it stays the same."""

load_painter = by_pipeline("prompt", auto="AutoPipelineForText2Image")
load_dreamer = by_pipeline()
load_improver = by_pipeline("image", auto="AutoPipelineForImage2Image")
load_editor = by_pipeline("image", "prompt", auto="AutoPipelineForImage2Image")


def paint(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """A picture of what `prompt` says."""
    made = run(loaded, arguments, call, prompt=given_text(arguments, "prompt"))
    return [_written(made, call)]


def dream(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """A picture of what the model was trained on."""
    return [_written(run(loaded, arguments, call), call)]


def improve(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The picture, drawn anew a little."""
    return [_redrawn(loaded, arguments, call, prompt="", strength=_TOUCH)]


def edit(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The picture, changed as `prompt` says."""
    return [_redrawn(loaded, arguments, call, prompt=given_text(arguments, "prompt"))]


def _redrawn(loaded: Loaded, arguments: Mapping[str, Any], call: Call, **settings: Any) -> Artifact:
    pipeline = loaded.model
    enlarges = any(word in type(pipeline).__name__ for word in ("Upscale", "SuperResolution"))
    image = fitted(read_image(arguments["image"]), native_side(pipeline), grows=not enlarges)
    return _written(run(loaded, arguments, call, image=image, **settings), call)


# --- under control ----------------------------------------------------------------------------


def load_controlled(weights: Weights) -> Loaded:
    """A pipeline with a ControlNet: saved whole, or the ControlNet with the base that it steers.

    Raises:
        TaskError: it is none, or its base is not on this machine.

    """
    takes = ("prompt", "image")
    auto = "AutoPipelineForText2Image"
    base = base_of(weights)
    if base is not None:
        return load_pipeline(
            companion(weights, base), takes=takes, auto=auto, controlnet=_controlnet(weights)
        )
    loaded = load_pipeline(weights, takes=takes, auto=auto)
    if not hasattr(loaded.model, "controlnet"):
        raise TaskError(f"{weights.model} is a {type(loaded.model).__name__} without a ControlNet")
    return loaded


def _controlnet(weights: Weights) -> Any:
    import torch
    from diffusers import ControlNetModel

    kind: Any = ControlNetModel
    return kind.from_pretrained(
        weights.folder,
        dtype=getattr(torch, weights.dtype),
        local_files_only=True,
        use_safetensors=True,
    )


def paint_under_control(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """A picture of what `prompt` says, in the shape of the control image."""
    return [_redrawn(loaded, arguments, call, prompt=given_text(arguments, "prompt"))]


def _written(made: Any, call: Call) -> Artifact:
    return write_image(made.images[0].convert("RGB"), "picture", call)
