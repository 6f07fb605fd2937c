"""What is where in a picture: things, regions, masks, points; told as data and drawn over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.drawing import Box, draw_boxes, draw_masks, draw_points, write_image
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_texts, given_word
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import SAFE, auto_class, by_auto, by_pipeline
from hugginggpt.tools.endpoints.local.seeing import exactly
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_image

if TYPE_CHECKING:
    from PIL.Image import Image

_GRID = 6
"""Points a side at which masks are looked for."""
_MASKS_AT_ONCE = 12
_SURE = 0.8
"""Score from which a mask counts."""
_SAME = 0.8
"""Share of two masks that they have in common, from which they are one."""
_MOST_POINTS = 500
_SIDE = 1024
"""Longest side of regions and masks, in pixels; 150 classes of a photograph would fill 7 GB."""

load_detector = exactly(
    by_pipeline("object-detection", "AutoModelForObjectDetection", "AutoImageProcessor")
)
load_finder = exactly(
    by_pipeline(
        "zero-shot-object-detection",
        "AutoModelForZeroShotObjectDetection",
        "AutoTokenizer",
        "AutoImageProcessor",
    )
)
load_masker = exactly(by_auto("AutoModelForMaskGeneration", "AutoProcessor"))


# --- things -----------------------------------------------------------------------------------


def detect(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The things in the picture with their boxes, in pixels from its top left corner.

    The setting `target` keeps those with that label.

    Raises:
        TaskError: the model does not know the target.

    """
    image = read_image(arguments["image"])
    found = loaded.model(image)
    if target := given_word(arguments, "target"):
        wanted = _labels_like(loaded, target)
        found = [row for row in found if row["label"] in wanted]
    return _boxed(found, image, call)


