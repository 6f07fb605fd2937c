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
_LONGEST_MENDED = 30_000
"""Characters; what is longer and no JSON is not worth the time that mending takes: seconds."""
_DEEPEST_MENDED = 50
"""Brackets that may be left open: json-repair takes minutes for thousands."""


_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF_ESCAPED = re.compile(rf"{_HIGH}(?!{_LOW})|(?<!{_HIGH}){_LOW}")


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
    said = _clean(without_thoughts(text))
    whole = [value for value in _values(said) if fits(value)]
    if whole:
        return Read(whole)
    mended = ([value for value in values if fits(value)] for values in _mended(said))
    return Read(next(filter(None, mended), []), is_mended=True)


def _clean(text: str) -> str:
    """The text without lone halves of characters, written out or escaped: nothing takes them."""
    text = _HALF_ESCAPED.sub(r"\\ufffd", text)
    return text.encode("utf-8", "replace").decode()


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


def _is_list(value: Any) -> bool:
    """Whether it is a list; none at all counts as an empty one."""
    return value is None or isinstance(value, list)


class Rows(NamedTuple):
    """Objects that a model is asked for as `{name: [{key: ...}, ...]}`.

    Many write the bare list, or one object after the other.
    """

    name: str
    key: str

    def fit(self, value: Any) -> bool:
        """Whether the value holds such objects."""
        if isinstance(value, dict):
            return _is_list(value[self.name]) if self.name in value else self.key in value
        return are_objects(value)

    def gather(self, values: Iterable[Any]) -> list[Any]:
        """The objects: those under the name, else those of a list, else those that stand alone."""
        fitting = [value for value in values if self.fit(value)]
        named = (v[self.name] or [] for v in fitting if isinstance(v, dict) and self.name in v)
        listed = (v for v in fitting if isinstance(v, list))
        alone = [v for v in fitting if isinstance(v, dict)]
        return next(chain(named, listed), alone)


class EntryReader:
    """Entries of a list of objects, taken from a text that comes in pieces.

    Every character is looked at once: an entry is decoded when its last brace has come.
    """

    _START = re.compile(r"\[\s*(?=\{)")
    _MARK = re.compile(r'[{}\[\]"]')
    _IN_TEXT = re.compile(r'["\\]')

    def __init__(self) -> None:
        """Start with no text."""
        self.entries: list[Any] = []
        """What was read so far."""
        self.is_closed = False
        """Whether the list has ended."""
        self._is_broken = False
        self._text = ""
        self._is_thought = False
        self._begin: int | None = None
        """Where the entry begins that is being written; None before the list."""
        self._seen = 0
        """Up to where the text was looked at."""
        self._depth = 0
        self._in_string = False

    def feed(self, piece: str) -> list[Any]:
        """The entries that `piece` completes."""
        self._text += piece
        if ">" in piece:
            self._skip_thoughts(len(self._text) - len(piece))
        before = len(self.entries)
        if self._begin is None and not self._is_thought:
            self._find_list()
        if self._begin is not None:
            self._look()
        return self.entries[before:]

    def _skip_thoughts(self, new: int) -> None:
        """Begin anew behind a thought that has ended; `new` is where the piece begins."""
        start = max(0, new - len("</thinking>"))
        ends = [found.end() for found in _THOUGHT_ENDS.finditer(self._text, start)]
        if ends:
            rest = self._text[ends[-1] :]
            self.__init__()  # type: ignore[misc]
            self._text, start = rest, 0
        if self._begin is None and _THOUGHT_BEGINS.search(self._text, start):
            self._is_thought = True

    def _find_list(self) -> None:
        start = self._START.search(self._text, self._seen)
        if start is None:
            # A bracket at the end may yet be followed by a brace.
            self._seen = max(self._seen, self._text.rfind("["), 0)
            return
        self._begin = self._seen = start.end()

    def _look(self) -> None:
        """Go through what is new, and decode each entry that it ends."""
        while not (self.is_closed or self._is_broken):
            found = (self._IN_TEXT if self._in_string else self._MARK).search(
                self._text, self._seen
            )
            if found is None:
                self._seen = len(self._text)
                return
            if found[0] == "\\" and found.end() == len(self._text):
                self._seen = found.start()  # what is escaped is still to come
                return
            self._seen = found.end() + (found[0] == "\\")
            self._take(found[0])

    def _take(self, mark: str) -> None:
        if mark == '"':
            self._in_string = not self._in_string
        elif mark in "{[":
            if self._depth == 0:
                self._begin = self._seen - 1
            self._depth += 1
        elif mark in "}]":
            self._depth -= 1
            self.is_closed = self._depth < 0
            if self._depth == 0:
                self._decode()

    def _decode(self) -> None:
        try:
            entry = json.loads(_clean(self._text[self._begin : self._seen]))
        except (ValueError, RecursionError):
            self._is_broken = True
            return
        if isinstance(entry, dict):
            self.entries.append(entry)
        else:
            self._is_broken = True
