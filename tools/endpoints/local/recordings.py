"""Recordings between files, samples and the workspace."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_audio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SEARCHED = 5.0
"""Seconds before the end of a part in which its quietest moment is looked for."""
_MOMENT = 0.1


class Part(NamedTuple):
    """A stretch of a recording: mono samples, and where they begin, counted in samples."""

    samples: NDArray[np.float32]
    start: int


def hear(path: Path, rate: int) -> NDArray[np.float32]:
    """The whole recording as mono samples at `rate` hertz.

    Raises:
        FileInputError: see `read_audio`.

    """
    import numpy as np

    return np.concatenate(list(read_audio(path, rate)))


def cut_evenly(samples: NDArray[np.float32], length: int) -> Iterator[Part]:
    """The recording in parts of `length` samples; the last one has what is left."""
    for start in range(0, len(samples), length):
        yield Part(samples[start : start + length], start)


def cut_at_pauses(samples: NDArray[np.float32], rate: int, seconds: float) -> Iterator[Part]:
    """The recording in parts of at most `seconds`, cut where it is quietest: in no word."""
    start, longest = 0, int(seconds * rate)
    while len(samples) - start > longest:
        end = start + _quietest(samples[start : start + longest], rate)
        yield Part(samples[start:end], start)
        start = end
    yield Part(samples[start:], start)


def _quietest(samples: NDArray[np.float32], rate: int) -> int:
    """Where the quietest moment near the end is, the last of equals, counted in samples."""
    import numpy as np

    step = max(1, int(_MOMENT * rate))
    first = max(0, len(samples) - int(_SEARCHED * rate))
    moments = samples[first : first + (len(samples) - first) // step * step].reshape(-1, step)
    backwards = np.square(moments).mean(axis=1)[::-1]
    return first + (len(moments) - 1 - int(backwards.argmin())) * step + step // 2


def write_sound(
    samples: NDArray[Any], rate: int, stem: str, call: Call, **metadata: Any
) -> Artifact:
    """The artifact of the samples, one row a channel, written as WAV of 16 bits.

    What is louder than a WAV can hold is turned down as a whole.

    Raises:
        TaskError: there is no sound.

    """
    import numpy as np
    import soundfile

    rows = np.nan_to_num(np.atleast_2d(np.asarray(samples, dtype=np.float32)))
    loudest = float(np.abs(rows).max(initial=0))
    if loudest == 0:
        raise TaskError(f"the model made a {stem} without any sound in it")
    file = io.BytesIO()
    soundfile.write(file, rows.T / max(1.0, loudest), rate, format="WAV", subtype="PCM_16")
    seconds = round(rows.shape[1] / rate, 2)
    known = {"seconds": seconds, "sampling_rate": rate, **metadata}
    return call.workspace.write(file.getvalue(), ".wav", "audio", stem, **known)
