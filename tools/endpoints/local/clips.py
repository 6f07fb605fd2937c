"""Clips that are made: from words, from pictures, from other clips."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text
from hugginggpt.tools.endpoints.local.diffusion import by_pipeline, fitted, native_side, run
from hugginggpt.tools.endpoints.local.families import Loaded
from hugginggpt.tools.media import read_image
from hugginggpt.tools.video import clip_seconds, read_frames, write_video

if TYPE_CHECKING:
    from PIL.Image import Image

_RATES = {"Wan": 16, "LTX": 24, "Hunyuan": 24, "CogVideoX": 8, "AnimateDiff": 8}
"""Beginning of a pipeline's name -> frames a second of the clips that it was trained on."""
_USUAL_RATE = 8
_STEP = 64
"""Pixels that the sides of a clip are multiples of: networks of video halve them six times."""
_MOST_FRAMES = 49
"""Frames of a clip that are drawn anew, spread over all of it; networks want 4 n + 1."""

load_filmer = by_pipeline("prompt", gives="video")
load_animator = by_pipeline("image", gives="video")
load_director = by_pipeline("image", "prompt", gives="video")
load_refilmer = by_pipeline("video", gives="video")


def film(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """A clip of what `prompt` says."""
    return [_filmed(loaded, arguments, call, prompt=given_text(arguments, "prompt"))]


def animate(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The picture, moving: as `prompt` says, where there is one."""
    image = _fitted(loaded, read_image(arguments["image"]))
    prompt = given_text(arguments, "prompt") if "prompt" in arguments else ""
    size: dict[str, Any] = {"width": image.width, "height": image.height}
    return [_filmed(loaded, arguments, call, image=image, prompt=prompt, **size)]


def film_anew(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The clip, drawn anew and as long as it was: as `prompt` says, where there is one."""
    seconds = clip_seconds(arguments["video"])
    frames = [_fitted(loaded, frame) for frame in read_frames(arguments["video"], _MOST_FRAMES)]
    frames = frames[: (len(frames) - 1) // 4 * 4 + 1]
    prompt = given_text(arguments, "prompt") if "prompt" in arguments else ""
    size: dict[str, Any] = {"width": frames[0].width, "height": frames[0].height}
    rate = Fraction(len(frames) / seconds).limit_denominator(1000) if seconds else None
    return [_filmed(loaded, arguments, call, rate, video=frames, prompt=prompt, **size)]


def _fitted(loaded: Loaded, image: Image) -> Image:
    return fitted(image, native_side(loaded.model), _STEP)


def _filmed(
    loaded: Loaded,
    arguments: Mapping[str, Any],
    call: Call,
    rate: Fraction | None = None,
    **settings: Any,
) -> Artifact:
    """The clip as MP4, with `rate` frames a second; None: as the model was trained."""
    frames = run(loaded, arguments, call, output_type="np", **settings).frames[0]
    call.progress("writing the clip", None)
    rate = rate or Fraction(_rate(loaded.model))
    height, width = frames[0].shape[:2]
    known = {
        "frames": len(frames),
        "frame_rate": round(float(rate), 2),
        "seconds": round(float(len(frames) / rate), 2),
    }
    content = write_video(frames, rate)
    return call.workspace.write(
        content, ".mp4", "video", "clip", width=width, height=height, **known
    )


def _rate(pipeline: Any) -> int:
    """Frames a second: the pipeline's own, or those of its kind."""
    parameters = inspect.signature(pipeline.__call__).parameters
    own = (parameters[name].default for name in ("fps", "frame_rate") if name in parameters)
    name = type(pipeline).__name__
    usual = (rate for kind, rate in _RATES.items() if name.startswith(kind))
    return int(next((r for r in (*own, *usual) if isinstance(r, int | float)), _USUAL_RATE))
