"""What models that see need: exact numbers, processors without torchvision, their own prompts."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from hugginggpt.tools.endpoints.local.families import Load, Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import SAFE, load_processor

_PARTS = {
    "image_processor": "AutoImageProcessor",
    "feature_extractor": "AutoFeatureExtractor",
    "tokenizer": "AutoTokenizer",
}


def exactly(load: Load) -> Load:
    """The same `Load`, in float32: bfloat16 shifts places by several pixels and bands depths."""

    def load_exactly(weights: Weights) -> Loaded:
        return load(replace(weights, dtype="float32"))

    return load_exactly


def load_multimodal_processor(weights: Weights) -> Any:
    """The model's processor; one that reads clips without that part where it can't be loaded.

    Raises:
        ImportError: a package that the other parts need is missing.
        TaskError: the model has no processor.

    """
    try:
        return load_processor(weights, "AutoProcessor")
    except ImportError:
        kind = _kind_of(weights)
        if kind is None or "video_processor" not in kind.get_attributes():
            raise
    return _without_clips(weights, kind)


def _kind_of(weights: Weights) -> Any:
    """The class of the model's processor; None where it has none."""
    import transformers
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

    config = transformers.AutoConfig.from_pretrained(weights.folder, **SAFE)
    return PROCESSOR_MAPPING.get(type(config), None)


def _without_clips(weights: Weights, kind: Any) -> Any:
    """A processor of that kind without its part for clips, which needs torchvision in all models.

    Clips are shown to these models as pictures (see `conversing`), so nothing is lost.
    """

    class WithoutClips(kind):  # type: ignore[misc]
        def check_argument_for_proper_class(self, name: str, part: Any) -> Any:
            return None if part is None else super().check_argument_for_proper_class(name, part)

    parts = [
        load_processor(weights, _PARTS[name]) if name in _PARTS else None
        for name in kind.get_attributes()
    ]
    settings, _ = kind.get_processor_dict(weights.folder, **SAFE)
    processor = WithoutClips.from_args_and_dict(parts, settings)
    # SmolVLM looks these up, clips or none.
    processor.video_processor = SimpleNamespace(num_frames=None, fps=None)
    return processor


def asked_plainly(processor: Any, given: Mapping[str, Any], text: str) -> Any:
    """What a processor without chat template makes of `given`, its pictures, and the text."""
    if text and getattr(getattr(processor, "image_processor", None), "is_vqa", False):
        headed = [_headed(processor.image_processor, image, text) for image in given["images"]]
        return processor(images=headed, is_vqa=False, return_tensors="pt")
    # Processors that mark the picture's place in the text need one, if an empty one.
    words = {"text": text} if text or getattr(processor, "image_token", None) else {}
    if not text and "<CAPTION>" in getattr(processor, "task_prompts_without_inputs", ()):
        words = {"text": "<CAPTION>"}  # Florence-2 says nothing without a task
    return processor(**given, **words, return_tensors="pt")


def _headed(image_processor: Any, image: Any, text: str) -> Any:
    """The picture with the text written above it, as Pix2Struct reads questions.

    Left to itself, it fetches a font from the Hub for that, even where the Hub is switched off.
    """
    import numpy as np
    from PIL import ImageFont

    font: Any = ImageFont.load_default(36)
    pixels = np.asarray(image).transpose(2, 0, 1)
    return image_processor.render_header(pixels, text, font_bytes=font.font_bytes)
