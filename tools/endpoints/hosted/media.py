"""Binary answers as files: told by their content, opened once to see that they are whole."""

from __future__ import annotations

import io
from typing import Any

import filetype

from hugginggpt.tools import media
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.drawing import write_image
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.kinds import Modality
from hugginggpt.tools.media import MAX_PIXELS

_MESHES = {b"glTF": ".glb", b"ply\n": ".ply", b"ply\r": ".ply"}
_DECODED_BY_SOUNDFILE = frozenset({"wav", "flac", "ogg", "mp3", "aif", "aiff"})


def open_picture(content: Any) -> Any:
    """The picture that bytes hold, or that a client has begun to open, fully decoded.

    Raises:
        TaskError: not a picture, broken, or larger than `MAX_PIXELS`.

    """
    from PIL import Image

    try:
        picture = media.open_picture(io.BytesIO(content)) if isinstance(content, bytes) else content
        if picture.width * picture.height > MAX_PIXELS:
            raise TaskError(
                f"the answer is a picture of {picture.width:,} x {picture.height:,} pixels; at "
                f"most {MAX_PIXELS:,} pixels are taken"
            )
        picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise TaskError(f"the answer is not a picture that can be opened: {error}") from error
    return picture


def write_picture(content: Any, stem: str, call: Call) -> Artifact:
    """The artifact of a picture, written as PNG."""
    return write_image(open_picture(content), stem, call)


def write_recording(content: bytes, stem: str, call: Call, **metadata: Any) -> Artifact:
    """The artifact of a recording, written as it came.

    Raises:
        TaskError: not a recording, broken, or empty.

    """
    suffix = _suffix(content, "audio")
    facts = _measured_recording(content) if suffix[1:] in _DECODED_BY_SOUNDFILE else {}
    return call.workspace.write(content, suffix, "audio", stem, **facts, **metadata)


def write_clip(content: bytes, stem: str, call: Call) -> Artifact:
    """The artifact of a clip, written as it came.

    Raises:
        TaskError: not a clip, or broken.

    """
    suffix = _suffix(content, "video")
    return call.workspace.write(content, suffix, "video", stem, **_measured_clip(content))


def write_mesh(content: bytes, stem: str, call: Call) -> Artifact:
    """The artifact of a 3D model, glTF or PLY, written as it came.

    Raises:
        TaskError: neither of these.

    """
    suffix = _MESHES.get(content[:4])
    if suffix is None:
        raise TaskError(f"the answer is no 3D model: it begins with {content[:12]!r}")
    return call.workspace.write(content, suffix, "mesh", stem)


def _suffix(content: bytes, modality: Modality) -> str:
    kind = filetype.guess(content)
    if kind is None or not kind.mime.startswith(f"{modality}/"):
        found = kind.mime if kind else f"something that begins with {content[:40]!r}"
        raise TaskError(f"the answer should be {modality}, and is {found}")
    return f".{kind.extension}"


def _measured_recording(content: bytes) -> dict[str, Any]:
    try:
        import soundfile
    except ImportError:
        return {}
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if not len(file.read(1)):
                raise TaskError("the answer is a recording without any sound in it")
            seconds = round(file.frames / file.samplerate, 2)
            return {"seconds": seconds, "sampling_rate": file.samplerate}
    except soundfile.SoundFileError as error:
        raise TaskError(f"the answer is not a recording that can be read: {error}") from error


def _measured_clip(content: bytes) -> dict[str, Any]:
    try:
        import av
    except ImportError:
        return {}
    try:
        with av.open(io.BytesIO(content), "r") as container:
            frame = next(container.decode(video=0))
            seconds = round((container.duration or 0) / 1_000_000, 2)  # told in microseconds
            return {"width": frame.width, "height": frame.height, "seconds": seconds}
    except (av.error.FFmpegError, StopIteration, IndexError, ValueError) as error:
        raise TaskError(f"the answer is not a clip that can be played: {error}") from error
