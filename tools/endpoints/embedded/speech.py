"""Reading a text aloud with espeak-ng."""

import io
import re
import wave
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.espeak import (
    FASTEST,
    SLOWEST,
    Language,
    Library,
    library,
    speak,
)
from hugginggpt.tools.endpoints.embedded.given import given_count, given_text, given_word
from hugginggpt.tools.endpoints.embedded.sentences import split_sentences
from hugginggpt.tools.errors import TaskError

MAX_CHARACTERS = 120_000
"""Longest text spoken: about two hours, 300 MB."""
_SPEED = 165
_AT_ONCE = 2_000
"""About how many characters are spoken between two reports of progress, some 2 minutes."""
_SILENCE = 40
"""Samples that stay under this (of 32,768) are silence."""
_CURRENCIES = {
    **dict.fromkeys(("EUR", "€"), "euros"),
    **dict.fromkeys(("USD", "$"), "dollars"),
    **dict.fromkeys(("GBP", "£"), "pounds"),
    **dict.fromkeys(("JPY", "¥"), "yen"),
    "CHF": "francs",
}
_MONEY = re.compile(rf"({'|'.join(map(re.escape, _CURRENCIES))}) ?(\d[\d,]*(?:\.\d+)?)")
_SOME = ("en", "en-us", "de", "fr", "es", "it", "pt-br", "nl", "pl", "ru", "zh", "ja", "ar", "hi")


class _Manner(NamedTuple):
    """How to speak."""

    code: str
    language: Language
    variant: str
    speed: int

    @property
    def voice(self) -> str:
        return f"{self.language.voice}+{self.variant}" if self.variant else self.language.voice


def read_aloud(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The spoken text as a WAV file: 16 bits, mono, 22,050 samples a second.

    Raises:
        TaskError: there is nothing to say, or no such language, voice or speed.

    """
    text = given_text(arguments, "text")
    if len(text) > MAX_CHARACTERS:
        raise TaskError(
            f"the text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read aloud: "
            "summarise it or cut it into parts"
        )
    loaded = library()
    manner = _choose_manner(arguments, loaded)
    samples = _speak_all(_say_money(text, manner), manner, call)
    seconds = len(samples) / 2 / loaded.rate
    return [
        call.workspace.write(
            _as_wav(samples, loaded.rate),
            ".wav",
            "audio",
            "speech",
            seconds=round(seconds, 2),
            sampling_rate=loaded.rate,
            language=manner.code,
            voice=manner.variant or manner.language.name,
            words_per_minute=manner.speed,
        )
    ]


def _choose_manner(arguments: Mapping[str, Any], loaded: Library) -> _Manner:
    code = _find_language(given_word(arguments, "language") or "en-us", loaded)
    variant = _find_variant(given_word(arguments, "voice"), loaded)
    speed = given_count(arguments, "speed", SLOWEST, FASTEST) or _SPEED
    return _Manner(code, loaded.languages[code], variant, speed)


def _find_language(wanted: str, loaded: Library) -> str:
    code = wanted.lower().replace("_", "-")
    for each in (code, code.partition("-")[0]):
        if each in loaded.languages:
            return each
    named = [c for c, each in loaded.languages.items() if each.name.lower().startswith(code)]
    if len(code) >= 4 and named:
        return min(named, key=len)
    raise TaskError(
        f"espeak-ng does not speak {wanted!r}; it speaks {len(loaded.languages)} languages, "
        f"such as {', '.join(_SOME)}"
    )


def _find_variant(wanted: str | None, loaded: Library) -> str:
    if wanted is None:
        return ""
    names = {"female": "f2", "woman": "f2", "male": "m3", "man": "m3", "default": ""}
    names |= {name.lower(): name for name in loaded.variants}
    if wanted.lower() not in names:
        raise TaskError(
            f"espeak-ng has no voice {wanted!r}; it has female, male, "
            f"{', '.join(loaded.variants[:12])} and {len(loaded.variants) - 12} more"
        )
    return names[wanted.lower()]


def _say_money(text: str, manner: _Manner) -> str:
    """English text with amounts as people say them: "23.40 euros", not "E U R 23.40"."""
    if not manner.code.startswith("en"):
        return text
    return _MONEY.sub(lambda found: f"{found[2]} {_CURRENCIES[found[1]]}", text)


def _speak_all(text: str, manner: _Manner, call: Call) -> bytes:
    spoken: list[bytes] = []
    for part, done in _parts(text):
        call.progress("speaking", done)
        spoken.append(speak(part, manner.voice, manner.speed))
    samples = b"".join(spoken)
    if not _is_audible(samples):
        raise TaskError(f"there is nothing to say in {text[:40]!r}")
    return samples


def _parts(text: str) -> Iterator[tuple[str, float]]:
    """The text in runs of whole sentences, and the share of it that stands before each."""
    start = end = 0
    for sentence in split_sentences(text):
        if sentence.end - start > _AT_ONCE and end > start:
            yield text[start:end], start / len(text)
            start = sentence.start
        end = sentence.end
    yield text[start:], start / len(text)


def _is_audible(samples: bytes) -> bool:
    import numpy as np

    heard = np.frombuffer(samples, dtype=np.int16)
    return bool(len(heard)) and int(heard.max()) - int(heard.min()) > 2 * _SILENCE


def _as_wav(samples: bytes, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes(samples)
    return file.getvalue()
