"""What a request has spoken of so far: its files, its quotations, and what its tasks make."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hugginggpt.graph.brain.embedded.mentions import Masked, Mention, file_label
from hugginggpt.graph.brain.embedded.vocabulary import vocabulary
from hugginggpt.graph.request import Request
from hugginggpt.tools.kinds import KINDS, READS_AS_TEXT, Modality, fits


_VERDICTS = frozenset(
    name
    for name, kind in KINDS.items()
    if kind.outputs[0] == "data" or name == "text-generation" or name.endswith("question-answering")
)
_MADE_INTO = re.compile(
    r"\b(?:into|to|as)\s+(?:(?:an?|the)\s+)?(?:\w+\s+){0,2}?"
    r"(?:texts?|speech|audio|videos?|clips?|images?|pictures?|words|poems?|stor(?:y|ies)|drawings?|paintings?|songs?|"
    r"film|movie|animation|sketch|podcast|mp3)\b",
    re.IGNORECASE,
)


_QUESTION = re.compile(r"\b(?:question|query|answer|ask)", re.IGNORECASE)


class Source(NamedTuple):
    """One value that an argument can be given."""

    value: Any
    modalities: tuple[Modality, ...]
    """What it can be given as, the main one first."""
    task: int | None = None
    """Id of the task that makes it; None for what the user brought."""

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

    @property
    def main(self) -> Modality:
        """Its main modality."""
        return self.sources[0].modalities[0]


def source_of(mention: Mention) -> Source:
    """The value that a mention stands for."""
    return Source(mention.value, mention.modalities)


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
        passes: list[Callable[[Thing], bool]] = [
            # Nobody has speech made in order to have it listened to by a machine.
            lambda thing: (
                (thing.main == wanted or (readable and thing.main in READS_AS_TEXT))
                and thing.made_by != "text-to-speech"
            ),
            lambda thing: all(source.fits(wanted) for source in thing.sources),
        ]
        for is_wanted in passes:
            found = next((thing for thing in reversed(self.things) if is_wanted(thing)), None)
            if found is not None:
                return found
        return None

    def made_by(self, kind: str) -> Thing | None:
        """The last thing that tasks of that kind made."""
        return next((thing for thing in reversed(self.things) if thing.made_by == kind), None)

    def brought(self, wanted: Modality) -> Thing | None:
        """The last fitting thing that the user brought."""
        own = (thing for thing in reversed(self.things) if not thing.made_by)
        return next((t for t in own if all(s.fits(wanted) for s in t.sources)), None)

    def alike(self, thing: Thing) -> list[Source]:
        """The values of all things made or brought in the same way as `thing`, in order."""
        same = [t for t in self.things if t.made_by == thing.made_by and t.main == thing.main]
        return _distinct(s for t in same for s in t.sources)

    def subject(self) -> Thing:
        """The last thing that one speaks about: labels and answers are rarely that."""
        spoken = (t for t in reversed(self.things) if t.made_by not in _VERDICTS)
        return next(spoken, self.things[-1])

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

    Files that came with the request are the nearest, those that it names are left out: they
    come up in their clauses.
    """
    named = {mention.value for mention in masked.mentions if mention.is_file}
    memory = Memory()
    old = [name for name in request.resources if name not in request.fresh]
    for name in old if request.fresh or request.earlier or len(old) > 1 else ():
        if name not in named:
            memory.add(thing_of([_resource(request, name)], -1))
    if not (request.fresh or request.earlier or len(old) > 1):
        _add_groups(memory, request, [name for name in old if name not in named])
    for key, result in request.earlier.items():
        if result.status == "done" and result.kind in KINDS and key.isdecimal():
            outputs = tuple(dict.fromkeys(a.modality for a in result.artifacts))
            outputs = outputs or KINDS[result.kind].outputs
            source = Source(f"<GENERATED>-{key}", outputs, int(key))
            memory.add(Thing((source,), frozenset(_made_labels(outputs)), result.kind, -1))
    _add_groups(memory, request, [name for name in request.fresh if name not in named])
    return memory


def _made_labels(outputs: Iterable[Modality]) -> set[str]:
    return {"text" if modality == "data" else modality for modality in list(outputs)[:1]}


def _add_groups(memory: Memory, request: Request, names: Iterable[str]) -> None:
    groups: dict[Modality, list[Mention]] = {}
    for name in names:
        if name in request.resources:
            mention = _resource(request, name)
            groups.setdefault(mention.modalities[0], []).append(mention)
    for group in groups.values():
        memory.add(thing_of(group, -1))


def _resource(request: Request, name: str) -> Mention:
    return Mention(file_label(name, request.resources[name].modality) or "text", name, name)  # type: ignore[arg-type]


def named_in(sources: Iterable[Source], text: str) -> list[Source]:
    """Those whose file names share a word with `text` ("the receipt" for receipt-1.png)."""
    words = set(re.findall(r"[^\W\d_]{3,}", text.lower()))
    noise = {"the", "and", "for"}

    def is_named(source: Source) -> bool:
        stem = str(source.value).rsplit(".", 1)[0].lower()
        return bool(words & (set(re.findall(r"[^\W\d_]{3,}", stem)) - noise))

    return [source for source in sources if source.task is None and is_named(source)]


def clause_labels(text: str, mentions: Iterable[Mention], memory: Memory) -> frozenset[str]:
    """What a clause is about: its files, else its nouns, quotations and what "it" means.

    Empty where nothing tells.
    """
    words = vocabulary()
    mentions = list(mentions)
    # What a thing is turned into says nothing about the thing.
    given = _MADE_INTO.sub("", text)
    nouns = {label for label, pattern in words.nouns.items() if pattern.search(given)}
    files = {
        label for m in mentions if m.label not in ("quote", "language") for label in labels_of(m)
    }
    if files:
        return frozenset(files | ({"doc"} if "doc" in nouns and "image" in files else set()))
    if "doc" in nouns:
        nouns |= memory.labels() & {"image", "text"} or {"image"}
    if memory.things and (not nouns or words.one.search(text) or words.many.search(text)):
        nouns |= memory.subject().labels
    if "image" in nouns and "doc" in memory.labels():
        nouns.add("doc")
    # A quotation is what is worked on, unless it is what is asked about something else.
    quoted = any(mention.label == "quote" for mention in mentions)
    if quoted and not (memory.things and _QUESTION.search(text)):
        nouns.add("text")
    return frozenset(nouns)
