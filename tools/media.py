"""Reading the user's media into memory: each reader checks what it opens and names what is wrong."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hugginggpt.tools.errors import FileInputError, MissingExtraError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from PIL.Image import Image

MAX_PIXELS = 100_000_000
"""Largest picture read, in pixels (width x height)."""
MAX_AUDIO_SECONDS = 3600
"""Longest recording read, in seconds."""
MAX_TEXT_BYTES = 10_000_000
"""Largest text file or table read, in bytes."""


class Sound(NamedTuple):
    """Mono samples between -1 and 1, and how many of them make a second."""

    samples: np.ndarray
    rate: int


def read_image(path: Path) -> Image:
    """The picture, fully decoded, upright (EXIF rotation applied), in RGB.

    Raises:
        FileInputError: not a picture, broken, or larger than `MAX_PIXELS`.

    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Our own limit decides; Pillow's warning about large pictures says nothing new.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise FileInputError(_too_many_pixels(path, width, height))
                return ImageOps.exif_transpose(image).convert("RGB")
    except UnidentifiedImageError as error:
        raise FileInputError(f"{path.name!r} is not a picture that can be opened") from error
    except Image.DecompressionBombError as error:
        raise FileInputError(
            f"{path.name!r} has far too many pixels; at most {MAX_PIXELS:,} are read: scale it down"
        ) from error
    except (OSError, SyntaxError, ValueError) as error:  # Pillow raises all three on broken files
        raise FileInputError(f"{path.name!r} is a broken or truncated picture: {error}") from error


def _too_many_pixels(path: Path, width: int, height: int) -> str:
    return (
        f"{path.name!r} is {width:,} x {height:,} pixels; "
        f"at most {MAX_PIXELS:,} pixels are read: scale it down"
    )


def read_audio(path: Path, rate: int = 16_000) -> Sound:
    """The recording as mono samples at `rate` hertz.

    Raises:
        FileInputError: not a recording, broken, empty, or longer than `MAX_AUDIO_SECONDS`.
        MissingExtraError: soundfile is not installed.

    """
    try:
        import numpy as np
        import soundfile
    except ImportError as error:
        raise MissingExtraError(
            "reading audio needs soundfile: pip install 'hugginggpt[embedded]'"
        ) from error

    try:
        info = soundfile.info(str(path))
        if info.duration > MAX_AUDIO_SECONDS:
            raise FileInputError(
                f"{path.name!r} is {info.duration / 60:.0f} minutes long; "
                f"at most {MAX_AUDIO_SECONDS // 60} are read: cut it into parts"
            )
        samples, source_rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise FileInputError(f"{path.name!r} is not a recording that can be read: {error}") from error
    if not len(samples):
        raise FileInputError(f"{path.name!r} is a recording without any sound in it")
    mono = samples.mean(axis=1)
    if source_rate != rate:
        count = max(1, round(len(mono) * rate / source_rate))
        positions = np.linspace(0, len(mono) - 1, count)
        mono = np.interp(positions, np.arange(len(mono)), mono).astype("float32")
    return Sound(mono, rate)


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
    try:
        frame = pd.read_csv(io.StringIO(text), sep=None, engine="python")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise FileInputError(f"{path.name!r} is not a table that can be read: {error}") from error
    if frame.empty:
        raise FileInputError(f"{path.name!r} is a table without rows")
    return frame
