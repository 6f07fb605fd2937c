"""What speaks for each thing that a task of a whole plan may work on; what is learned weighs it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log
from typing import NamedTuple

from hugginggpt.graph.brain.embedded import wording
from hugginggpt.graph.brain.embedded.cues import find_hits
from hugginggpt.graph.brain.embedded.learned.flow import Flow
from hugginggpt.graph.brain.embedded.learned.linker import Signs
from hugginggpt.graph.brain.embedded.memory import Memory, Source
from hugginggpt.graph.brain.embedded.mentions import Masked
from hugginggpt.graph.brain.embedded.reasons import Note
from hugginggpt.graph.brain.embedded.settling import Cut
from hugginggpt.graph.brain.embedded.steps import content_argument
from hugginggpt.graph.brain.embedded.tasklist import WireTask, content_of, holds, references
from hugginggpt.graph.brain.embedded.vocabulary import pattern, vocabulary
from hugginggpt.graph.brain.embedded.wording import Words
from hugginggpt.tools.kinds import KINDS, Argument, fits

BROUGHT = ""
"""Stands for the kind of task that makes what the user brought."""
_ASKED_THEMSELVES = frozenset({"sentence-similarity", "any-to-any", "multiple-choice"})
"""Kinds whose first argument is one of several, or is the question itself."""
_BEFORE = 24
"""So many characters before a noun tell whether it is a known thing."""
_FAR, _MANY = 3, 6
"""Distances in clauses and numbers of kinds are told apart up to these."""
_LEAST = 1e-3
_OUTRIGHT = "outright"
"""The result that is called by its name and nothing else."""
_ECHOED = "echoed"
"""The one beside which the same pronoun stands: "summarise it and translate it"."""
_SURE = 6.0
"""How much larger these are than other signs: they are rare, and nearly always right."""


class Laid(NamedTuple):
    """A plan as the rules made it, and the request that it was made for."""

    tasks: Sequence[WireTask]
    notes: Mapping[int, Note]
    cut: Cut
    masked: Masked
    memory: Memory
    """Once all is planned."""

    def words(self, task: WireTask) -> Words | None:
        """The clause that the task comes from; None where no clause asks for it."""
        note = self.notes.get(task["id"])
        if note is None or not note.asked:
            return None
        asked = note.asked[0]
        return Words(self.cut.clauses[asked.clause], self.masked, asked.choice.hit)


class LinkChoice(NamedTuple):
    """What one task may work on."""

    task: WireTask
    argument: Argument
    givers: Sequence[str]
    """Kinds of the tasks that make it, or `BROUGHT`."""
    signs: Sequence[Signs]
    """What speaks for each of them."""
    now: int
    """The place of the one that the rules gave it."""


def link_choices(laid: Laid, flow: Flow) -> Iterator[LinkChoice]:
    """What each task may work on, where there is more than one thing."""
    scene = _Scene(laid, flow)
    for place, task in enumerate(laid.tasks):
        argument = _linkable(task)
        if argument is None:
            continue
        now = scene.giver(task, argument)
        others = scene.others(task, argument)
        givers = [BROUGHT] if now == BROUGHT or brought(laid, task, argument) else []
        givers += others
        if now not in givers or len(givers) == 1:
            continue
        said = scene.is_bridged(task, now) or scene.is_named_again(task, argument)
        if not said and not is_lost(laid, task, argument, laid.tasks):
            signs = [scene.signs(giver, place, others, argument, now) for giver in givers]
            yield LinkChoice(task, argument, givers, signs, givers.index(now))


def is_lost(laid: Laid, task: WireTask, argument: Argument, tasks: Iterable[WireTask]) -> bool:
    """Whether what the user brought would be left out if the task worked on something else.

    Words that say what is to be made are not brought to be worked on.
    """
    value = content_of(task["args"].get(argument.name))
    ids = {other["id"] for other in laid.tasks}
    if ids & set(references(value)):
        return False
    things = (m for m in laid.masked.mentions if m.is_file or m.label == "quote")
    made_of_words = argument.name == "prompt" or task["task"] == "text-generation"
    if made_of_words and not references(value) and value not in [m.value for m in things]:
        return False
    return not any(holds(other, value) for other in tasks if other["id"] != task["id"])


def _linkable(task: WireTask) -> Argument | None:
    """The argument that one result fills."""
    kind = KINDS[task["task"]]
    argument = content_argument(kind)
    guided = kind.group == "control" and kind.name.endswith("-text-to-image")
    if argument is None or argument.many or guided or kind.name in _ASKED_THEMSELVES:
        return None
    return argument


def brought(laid: Laid, task: WireTask, argument: Argument) -> Source | None:
    """What the user brought, in words or files, that the task can work on."""
    words = laid.words(task)
    here = [t for t in laid.memory.things if not t.made_by and t.fits(argument.modality)]
    note = laid.notes.get(task["id"])
    near = [thing for thing in here if note is not None and thing.clause == note.clause]
    if near:
        return near[-1].sources[0]
    if words is not None and (argument.name == "prompt" or task["task"] == "text-generation"):
        told = wording.prompt(words)
        if wording.own_words(told):
            return Source(told, ("text",))
    return here[-1].sources[0] if here else None


class _Scene:
    """One plan and its request."""

    def __init__(self, laid: Laid, flow: Flow) -> None:
        self._laid, self._flow = laid, flow
        self._kinds: dict[int, str] = {task["id"]: task["task"] for task in laid.tasks}
        self._counts = Counter(self._kinds.values())
        self._asked = Counter(note.clause for note in laid.notes.values())
        """How many tasks each clause asks for."""
        self._places: dict[str, int] = {}
        self._clauses: dict[str, int] = {}
        self._spots: dict[str, int] = {}
        """Where in the request the words stand that ask for a kind."""
        for place, task in enumerate(laid.tasks):
            name, note = task["task"], laid.notes.get(task["id"])
            self._places.setdefault(name, place)
            self._clauses.setdefault(name, note.clause if note else 0)
            if note and note.asked and note.asked[0].choice.hit.end:
                asked = note.asked[0]
                start = laid.cut.clauses[asked.clause].start + asked.choice.hit.start
                self._spots.setdefault(name, start)

    def giver(self, task: WireTask, argument: Argument) -> str:
        """The kind of the task that fills the argument now, or `BROUGHT`."""
        named = references(task["args"].get(argument.name))
        return next((self._kinds[i] for i in reversed(named) if i in self._kinds), BROUGHT)

    def others(self, task: WireTask, argument: Argument) -> list[str]:
        """Kinds whose results fit: one for all tasks of this kind, or one for each."""
        return [
            name
            for name, count in self._counts.items()
            if name != task["task"]
            and count in (1, self._counts[task["task"]])
            and any(fits(made, argument.modality) for made in KINDS[name].outputs)
        ]

    def is_bridged(self, task: WireTask, giver: str) -> bool:
        """Whether what the task works on is there for it alone."""
        made = (self._laid.notes.get(i) for i, name in self._kinds.items() if name == giver)
        return any(note is not None and note.helps == task["task"] for note in made)

    def is_named_again(self, task: WireTask, argument: Argument) -> bool:
        """Whether its clause names what it works on, and another does, too."""
        value, note = content_of(task["args"].get(argument.name)), self._laid.notes.get(task["id"])
        mentions = self._laid.cut.mentions
        naming = [i for i, each in enumerate(mentions) if any(m.value == value for m in each)]
        return note is not None and note.clause in naming and len(naming) > 1

    def signs(
        self, giver: str, place: int, others: Sequence[str], argument: Argument, now: str
    ) -> Signs:
        """What speaks for that giver; `others` are the kinds that could be it."""
        task = self._laid.tasks[place]
        note = self._laid.notes.get(task["id"])
        why = note.origins[argument.name].why if note and argument.name in note.origins else ""
        before = [name for name in others if self._places[name] < place]
        lie, taker = self._lie(giver, before), task["task"]
        clause = self._clauses[taker] if note is None else note.clause
        text = self._text(clause)
        told = [
            lie,
            f"{lie} {taker}",
            f"{lie} among {min(len(self._counts), _MANY)}",
            f"{lie} {'as given' if giver == now else 'beside'} {why}",
            *(f"{lie} {name}" for name in _pointers(text)),
        ]
        if giver == now:
            told += ["given", f"given {why}"]
        if giver == BROUGHT:
            told += [f"{lie} before {min(len(before), _FAR)}", f"{lie} first {clause == 0}"]
            return dict.fromkeys(told, 1.0) | {"no share": self._no_share(others, taker)}
        away = max(1 - _FAR, min(clause - self._clauses[giver], _FAR))
        order = self._order(giver, taker)
        told += [
            f"{lie} from {giver}",
            f"away {away}",
            f"{lie} away {away}",
            f"{lie} {order}",
            f"{lie} {order} {taker}",
            f"{lie} {self._joint(clause)} {away == 0}",
            *self._named(giver, clause, lie, apart=away != 0),
            *([f"{_ECHOED} {giver}"] if away == 1 and self._is_echoed(clause) else []),
        ]
        share = self._flow.share(giver, taker)
        sure = [name for name in told if name.startswith((_OUTRIGHT, _ECHOED))]
        return (
            dict.fromkeys(told, 1.0)
            | dict.fromkeys(sure, _SURE)
            | {"share": log(share / (1 - share) + _LEAST)}
        )

    def _lie(self, giver: str, before: Sequence[str]) -> str:
        """How the giver lies to the task: brought, planned later, or which of those before."""
        if giver == BROUGHT:
            return "brought"
        if giver not in before:
            return "later"
        if giver == max(before, key=self._places.__getitem__):
            return "nearest"
        return "first" if giver == min(before, key=self._places.__getitem__) else "between"

    def _no_share(self, others: Sequence[str], taker: str) -> float:
        """How seldom such a task works on any of the others."""
        left = 1.0
        for name in others:
            left *= 1 - self._flow.share(name, taker)
        return log(left / (1 - left + _LEAST) + _LEAST)

    def _order(self, giver: str, taker: str) -> str:
        """Which of the two is asked for first."""
        if giver not in self._spots or taker not in self._spots:
            return "unsaid"
        return "said before" if self._spots[giver] < self._spots[taker] else "said after"

    def _text(self, clause: int) -> str:
        clauses = self._laid.cut.clauses
        return clauses[clause].text if clause < len(clauses) else ""

    def _joint(self, clause: int) -> str:
        clauses = self._laid.cut.clauses
        return clauses[clause].joint if clause < len(clauses) else ""

    def _is_echoed(self, clause: int) -> bool:
        """Whether the same pronoun stands here and in the clause before, joined by "and"."""
        one = vocabulary().one
        here, before = one.search(self._text(clause)), one.search(self._text(clause - 1))
        if here is None or before is None or self._joint(clause) != "and":
            return False
        return here[0].casefold() == before[0].casefold()

    def _named(self, giver: str, clause: int, lie: str, *, apart: bool) -> Iterator[str]:
        """Whether the clause calls what the giver makes by name, or speaks of its making."""
        text = self._text(clause)
        noun = vocabulary().products.get(giver)
        if noun and (called := noun.search(text)):
            yield f"{lie} called"
            known = _is_known(text, called.start())
            yield f"called, known {known}"
            if known and apart and self._asked[clause] == 1:
                yield _OUTRIGHT
        hit = next((h for h in find_hits(text, self._laid.cut.cues) if h.name == giver), None)
        yield f"{lie} spoken of {hit is not None} {apart}"
        if hit is not None:
            yield f"{lie} spoken of, known {_is_known(text, hit.start)} {apart}"


def _pointers(text: str) -> Iterator[str]:
    """Which kinds of words stand there that point to something."""
    words = vocabulary()
    for name, found in (("one", words.one), ("many", words.many), ("original", words.original)):
        if found.search(text):
            yield name


def _is_known(text: str, start: int) -> bool:
    """Whether what begins there is called a known thing: "the summary", "that picture"."""
    return pattern("links", "definite").search(text[max(0, start - _BEFORE) : start]) is not None
