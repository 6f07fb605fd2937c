"""Clips in files, read and written with PyAV."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.errors import FileInputError, MissingExtraError

if TYPE_CHECKING:
    from av import VideoFrame, VideoStream
    from av.container import InputContainer
    from numpy.typing import NDArray
    from PIL.Image import Image

MAX_VIDEO_SECONDS = 3600
"""Longest clip read, in seconds."""
MAX_FRAME_PIXELS = 7680 * 4320
"""Largest picture of a clip that is read (8K): several are held in memory."""
MAX_FRAMES = 500_000
"""Most pictures that are looked at, whatever times they tell: an hour of slow motion."""
_SHORT_SECONDS = 60
"""Length up to which every frame of a clip is looked at."""


def read_frames(path: Path, count: int) -> list[Image]:
    """At most `count` pictures of the clip, spread evenly over it; all where it has fewer.

    Raises:
        FileInputError: not a clip, broken, or larger than the limits.
        MissingExtraError: PyAV is not installed.

    """
    with _opened(path) as (container, _):
        is_long = _seconds(container) > _SHORT_SECONDS
    frames = _spread(path, count, keys_only=is_long)
    if is_long and len(frames) < count:
        frames = _spread(path, count, keys_only=False)
    if not frames:
        raise FileInputError(f"{path.name!r} is a clip without any picture in it")
    return [_upright(frame) for frame in frames]


def _spread(path: Path, count: int, *, keys_only: bool) -> list[VideoFrame]:
    """At most `count` frames, evenly spread whatever the file says of its length.

    Key frames stand by themselves: of a long clip they are found in a fraction of the time.
    """
    kept: list[VideoFrame] = []
    every = 1
    with _opened(path) as (container, stream):
        if keys_only:
            stream.codec_context.skip_frame = "NONKEY"
        for number, frame in enumerate(container.decode(stream)):
            _check_frame(frame, number, path.name)
            if number % every == 0:
                kept.append(frame)
            if len(kept) > 2 * count:
                kept, every = kept[::2], 2 * every
    return [kept[index * len(kept) // count] for index in range(count)] if kept[count:] else kept


def _upright(frame: Any) -> Image:
    """The frame as a picture, turned as the file says: telephones film lying on their side."""
    image: Image = frame.to_image()
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image


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
    _check_seconds(_seconds(container), name)
    _check_pixels(stream, name)


def _check_frame(frame: VideoFrame, number: int, name: str) -> None:
    """Refuse what the head of the file did not tell: pictures may grow, and times stand still."""
    _check_seconds(frame.time or 0, name)
    _check_pixels(frame, name)
    if number >= MAX_FRAMES:
        raise FileInputError(f"{name!r} has over {MAX_FRAMES:,} pictures: cut it into parts")


def _check_pixels(picture: VideoStream | VideoFrame, name: str) -> None:
    if picture.width * picture.height > MAX_FRAME_PIXELS:
        raise FileInputError(
            f"{name!r} is {picture.width:,} x {picture.height:,} pixels; at most "
            f"{MAX_FRAME_PIXELS:,} are read: scale it down"
        )


def _check_seconds(seconds: float, name: str) -> None:
    if seconds > MAX_VIDEO_SECONDS:
        raise FileInputError(
            f"{name!r} is over {MAX_VIDEO_SECONDS // 60} minutes long; longer ones are not read: "
            "cut it into parts"
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
