"""Pictures: labels, vectors, and better pictures, with networks of transformers."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.drawing import write_image
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_texts
from hugginggpt.tools.endpoints.local import painting
from hugginggpt.tools.endpoints.local.embeddings import write_vector
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import by_pipeline, load_auto
from hugginggpt.tools.endpoints.local.texts import Calls, Many, rounded
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_image

_LABELS = 5

load_classifier = by_pipeline(
    "image-classification", "AutoModelForImageClassification", "AutoImageProcessor"
)
load_sorter = by_pipeline(
    "zero-shot-image-classification",
    "AutoModelForZeroShotImageClassification",
    "AutoTokenizer",
    "AutoImageProcessor",
)


def classify(loaded: Loaded, many: Many, calls: Calls) -> list[list[Artifact]]:  # noqa: ARG001
    """Up to five labels of each picture, the likeliest first."""
    images = [read_image(arguments["image"]) for arguments in many]
    found = loaded.model(images, top_k=_LABELS, batch_size=len(images))
    return [[Artifact.of_data(rounded(labels))] for labels in found]


def classify_by_labels(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:  # noqa: ARG001
    """The given labels, the one that fits the picture best first."""
    labels = list(dict.fromkeys(x.strip() for x in given_texts(arguments, "labels") if x.strip()))
    found = loaded.model(read_image(arguments["image"]), candidate_labels=labels)
    return [Artifact.of_data(rounded(found))]


def load_eye(weights: Weights) -> Loaded:
    """A network that sees; of those that were trained without a pooling layer, without one.

    Raises:
        TaskError: it is no such network, or lacks other parts.

    """
    see = partial(load_auto, weights, auto="AutoModel", processor="AutoImageProcessor")
    try:
        return see()
    except TaskError:
        loaded = see(spare="pooler")
        loaded.model.pooler = None  # what transformers has put there is random
        return loaded


def extract_features(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The vector of the picture as a NumPy file: float32, one dimension.

    That of its pooling layer; where it has none, the mean over all places of the picture.
    """
    import numpy as np
    import torch

    inputs = _seen(loaded, arguments)
    with torch.inference_mode():
        if hasattr(loaded.model, "get_image_features"):  # a model of pictures and texts
            found = loaded.model.get_image_features(**inputs)
        else:
            found = loaded.model(**inputs)
    pooled = found if isinstance(found, torch.Tensor) else getattr(found, "pooler_output", None)
    if pooled is None:
        hidden = found.last_hidden_state
        pooled = hidden.flatten(2).mean(-1) if hidden.ndim == 4 else hidden.mean(1)
    vector = np.asarray(pooled.float().flatten().cpu(), dtype=np.float32)
    return [write_vector(vector, call, "embedding")]


def load_improver(weights: Weights) -> Loaded:
    """A pipeline of diffusers, or a network that makes pictures sharper or larger.

    Raises:
        TaskError: it is neither.

    """
    if "_class_name" in weights.config:
        return painting.load_improver(weights)
    return load_auto(weights, auto="AutoModelForImageToImage", processor="AutoImageProcessor")


def improve(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The picture made better, as the model was trained to: larger, sharper, cleaner."""
    if "_class_name" in loaded.weights.config:
        return painting.improve(loaded, arguments, call)
    import torch
    from PIL import Image

    image = read_image(arguments["image"])
    inputs = _seen(loaded, arguments)
    call.progress("improving the picture", None)
    with torch.inference_mode():
        pixels = loaded.model(**inputs).reconstruction[0].float().clamp(0, 1)
    values = (pixels.permute(1, 2, 0) * 255).round().byte().cpu().numpy()
    # The network pads pictures to whole windows: what was added comes back enlarged as well.
    scale = getattr(loaded.model.config, "upscale", 1)
    size = (0, 0, image.width * scale, image.height * scale)
    return [write_image(Image.fromarray(values).crop(size), "improved", call)]


def _seen(loaded: Loaded, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The picture as the network takes it."""
    seen = loaded.processor(images=read_image(arguments["image"]), return_tensors="pt")
    device, dtype = loaded.weights.device, loaded.model.dtype
    return {name: value.to(device, dtype) for name, value in seen.items() if name == "pixel_values"}
