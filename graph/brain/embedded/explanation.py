"""Which words of a request led to which task and link, as the planner noted it.

Made only when it is asked for, from the notes of the very decisions; where what was learned has
chosen, the request is read again without each of its words to see which count.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hugginggpt.graph.brain.embedded.clues import Alike, find_alike, find_falls
from hugginggpt.graph.brain.embedded.cues import Hit
from hugginggpt.graph.brain.embedded.learned.model import Reader, learned
from hugginggpt.graph.brain.embedded.learned.views import REASONS
from hugginggpt.graph.brain.embedded.mentions import STAND_IN, Masked
from hugginggpt.graph.brain.embedded.planner import (
    QUESTION,
    Decision,
    Ground,
    decide,
    likelier_reason,
    planned_kinds,
    see,
)
from hugginggpt.graph.brain.embedded.reasons import Asked, Note, Stretch, Why
from hugginggpt.graph.brain.embedded.tasklist import WireTask
from hugginggpt.graph.request import Request

Because = Literal["cue", "question", "learned", "needed", "again", "taught"]
"""Why a task is there: a cue of the rules, a question, what was learned, another task that needs
what it makes, words like "the same with b.png", or a lesson on the same request."""

Nothing = Literal[
    "small talk", "beyond", "lacking", "not understood", "chat", "unsupported", "taught"
]
"""Why there is no task: "lacking" where a file or text is missing, "chat" and "unsupported" by
what was learned, "taught" by a lesson on the same request."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of the request, and where they stand in it."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clue:
    """A word without which what was learned is less sure."""

    passage: Passage
    fall: float
    """By how much the score falls without it; scores lie about between 0 and 1."""


@dataclass(frozen=True, slots=True)
class Support:
    """What speaks for a kind, or for a reason why there is no task, by what was learned."""

    score: float
    """How likely it is by itself."""
    clues: tuple[Clue, ...]
    """The weightiest first."""
    alike: tuple[Alike, ...]
    """The examples of the same that are most like the request."""


@dataclass(frozen=True, slots=True)
class ValueExplanation:
    """Where the value of one argument comes from."""

    argument: str
    value: Any
    """As the plan has it in the wire form."""
    why: Why
    passage: Passage | None
    """Words that point there."""


@dataclass(frozen=True, slots=True)
class TaskExplanation:
    """Why one task is planned, with these values."""

    id: int
    kind: str
    because: Because
    cues: tuple[Passage, ...]
    asked: str
    """The kind that the words ask for, where another one fits what is at hand; else empty."""
    helps: str
    """The kind of task that needs this one, where that is why it is there; else empty."""
    support: Support | None
    values: tuple[ValueExplanation, ...]


