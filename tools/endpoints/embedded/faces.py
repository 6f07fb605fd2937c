"""Frontal faces in pictures, found by the Haar cascades that OpenCV ships."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_word
from hugginggpt.tools.endpoints.embedded.pictures import MARK, read_pixels, write_picture
from hugginggpt.tools.endpoints.embedded.sentences import all_words
from hugginggpt.tools.errors import TaskError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CASCADES = ("haarcascade_frontalface_alt.xml", "haarcascade_frontalface_alt2.xml")
"""Both must find a face: each alone takes coins, gravel or patches for faces now and then."""
_NEIGHBOURS = 5
"""Overlapping finds that a face needs in each cascade."""
_SAME = 0.3
"""Share of their union that two boxes of one face have in common."""
_LONGEST_SIDE = 1600
"""Larger pictures are searched at this size, in pixels."""
_SMALLEST_FACE = 24
"""In pixels, after scaling."""

_FACES = frozenset({"face", "faces"})
_PEOPLE_WORDS = (
    "person persons people human humans man men woman women child children boy boys girl girls "
    "portrait portraits somebody someone anybody anyone visitors guests players students"
)
_PEOPLE = frozenset(_PEOPLE_WORDS.split())


class Face(NamedTuple):
    """A face: its box in pixels, origin top left, and how sure it is (0 to 1)."""

    x: int
    y: int
    width: int
    height: int
    score: float

    def enlarged(self, factor: float) -> Face:
        """The face in a picture `factor` times as large."""
        x, y, width, height = (round(value * factor) for value in self[:4])
        return Face(x, y, width, height, self.score)


def detect_faces(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The faces from left to right, and the picture with boxes round them.

    Scores say how many overlapping windows agreed; they are no probabilities.

    Raises:
        TaskError: `target` is something other than faces or people.

    """
    note = _check_target(given_word(arguments, "target"))
    path = arguments["image"]
    call.progress(f"looking for faces in {path.name}", None)
    pixels = read_pixels(path)
    faces = find_faces(pixels)
    data = [
        {
            "label": "face",
            "score": face.score,
            "box": {
                "xmin": face.x,
                "ymin": face.y,
                "xmax": face.x + face.width,
                "ymax": face.y + face.height,
            },
        }
        for face in faces
    ]
    return [
        Artifact.of_data(data, count=len(data), **note),
        write_picture(_draw(pixels, faces), "faces", call),
    ]


def _check_target(target: str | None) -> dict[str, str]:
    """What the result must say about the target."""
    words = set(all_words(target or "face"))
    if words & _FACES:
        return {}
    if words & _PEOPLE:
        return {
            "note": f"counted are frontal faces; {target} seen from the side or behind are missed"
        }
    raise TaskError(
        f"embedded object detection only finds frontal faces, not {target!r}; "
        "allow a local or hosted model for other things"
    )


def find_faces(pixels: NDArray[Any]) -> list[Face]:
    """The frontal faces from left to right."""
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _LONGEST_SIDE / max(grey.shape))
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found, others = (_search(grey, name) for name in _CASCADES)
    agreed = [face for face in found if any(_overlap(face, other) > _SAME for other in others)]
    return sorted(face.enlarged(1 / scale) for face in agreed)


def _search(grey: NDArray[Any], name: str) -> list[Face]:
    import cv2

    # A cascade keeps state while it searches, so each search has its own; reading one takes 20 ms.
    cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / name))
    smallest = max(_SMALLEST_FACE, min(grey.shape) // 25)
    boxes, windows = cascade.detectMultiScale2(
        grey, scaleFactor=1.1, minNeighbors=_NEIGHBOURS, minSize=(smallest, smallest)
    )
    return [
        Face(int(x), int(y), int(w), int(h), round(count / (count + _NEIGHBOURS), 4))
        for (x, y, w, h), count in zip(boxes, map(int, windows), strict=True)
    ]


def _overlap(one: Face, other: Face) -> float:
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    common = max(0, width) * max(0, height)
    return common / (one.width * one.height + other.width * other.height - common)


def _draw(pixels: NDArray[Any], faces: list[Face]) -> NDArray[Any]:
    import cv2

    marked = pixels.copy()
    thickness = max(2, max(pixels.shape) // 300)
    for face in faces:
        corner = (face.x + face.width, face.y + face.height)
        cv2.rectangle(marked, (face.x, face.y), corner, MARK, thickness)
    return marked
