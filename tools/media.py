"""Reading the user's media: each reader checks what it opens and names what is wrong with it."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hugginggpt.tools.errors import FileInputError, MissingExtraError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile
    from soundfile import SoundFile

MAX_PIXELS = 100_000_000
"""Largest picture read, in pixels (width x height)."""
MAX_AUDIO_SECONDS = 3600
"""Longest recording read, in seconds."""
_MOST_HERTZ = 384_000
_MOST_CHANNELS = 64
"""No microphone gives more; a header that claims more asks for gigabytes of memory."""
_BLOCK_SECONDS = 30
MAX_TEXT_BYTES = 10_000_000
"""Largest text file or table read, in bytes."""
MAX_COLUMNS = 20_000
MAX_CELLS = 50_000_000
"""Largest table read, gaps included: short rows under a long header are filled up in memory."""
_FORMATS = (
    *("PNG", "JPEG", "GIF", "WEBP", "AVIF", "HEIF", "BMP", "DIB", "TIFF", "JPEG2000"),
    *("ICO", "PPM", "TGA", "PCX"),
)
"""What Pillow may take a file for. Not EPS, for which it starts Ghostscript, and not odd ones."""


def read_image(path: Path) -> Image:
    """The picture, fully decoded, upright (EXIF rotation applied), in RGB on white.

    Raises:
        FileInputError: not a picture, broken, or larger than `MAX_PIXELS`.

    """
    from PIL import Image, ImageOps

    with _opened_image(path, path.name) as image:
        upright = ImageOps.exif_transpose(image)
        if not upright.has_transparency_data:
            return upright.convert("RGB")
        white = Image.new("RGBA", upright.size, "white")
        return Image.alpha_composite(white, upright.convert("RGBA")).convert("RGB")


def check_image(path: Path, name: str) -> None:
    """Refuse by its header, nothing decoded, what `read_image` would refuse by it.

    Raises:
        FileInputError: see `read_image`; the text calls the file `name`.

    """
    with _opened_image(path, name):
        pass


def open_picture(source: Path | BinaryIO) -> ImageFile:
    """The picture, its header read; raises what Pillow raises."""
    from PIL import Image

    Image.init()
    return Image.open(source, formats=[each for each in _FORMATS if each in Image.OPEN])


@contextmanager
def _opened_image(path: Path, name: str) -> Iterator[Image]:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Our own limit decides; Pillow's warning about large pictures says nothing new.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with open_picture(path) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise FileInputError(
                        f"{name!r} is {image.width:,} x {image.height:,} pixels; "
                        f"at most {MAX_PIXELS:,} pixels are read: scale it down"
                    )
                yield image
    except UnidentifiedImageError as error:
        raise FileInputError(f"{name!r} is not a picture that can be opened") from error
    except Image.DecompressionBombError as error:
        raise FileInputError(
            f"{name!r} has far too many pixels; at most {MAX_PIXELS:,} are read: scale it down"
        ) from error
    except (OSError, SyntaxError, ValueError) as error:  # Pillow raises all three on broken files
        raise FileInputError(f"{name!r} is a broken or truncated picture: {error}") from error


def read_audio(path: Path, rate: int = 16_000) -> Iterator[NDArray[np.float32]]:
    """The recording piece by piece, about half a minute each, as mono samples at `rate` hertz.

    Raises:
        FileInputError: not a recording, broken, empty, or longer than `MAX_AUDIO_SECONDS`.
        MissingExtraError: soundfile is not installed.

    """
    if _is_for_av(path):
        yield from _decode_with_av(path, rate)
        return
    try:
        import soundfile
    except ImportError as error:
        raise MissingExtraError(
            "reading audio needs soundfile: pip install 'hugginggpt[embedded]'"
        ) from error

    try:
        with soundfile.SoundFile(str(path)) as file:
            _check_form(path, file.samplerate, file.channels)
            _check_length(path, file.frames / file.samplerate)
            if not file.frames:
                raise FileInputError(f"{path.name!r} is a recording without any sound in it")
            yield from _mono_blocks(file, rate)
    except soundfile.SoundFileError as error:
        raise FileInputError(
            f"{path.name!r} is not a recording that can be read: {error}"
        ) from error


def _is_for_av(path: Path) -> bool:
    """Whether soundfile can't read the file and PyAV is there to try: m4a, aac, sound of clips."""
    try:
        import av  # noqa: F401
        import soundfile
    except ImportError:
        return False
    try:
        soundfile.info(str(path))
    except soundfile.SoundFileError:
        return path.is_file()
    return False