def find(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The things that the labels name, with their boxes."""
    image = read_image(arguments["image"])
    labels = [label.strip() for label in given_texts(arguments, "labels") if label.strip()]
    return _boxed(loaded.model(image, candidate_labels=labels), image, call)


def _labels_like(loaded: Loaded, target: str) -> set[str]:
    """The model's labels that mean the target, in the singular or the plural."""
    known = {str(label) for label in loaded.model.model.config.id2label.values()}
    wanted = target.casefold()
    forms = {wanted, wanted.removesuffix("s"), wanted.removesuffix("es")}
    found = {label for label in known if label.casefold() in forms}
    if not found:
        shown = ", ".join(sorted(known)[:20])
        raise TaskError(f"{loaded.weights.model} does not know {target!r}; it knows {shown} …")
    return found


def _boxed(found: Sequence[Mapping[str, Any]], image: Image, call: Call) -> list[Artifact]:
    rows = [
        {
            "label": str(row["label"]),
            "score": round(float(row["score"]), 4),
            "box": {side: int(value) for side, value in row["box"].items()},
        }
        for row in sorted(found, key=lambda row: -row["score"])
    ]
    boxes = [Box(**row["box"], label=row["label"]) for row in rows]  # type: ignore[arg-type]
    marked = write_image(draw_boxes(image, boxes), "found", call)
    return [Artifact.of_data(rows, count=len(rows)), marked]


# --- regions ----------------------------------------------------------------------------------


def load_segmenter(weights: Weights) -> Loaded:
    """A network that divides pictures into regions, of whichever of the three ways it knows.

    Raises:
        TaskError: it knows none.

    """
    import transformers

    config = transformers.AutoConfig.from_pretrained(weights.folder, **SAFE)
    ways = (
        "AutoModelForUniversalSegmentation",
        "AutoModelForImageSegmentation",
        "AutoModelForSemanticSegmentation",
        "AutoModelForInstanceSegmentation",
    )
    known = [way for way in ways if type(config) in auto_class(way)._model_mapping]
    auto = known[0] if known else ways[1]
    return by_pipeline("image-segmentation", auto, "AutoImageProcessor")(weights)


def segment(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The picture with its regions in colours, and the regions as data.

    The area is the region's share of the picture.
    """
    image = read_image(arguments["image"])
    call.progress("dividing the picture", None)
    found = loaded.model(_small(image))
    rows = [
        {
            "label": str(row["label"]),
            "score": None if row["score"] is None else round(float(row["score"]), 4),
            "area": _area(row["mask"]),
        }
        for row in found
    ]
    marked = draw_masks(image, [row["mask"].convert("L") for row in found])
    return [write_image(marked, "regions", call), Artifact.of_data(rows, count=len(rows))]


def _small(image: Image) -> Image:
    """The picture, scaled down where it is large; what is drawn over it is stretched again."""
    small = image.copy()
    small.thumbnail((_SIDE, _SIDE))
    return small


def _area(mask: Image) -> float:
    import numpy as np

    return round(float((np.asarray(mask.convert("L")) > 127).mean()), 4)


# --- masks ------------------------------------------------------------------------------------


def make_masks(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The picture with a mask for each thing, found from a grid of points, and their data."""
    import numpy as np
    from PIL import Image

    image = read_image(arguments["image"])
    small = _small(image)
    points = _grid(small)
    masks: list[tuple[float, Any]] = []
    for start in range(0, len(points), _MASKS_AT_ONCE):
        call.progress("looking for things", start / len(points))
        masks += _masks_at(loaded, small, points[start : start + _MASKS_AT_ONCE])
    kept = _without_doubles(sorted(masks, key=lambda each: -each[0]))
    drawn = [Image.fromarray((mask * 255).astype(np.uint8)) for _, mask in kept]
    rows = [{"score": round(s, 4), "area": round(float(m.mean()), 4)} for s, m in kept]
    marked = write_image(draw_masks(image, drawn), "masks", call)
    return [marked, Artifact.of_data(rows, count=len(rows))]


def _grid(image: Image) -> list[list[float]]:
    steps = [(number + 0.5) / _GRID for number in range(_GRID)]
    return [[x * image.width, y * image.height] for y in steps for x in steps]


def _masks_at(
    loaded: Loaded, image: Image, points: Sequence[list[float]]
) -> list[tuple[float, Any]]:
    """The best mask at each point with its score, where the network is sure of it."""
    import torch

    inputs = loaded.processor(
        image, input_points=[[[point] for point in points]], return_tensors="pt"
    ).to(loaded.weights.device)
    with torch.inference_mode():
        found = loaded.model(**inputs)
    sizes = (inputs["original_sizes"], inputs["reshaped_input_sizes"])
    (masks,) = loaded.processor.image_processor.post_process_masks(found.pred_masks.cpu(), *sizes)
    best = found.iou_scores[0].float().cpu().max(-1)
    pairs = zip(best.values.tolist(), best.indices.tolist(), masks, strict=True)
    return [(score, each[index].numpy()) for score, index, each in pairs if score >= _SURE]


def _without_doubles(masks: Sequence[tuple[float, Any]]) -> list[tuple[float, Any]]:
    kept: list[tuple[float, Any]] = []
    for score, mask in masks:
        if mask.any() and all(_shared(mask, other) < _SAME for _, other in kept):
            kept.append((score, mask))
    return kept


def _shared(one: Any, other: Any) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


# --- points -----------------------------------------------------------------------------------


def load_pointer(weights: Weights) -> Loaded:
    """A network that finds points: corners, or the joints of a body.

    Raises:
        TaskError: it finds neither.

    """
    is_pose = str(weights.config.get("model_type", "")).startswith("vitpose")
    auto = "AutoModelForPoseEstimation" if is_pose else "AutoModelForKeypointDetection"
    return exactly(by_auto(auto, "AutoImageProcessor"))(weights)


def find_points(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The points of the picture with how sure each is, the surest first, and drawn over it."""
    import torch

    image = read_image(arguments["image"])
    is_pose = str(loaded.model.config.model_type).startswith("vitpose")
    boxes = {"boxes": [[[0.0, 0.0, float(image.width), float(image.height)]]]} if is_pose else {}
    inputs = loaded.processor(image, return_tensors="pt", **boxes).to(loaded.weights.device)
    with torch.inference_mode():
        found = loaded.model(**inputs, **_expert(loaded, torch.zeros(1, dtype=torch.long)))
    if is_pose:
        ((pose,),) = loaded.processor.post_process_pose_estimation(found, **boxes)
    else:
        sizes = [(image.height, image.width)]
        (pose,) = loaded.processor.post_process_keypoint_detection(found, sizes)
    pairs = zip(pose["keypoints"].tolist(), pose["scores"].tolist(), strict=True)
    rows = [
        {"x": round(x, 1), "y": round(y, 1), "score": round(score, 4)}
        for (x, y), score in sorted(pairs, key=lambda pair: -pair[1])[:_MOST_POINTS]
        if 0 <= x <= image.width and 0 <= y <= image.height
    ]
    marked = draw_points(image, [(row["x"], row["y"]) for row in rows])
    return [Artifact.of_data(rows, count=len(rows)), write_image(marked, "points", call)]


def _expert(loaded: Loaded, first: Any) -> dict[str, Any]:
    """Which of its experts a ViTPose+ is to ask: the first one, trained on COCO's people."""
    backbone = getattr(loaded.model.config, "backbone_config", None)
    several = getattr(backbone, "num_experts", 1) > 1
    return {"dataset_index": first.to(loaded.weights.device)} if several else {}
