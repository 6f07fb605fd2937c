"""Pipelines of diffusers: loading one, running it with progress and a seed, in a size that fits."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local.families import Load, Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import quietly
from hugginggpt.tools.endpoints.local.seeds import seed_of
from hugginggpt.tools.errors import MissingExtraError, TaskError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

Gives = Literal["image", "video", "audio", "mesh"]

_BROUGHT = {"prompt", "image", "video"}
"""What tasks bring to pipelines."""
_USUAL_SIDE = 512
"""Pixels, where neither the network nor the pipeline says on what size it was trained."""
_STEP = 16
"""Pixels that sides are multiples of."""


def by_pipeline(*takes: str, gives: Gives = "image", auto: str = "DiffusionPipeline") -> Load:
    """A `Load` of a pipeline that takes these arguments and gives that."""
    return partial(load_pipeline, takes=takes, gives=gives, auto=auto)


def load_pipeline(
    weights: Weights,
    *,
    takes: Collection[str],
    gives: Gives = "image",
    auto: str = "DiffusionPipeline",
    **parts: Any,
) -> Loaded:
    """The pipeline that the model's index names, or the one of `auto` for the same networks.

    `parts` are components that are loaded already.

    Raises:
        MissingExtraError: the pipeline needs a package that is not installed.
        TaskError: it does not make `gives` out of `takes`.

    """
    import diffusers

    with quietly(), _quiet_diffusers():  # importing a pipeline warns of torchvision
        named = str(weights.config.get("_class_name", ""))
        if not named.endswith("Pipeline") or not hasattr(diffusers, named):
            kind = named or weights.config.get("model_type") or "model without a model_index.json"
            raise TaskError(f"{weights.model} is a {kind}, not a pipeline of diffusers")
        pipeline = _opened(weights, getattr(diffusers, auto), parts).to(weights.device)
    _check_task(weights, pipeline, takes, gives)
    _check_packages(weights, pipeline)
    return Loaded(weights, pipeline, extras={"settings": _few_steps(pipeline)})


def _opened(weights: Weights, kind: Any, parts: Mapping[str, Any]) -> Any:
    import diffusers
    import torch

    settings: dict[str, Any] = {
        "dtype": getattr(torch, weights.dtype),
        "local_files_only": True,
        "use_safetensors": True,
        "trust_remote_code": False,
        **_variant(weights.folder),
        **_without_unsafe_checker(weights),
        **parts,
    }
    try:
        return kind.from_pretrained(weights.folder, **settings)
    except ValueError as error:
        if "AutoPipeline can't find" not in str(error):
            raise
    whole: Any = diffusers.DiffusionPipeline
    return whole.from_pretrained(weights.folder, **settings)


def _variant(folder: Path) -> dict[str, str]:
    """Which form of the weights to read, where a network has no plain one."""
    networks = {path.parent for path in folder.glob("*/*.safetensors")}
    for variant in ("fp16", "bf16"):
        for network in networks:
            if all(f".{variant}" in path.name for path in network.glob("*.safetensors")):
                return {"variant": variant}
    return {}


def _without_unsafe_checker(weights: Weights) -> dict[str, Any]:
    """No safety checker where its weights are in a form that may run code."""
    has_one = any(weights.config.get("safety_checker") or [])
    if not has_one or any((weights.folder / "safety_checker").glob("*.safetensors")):
        return {}
    return {"safety_checker": None, "requires_safety_checker": False}


def _check_task(weights: Weights, pipeline: Any, takes: Collection[str], gives: Gives) -> None:
    """Refuse a pipeline for another task.

    Words may be asked for, or left blank, besides what the task brings; a picture may not.
    """
    parameters = inspect.signature(pipeline.__call__).parameters
    needs = {n for n, p in parameters.items() if p.default is p.empty and p.kind != p.VAR_KEYWORD}
    wants = needs | (_BROUGHT & set(parameters))
    brought = {*takes, "prompt"} if takes else set()
    if _given_by(pipeline) != gives or not set(takes) <= set(parameters) or wants - brought:
        name, given = type(pipeline).__name__, " and ".join(takes) or "nothing"
        raise TaskError(f"{weights.model} is a {name}, which does not make {gives} of {given}")


def _check_packages(weights: Weights, pipeline: Any) -> None:
    """Refuse a pipeline that would miss ftfy when it cleans its prompt: not all look first."""
    module = inspect.getmodule(type(pipeline))
    if hasattr(module, "is_ftfy_available") and not hasattr(module, "ftfy"):
        name = type(pipeline).__name__
        raise MissingExtraError(f"{weights.model} ({name}) needs ftfy: pip install ftfy")


def _given_by(pipeline: Any) -> Gives:
    if hasattr(pipeline, "video_processor"):
        return "video"
    if hasattr(pipeline, "shap_e_renderer"):
        return "mesh"
    return "image" if sampling_rate(pipeline) is None else "audio"


def sampling_rate(pipeline: Any) -> int | None:
    """Samples a second of the sound that the pipeline makes; None where it makes none."""
    networks = (getattr(pipeline, name, None) for name in ("vocoder", "vae"))
    rates = (getattr(n.config, "sampling_rate", None) for n in networks if n is not None)
    return next((int(rate) for rate in rates if rate), None)


def _few_steps(pipeline: Any) -> dict[str, Any]:
    """Settings of a distilled network, which draws in four steps and spoils pictures in fifty.

    Such are known by their scheduler: LCM's own, or Euler's with trailing steps, as the turbo
    models of Stability AI have it. Networks with zero terminal noise have trailing steps too.
    """
    scheduler = getattr(pipeline, "scheduler", None)
    name, config = type(scheduler).__name__, getattr(scheduler, "config", {})
    trailing = config.get("timestep_spacing") == "trailing" and name.startswith("Euler")
    if name == "LCMScheduler":
        return {"num_inference_steps": 4}
    if trailing and not config.get("rescale_betas_zero_snr"):
        return {"num_inference_steps": 4, "guidance_scale": 0.0}
    return {}


@contextmanager
def _quiet_diffusers() -> Iterator[None]:
    """No bars and no warnings of diffusers on the terminal."""
    from diffusers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        logging.enable_progress_bar()


# --- running ----------------------------------------------------------------------------------


def run(loaded: Loaded, arguments: Mapping[str, Any], call: Call, **settings: Any) -> Any:
    """What the pipeline gives; of the settings, those that it takes are given to it.

    The same arguments give the same result.

    Raises:
        TaskError: the model holds its picture back as unsafe.

    """
    import torch

    pipeline = loaded.model
    taken = inspect.signature(pipeline.__call__).parameters
    given = settings | dict(loaded.extras["settings"])
    known = {name: value for name, value in given.items() if name in taken}
    generator = torch.Generator("cpu").manual_seed(seed_of(arguments))
    with _telling(pipeline, call), _quiet_diffusers():
        made = pipeline(generator=generator, **known)
    if any(getattr(made, "nsfw_content_detected", None) or []):
        raise TaskError(f"{loaded.weights.model} holds its picture back: it seems unsafe")
    return made


def sound(
    loaded: Loaded, arguments: Mapping[str, Any], call: Call
) -> tuple[NDArray[np.float32], int]:
    """The sound that the pipeline makes of `prompt`, one row a channel, and its sampling rate."""
    import numpy as np
    import torch

    made = run(loaded, arguments, call, prompt=arguments["prompt"], output_type="np").audios[0]
    samples = made.float().cpu().numpy() if isinstance(made, torch.Tensor) else np.asarray(made)
    return samples, sampling_rate(loaded.model) or 0


@contextmanager
def _telling(pipeline: Any, call: Call) -> Iterator[None]:
    """A time in which the steps of the pipeline are told to `call`, not shown as a bar.

    Not every pipeline has a callback at the end of a step; every one counts its steps.
    """
    pipeline.progress_bar = partial(_Steps, call)
    try:
        yield
    finally:
        del pipeline.progress_bar


class _Steps:
    """Counts steps as the bar of a pipeline does."""

    def __init__(
        self, call: Call, iterable: Iterable[Any] | None = None, total: int | None = None
    ) -> None:
        self._call = call
        self._iterable = [] if iterable is None else list(iterable)
        self._total = total or len(self._iterable)
        self._done = 0

    def __enter__(self) -> _Steps:
        self.update(0)
        return self

    def __exit__(self, *_: object) -> None:
        return

    def __iter__(self) -> Iterator[Any]:
        for each in self._iterable:
            yield each
            self.update()

    def update(self, steps: int = 1) -> None:
        self._done += steps
        share = min(1.0, self._done / self._total) if self._total else None
        self._call.progress(f"step {self._done} of {self._total}", share)


# --- sizes ------------------------------------------------------------------------------------


def native_side(pipeline: Any) -> int:
    """The side of the square that the network was trained on, in pixels."""
    networks = (getattr(pipeline, name, None) for name in ("unet", "transformer"))
    sizes = [getattr(n.config, "sample_size", None) for n in networks if n is not None]
    size = next((s for s in (getattr(pipeline, "default_sample_size", None), *sizes) if s), None)
    if size is None:
        return _USUAL_SIDE
    longest = max(size) if isinstance(size, list | tuple) else int(size)
    return int(longest * getattr(pipeline, "vae_scale_factor", 1))


def fitted(image: Image, side: int, step: int = _STEP, *, grows: bool = True) -> Image:
    """The picture with about as many pixels as a square of that side; its shape is kept.

    One that is smaller is enlarged only where it `grows`.
    """
    from PIL import Image as Pillow

    scale = side / (image.width * image.height) ** 0.5
    scale = scale if grows else min(1.0, scale)
    width, height = (max(step, round(each * scale / step) * step) for each in image.size)
    return image.resize((width, height), Pillow.Resampling.LANCZOS)
