"""Where a task's content comes from: a file of its clause, an earlier task, a quotation, …"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from hugginggpt.graph.brain.embedded.arguments import Words, has_own_words, instruction, prompt, said
from hugginggpt.graph.brain.embedded.memory import Memory, Source, Thing, named_in
from hugginggpt.graph.brain.embedded.vocabulary import vocabulary
from hugginggpt.tools.kinds import Argument, Modality, TaskKind

_POINTS = re.compile(
    r"(?:based on|according to|from|of|about|using|with|for|to|on|out of|into|by|through|in)\s+$|^$|"
    r"\b(?:turn|convert|transform|make|illustrate|draw|paint|sketch|visuali[sz]e|animate|translate|answer|"
    r"rewrite|rephrase|paraphrase|continue|expand|simplify|explain|fix|correct|film|put|render|use|describing|"
    r"illustrating|showing|depicting|representing|reflects?|matching|matches|respond to|reply to)\s+(?:the |this |that |these |those )*$",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(
    r"\b(?:translated|summari[sz]ed|transcribed|extracted|generated|detected|recogni[sz]ed|identified|classified|"
    r"resulting|obtained|created|written|described|rewritten|answered)\s+\w+",
    re.IGNORECASE,
)
_DEFINITE = re.compile(
    r"\s*(?:(?:that |which )?(?:illustrat|depict|show|describ|represent|explain|visuali[sz]|reflect|match|captur|convey)(?:es|s|ing|e)?"
    r"\s+|based on\s+|using\s+|from\s+|with\s+|about\s+|of\s+|for\s+|on\s+)?(?:the|this|that|these|those|its)\s+[^\W\dA-Z]",
)
_REPEATABLE = frozenset(
    {"text-generation", "image-text-to-image", "image-to-image", "audio-to-audio", "video-to-video"}
)
"""Kinds that may well work on what the same kind made; for the others both work on the source."""
_RESULT = re.compile(
    r"\bthe (?:result|output|outcome|answer|label|class|category|number|count|score|verdict|findings?)s?\b",
    re.I,
)


@dataclass(slots=True)
class Place:
    """What a task can draw on at its place in the request."""

    words: Words
    index: int
    """Number of the clause."""
    files: list[Source]
    """Named in the clause."""
    quotes: list[Source]
    memory: Memory
    chained: Thing | None = None
    """What the task before it in the same clause makes."""
    beside: bool = False
    """Whether it is coordinated with that task ("a summary and a translation")."""
    links: "Sequence[Link]" = ()
    """How the tasks before it were filled, the latest last."""
    later: list[Source] = field(default_factory=list)
    """Files that only later clauses name."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a task was given as its content, and by what word."""

    sources: tuple[Source, ...]
    index: int
    pronoun: bool
    kind: str


def find_content(kind: TaskKind, argument: Argument, place: Place) -> list[Source]:
    """The values for the task's content, those of another modality left to be bridged.

    Empty where nothing in the request can be meant.
    """
    if kind.name == "any-to-any":
        return [Source(instruction(place.words), ("text",))]
    if argument.name == "prompt" or kind.name == "text-generation":
        return _words_or_reference(kind, argument, place)
    wanted = argument.modality
    found = (
        _in_clause(wanted, place, many=argument.many)
        or [Source(text, ("text",)) for text in [said(place.words)] if text and wanted == "text"]
        or _referred(kind, wanted, place, many=argument.many)
        or _anything(wanted, place)
    )
    return found


def _in_clause(wanted: Modality, place: Place, *, many: bool) -> list[Source]:
    """Files of the clause, or what the task before it in the clause makes, or its quotations."""
    files = [source for source in place.files if source.fits(wanted)]
    chained = place.chained
    if chained and not (place.beside and files) and all(s.fits(wanted) for s in chained.sources):
        return list(chained.sources)
    if files:
        return files
    if wanted == "text" and place.quotes:
        return place.quotes if many else place.quotes[-1:]
    return list(place.files)


