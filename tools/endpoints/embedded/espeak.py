"""espeak-ng through ctypes: text in, 16-bit samples out.

Names and numbers are those of espeak-ng 1.52's speak_lib.h
(https://github.com/espeak-ng/espeak-ng/blob/1.52.0/src/include/espeak-ng/speak_lib.h).
The library keeps one state for the process and is not safe to enter twice: `speak` takes turns.
"""

from __future__ import annotations

import ctypes
import threading
from pathlib import Path
from typing import Any, NamedTuple

from hugginggpt.tools.endpoints.embedded.once import once
from hugginggpt.tools.errors import TaskError

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_RATE = 1
_CONTINUE = 0

SLOWEST, FASTEST = 80, 450
"""Bounds of espeak-ng's speed, in words a minute."""

_WITHOUT_DICTIONARY = frozenset({"fo", "kaa", "xex"})
"""Languages that are listed, but whose dictionaries espeakng-loader 0.2.4 leaves out."""

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class _Voice(ctypes.Structure):
    """espeak_VOICE."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class Language(NamedTuple):
    """One language that can be spoken."""

    voice: str
    """What espeak-ng calls the voice that speaks it best; not always the code."""
    name: str
    """In English."""


class Library(NamedTuple):
    """The loaded library and what it can speak."""

    functions: ctypes.CDLL
    rate: int
    """Samples in a second."""
    languages: dict[str, Language]
    """By code, in lower case; the best voice where several speak one language."""
    variants: tuple[str, ...]
    """Names of the voices that every language can be spoken with."""


def _load() -> Library:
    import espeakng_loader

    functions = ctypes.CDLL(espeakng_loader.get_library_path())
    functions.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
    functions.espeak_SetSynthCallback.argtypes = [_Callback]
    functions.espeak_SetSynthCallback.restype = None
    data = espeakng_loader.get_data_path()
    rate = functions.espeak_Initialize(
        _AUDIO_OUTPUT_SYNCHRONOUS, 0, data.encode(), _INITIALIZE_DONT_EXIT
    )
    if rate <= 0:
        raise TaskError(f"espeak-ng does not start (code {rate}); is its data complete?")
    variants = sorted(path.name for path in Path(data, "voices", "!v").iterdir())
    return Library(functions, rate, _list_languages(functions), tuple(variants))


def _list_languages(functions: ctypes.CDLL) -> dict[str, Language]:
    found: dict[str, tuple[int, Language]] = {}
    voices = functions.espeak_ListVoices(None)
    number = 0
    while voices[number]:
        voice = voices[number].contents
        language = Language(voice.identifier.decode().rpartition("/")[2], voice.name.decode())
        for priority, code in _read_codes(voice.languages):
            if code in _WITHOUT_DICTIONARY:
                continue
            if code not in found or priority < found[code][0]:
                found[code] = (priority, language)
        number += 1
    return {code: language for code, (_, language) in sorted(found.items())}


def _read_codes(address: int) -> list[tuple[int, str]]:
    """Language codes with their priority: pairs of one byte and a string, up to a zero byte."""
    codes = []
    while address and (priority := ctypes.c_ubyte.from_address(address).value):
        code = ctypes.string_at(address + 1)
        codes.append((priority, code.decode().lower()))
        address += len(code) + 2
    return codes


library = once(_load)
_turn = threading.Lock()


def speak(text: str, voice: str, speed: int) -> bytes:
    """The spoken text as mono 16-bit samples in machine order, `library().rate` a second.

    Raises:
        TaskError: there is no such voice, or the text can't be spoken.

    """
    loaded = library()
    heard: list[bytes] = []

    def collect(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            heard.append(ctypes.string_at(samples, 2 * count))
        return _CONTINUE

    callback = _Callback(collect)  # must live until the library is done
    words = text.replace("\0", " ").encode()
    with _turn:
        loaded.functions.espeak_SetSynthCallback(callback)
        if loaded.functions.espeak_SetVoiceByName(voice.encode()) != 0:
            raise TaskError(f"espeak-ng has no voice {voice!r}")
        loaded.functions.espeak_SetParameter(_RATE, speed, 0)
        buffer = ctypes.create_string_buffer(words)
        status = loaded.functions.espeak_Synth(
            buffer, ctypes.c_size_t(len(buffer)), 0, 0, 0, _CHARS_UTF8, None, None
        )
        loaded.functions.espeak_Synchronize()
    if status != 0:
        raise TaskError(f"espeak-ng can't speak this text (code {status})")
    return b"".join(heard)
