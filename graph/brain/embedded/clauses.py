"""A request cut into clauses: stretches of the masked text that each ask for one thing or chain."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from hugginggpt.graph.brain.embedded.vocabulary import vocabulary

Joint = Literal["", "and", "also", "then", "after"]

_STOP = re.compile(
    r"[.!?;]+(?=\s|$)|\n+|:(?=\s+(?:\d[.)]|[-*•]))|(?<=\s)(?:\d{1,2}[.)]|[-*•])(?=\s)"
)
_ALSO = re.compile(r"\b(?:also|too|as well|besides)\b", re.IGNORECASE)
_THEN = re.compile(r"(?:then|next|finally|lastly|after that|afterwards|dann|puis)\b", re.IGNORECASE)
_BESIDE = " \t,;:¿¡-"


class Clause(NamedTuple):
    """A stretch of the masked text."""

    text: str
    joint: Joint
    """How it hangs on the clause before."""
    asks: bool
    """Whether it ends in a question mark."""


class _Cut(NamedTuple):
    start: int
    end: int
    joint: Joint
    mark: str


def split(text: str) -> list[Clause]:
    """The clauses of the masked text in the order in which they are to be done."""
    clauses: list[Clause] = []
    position = 0
    joint: Joint = ""
    for cut in sorted([*_stops(text), *_joins(text), _Cut(len(text), len(text), "", "")]):
        if cut.start < position:
            continue
        clause = _clause(text[position : cut.start], joint, cut.mark)
        if clause is not None:
            # "Summarise it after transcribing call.wav"
            clauses.insert(max(0, len(clauses) - (joint == "after")), clause)
        position, joint = cut.end, cut.joint
    return clauses


def _clause(text: str, joint: Joint, mark: str) -> Clause | None:
    text = text.strip(_BESIDE)
    if not re.search(r"[^\W\d_]", text):
        return None
    if _THEN.match(text):
        joint = "then"
    elif joint != "then" and (_ALSO.match(text) or _ALSO.search(text[-8:])):
        joint = "also"
    return Clause(text, joint, "?" in mark)


def _stops(text: str) -> Iterator[_Cut]:
    for match in _STOP.finditer(text):
        yield _Cut(match.start(), match.end(), "", match[0])


def _joins(text: str) -> Iterator[_Cut]:
    """Commas and conjunctions after which an instruction or a question begins."""
    for match in vocabulary().joins.finditer(text):
        if _begins_clause(text, match.end(), asks=match[0].strip() != ","):
            joint: Joint = "then" if match["then"] else "after" if match["after"] else "and"
            yield _Cut(match.start(), match.end(), joint, "")


def _begins_clause(text: str, position: int, *, asks: bool) -> bool:
    """Whether an instruction or a question begins at `position`, polite words left out.

    A comma alone begins no question: "the car, which is red".
    """
    words = vocabulary()
    start = without_polite(text, position)
    return bool(words.verbs.match(text, start) or (asks and words.questions.match(text, start)))


def without_polite(text: str, position: int = 0) -> int:
    """Where, from `position` on, the words begin that say what is wanted."""
    polite = vocabulary().polite
    position = _beside(text, position)
    while match := polite.match(text, position):
        position = _beside(text, match.end())
    return position


def _beside(text: str, position: int) -> int:
    while position < len(text) and (text[position] in _BESIDE or text[position].isspace()):
        position += 1
    return position


def is_question(clause: Clause) -> bool:
    """Whether the clause asks rather than instructs ("can you draw ..." instructs)."""
    start = without_polite(clause.text)
    words = vocabulary()
    if words.questions.match(clause.text, start):
        return True
    return clause.asks and not words.verbs.match(clause.text, start)


def is_statement(clause: Clause) -> bool:
    """Whether the clause only says what there is ("I have a photo a.jpg")."""
    return bool(vocabulary().statement.match(clause.text, _beside(clause.text, 0)))
