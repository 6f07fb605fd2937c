"""What a request has spoken of so far: its files, its quotations, and what its tasks make."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hugginggpt.graph.brain.embedded.mentions import Masked, Mention, file_label
from hugginggpt.graph.brain.embedded.vocabulary import pattern, vocabulary
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.kinds import KINDS, READS_AS_TEXT, Modality, TaskKind, fits

_WORD = re.compile(r"[^\W\d_]{3,}")
_VERDICTS = frozenset(
    name
    for name, kind in KINDS.items()
    if kind.outputs[0] == "data" or name.endswith(("question-answering", "-text-to-text"))
) | {"text-generation"}
"""Kinds whose results are seldom what the next question is about."""


class Source(NamedTuple):
    """One value that an argument can be given."""

    value: Any
    modalities: tuple[Modality, ...]
    """What it can be given as, the main one first."""
    task: int | None = None
    """Id of the task that makes it; None for what the user brought."""
    is_file: bool = False
    """Whether it is the name of a file, or an address."""

    def fits(self, wanted: Modality) -> bool:
        """Whether it can fill an argument of that modality."""
        return any(fits(modality, wanted) for modality in self.modalities)


class Thing(NamedTuple):
    """One or several values that words like "it" or "the summary" can mean."""

    sources: tuple[Source, ...]
    labels: frozenset[str]
    """What a clause about it is about."""
    made_by: str = ""
    """Kind of the tasks that make it; empty for what the user brought."""
    clause: int = -1
    language: str = ""
    """Code of the language that it is translated into."""

    @property
    def main(self) -> Modality:
        """Its main modality."""
        return self.sources[0].modalities[0]

    def fits(self, wanted: Modality) -> bool:
        """Whether each of its values can fill an argument of that modality."""
        return all(source.fits(wanted) for source in self.sources)


def source_of(mention: Mention) -> Source:
    """The value that a mention stands for."""
    return Source(mention.value, mention.modalities, is_file=mention.is_file)


def thing_of(mentions: Iterable[Mention], clause: int) -> Thing:
    """Files or quotations as one thing."""
    mentions = list(mentions)
    labels = {label for m in mentions for label in labels_of(m)}
    return Thing(tuple(source_of(m) for m in mentions), frozenset(labels), "", clause)


def labels_of(mention: Mention) -> tuple[str, ...]:
    """What a clause that names it is about."""
    if mention.label == "doc":
        return ("doc", *mention.modalities)
    if mention.label == "web":
        return ("web", *mention.modalities)
    return ("text",) if mention.label == "quote" else (mention.label,)


@dataclass(slots=True)
class Memory:
    """Things in the order in which they came up; the nearest is the last."""

    things: list[Thing] = field(default_factory=list)

    def add(self, thing: Thing) -> None:
        """Remember one more thing."""
        self.things.append(thing)

    def nearest(self, wanted: Modality, *, readable: bool = False) -> Thing | None:
        """The last thing that fits, one whose main modality it is before one that merely fits.

        `readable`: anything that reads as text is as good as a text.
        """

        def is_it(thing: Thing) -> bool:
            is_main = thing.main == wanted or (readable and thing.main in READS_AS_TEXT)
            # Nobody has speech made in order to have it listened to by a machine.
            return is_main and thing.made_by != "text-to-speech"

        return self._last(is_it) or self._last(lambda thing: thing.fits(wanted))

    def _last(self, is_it: Callable[[Thing], bool]) -> Thing | None:
        return next((thing for thing in reversed(self.things) if is_it(thing)), None)

    def made_by(self, kind: str) -> Thing | None:
        """The last thing that tasks of that kind made."""
        return self._last(lambda thing: thing.made_by == kind)

    def brought(self, wanted: Modality) -> Thing | None:
        """The last fitting thing that the user brought."""
        return self._last(lambda thing: not thing.made_by and thing.fits(wanted))

    def alike(self, thing: Thing) -> list[Source]:
        """The values of all things made or brought in the same way as `thing`, in order."""
        same = [t for t in self.things if t.made_by == thing.made_by and t.main == thing.main]
        return _distinct(s for t in same for s in t.sources)

    def subject(self) -> frozenset[str]:
        """What the last thing that one speaks about is: labels and answers are rarely that.

        Files that came with the request without being named are all as near as each other.
        """
        last = self._last(lambda thing: thing.made_by not in _VERDICTS) or self.things[-1]
        if last.made_by or last.clause >= 0:
            return last.labels
        unnamed = (t.labels for t in self.things if not t.made_by and t.clause < 0)
        return frozenset().union(*unnamed)

    def kinds(self) -> frozenset[str]:
        """The kinds that have made something."""
        return frozenset(thing.made_by for thing in self.things if thing.made_by)

    def labels(self) -> frozenset[str]:
        """What the request is about, as far as known."""
        return frozenset().union(*(thing.labels for thing in self.things))


def _distinct(sources: Iterable[Source]) -> list[Source]:
    seen: list[Source] = []
    for source in sources:
        if all(source.value != other.value for other in seen):
            seen.append(source)
    return seen


def remembered(request: Request, masked: Masked) -> Memory:
    """What is there before the first clause: the conversation's files and results.

    Files that came with the request are the nearest; those that it names are left out, they
    come up in their clauses.
    """
    named = {str(mention.value) for mention in masked.mentions if mention.is_file}
    fresh = set(request.fresh) or (set() if request.earlier else set(request.resources))
    unnamed = [name for name in request.resources if name not in named]
    memory = Memory()
    for name in unnamed:
        if name not in fresh:
            memory.add(thing_of([_resource(request, name)], -1))
    for key, result in request.earlier.items():
        if result.kind in KINDS and key.isdecimal():
            memory.add(_earlier(key, result))
    groups: dict[Modality, list[Mention]] = {}
    for mention in (_resource(request, name) for name in unnamed if name in fresh):
        groups.setdefault(mention.modalities[0], []).append(mention)
    for group in groups.values():
        memory.add(thing_of(group, -1))
    return memory


def _earlier(key: str, result: TaskResult) -> Thing:
    """What a task of an earlier turn made."""
    made = tuple(dict.fromkeys(artifact.modality for artifact in result.artifacts))
    source = Source(f"<GENERATED>-{key}", made or KINDS[result.kind].outputs, int(key))
    return Thing((source,), output_labels(KINDS[result.kind]), result.kind)


def output_labels(kind: TaskKind) -> frozenset[str]:
    """What a clause about the output of such a task is about."""
    main = kind.outputs[0]
    label = "text" if main in ("data", "vector") else main
    return frozenset({label, "control"} if kind.group == "control" else {label})


def _resource(request: Request, name: str) -> Mention:
    return Mention(file_label(name, request.resources[name].modality) or "text", name, name)


def named_in(sources: Iterable[Source], text: str) -> list[Source]:
    """Those whose file names share a word with `text` ("the receipt" for receipt-1.png)."""
    said = set(_WORD.findall(text.lower())) - vocabulary().small_words

    def is_named(source: Source) -> bool:
        return bool(said & set(_WORD.findall(str(source.value).rsplit(".", 1)[0].lower())))

    return [source for source in sources if source.task is None and is_named(source)]


def clause_labels(text: str, mentions: Iterable[Mention], memory: Memory) -> frozenset[str]:
    """What a clause is about: its files, else its nouns, quotations and what "it" means.

    Empty where nothing tells.
    """
    words = vocabulary()
    mentions = list(mentions)
    # What a thing is turned into says nothing about the thing.
    given = pattern("links", "into").sub("", text)
    nouns = {label for label, pattern in words.nouns.items() if pattern.search(given)}
    files = {
        label for m in mentions if m.label not in ("quote", "language") for label in labels_of(m)
    }
    if files:
        return frozenset(files | ({"doc"} if "doc" in nouns and "image" in files else set()))
    has_text = any(thing.main == "text" for thing in memory.things)
    if not has_text and pattern("links", "read_off").search(text):
        nouns |= memory.labels() & {"image", "doc"}
    if "doc" in nouns:
        # "The contract" is a picture unless only texts are known.
        known = memory.labels() & {"image", "text"} or {"image"}
        nouns = (nouns | known) if "image" in known else (nouns | known) - {"doc"}
    if memory.things and (not nouns or words.one.search(text) or words.many.search(text)):
        nouns |= memory.subject()
    if "image" in nouns and "doc" in memory.labels():
        nouns.add("doc")
    # A quotation is what is worked on, unless it is what is asked about something else.
    quoted = any(mention.label == "quote" for mention in mentions)
    if quoted and not (memory.things and pattern("question", "spoken_of").search(text)):
        nouns.add("text")
    return frozenset(nouns)
