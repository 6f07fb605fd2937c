"""Where a task's content comes from: a file of its clause, an earlier task, or words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hugginggpt.graph.brain.embedded import wording
from hugginggpt.graph.brain.embedded.choice import NEAR
from hugginggpt.graph.brain.embedded.memory import Memory, Source, Thing, named_in
from hugginggpt.graph.brain.embedded.reasons import Origin
from hugginggpt.graph.brain.embedded.settings import labels
from hugginggpt.graph.brain.embedded.vocabulary import pattern, vocabulary
from hugginggpt.graph.brain.embedded.wording import Words, is_asked
from hugginggpt.tools.kinds import Argument, Modality, TaskKind

_REPEATABLE = frozenset(
    {"text-generation", "image-text-to-image", "image-to-image", "audio-to-audio", "video-to-video"}
)
"""Kinds that may well work on what the same kind made; for the others both work on the source."""
_READ = "en"
"""What is put into the language of those who ask is worked on in that; most ask in English."""
JOINING = frozenset({"summarization", "text-generation", "question-answering"})
"""Kinds that can make one text of several."""


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
    giver: str | None = None
    """The kind whose result it works on, as was learned; "": none. None: nothing is known."""
    links: Sequence[Link] = ()
    """How the tasks before it were filled, the latest last."""
    later: list[Source] = field(default_factory=list)
    """Files that only later clauses name."""


class Found(NamedTuple):
    """Values for a task's content, and where they come from."""

    sources: list[Source]
    origin: Origin

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.sources)


class _Meant(NamedTuple):
    """A thing that came up before, and the words that point to it."""

    thing: Thing
    origin: Origin

    @property
    def found(self) -> Found:
        return Found(list(self.thing.sources), self.origin)


def find_content(kind: TaskKind, argument: Argument, place: Place) -> Found:
    """The values for the task's content, those of another modality left to be bridged.

    Empty where nothing in the request can be meant.
    """
    if kind.name == "any-to-any":
        told = Source(wording.instruction(place.words), ("text",))
        return Found([told], Origin("words of the clause"))
    if kind.name in JOINING and (together := _together(place)):
        return together
    if argument.name == "prompt" or kind.name == "text-generation":
        return _words_or_reference(kind, place)
    wanted = argument.modality
    many = argument.many or kind.name == "sentence-similarity"
    return (
        _in_clause(kind, wanted, place, many=many)
        or (own_text(wording.said(place.words)) if wanted == "text" else None)
        or _referred(kind, wanted, place, many=many)
        or _anything(wanted, place)
    )


def find_guide(place: Place) -> Found:
    """What earlier tasks made and the clause goes by: "edit it based on the summary".

    Empty where it goes by nothing that reads as text.
    """
    for phrase in pattern("links", "gone_by").finditer(place.words.text):
        meant = _made_text(phrase[0], place)
        if meant is not None:
            return Found(list(meant.sources), Origin("called by its name", phrase.span()))
    if by_it := pattern("links", "gone_by_it").search(place.words.text):
        nearest = place.memory.nearest("text")
        if nearest is not None and nearest.main == "text":
            return Found(list(nearest.sources), Origin("the nearest that fits", by_it.span()))
    if said := pattern("links", "as_spoken").search(place.words.text):
        written = place.memory.made_by("automatic-speech-recognition")
        spoken = written or place.memory.nearest("audio")
        if spoken is not None:
            return Found(list(spoken.sources), Origin("called by its name", said.span()))
    return Found([], Origin("called by its name"))


def _made_text(phrase: str, place: Place) -> Thing | None:
    """What "the summary" or "the generated text" means among the results of earlier tasks."""
    if (meant := _product(phrase, place, "text", besides="")) is not None:
        return meant.thing
    names = (pattern("links", "made"), pattern("links", "result"), vocabulary().nouns["text"])
    if not any(name.search(phrase) for name in names):
        return None
    nearest = place.memory.nearest("text", readable=True)
    return nearest if nearest is not None and nearest.made_by and nearest.fits("text") else None


def _together(place: Place) -> Found:
    """Several results that become one: "from the summary and the class", "from both answers"."""
    if place.files or place.quotes:
        return Found([], Origin("all that are named"))
    text, hit, memory = place.words.text, place.words.hit, place.memory
    made = [thing for thing in memory.things if thing.made_by and thing.fits("text")]
    named: list[Thing] = []
    taken = [(hit.start, hit.end)]
    for kind, nouns in vocabulary().products.items():
        if those := [thing for thing in made if thing.made_by == kind]:
            spans = [m.span() for m in nouns.finditer(text) if _follows("definite", text, m)]
            # "The Italian letter" is no letter besides.
            spans = [
                s for s in spans if not any(s[0] < end and start < s[1] for start, end in taken)
            ]
            taken += spans
            named += those if spans else []
    if len(named) < 2:
        both = pattern("links", "both").search(text)
        named = ([t for t in made if len(t.sources) > 1][-1:] or made[-2:]) if both else []
    sources = [source for thing in made if thing in named for source in thing.sources]
    return Found(sources if len(sources) > 1 else [], Origin("all that are named"))


