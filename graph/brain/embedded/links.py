"""Where a task's content comes from: a file of its clause, an earlier task, or words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hugginggpt.graph.brain.embedded import wording
from hugginggpt.graph.brain.embedded.choice import NEAR
from hugginggpt.graph.brain.embedded.memory import Memory, Source, Thing, named_in
from hugginggpt.graph.brain.embedded.vocabulary import pattern, vocabulary
from hugginggpt.graph.brain.embedded.wording import Words
from hugginggpt.tools.kinds import Argument, Modality, TaskKind

_REPEATABLE = frozenset(
    {"text-generation", "image-text-to-image", "image-to-image", "audio-to-audio", "video-to-video"}
)
"""Kinds that may well work on what the same kind made; for the others both work on the source."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a task was given as its content."""

    sources: tuple[Source, ...]
    index: int
    """Number of the clause."""
    pronoun: bool
    """Whether the clause called it "it"."""
    kind: str


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
    links: Sequence[Link] = ()
    """How the tasks before it were filled, the latest last."""
    later: list[Source] = field(default_factory=list)
    """Files that only later clauses name."""


def find_content(kind: TaskKind, argument: Argument, place: Place) -> list[Source]:
    """The values for the task's content, those of another modality left to be bridged.

    Empty where nothing in the request can be meant.
    """
    if kind.name == "any-to-any":
        return [Source(wording.instruction(place.words), ("text",))]
    if argument.name == "prompt" or kind.name == "text-generation":
        return _words_or_reference(kind, place)
    wanted = argument.modality
    many = argument.many or kind.name == "sentence-similarity"
    return (
        _in_clause(kind, wanted, place, many=many)
        or (_said(place) if wanted == "text" else [])
        or _referred(kind, wanted, place, many=many)
        or _anything(wanted, place)
    )


def _said(place: Place) -> list[Source]:
    text = wording.said(place.words)
    return [Source(text, ("text",))] if text else []


def _in_clause(kind: TaskKind, wanted: Modality, place: Place, *, many: bool) -> list[Source]:
    """What the task before it in the clause makes, or files of the clause, or its quotations."""
    files = [source for source in place.files if source.fits(wanted)]
    chained = place.chained
    if chained and not (place.beside and files) and chained.fits(wanted):
        return list(chained.sources)
    if files:
        return files
    if wanted == "text" and place.quotes:
        asks = kind.name in ("text-ranking", "text-retrieval") and len(place.quotes) > 1
        return place.quotes[1:] if asks else place.quotes if many else place.quotes[-1:]
    return list(place.files)


def _referred(kind: TaskKind, wanted: Modality, place: Place, *, many: bool) -> list[Source]:
    """What "it", "the summary" or nothing at all means: something that came up before."""
    text = place.words.text
    thing = _meant(kind, wanted, place)
    if thing is None:
        return []
    if thing.made_by == kind.name and kind.name not in _REPEATABLE:
        same = [link for link in place.links if link.kind == kind.name]
        return list(same[-1].sources if same else thing.sources)
    if many or vocabulary().many.search(text):
        together = place.memory.alike(thing) if thing.made_by else []
        return together or list(thing.sources)
    return named_in(thing.sources, text) or list(thing.sources)


def _meant(kind: TaskKind, wanted: Modality, place: Place) -> Thing | None:
    """The thing that the clause points to, by name, by a pronoun, or by pointing to nothing."""
    text, memory = place.words.text, place.memory
    thing = _product(text, place, wanted)
    if thing is None and vocabulary().original.search(text):
        thing = memory.brought(wanted)
    if thing is None and _is_fork(kind, wanted, place):
        return Thing(place.links[-1].sources, frozenset())
    speaks = kind.name == "text-to-speech" or bool(pattern("links", "result").search(text))
    return thing or memory.nearest(wanted, readable=speaks)


def _product(text: str, place: Place, wanted: Modality) -> Thing | None:
    """What an earlier task made and the clause calls by its name."""
    for kind, nouns in vocabulary().products.items():
        if place.words.hit.name == kind or not nouns.search(text):
            continue
        thing = place.memory.made_by(kind)
        if thing and thing.fits(wanted):
            return thing
    return None


def _is_fork(kind: TaskKind, wanted: Modality, place: Place) -> bool:
    """Whether "it" is what "it" was in the clause before: "summarise it and translate it".

    What is read aloud is what was just made.
    """
    if not place.links or kind.name == "text-to-speech":
        return False
    last, clause = place.links[-1], place.words.clause
    if last.index != place.index - 1 or not all(source.fits(wanted) for source in last.sources):
        return False
    pronoun = vocabulary().one.search(clause.text) is not None
    return clause.joint == "also" or (clause.joint == "and" and pronoun and last.pronoun)


def _anything(wanted: Modality, place: Place) -> list[Source]:
    """A file named later, else the nearest thing of another modality, to be bridged."""
    later = [source for source in place.later if source.fits(wanted)]
    if later or not place.memory.things:
        return later or list(place.later)
    return list(place.memory.things[-1].sources)


def _words_or_reference(kind: TaskKind, place: Place) -> list[Source]:
    """For what is made from words: a quotation, what the clause points to, or its own words."""
    if place.quotes and kind.name != "text-generation":
        return place.quotes[-1:]
    if place.chained and place.chained.fits("text"):
        return list(place.chained.sources)
    if place.files:
        return [s for s in place.files if s.fits("text")] or list(place.files)
    thing = _pointed(place)
    if thing is None and kind.name == "text-generation":
        thing = place.memory.nearest("text") if _reworks(place) else None
    if thing is not None:
        return list(thing.sources)
    own = wording.prompt(place.words)
    if wording.own_words(own) and not _is_known(own, place):
        return [Source(own, ("text",))]
    nearest = place.memory.nearest("text")
    return list(nearest.sources) if nearest else _anything("text", place)


def _reworks(place: Place) -> bool:
    return vocabulary().rework.search(place.words.text) is not None


def _is_known(own: str, place: Place) -> bool:
    """Whether the words mean something known ("the scene") while a task has made a text."""
    made = any(thing.made_by and thing.main == "text" for thing in place.memory.things)
    return made and pattern("links", "known").match(own) is not None


def _pointed(place: Place) -> Thing | None:
    """The text that the clause points to: "based on the summary", "turn it into a picture"."""
    text, words = place.words.text, vocabulary()
    thing = _product(text, place, "text")
    if thing is not None:
        return thing
    if pattern("links", "made").search(text):
        made = place.memory.nearest("text", readable=True)
        if made is not None:
            return made
    pronouns = [m.start() for p in (words.one, words.many) for m in p.finditer(text)]
    nouns = [m.start() for m in words.nouns["text"].finditer(text)]
    points = any(_follows("points", text, start) for start in [*pronouns, *nouns])
    known = any(_follows("the", text, start) for start in nouns)
    return place.memory.nearest("text") if points or known else None


def _follows(name: str, text: str, start: int) -> bool:
    """Whether what begins at `start` comes after such words."""
    before = text[max(0, start - NEAR) : start]
    return pattern("links", name).search(before) is not None
