"""Edges, straight lines and characteristic points of a picture, found by OpenCV without weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.pictures import MARK, read_pixels, write_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CANNY = (100, 200)
"""Weak and strong edge, as ControlNet's annotator has them."""
_SHORTEST_LINE = 0.03
"""As a share of the picture's diagonal."""
_MOST_POINTS = 200


def _grey(pixels: NDArray[Any]) -> NDArray[Any]:
    import cv2

    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def draw_canny(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The sharp edges, white on black, in the picture's size."""
    import cv2

    edges = cv2.Canny(_grey(read_pixels(arguments["image"])), *_CANNY)
    return [write_picture(edges, "canny", call)]


def draw_lines(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The straight lines, white on black, in the picture's size; metadata `lines` counts them.

    The detector is LSD (von Gioi et al. 2012), not the M-LSD network that ControlNet uses.
    """
    import cv2
    import numpy as np

    grey = _grey(read_pixels(arguments["image"]))
    found = cv2.createLineSegmentDetector().detect(grey)[0]
    canvas = np.zeros_like(grey)
    segments = np.zeros((0, 4)) if found is None else found.reshape(-1, 4)
    lengths = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    kept = segments[lengths >= _SHORTEST_LINE * np.hypot(*grey.shape)]
    for x0, y0, x1, y1 in kept.round().astype(int).tolist():
        cv2.line(canvas, (x0, y0), (x1, y1), 255, 2, cv2.LINE_AA)
    picture = write_picture(canvas, "lines", call)
    return [picture.model_copy(update={"metadata": {**picture.metadata, "lines": len(kept)}})]


def find_keypoints(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The most characteristic corners, best first, and the picture with them drawn on it.

    Places are pixels from the top left; `score` is the strength relative to the best one.
    """
    import cv2

    pixels = read_pixels(arguments["image"])
    detector = cv2.ORB.create(nfeatures=_MOST_POINTS)
    # ORB leaves a rim out, and fails on pictures that are smaller than a pixel once scaled down.
    large = min(pixels.shape[:2]) > 2 * detector.getEdgeThreshold()
    points = detector.detect(_grey(pixels)) if large else ()
    points = sorted(points, key=lambda point: -point.response)
    best = points[0].response if points else 1.0
    data = [
        {
            "x": round(point.pt[0], 1),
            "y": round(point.pt[1], 1),
            "score": round(point.response / best, 4),
        }
        for point in points
    ]
    marked = cv2.drawKeypoints(pixels, points, pixels.copy(), MARK)
    return [
        Artifact.of_data(data, count=len(data)),
        write_picture(marked, "keypoints", call),
    ]