def own_text(text: str) -> Found:
    """Words of the clause as content; nothing if there are none."""
    return Found([Source(text, ("text",))] if text else [], Origin("words of the clause"))


def _in_clause(kind: TaskKind, wanted: Modality, place: Place, *, many: bool) -> Found:
    """What the task before it in the clause makes, or files of the clause, or its quotations."""
    files = [source for source in place.files if source.fits(wanted)]
    chained = place.chained
    if chained and not (place.beside and files) and chained.fits(wanted):
        return _chained(chained)
    quotes = _worked_on(kind, place)
    if wanted == "text" and quotes and not files:
        asks = kind.name in ("text-ranking", "text-retrieval") and len(quotes) > 1
        quotes = quotes[1:] if asks else quotes if many else quotes[-1:]
        return Found(quotes, Origin("a quotation of the clause"))
    return Found(files or list(place.files), Origin("a file of the clause"))


def _worked_on(kind: TaskKind, place: Place) -> list[Source]:
    """The clause's quotations without its labels and questions, unless nothing else is there."""
    names = {argument.name for argument in kind.arguments}
    said = labels(place.words) if "labels" in names else []
    asks = "question" in names
    rest = [q for q in place.quotes if q.value not in said and not (asks and is_asked(q.value))]
    return rest if rest or place.memory.nearest("text") else place.quotes


def _chained(thing: Thing) -> Found:
    return Found(list(thing.sources), Origin("made just before in the clause"))


def _referred(kind: TaskKind, wanted: Modality, place: Place, *, many: bool) -> Found | None:
    """What "it", "the summary" or nothing at all means: something that came up before."""
    text = place.words.text
    meant = _meant(kind, wanted, place)
    if meant is None:
        return None
    thing, origin = meant
    if thing.made_by == kind.name and kind.name not in _REPEATABLE:
        same = [link for link in place.links if link.kind == kind.name]
        if not same:
            return meant.found
        return Found(
            list(same[-1].sources), origin._replace(why="the same as such a task had before")
        )
    if (one := _numbered(thing, place)) is not None:
        return one
    several = vocabulary().many.search(text)
    if many or several:
        together = place.memory.alike(thing) if thing.made_by else []
        if len(together) == 1 and pattern("links", "both").search(text):
            together = _last_two(wanted, place) or together
        why = Origin("all that are alike", several.span() if several else origin.words)
        return Found(together, why) if together else meant.found
    named = named_in(thing.sources, text)
    return Found(named, origin._replace(why="its name is said")) if named else meant.found


def _last_two(wanted: Modality, place: Place) -> list[Source]:
    """The last two results, whatever made them: "both answers"."""
    made = [t for t in place.memory.things if t.made_by and t.main == wanted]
    return [source for thing in made[-2:] for source in thing.sources] if len(made) > 1 else []


def _numbered(thing: Thing, place: Place) -> Found | None:
    """The one of several alike that the clause picks out: "the first summary", "the latter"."""
    text = place.words.text
    ordinals = list(pattern("links", "ordinal").finditer(text))
    if vocabulary().many.search(text):
        return None
    alike = place.memory.alike(thing) if len(ordinals) == 1 else []
    if len(alike) < 2:
        return None
    number = next(n for n, said in enumerate(ordinals[0].groups(), start=-1) if said)
    if number >= len(alike):
        return None
    return Found([alike[number]], Origin("its name is said", ordinals[0].span()))


def _meant(kind: TaskKind, wanted: Modality, place: Place) -> _Meant | None:
    """The thing that the clause points to, by name, by a pronoun, or by pointing to nothing."""
    text, memory = place.words.text, place.memory
    meant = _product(text, place, wanted)
    if meant is None and (original := vocabulary().original.search(text)):
        brought = memory.brought(wanted)
        meant = _Meant(brought, Origin("the original", original.span())) if brought else None
    if meant is not None:
        return meant
    words = _pointing(text)
    if (learned := _as_learned(wanted, place)) is not None:
        return _Meant(learned, Origin("as such tasks usually do", words))
    if _is_fork(kind, wanted, place):
        same = Thing(place.links[-1].sources, frozenset())
        return _Meant(same, Origin("the same as in the clause before", words))
    speaks = kind.name == "text-to-speech" or bool(pattern("links", "result").search(text))
    nearest = memory.nearest(wanted, readable=speaks and wanted == "text")
    return _Meant(nearest, Origin("the nearest that fits", words)) if nearest else None


def _as_learned(wanted: Modality, place: Place) -> Thing | None:
    """What such a task works on beside those that are planned."""
    if place.giver is None:
        return None
    thing = place.memory.made_by(place.giver) if place.giver else place.memory.brought(wanted)
    return thing if thing is not None and thing.fits(wanted) else None


