"""Reading printed text in pictures with RapidOCR (PP-OCR models, Apache-2.0, in its wheel)."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.once import once
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_image

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

_MOST_PIXELS = 3_200_000
"""Larger pictures are scaled down to this, width times height."""
_LONGEST_SHAPE = 6
"""Pictures longer than this many times their width (or the other way round) are filled up."""
_SAME_ROW = 0.6
"""How far apart two pieces of one row may stand, as a share of the lower one's height."""
_SLANTED = 2.0
"""Pieces this many times wider than high tell how the page is turned."""


class Piece(NamedTuple):
    """A run of printed words that was read at once; pixels, origin top left."""

    text: str
    score: float
    corners: tuple[tuple[float, float], ...]
    """Top left, top right, bottom right, bottom left, as the text is read."""


class Line(NamedTuple):
    """One printed row, its pieces from left to right."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The row as words."""
        return " ".join(piece.text for piece in self.pieces)


def _load() -> Any:
    from rapidocr import RapidOCR

    # `_fit` sees to the size: RapidOCR's own bound of 2000 a side makes long receipts unreadable.
    return RapidOCR(params={"Global.log_level": "critical", "Global.max_side_len": 100_000})


_reader = once(_load)


def read_text(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The printed lines from top to bottom, and each piece with its place in pixels."""
    lines = read_lines(arguments["image"], call)
    pieces = [
        {"text": piece.text, "score": round(piece.score, 4), "box": _box(piece)}
        for line in lines
        for piece in line.pieces
    ]
    text = "\n".join(line.text for line in lines)
    return [Artifact.of_text(text, lines=len(lines)), Artifact.of_data(pieces)]


def read_lines(path: Path, call: Call) -> list[Line]:
    """The printed rows of the picture from top to bottom.

    Raises:
        FileInputError: the picture can't be opened.
        TaskError: there is no printed text in it.

    """
    call.progress(f"reading {path.name}", None)
    fitted = _fit(read_image(path))
    read = _reader()(fitted.pixels)
    if read.boxes is None or not read.txts:
        raise TaskError(f"no printed text found in {path.name!r}")
    pieces = [
        Piece(
            text.strip(),
            float(score),
            tuple((float(x) / fitted.scale, float(y) / fitted.scale) for x, y in corners),
        )
        for text, score, corners in zip(read.txts, read.scores, read.boxes, strict=True)
    ]
    return group_rows(pieces)


class _Fitted(NamedTuple):
    """A picture in the form that can be read, and how much smaller it is than it was."""

    pixels: NDArray[Any]
    scale: float


def _fit(image: Image) -> _Fitted:
    """The picture with few enough pixels, and wide or high enough for the text detector.

    The detector blows the shorter side up to 736 pixels, whatever becomes of the longer one.
    """
    import numpy as np

    scale = min(1.0, math.sqrt(_MOST_PIXELS / (image.width * image.height)))
    if scale < 1:
        image = image.resize(
            (max(1, round(image.width * scale)), max(1, round(image.height * scale))),
            reducing_gap=2,
        )
    least = math.ceil(max(image.size) / _LONGEST_SHAPE)
    width, height = max(image.width, least), max(image.height, least)
    pixels = np.full((height, width, 3), 255, dtype=np.uint8)
    pixels[: image.height, : image.width] = np.asarray(image)[:, :, ::-1]  # blue, green, red
    return _Fitted(pixels, scale)


def _box(piece: Piece) -> dict[str, int]:
    xs, ys = zip(*piece.corners, strict=True)
    return {
        "xmin": round(min(xs)),
        "ymin": round(min(ys)),
        "xmax": round(max(xs)),
        "ymax": round(max(ys)),
    }


def group_rows(pieces: Sequence[Piece]) -> list[Line]:
    """The pieces as printed rows, top to bottom, also where the page is a little turned."""
    turn = _turn(pieces)
    placed = sorted(((_upright(piece, turn), piece) for piece in pieces), key=lambda p: p[0].y)
    rows: list[list[tuple[_Place, Piece]]] = []
    for place, piece in placed:
        last = rows[-1][-1][0] if rows else None
        if last and place.y - last.y < _SAME_ROW * min(place.height, last.height):
            rows[-1].append((place, piece))
        else:
            rows.append([(place, piece)])
    return [Line(tuple(piece for _, piece in sorted(row, key=lambda p: p[0].x))) for row in rows]


class _Place(NamedTuple):
    """The middle of a piece's left edge and its height, with the page turned upright."""

    x: float
    y: float
    height: float


def _turn(pieces: Sequence[Piece]) -> float:
    """How far the page is turned clockwise, in radians."""
    angles = []
    for piece in pieces:
        (x0, y0), (x1, y1), (_, _), (x3, y3) = piece.corners
        if math.dist((x0, y0), (x1, y1)) > _SLANTED * math.dist((x0, y0), (x3, y3)):
            angles.append(math.atan2(y1 - y0, x1 - x0))
    return statistics.median(angles) if angles else 0.0


def _upright(piece: Piece, turn: float) -> _Place:
    x = sum(corner[0] for corner in piece.corners) / 4
    y = sum(corner[1] for corner in piece.corners) / 4
    across = math.cos(turn) * x + math.sin(turn) * y
    down = math.cos(turn) * y - math.sin(turn) * x
    return _Place(across, down, math.dist(piece.corners[0], piece.corners[3]))