@dataclass(frozen=True, slots=True)
class NoTask:
    """Why there is no task."""

    why: Nothing
    passages: tuple[Passage, ...]
    support: Support | None = None


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely plans are to hold the right kinds, by what was learned."""

    planned: float
    rules: float
    """Of what the rules plan."""
    other: tuple[str, ...]
    """Kinds of the likeliest other plan; empty: that there is no task."""
    other_chance: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """How the plan of a request was come by."""

    request: str
    """As it was read; passages are places in it."""
    decided_by: Literal["rules", "learned", "taught"]
    ground: Ground | Literal["taught"]
    chances: Chances | None
    """None where nothing was learned, or needed to be asked."""
    tasks: tuple[TaskExplanation, ...]
    no_task: NoTask | None


def explain(request: Request, model: Reader | None = None) -> Explanation:
    """How `planner.draft` comes to its plan for the request, with the same `model`."""
    decision = decide(request, model)
    explainer = _Explainer(decision, _supports(request, decision, model))
    tasks = tuple(explainer.tasks())
    return Explanation(
        request=decision.masked.restore(decision.masked.text),
        decided_by="learned" if decision.ground == "likelier" else "rules",
        ground=decision.ground,
        chances=_chances(decision),
        tasks=tasks,
        no_task=None if tasks else explainer.no_task(),
    )


def as_taught(request: Request, tasks: Sequence[WireTask]) -> Explanation:
    """Why this plan, which is that of a lesson on the same request."""
    told = [
        TaskExplanation(task["id"], task["task"], "taught", (), "", "", None, ()) for task in tasks
    ]
    no_task = None if tasks else NoTask("taught", ())
    return Explanation(request.text, "taught", "taught", None, tuple(told), no_task)


def _chances(decision: Decision) -> Chances | None:
    reading = decision.reading
    if reading is None:
        return None
    kinds, best = planned_kinds(decision.draft), reading.options[0]
    planned = best.chance if best.kinds == kinds else reading.rules
    other = next(option for option in reading.options if option.kinds != kinds)
    return Chances(
        planned=round(planned, 3),
        rules=round(reading.rules, 3),
        other=tuple(sorted(other.kinds)),
        other_chance=round(other.chance, 3),
    )


def _supports(request: Request, decision: Decision, model: Reader | None) -> dict[str, Support]:
    """What speaks for each planned kind, or for the reason why there is no task."""
    reading = decision.reading
    if reading is None or decision.ground != "likelier":
        return {}
    names = sorted(planned_kinds(decision.draft)) or [likelier_reason(reading)]
    model = model or learned()
    masked, view = decision.masked, see(request, decision.masked)
    falls = find_falls(names, request, masked, model)
    return {
        name: Support(
            score=round(reading.scores[name], 3),
            clues=tuple(Clue(_passage(masked, f.start, f.end), f.by) for f in falls[name]),
            alike=tuple(find_alike(name, view, model)),
        )
        for name in names
    }


def _passage(masked: Masked, start: int, end: int) -> Passage:
    """The words between these places of the masked text, as the user wrote them."""
    for match in STAND_IN.finditer(masked.text):  # never a part of a stand-in
        if match.start() < start < match.end():
            start = match.start()
        if match.start() < end < match.end():
            end = match.end()
    text, before = (masked.restore(t) for t in (masked.text[start:end], masked.text[:start]))
    return Passage(text, len(before), len(before) + len(text))


class _Explainer:
    """Turns what the planner noted into words and places of the request."""

    def __init__(self, decision: Decision, supports: Mapping[str, Support]) -> None:
        self._decision = decision
        self._supports = supports

    def tasks(self) -> Iterator[TaskExplanation]:
        """Each task of the plan, explained."""
        for task in self._decision.draft.tasks:
            yield self._task(task, self._decision.notes[task["id"]])

    def _task(self, task: WireTask, note: Note) -> TaskExplanation:
        because, kind = self._because(note), task["task"]
        return TaskExplanation(
            id=task["id"],
            kind=kind,
            because=because,
            cues=self._cues(note),
            asked=next((a.choice.kind for a in note.asked if a.choice.kind != kind), ""),
            helps=note.helps,
            support=self._supports.get(kind) if because == "learned" else None,
            values=tuple(self._values(task, note)),
        )

    def _values(self, task: WireTask, note: Note) -> Iterator[ValueExplanation]:
        for name, (why, words) in note.origins.items():
            value = task["args"][name]
            words = words or self._named(value, note.clause)
            yield ValueExplanation(name, value, why, self._words(note.clause, words))

    def _named(self, value: Any, index: int) -> Stretch | None:
        """Where the clause mentions the value: a file, a quotation, a language."""
        planner, mentions = self._decision.planner, self._decision.masked.mentions
        stand_ins = STAND_IN.finditer(planner.cut.clauses[index].text) if planner else ()
        return next((m.span() for m in stand_ins if mentions[int(m[2])].value == value), None)

    def _because(self, note: Note) -> Because:
        if not note.asked:
            return "needed" if note.helps else "again"
        if self._supports:
            return "learned"
        return "cue" if any(asked.choice.hit.length for asked in note.asked) else "question"

    def no_task(self) -> NoTask:
        """Why there is no task."""
        planner = self._decision.planner
        for reason in REASONS:
            if reason in self._supports:
                return NoTask(reason, (), self._supports[reason])
        if planner is None:
            masked = self._decision.masked
            return NoTask("small talk", (_passage(masked, 0, len(masked.text)),))
        if planner.refused:
            found = (self._words(i, (r.start, r.end)) for i, r in planner.refused.items())
            return NoTask("beyond", tuple(passage for passage in found if passage))
        if planner.unplanned:
            return NoTask("lacking", tuple(self._asking(planner.unplanned)))
        return NoTask("not understood", ())

    def _cues(self, note: Note) -> tuple[Passage, ...]:
        """The words that ask for a task: a cue, a whole question, or "the same"."""
        again = self._words(note.clause, note.again)
        found = [again] if again else self._asking(note.asked)
        return tuple(dict.fromkeys(found))

    def _asking(self, asked: Iterable[Asked]) -> Iterator[Passage]:
        for index, choice in asked:
            passage = self._words(index, self._said(index, choice.hit))
            if passage is not None:
                yield passage

    def _said(self, index: int, hit: Hit) -> Stretch | None:
        """Where the cue stands; a question is one as a whole."""
        planner = self._decision.planner
        if planner and hit == QUESTION:
            return 0, len(planner.cut.clauses[index].text)
        return (hit.start, hit.end) if hit.length else None

    def _words(self, clause: int, words: Stretch | None) -> Passage | None:
        """The words that stand there in the clause."""
        planner = self._decision.planner
        if planner is None or words is None:
            return None
        start = planner.cut.clauses[clause].start
        return _passage(self._decision.masked, start + words[0], start + words[1])
