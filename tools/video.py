"""Clips in files, read and written with PyAV."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.errors import FileInputError, MissingExtraError
from hugginggpt.tools.media import MAX_PIXELS

if TYPE_CHECKING:
    from av import VideoStream
    from av.container import InputContainer
    from numpy.typing import NDArray
    from PIL.Image import Image

MAX_VIDEO_SECONDS = 3600
"""Longest clip read, in seconds."""


def read_frames(path: Path, count: int) -> list[Image]:
    """At most `count` pictures of the clip, spread evenly over it; all where it has fewer.

    Raises:
        FileInputError: not a clip, broken, or larger than the limits.
        MissingExtraError: PyAV is not installed.

    """
    found: list[Image] = []
    with _opened(path) as (container, stream):
        total = stream.frames or int(_seconds(container) * (stream.average_rate or 0))
        step = max(1.0, total / count)
        frame: Any
        for number, frame in enumerate(container.decode(stream)):
            if number >= round(len(found) * step):
                found.append(frame.to_image())
            if len(found) == count:
                break
    if not found:
        raise FileInputError(f"{path.name!r} is a clip without any picture in it")
    return found


def clip_seconds(path: Path) -> float:
    """How long the clip is; 0 where its file does not say.

    Raises:
        FileInputError: see `read_frames`.
        MissingExtraError: PyAV is not installed.

    """
    with _opened(path) as (container, _):
        return _seconds(container)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The clip and its first stream of pictures, within the limits."""
    try:
        import av
    except ImportError as error:
        raise MissingExtraError(
            "reading clips needs PyAV: pip install 'hugginggpt[local]'"
        ) from error
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise FileInputError(f"{path.name!r} is no clip: it has no pictures")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            _check(container, stream, path.name)
            yield container, stream
    except av.FFmpegError as error:
        raise FileInputError(
            f"{path.name!r} is not a clip that can be read: {error.strerror}"
        ) from error


def _check(container: InputContainer, stream: VideoStream, name: str) -> None:
    if (seconds := _seconds(container)) > MAX_VIDEO_SECONDS:
        raise FileInputError(
            f"{name!r} is {seconds / 60:.0f} minutes long; at most {MAX_VIDEO_SECONDS // 60} are "
            "read: cut it into parts"
        )
    if stream.width * stream.height > MAX_PIXELS:
        raise FileInputError(
            f"{name!r} is {stream.width:,} x {stream.height:,} pixels; at most {MAX_PIXELS:,} are "
            "read: scale it down"
        )


def _seconds(container: InputContainer) -> float:
    """The length that the file tells, in seconds; PyAV counts in millionths."""
    return (container.duration or 0) / 1_000_000


def write_video(frames: Sequence[NDArray[Any]], rate: Fraction | int) -> bytes:
    """The frames as an MP4 file (H.264), which every player and browser shows.

    A frame has the shape (height, width, 3), red first, in bytes or as fractions of white. Odd
    sides lose their last line of pixels: the format halves the sides of the colours.

    Raises:
        MissingExtraError: PyAV is not installed.

    """
    try:
        import av
    except ImportError as error:
        raise MissingExtraError(
            "writing clips needs PyAV: pip install 'hugginggpt[local]'"
        ) from error
    import numpy as np

    file = io.BytesIO()
    height, width = (side // 2 * 2 for side in frames[0].shape[:2])
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            scaled = frame if frame.dtype == np.uint8 else (np.clip(frame, 0, 1) * 255).round()
            pixels = np.ascontiguousarray(scaled[:height, :width], dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()