def _decode_with_av(path: Path, rate: int) -> Iterator[NDArray[np.float32]]:
    """The same with PyAV, which decodes, mixes and resamples by itself."""
    import av
    import numpy as np

    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise FileInputError(f"{path.name!r} is a recording without any sound in it")
            sound = container.streams.audio[0]
            _check_form(path, sound.rate or 0, sound.channels)
            resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
            parts: list[NDArray[np.float32]] = []
            length, total = 0, 0
            for frame in container.decode(sound):
                for part in resampler.resample(frame):
                    parts.append(part.to_ndarray()[0])
                    length += len(parts[-1])
                if length >= _BLOCK_SECONDS * rate:
                    total += length
                    _check_length(path, total / rate)
                    yield np.concatenate(parts)
                    parts, length = [], 0
            parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
            if total + length == 0:
                raise FileInputError(f"{path.name!r} is a recording without any sound in it")
            if parts:
                yield np.concatenate(parts)
    except av.FFmpegError as error:
        raise FileInputError(
            f"{path.name!r} is not a recording that can be read: {error}"
        ) from error


def _check_form(path: Path, hertz: int, channels: int) -> None:
    if hertz > _MOST_HERTZ or channels > _MOST_CHANNELS:
        raise FileInputError(
            f"{path.name!r} claims {hertz:,} hertz and {channels:,} channels; at most "
            f"{_MOST_HERTZ:,} and {_MOST_CHANNELS} are read: convert it"
        )


def _check_length(path: Path, seconds: float) -> None:
    if seconds > MAX_AUDIO_SECONDS:
        raise FileInputError(
            f"{path.name!r} is {seconds / 60:.0f} minutes long; "
            f"at most {MAX_AUDIO_SECONDS // 60} are read: cut it into parts"
        )


def _mono_blocks(file: SoundFile, rate: int) -> Iterator[NDArray[np.float32]]:
    """The channels averaged and resampled; blocks overlap while they are filtered, so no seams."""
    import numpy as np

    factor = math.gcd(rate, file.samplerate)
    up, down = rate // factor, file.samplerate // factor
    # resample_poly's filter reaches 10 * max(up, down) / up source samples to either side.
    rim = math.ceil(10 * max(up, down) / up / down)
    length = max(1, _BLOCK_SECONDS * file.samplerate // down) * down + 2 * rim * down
    position = 0
    for block in file.blocks(length, overlap=2 * rim * down, dtype="float32", always_2d=True):
        mono = np.nan_to_num(block.mean(axis=1))
        last = position + len(mono) >= file.frames
        if up != down:
            mono = _resample(mono, up, down)
        yield mono[rim * up if position else 0 : None if last else -rim * up]
        position += length - 2 * rim * down


def _resample(samples: NDArray[np.float32], up: int, down: int) -> NDArray[np.float32]:
    from scipy.signal import resample_poly

    resampled: NDArray[np.float32] = resample_poly(samples, up, down).astype("float32")
    return resampled


def read_text(path: Path) -> str:
    """The text of the file, in UTF-8 (or UTF-16 with a byte order mark).

    Raises:
        FileInputError: too large, not text, or blank.

    """
    size = path.stat().st_size
    if size > MAX_TEXT_BYTES:
        raise FileInputError(
            f"{path.name!r} holds {size:,} bytes; at most {MAX_TEXT_BYTES:,} are read as text"
        )
    content = path.read_bytes()
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileInputError(f"{path.name!r} is not a text file (not UTF-8)") from error
    if "\0" in text:
        raise FileInputError(f"{path.name!r} is not a text file (it holds binary data)")
    if not text.strip():
        raise FileInputError(f"{path.name!r} holds no text")
    return text


def read_table(path: Path) -> pd.DataFrame:
    """The CSV or TSV file as a data frame, the separator found by itself.

    Raises:
        FileInputError: not a table.
        MissingExtraError: pandas is not installed.

    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError(
            "reading tables needs pandas: pip install 'hugginggpt[embedded]'"
        ) from error

    import io

    text = read_text(path)
    separator = _find_separator(text)
    _check_table(path, text, separator)
    comma = separator == ";" and re.search(r"(?:^|;)-?\d+,\d+(?:;|$)", text, re.MULTILINE)
    try:
        frame = pd.read_csv(io.StringIO(text), sep=separator, decimal="," if comma else ".")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise FileInputError(f"{path.name!r} is not a table that can be read: {error}") from error
    if frame.empty:
        raise FileInputError(f"{path.name!r} is a table without rows")
    return frame


def _header(text: str) -> str:
    return re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0]


def _find_separator(text: str) -> str:
    """The separator that the header uses most; a comma where there is one column."""
    return max(",;\t|", key=_header(text).count)


def _check_table(path: Path, text: str, separator: str) -> None:
    columns = _header(text).count(separator) + 1
    rows = max(text.count("\n"), text.count("\r")) + 1
    if columns > MAX_COLUMNS or columns * rows > MAX_CELLS:
        raise FileInputError(
            f"{path.name!r} has {rows:,} lines and {columns:,} columns; at most {MAX_COLUMNS:,} "
            f"columns and {MAX_CELLS:,} cells are read: cut it into parts"
        )
