"""Control images: what a picture's depth, surfaces, bodies or regions are, as ControlNets read it.

The forms are those of ControlNet's own annotators (Zhang et al. 2023, arXiv 2302.05543), which
its networks were trained on: https://github.com/lllyasviel/ControlNet/tree/main/annotator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.drawing import write_image
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import by_auto
from hugginggpt.tools.endpoints.local.seeing import exactly
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

_METRIC = frozenset({"glpn", "zoedepth", "depth_pro", "prompt_depth_anything"})
"""Networks that tell metres; the others tell nearness."""
_RELIEF = 0.5
"""How deep the scene is taken to be, as a share of the picture's longest side."""

load_depth = exactly(by_auto("AutoModelForDepthEstimation", "AutoImageProcessor"))


# --- depth and surfaces -----------------------------------------------------------------------


def draw_depth(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """How near each point of the picture is: white is nearest, black is farthest."""
    from PIL import Image

    near = _nearness(loaded, read_image(arguments["image"]))
    picture = Image.fromarray((near * 255).round().astype("uint8")).convert("RGB")
    return [write_image(picture, "depth", call)]


def draw_normals(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """Which way each surface faces: red tells left and right, green up and down, blue the viewer.

    The directions are worked out from the depth, which a network tells only in relation.
    """
    import numpy as np
    from PIL import Image

    near = _nearness(loaded, read_image(arguments["image"]))
    relief = near * max(near.shape) * _RELIEF
    down, right = np.gradient(relief) if min(near.shape) > 1 else np.zeros((2, *near.shape))
    normals = np.stack([right, down, np.ones_like(near)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    picture = Image.fromarray((normals * 127.5 + 127.5).round().astype("uint8"))
    return [write_image(picture, "normals", call)]


def _nearness(loaded: Loaded, image: Image) -> NDArray[np.float32]:
    """How near each point is, from 0 to 1, in the picture's size."""
    import numpy as np

    found = _seen(loaded, image).predicted_depth.float()
    found = found.reshape(1, 1, *found.shape[-2:])
    depth = _resized(found, image)[0, 0].cpu().numpy()
    near = -depth if _tells_distance(loaded.model.config) else depth
    span = float(near.max() - near.min())
    return np.asarray((near - near.min()) / span if span else np.zeros_like(near), np.float32)


def _tells_distance(config: Any) -> bool:
    kind = getattr(config, "depth_estimation_type", None)
    return kind == "metric" or (kind is None and config.model_type in _METRIC)


def _seen(loaded: Loaded, image: Image, *, inputs: Any = None, **settings: Any) -> Any:
    """What the network says of the picture; `settings` are of its processor."""
    import torch

    model = loaded.model
    seen = loaded.processor(images=image, return_tensors="pt", **settings)
    pixels = seen["pixel_values"].to(model.device, model.dtype)
    with torch.inference_mode():
        return model(pixel_values=pixels, **inputs or {})


def _resized(values: Any, image: Image) -> Any:
    import torch

    size = (image.height, image.width)
    return torch.nn.functional.interpolate(values, size=size, mode="bilinear", align_corners=False)


# --- bodies -----------------------------------------------------------------------------------

_FOUND = 17
"""Joints of COCO."""
_SMALLEST = 4
"""Pixels of a side."""
_SURE = 0.3
"""Score from which a joint is drawn."""
_JOINTS = (0, 17, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
"""OpenPose's eighteen joints among COCO's seventeen, and the neck (17) between the shoulders."""
_LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12),
    (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
"""Pairs of OpenPose's joints."""


def load_pose(weights: Weights) -> Loaded:
    """A network that finds the 17 joints of COCO.

    Raises:
        TaskError: it finds other points.

    """
    loaded = exactly(by_auto("AutoModelForPoseEstimation", "AutoImageProcessor"))(weights)
    if loaded.model.config.num_labels != _FOUND:
        raise TaskError(
            f"{weights.model} finds {loaded.model.config.num_labels} points; OpenPose's figure is "
            f"drawn from the {_FOUND} joints of COCO"
        )
    return loaded


def draw_pose(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The body as a figure of coloured sticks on black; metadata `joints` counts what was found.

    The picture as a whole is taken for one person.

    Raises:
        TaskError: the picture is too small.

    """
    from PIL import Image

    image = read_image(arguments["image"])
    if min(image.size) < _SMALLEST:
        raise TaskError(f"{arguments['image'].name!r} is too small to show anybody")
    joints = _joints(loaded, image)
    figure = Image.new("RGB", image.size)
    _draw_figure(figure, joints)
    found = sum(joint is not None for joint in joints)
    drawn = write_image(figure, "pose", call)
    return [drawn.model_copy(update={"metadata": {**drawn.metadata, "joints": found}})]


def _joints(loaded: Loaded, image: Image) -> list[tuple[float, float] | None]:
    """Where OpenPose's joints are, in pixels; None where the network is not sure."""
    import torch

    boxes = [[[0, 0, image.width, image.height]]]
    several = getattr(loaded.model.config.backbone_config, "num_experts", 1) > 1
    expert = {"dataset_index": torch.zeros(1, dtype=torch.long)} if several else {}  # COCO's
    outputs = _seen(loaded, image, boxes=boxes, inputs=expert)
    ((person,),) = loaded.processor.post_process_pose_estimation(outputs, boxes=boxes)
    places, scores = person["keypoints"].tolist(), person["scores"].flatten().tolist()
    (left, right), sure = (places[5], places[6]), min(scores[5], scores[6])
    places.append([(left[0] + right[0]) / 2, (left[1] + right[1]) / 2])
    scores.append(sure)
    return [(places[n][0], places[n][1]) if scores[n] >= _SURE else None for n in _JOINTS]


def _draw_figure(figure: Image, joints: list[tuple[float, float] | None]) -> None:
    from PIL import ImageDraw

    pen = ImageDraw.Draw(figure)
    width = max(2, max(figure.size) // 64)
    for number, (one, other) in enumerate(_LIMBS):
        ends = [joint for joint in (joints[one], joints[other]) if joint is not None]
        if len(ends) == 2:
            pen.line(ends, fill=tuple(round(0.6 * c) for c in _hue(number)), width=width)
    for number, joint in enumerate(joints):
        if joint is not None:
            pen.circle(joint, width / 2, fill=_hue(number))


def _hue(number: int) -> tuple[int, int, int]:
    """OpenPose's eighteen colours: red at first, then round the circle in steps of 20 degrees."""
    from PIL import ImageColor

    red, green, blue, *_ = ImageColor.getrgb(f"hsl({number * 20}, 100%, 50%)")
    return red, green, blue


# --- regions ----------------------------------------------------------------------------------

_CLASSES = 150
_COLOURS = bytes.fromhex(
    "787878 b47878 06e6e6 503232 04c803 787850 8c8c8c cc05ff e6e6e6 04fa07 e005ff ebff07 96053d"
    "787846 08ff33 ff0652 8fff8c ccff04 ff3307 cc4603 0066c8 3de6fa ff0633 0b66ff ff0747 ff09e0"
    "0907e6 dcdcdc ff095c 7009ff 08ffd6 07ffe0 ffb806 0aff47 ff290a 07ffff e0ff08 6608ff ff3d06"
    "ffc207 ff7a08 00ff14 ff0829 ff0599 0633ff eb0cff a09614 00a3ff 8c8c8c fa0a0f 14ff00 1fff00"
    "ff1f00 ffe000 99ff00 0000ff ff4700 00ebff 00adff 1f00ff 0bc8c8 ff5200 00fff5 003dff 00ff70"
    "00ff85 ff0000 ffa300 ff6600 c2ff00 008fff 33ff00 0052ff 00ff29 00ffad 0a00ff adff00 00ff99"
    "ff5c00 ff00ff ff00f5 ff0066 ffad00 ff0014 ffb8b8 001fff 00ff3d 0047ff ff00cc 00ffc2 00ff52"
    "000aff 0070ff 3300ff 00c2ff 007aff 00ffa3 ff9900 00ff0a ff7000 8fff00 5200ff a3ff00 ffeb00"
    "08b8aa 8500ff 00ff5c b800ff ff001f 00b8ff 00d6ff ff0070 5cff00 00e0ff 70e0ff 46b8a0 a300ff"
    "9900ff 47ff00 ff00a3 ffcc00 ff008f 00ffeb 85ff00 ff00eb f500ff ff007a fff500 0abed4 d6ff00"
    "00ccff 1400ff ffff00 0099ff 0029ff 00ffcc 2900ff 29ff00 ad00ff 00f5ff 4700ff 7a00ff 00ffb8"
    "005cff b8ff00 0085ff ffd600 19c2c2 66ff00 5c00ff"
)
"""Of ADE20K's classes: red, green and blue of each."""


def load_regions(weights: Weights) -> Loaded:
    """A network that tells the 150 classes of ADE20K apart.

    Raises:
        TaskError: it knows other classes, whose colours no ControlNet was trained on.

    """
    loaded = by_auto("AutoModelForSemanticSegmentation", "AutoImageProcessor")(weights)
    if loaded.model.config.num_labels != _CLASSES:
        raise TaskError(
            f"{weights.model} knows {loaded.model.config.num_labels} classes; ControlNets read the "
            f"{_CLASSES} of ADE20K: take a model that was trained on it"
        )
    return loaded


def draw_regions(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The regions of the picture, each in the colour of its class in ADE20K."""
    import numpy as np
    from PIL import Image

    image = read_image(arguments["image"])
    size = (image.height, image.width)
    outputs = _seen(loaded, image)
    (classes,) = loaded.processor.post_process_semantic_segmentation(outputs, target_sizes=[size])
    colours = np.frombuffer(_COLOURS, np.uint8).reshape(_CLASSES, 3)
    return [write_image(Image.fromarray(colours[classes.cpu().numpy()]), "regions", call)]