def _pointing(text: str) -> tuple[int, int] | None:
    """Where the first pronoun stands."""
    found = (p.search(text) for p in (vocabulary().one, vocabulary().many))
    return min((match.span() for match in found if match), default=None)


def _product(
    text: str, place: Place, wanted: Modality, *, besides: str | None = None
) -> _Meant | None:
    """What an earlier task made and the text calls by its name.

    Not by a task of kind `besides`; unless told, that is what the clause asks for.
    """
    besides = place.words.hit.name if besides is None else besides
    for kind, nouns in vocabulary().products.items():
        if besides == kind or not (noun := nouns.search(text)):
            continue
        thing = place.memory.made_by(kind)
        if thing and thing.fits(wanted) and _may_mean(noun, thing, place):
            return _Meant(thing, Origin("called by its name", noun.span()))
    return None


def _may_mean(noun: re.Match[str], thing: Thing, place: Place) -> bool:
    """Whether the noun may mean that: "the French text" is no translation into German."""
    named = place.words.masked.within(noun[0])
    languages = [mention.value for mention in named if mention.label == "language"]
    return not (languages and thing.language) or thing.language in languages


def _is_fork(kind: TaskKind, wanted: Modality, place: Place) -> bool:
    """Whether "it" is what "it" was in the clause before: "summarise it and translate it".

    What is read aloud is what was just made.
    """
    if not place.links or kind.name == "text-to-speech":
        return False
    last, clause = place.links[-1], place.words.clause
    translated = place.memory.made_by("translation") if last.kind == "translation" else None
    if translated and translated.language == _READ and clause.joint != "also":
        return False  # "put it into English, boil it down"
    if last.index != place.index - 1 or not all(source.fits(wanted) for source in last.sources):
        return False
    pronoun = vocabulary().one.search(clause.text) is not None
    return clause.joint == "also" or (clause.joint == "and" and pronoun and last.pronoun)


def _anything(wanted: Modality, place: Place) -> Found:
    """A file named later, else the nearest thing of another modality, to be bridged."""
    later = [source for source in place.later if source.fits(wanted)]
    if later or not place.memory.things:
        return Found(later or list(place.later), Origin("named later in the request"))
    nearest = place.memory.things[-1]
    return Found(list(nearest.sources), Origin("the nearest, though it does not fit"))


def _words_or_reference(kind: TaskKind, place: Place) -> Found:
    """For what is made from words: a quotation, what the clause points to, or its own words."""
    if place.quotes and kind.name != "text-generation":
        return Found(place.quotes[-1:], Origin("a quotation of the clause"))
    if place.chained and place.chained.fits("text"):
        return _chained(place.chained)
    if place.files:
        files = [s for s in place.files if s.fits("text")] or list(place.files)
        return Found(files, Origin("a file of the clause"))
    meant = _pointed(place)
    if meant is None and kind.name == "text-generation":
        meant = _reworked(place)
    if meant is not None:
        return meant.found
    own = wording.prompt(place.words)
    if wording.own_words(own) and not _is_known(own, place):
        return own_text(own)
    nearest = _nearest_text(place, _pointing(place.words.text))
    return nearest.found if nearest else _anything("text", place)


def _reworked(place: Place) -> _Meant | None:
    rework = vocabulary().rework.search(place.words.text)
    return _nearest_text(place, rework.span()) if rework else None


def _nearest_text(place: Place, words: tuple[int, int] | None) -> _Meant | None:
    nearest = place.memory.nearest("text")
    return _Meant(nearest, Origin("the nearest that fits", words)) if nearest else None


def _is_known(own: str, place: Place) -> bool:
    """Whether the words mean something known ("the scene") while a task has made a text."""
    made = any(thing.made_by and thing.main == "text" for thing in place.memory.things)
    return made and pattern("links", "known").match(own) is not None


def _pointed(place: Place) -> _Meant | None:
    """The text that the clause points to: "based on the summary", "turn it into a picture"."""
    text, words = place.words.text, vocabulary()
    meant = _product(text, place, "text")
    if meant is not None:
        return meant
    made = pattern("links", "made").search(text)
    if made:
        thing = place.memory.nearest("text", readable=True)
        if thing is not None:
            return _Meant(thing, Origin("the nearest that fits", made.span()))
    pronouns = [m for p in (words.one, words.many) for m in p.finditer(text)]
    nouns = list(words.nouns["text"].finditer(text))
    pointing = [m for m in (*pronouns, *nouns) if _follows("points", text, m)]
    pointing += [m for m in nouns if _follows("the", text, m)]
    return _nearest_text(place, pointing[0].span()) if pointing else None


def _follows(name: str, text: str, match: re.Match[str]) -> bool:
    """Whether what was matched comes after such words."""
    before = text[max(0, match.start() - NEAR) : match.start()]
    return pattern("links", name).search(before) is not None
