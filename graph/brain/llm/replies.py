"""What a chat model wrote, read as JSON: fences, prose, stray quotes and cut-off ends included."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from hugginggpt.prompts.tokens import count_tokens

Fits = Callable[[Any], bool]
"""Whether a JSON value is of the shape that was asked for."""

_THOUGHTS = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_OPENING = re.compile(r"[\[{]")
_MOST_OPENINGS = 200
"""So many brackets are tried as the beginning of the JSON; prose holds few."""
_LONGEST_MENDED = 100_000
"""Tokens; longer text that is no JSON is not worth the time that mending takes."""


def read_json(text: str, fits: Fits) -> Any | None:
    """The first JSON value in `text` that fits, mended where that needs no guess; else None."""
    text = _THOUGHTS.sub(" ", text)
    whole = next((value for value in _values(text) if fits(value)), None)
    return whole if whole is not None else _mended(text, fits)


def _values(text: str) -> Iterator[Any]:
    """Every JSON array and object in the text, outermost first."""
    decoder = json.JSONDecoder()
    position = 0
    for _ in range(_MOST_OPENINGS):
        opening = _OPENING.search(text, position)
        if opening is None:
            return
        try:
            value, position = decoder.raw_decode(text, opening.start())
        except json.JSONDecodeError as error:
            # Go on where it broke: what stands before is a part of the broken value, such as one
            # task of a plan.
            position = max(opening.end(), error.pos)
        except RecursionError:
            position = opening.end()
        else:
            yield value


def _mended(text: str, fits: Fits) -> Any | None:
    import json_repair

    opening = _OPENING.search(text)
    if opening is None or count_tokens(text) > _LONGEST_MENDED:
        return None
    for part in (text[opening.start() :], text):
        try:
            value = json_repair.loads(part, skip_json_loads=True)
        except (ValueError, RecursionError):
            continue
        if fits(value):
            return value
        if isinstance(value, list):  # several values, one after the other
            fitting = next((one for one in value if fits(one)), None)
            if fitting is not None:
                return fitting
    return None


def lacks_end(text: str) -> bool:
    """Whether more brackets open in the text than close: it was cut off."""
    return sum(map(text.count, "{[")) > sum(map(text.count, "}]"))


def are_objects(value: Any) -> bool:
    """Whether the value is a list of objects, and of at least one."""
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


class EntryReader:
    """Entries of a list of objects, taken from a text that comes in pieces."""

    _START = re.compile(r"\[\s*(?=\{)")
    _GAP = re.compile(r"[\s,]*")

    def __init__(self) -> None:
        """Start with no text."""
        self.entries: list[Any] = []
        """What was read so far."""
        self.is_closed = False
        """Whether the list has ended."""
        self._text = ""
        self._position: int | None = None
        self._decoder = json.JSONDecoder()

    def feed(self, piece: str) -> list[Any]:
        """The entries that `piece` completes."""
        self._text += piece
        before = len(self.entries)
        # An entry can't end but with a brace: most pieces need no look.
        if "}" in piece or "]" in piece:
            self._read()
        return self.entries[before:]

    def _read(self) -> None:
        if self._position is None:
            start = self._START.search(self._text)
            if start is None:
                return
            self._position = start.end()
        while not self.is_closed:
            gap = self._GAP.match(self._text, self._position)
            position = gap.end() if gap else self._position
            if not self._text.startswith("{", position):
                self.is_closed = self._text.startswith("]", position)
                return
            try:
                entry, self._position = self._decoder.raw_decode(self._text, position)
            except (ValueError, RecursionError):
                return
            self.entries.append(entry)