def _referred(kind: TaskKind, wanted: Modality, place: Place, *, many: bool) -> list[Source]:
    """What "it", "the summary" or nothing at all means: something that came up before."""
    words, text, memory = vocabulary(), place.words.text, place.memory
    thing = _product(text, place, wanted)
    if thing is None and words.original.search(text):
        thing = memory.brought(wanted)
    if thing is None and _is_fork(kind, wanted, place):
        return list(place.links[-1].sources)
    speaks = kind.name == "text-to-speech" or bool(_RESULT.search(text))
    thing = thing or memory.nearest(wanted, readable=speaks)
    if thing is None:
        return []
    if thing.made_by == kind.name and kind.name not in _REPEATABLE:
        same = [link for link in place.links if link.kind == kind.name]
        return list(same[-1].sources) if same else list(thing.sources)
    named = named_in(thing.sources, text)
    if many or words.many.search(text):
        together = memory.alike(thing)
        return together if len(together) > 1 and thing.made_by != "" else list(thing.sources)
    return named or list(thing.sources)


def _product(text: str, place: Place, wanted: Modality) -> Thing | None:
    """What an earlier task made and the clause calls by its name."""
    hit = place.words.hit
    for kind, pattern in vocabulary().products.items():
        found = pattern.search(text)
        own = hit is not None and hit.name == kind
        if found and not own and (thing := place.memory.made_by(kind)):
            if all(source.fits(wanted) for source in thing.sources):
                return thing
    return None


def _is_fork(kind: TaskKind, wanted: Modality, place: Place) -> bool:
    """Whether "it" is what "it" was in the clause before: "summarise it and translate it"."""
    if not place.links or kind.name == "text-to-speech":
        return False
    last, clause = place.links[-1], place.words.clause
    if last.index != place.index - 1:
        return False
    if not all(source.fits(wanted) for source in last.sources):
        return False
    pronoun = vocabulary().one.search(clause.text) is not None
    return clause.joint == "also" or (clause.joint == "and" and pronoun and last.pronoun)


def _anything(wanted: Modality, place: Place) -> list[Source]:
    """A file named later, else the nearest thing of another modality, to be bridged."""
    later = [source for source in place.later if source.fits(wanted)]
    if later:
        return later
    if place.memory.things:
        return list(place.memory.things[-1].sources)
    return list(place.later)


def _words_or_reference(kind: TaskKind, argument: Argument, place: Place) -> list[Source]:
    """For what is made from words: a quotation, what the clause points to, or its own words."""
    if place.quotes and kind.name != "text-generation":
        return place.quotes[-1:]
    if place.chained and all(s.fits("text") for s in place.chained.sources):
        return list(place.chained.sources)
    if place.files:
        return [s for s in place.files if s.fits("text")] or place.files
    pointed = _pointed(place)
    if pointed is not None:
        return list(pointed.sources)
    if kind.name == "text-generation" and vocabulary().rework.search(place.words.text):
        thing = place.memory.nearest("text")
        if thing is not None:
            return list(thing.sources)
    own = prompt(place.words)
    if has_own_words(own) and not _is_definite(own, place):
        return [Source(own, ("text",))]
    nearest = place.memory.nearest(argument.modality)
    return list(nearest.sources) if nearest else _anything(argument.modality, place)


def _is_definite(own: str, place: Place) -> bool:
    """Whether the words mean something known ("the scene") while a task has made a text."""
    made = any(thing.made_by and thing.main == "text" for thing in place.memory.things)
    return made and bool(_DEFINITE.match(own))


def _pointed(place: Place) -> Thing | None:
    """The text that the clause points to: "based on the summary", "turn it into a picture"."""
    text, words = place.words.text, vocabulary()
    thing = _product(text, place, "text")
    if thing is not None:
        return thing
    if _PARTICIPLE.search(text) and (made := place.memory.nearest("text", readable=True)):
        return made
    for pattern in (words.one, words.many, words.nouns["text"]):
        for found in pattern.finditer(text):
            before = text[: found.start()]
            if _POINTS.search(before) or (
                pattern is words.nouns["text"]
                and re.search(r"\b(?:the|this|that|these)\s$", before)
            ):
                return place.memory.nearest("text")
    return None
