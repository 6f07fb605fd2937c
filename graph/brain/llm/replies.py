"""What a chat model wrote, read as JSON: fences, prose, stray quotes and cut-off ends included."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

Fits = Callable[[Any], bool]
"""Whether a JSON value is of the shape that was asked for."""

_THOUGHT_ENDS = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_THOUGHT_BEGINS = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_OPENING = re.compile(r"[\[{]")
_MOST_OPENINGS = 200
"""So many brackets are tried as the beginning of the JSON; prose holds few."""
_LONGEST_MENDED = 100_000
"""Characters; what is longer and no JSON is not worth the time that mending takes."""
_DEEPEST_MENDED = 50
"""Brackets that may be left open: json-repair takes minutes for thousands."""


class Read(NamedTuple):
    """What was found in a text."""

    values: list[Any]
    """Those of the shape that was asked for, in the order of the text."""
    is_mended: bool = False
    """Whether the text was no JSON as it stood."""


def without_thoughts(text: str) -> str:
    """The text behind what a reasoning model thought aloud; the tag may open in its template."""
    said = _THOUGHT_ENDS.split(text)[-1]
    return _THOUGHT_BEGINS.split(said)[0]


def read_json(text: str, fits: Fits) -> Read:
    """The JSON values in `text` that fit, mended where there is none as it stands."""
    said = without_thoughts(text)
    whole = [value for value in _values(said) if fits(value)]
    if whole:
        return Read(whole)
    mended = ([value for value in values if fits(value)] for values in _mended(said))
    return Read(next(filter(None, mended), []), is_mended=True)


def _values(text: str) -> Iterator[Any]:
    """Every JSON array and object in the text that is not a part of another."""
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
        except (RecursionError, ValueError):  # ValueError: a number with thousands of digits
            position = opening.end()
        else:
            yield value


def _mended(text: str) -> Iterator[list[Any]]:
    """The values that the text may have been meant to hold, in one reading after another."""
    import json_repair

    opening = _OPENING.search(text)
    if opening is None or len(text) > _LONGEST_MENDED or _open_brackets(text) > _DEEPEST_MENDED:
        return
    for part in (text[opening.start() :], text):
        try:
            value = json_repair.loads(part, skip_json_loads=True)
        except Exception:  # noqa: BLE001, S112 - it asserts and recurses on some rubbish
            continue
        yield [value]
        if isinstance(value, list):  # several values, one after the other
            yield value


def lacks_end(text: str) -> bool:
    """Whether more brackets open in the text than close: it was cut off."""
    return _open_brackets(without_thoughts(text)) > 0


def _open_brackets(text: str) -> int:
    return sum(map(text.count, "{[")) - sum(map(text.count, "}]"))


def are_objects(value: Any) -> bool:
    """Whether the value is a list of objects, and of at least one."""
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


class Rows(NamedTuple):
    """Objects that a model is asked for as `{name: [{key: ...}, ...]}`.

    Many write the bare list, or one object after the other.
    """

    name: str
    key: str

    def fit(self, value: Any) -> bool:
        """Whether the value holds such objects."""
        if isinstance(value, dict):
            return isinstance(value[self.name], list) if self.name in value else self.key in value
        return are_objects(value)

    def gather(self, values: Iterable[Any]) -> list[Any]:
        """The objects: those under the name, else those of a list, else those that stand alone."""
        fitting = [value for value in values if self.fit(value)]
        named = (v[self.name] for v in fitting if isinstance(v, dict) and self.name in v)
        listed = (v for v in fitting if isinstance(v, list))
        alone = [v for v in fitting if isinstance(v, dict)]
        return next(chain(named, listed), alone)


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
        if ">" in piece:
            self._skip_thoughts()
        before = len(self.entries)
        # An entry can't end but with a brace: most pieces need no look.
        if "}" in piece or "]" in piece:
            self._read()
        return self.entries[before:]

    def _skip_thoughts(self) -> None:
        """Begin anew behind a thought that has ended."""
        ends = [found.end() for found in _THOUGHT_ENDS.finditer(self._text)]
        if ends:
            rest = self._text[ends[-1] :]
            self.__init__()  # type: ignore[misc]
            self._text = rest

    def _read(self) -> None:
        if self._position is None:
            start = self._START.search(self._text)
            if start is None or _THOUGHT_BEGINS.search(self._text):
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
