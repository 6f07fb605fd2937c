"""Which kinds of task the words of a request speak of: the cues of `cues.toml`, found in it."""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

from hugginggpt.graph.brain.embedded.vocabulary import (
    mention_source,
    read_toml,
    spaced,
    vocabulary,
)

_LOCK = threading.Lock()
_GAP = r"(?:\s+[^\s.;:!?]+){0,5}?\s+"
_LEAD = r"\s*(?:[^\s.;:!?]+\s+){0,5}?"
_MACRO = re.compile(r"\{([a-z_]+)\}")
_WILD = re.compile(r"( \?| )?~( \?| )?")


class Hit(NamedTuple):
    """A cue found in a request."""

    name: str
    """Of the kind, or of the family of kinds."""
    start: int
    end: int
    weight: float
    about: frozenset[str]
    """Labels of which the clause must be about one; empty: whatever it is about."""
    thing: bool
    """Whether the cue names what is made rather than what is done."""

    @property
    def length(self) -> int:
        """In characters."""
        return self.end - self.start


@dataclass(frozen=True)
class Cue:
    """One line of `cues.toml`."""

    name: str
    source: str
    about: frozenset[str] = frozenset()
    weight: float = 1.0
    thing: bool = False

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """Texts of which one must be in a request for the cue to match; empty: unknown."""
        return required_literals(self.source)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression; made when a request first holds one of the literals."""
        return re.compile(rf"(?<!\w)(?:{spaced(self.source)})(?!\w)", re.IGNORECASE)

    def may_match(self, lowered: str) -> bool:
        """Whether the cue may match in a text; `lowered` is that text in lower case."""
        return not self.literals or any(literal in lowered for literal in self.literals)

    def hits(self, text: str) -> Iterator[Hit]:
        """Where the cue matches in `text`."""
        for match in self.pattern.finditer(text):
            if match[0].strip():
                yield Hit(self.name, *match.span(), self.weight, self.about, self.thing)


@dataclass(frozen=True, slots=True)
class CueTable:
    """What `cues.toml` holds."""

    cues: tuple[Cue, ...]
    beats: Mapping[str, frozenset[str]]
    """Kind -> kinds that give way to it in the same clause."""
    families: Mapping[str, Mapping[str, str]]
    """Family -> label -> kind."""
    bridges: Mapping[str, Mapping[str, str]]
    """Modality there is -> modality needed -> kind that makes one from the other."""
    instead: Mapping[str, Mapping[str, str]]
    """Kind -> label of what is given -> kind to take instead."""


def cue_table() -> CueTable:
    """The cues, read from the package when first asked for."""
    with _LOCK:
        return _read()


def possible_cues(text: str) -> list[Cue]:
    """The cues that may match somewhere in the text."""
    lowered = text.lower()
    return [cue for cue in cue_table().cues if cue.may_match(lowered)]


def find_hits(text: str, cues: Iterable[Cue]) -> list[Hit]:
    """Where the cues match in the text, in the order of their kinds."""
    return [hit for cue in cues for hit in cue.hits(text)]


@cache
def _read() -> CueTable:
    table = read_toml("cues.toml")
    macros = {**table.pop("macros"), **_noun_macros()}
    families, bridges, instead = (table.pop(key) for key in ("families", "bridges", "instead"))
    cues = [cue for name, rows in (table | families).items() for cue in _cues(name, rows, macros)]
    return CueTable(
        tuple(cues),
        {name: frozenset(rows.get("beats", ())) for name, rows in table.items()},
        {n: {k: v for k, v in rows.items() if k != "cues"} for n, rows in families.items()},
        bridges,
        instead,
    )


def _noun_macros() -> dict[str, str]:
    sources = vocabulary().noun_sources
    macros = {label: rf"(?:{mention_source(label)}|{nouns})" for label, nouns in sources.items()}
    macros["text"] = macros["text"][:-1] + f"|{mention_source('quote')})"
    return macros


def _cues(name: str, rows: Mapping[str, Any], macros: Mapping[str, str]) -> Iterator[Cue]:
    for key, thing in (("cues", False), ("things", True)):
        for row in rows.get(key, ()):
            told: Mapping[str, Any] = {"say": row} if isinstance(row, str) else row
            about = told.get("about", ())
            yield Cue(
                name,
                _expanded(told["say"], macros),
                frozenset([about] if isinstance(about, str) else about),
                told.get("weight", 1.0),
                thing,
            )


def _expanded(say: str, macros: Mapping[str, str]) -> str:
    while _MACRO.search(say):
        say = _MACRO.sub(lambda match: macros[match[1]], say)  # macros may hold macros
    return _WILD.sub(_wild, say)


def _wild(match: re.Match[str]) -> str:
    """The expression for `~` with the spaces around it."""
    if match.end() == len(match.string):
        return ""
    return _GAP if match[1] == " " else _LEAD


def required_literals(source: str) -> tuple[str, ...]:
    """Lower-case texts of which one must be in whatever the expression matches.

    Found in a few simple ways, so `()`, which promises nothing, is a frequent answer.
    """
    branches = _split(source)
    if len(branches) > 1:
        found = [_literals_of_branch(branch) for branch in branches]
        return tuple(x for literals in found for x in literals) if all(found) else ()
    return _literals_of_branch(source)


def _literals_of_branch(source: str) -> tuple[str, ...]:
    """The longest plain run outside groups, else the alternatives of the first firm group."""
    outside, groups = _peel(source)
    runs = re.findall(r"[a-zà-ÿ]{3,}", outside)
    if runs:
        return (max(runs, key=len),)
    found = (required_literals(group) for group in groups)
    return next((literals for literals in found if literals), ())


def _split(source: str) -> list[str]:
    """The alternatives at the top level."""
    parts, depth, start, index = [], 0, 0, 0
    while index < len(source):
        char = source[index]
        if char == "\\":
            index += 1
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "|" and depth == 0:
            parts.append(source[start:index])
            start = index + 1
        index += 1
    return [*parts, source[start:]]


def _peel(source: str) -> tuple[str, list[str]]:
    """What stands outside groups and classes, and the groups that must match."""
    outside: list[str] = []
    groups: list[str] = []
    index = 0
    while index < len(source):
        char = source[index]
        if char == "\\":
            outside.append(" ")
            index += 2
        elif char in "([":
            end = _closing(source, index)
            firm = source[end + 1 : end + 2] not in ("?", "*", "{")
            if char == "(" and firm and source.startswith("(?:", index):
                groups.append(source[index + 3 : end])
            outside.append(" ")
            index = end + 1
        else:
            if char in "?*{":
                outside[-1:] = [" "]
            outside.append(char if char.isalpha() else " ")
            index = source.find("}", index) + 1 if char == "{" else index + 1
    return "".join(outside).lower(), groups


def _closing(source: str, start: int) -> int:
    """Where the group or class that opens at `start` closes."""
    opening, closing = ("(", ")") if source[start] == "(" else ("[", "]")
    depth, index = 0, start
    while index < len(source):
        char = source[index]
        if char == "\\":
            index += 1
        elif char == opening and not (opening == "[" and index > start):
            depth += 1
        elif char == closing:
            depth -= 1
            if depth == 0:
                return index
        index += 1
    return len(source) - 1
