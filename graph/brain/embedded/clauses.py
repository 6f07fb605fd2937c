"""A request cut into clauses: stretches of the masked text that each ask for one thing or chain."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from hugginggpt.graph.brain.embedded.vocabulary import pattern, vocabulary

Joint = Literal["", "and", "also", "then", "after"]

_STOP = re.compile(
    r"[.!?;]+(?=\s|$)|\n+|:(?=\s+(?:\d[.)]|[-*•]))|(?<=\s)(?:\d{1,2}[.)]|[-*•])(?=\s)"
)
_LETTER = re.compile(r"[^\W\d_]")
_MOST_POLITE = 8
_BESIDE = " \t,;:¿¡-"


class Clause(NamedTuple):
    """A stretch of the masked text."""

    text: str
    joint: Joint
    """How it hangs on the clause before."""
    asks: bool
    """Whether it ends in a question mark."""
    start: int = 0
    """Where it begins in the masked text."""


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
        if cut.start < position or _leads(text[position : cut.start], cut):
            continue
        clause = _clause(text[position : cut.start], position, joint, cut.mark)
        if clause is not None:
            # "Summarise it after transcribing call.wav"
            clauses.insert(max(0, len(clauses) - (joint == "after")), clause)
        position, joint = cut.end, cut.joint
    return clauses


def _leads(text: str, cut: _Cut) -> bool:
    """Whether the words say from what the rest of the sentence works: "from the summary, ..."."""
    return not cut.mark and pattern("clauses", "lead").fullmatch(text.strip(_BESIDE)) is not None


def _clause(text: str, start: int, joint: Joint, mark: str) -> Clause | None:
    start += len(text) - len(text.lstrip(_BESIDE))
    text = text.strip(_BESIDE)
    if not _LETTER.search(text):
        return None
    also = pattern("clauses", "also")
    if pattern("clauses", "then").match(text):
        joint = "then"
    elif joint != "then" and (also.match(text) or also.search(text[-8:])):
        joint = "also"
    return Clause(text, joint, "?" in mark, start)


def _stops(text: str) -> Iterator[_Cut]:
    for match in _STOP.finditer(text):
        yield _Cut(match.start(), match.end(), "", match[0])


def _joins(text: str) -> Iterator[_Cut]:
    """Commas and conjunctions after which an instruction or a question begins."""
    for match in vocabulary().joins.finditer(text):
        if _begins_clause(text, match.end(), comma=match[0].strip() == ","):
            joint: Joint = "then" if match["then"] else "after" if match["after"] else "and"
            yield _Cut(match.start(), match.end(), joint, "")


def _begins_clause(text: str, position: int, *, comma: bool) -> bool:
    """Whether an instruction or a question begins at `position`, polite words left out."""
    words = vocabulary()
    start = without_polite(text, position)
    further = pattern("clauses", "further").match(text, _beside(text, position))
    lead = pattern("clauses", "lead").match(text, start)
    if lead and text.startswith(",", lead.end()):  # "and, from the summary, create"
        start = without_polite(text, lead.end())
    if further or words.verbs.match(text, start):
        return True
    relative = comma and pattern("clauses", "relative").match(text, start)
    return bool(words.questions.match(text, start)) and not relative


def without_polite(text: str, position: int = 0) -> int:
    """Where, from `position` on, the words begin that say what is wanted."""
    polite = vocabulary().polite
    position = _beside(text, position)
    for _ in range(_MOST_POLITE):
        match = polite.match(text, position)
        if match is None:
            break
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
