"""From a plain request to a plan in the paper's wire form: cues, typed links, no model.

The order of work: `mentions` finds files and quotations, `clauses` cuts the rest, `choice`
weighs each clause's cues, `links` says where each task's content comes from, `arguments` reads
what else the clause says, `steps` makes the tasks. The words themselves are data: `cues.toml`,
`words.toml`, `languages.toml`.
"""

from collections.abc import Sequence

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded.arguments import Words
from hugginggpt.graph.brain.embedded.choice import Choice, choose, question_kind
from hugginggpt.graph.brain.embedded.clauses import Clause, is_statement, split
from hugginggpt.graph.brain.embedded.cues import Hit
from hugginggpt.graph.brain.embedded.links import Place
from hugginggpt.graph.brain.embedded.memory import (
    Memory,
    Source,
    Thing,
    clause_labels,
    remembered,
    source_of,
    thing_of,
)
from hugginggpt.graph.brain.embedded.mentions import Masked, Mention, mask
from hugginggpt.graph.brain.embedded.pasted import with_pasted_text
from hugginggpt.graph.brain.embedded.refusals import (
    NOT_UNDERSTOOD,
    SMALL_TALK,
    beyond,
    is_small_talk,
)
from hugginggpt.graph.brain.embedded.steps import Steps
from hugginggpt.graph.brain.embedded.vocabulary import vocabulary
from hugginggpt.graph.request import Request
from hugginggpt.tools.kinds import MODALITIES

_QUESTION = Hit("question", 0, 0, 0.5, frozenset(), thing=False)
_MOST_TASKS = 200
"""Planning stops there; nobody asks for more in words."""


def draft(request: Request) -> Draft:
    """The plan for `request`, in the wire form, and what to tell the user about it."""
    masked = with_pasted_text(mask(request))
    if is_small_talk(masked.text):
        return Draft([], SMALL_TALK)
    memory = remembered(request, masked)
    first = 1 + max((int(key) for key in request.earlier if key.isdecimal()), default=-1)
    return _Planner(masked, memory, Steps(memory, first_id=first)).draft()


class _Planner:
    """Goes through the clauses of one request."""

    def __init__(self, masked: Masked, memory: Memory, steps: Steps) -> None:
        self._masked = masked
        self._memory = memory
        self._steps = steps
        self._clauses = split(masked.text)
        self._remarks: list[str] = []

    def draft(self) -> Draft:
        """The plan of all clauses."""
        for index, clause in enumerate(self._clauses):
            self._plan(index, clause)
            if len(self._steps.tasks) > _MOST_TASKS:
                break
        remarks = list(dict.fromkeys([*self._remarks, *self._steps.missing]))
        if not self._steps.tasks and not remarks:
            remarks = [NOT_UNDERSTOOD]
        return Draft(self._steps.tasks, " ".join(remarks))

    def _plan(self, index: int, clause: Clause) -> None:
        """Add the tasks of one clause, and remember what it names."""
        mentions = self._masked.within(clause.text)
        labels = clause_labels(clause.text, mentions, self._memory)
        choices = self._choices(clause, labels)
        self._remember_files(mentions, index, labels)
        if not choices:
            self._remember_words(clause, mentions, index)
        chained: Thing | None = None
        for position, choice in enumerate(choices):
            place = self._place(index, clause, mentions, choice, chained)
            place.beside = _are_beside(choices[: position + 1], clause.text)
            chained = self._steps.add(choice, place) or chained

    def _choices(self, clause: Clause, labels: frozenset[str]) -> list[Choice]:
        wide = labels | self._memory.labels()
        choices = choose(clause, labels, wide, self._steps.kinds)
        refused = beyond(clause.text)
        if refused is not None:
            what, start, end = refused
            self._remarks.append(f"No kind of task can {what}.")
            return [c for c in choices if c.hit.thing or not start <= c.hit.start < end]
        if choices or is_statement(clause):
            return choices
        kind = question_kind(clause, labels or self._memory.labels())
        if kind is not None:
            return [Choice(kind, _QUESTION)]
        if vocabulary().verbs.match(clause.text):
            words = self._masked.restore(clause.text)
            self._remarks.append(f"I know no kind of task for “{words[:80]}”.")
        return []

    def _remember_files(
        self, mentions: Sequence[Mention], index: int, labels: frozenset[str]
    ) -> None:
        groups: dict[str, list[Mention]] = {}
        for mention in mentions:
            if mention.label not in ("quote", "language"):
                groups.setdefault(mention.modalities[0], []).append(mention)
        for group in groups.values():
            thing = thing_of(group, index)
            if "image" in thing.labels and "doc" in labels:  # "this invoice, a.jpg"
                thing = thing._replace(labels=thing.labels | {"doc"})
            self._memory.add(thing)

    def _remember_words(self, clause: Clause, mentions: Sequence[Mention], index: int) -> None:
        """Quotations that later clauses may mean, and nouns of files that nobody named."""
        quotes = [mention for mention in mentions if mention.label == "quote"]
        if quotes:
            self._memory.add(thing_of(quotes, index))
        if is_statement(clause) and not any(mention.is_file for mention in mentions):
            for label, pattern in vocabulary().nouns.items():
                if label in MODALITIES and (noun := pattern.search(clause.text)) and not quotes:
                    source = Source(noun[0], (label,))  # type: ignore[arg-type]
                    self._memory.add(Thing((source,), frozenset({label}), "", index))

    def _place(
        self,
        index: int,
        clause: Clause,
        mentions: Sequence[Mention],
        choice: Choice,
        chained: Thing | None,
    ) -> Place:
        return Place(
            Words(clause, self._masked, choice.hit),
            index,
            _files(mentions),
            [source_of(mention) for mention in mentions if mention.label == "quote"],
            self._memory,
            chained,
            links=tuple(self._steps.links),
            later=[
                s for c in self._clauses[index + 1 :] for s in _files(self._masked.within(c.text))
            ],
        )


def _files(mentions: Sequence[Mention]) -> list[Source]:
    found = {str(m.value): source_of(m) for m in mentions if m.label not in ("quote", "language")}
    return list(found.values())


def _are_beside(choices: Sequence[Choice], text: str) -> bool:
    """Whether the last two are coordinated things: "a summary and a translation of"."""
    if len(choices) < 2 or not (choices[-1].hit.thing and choices[-2].hit.thing):  # noqa: PLR2004
        return False
    first, second = sorted((choices[-2].hit, choices[-1].hit), key=lambda hit: hit.start)
    return " and " in text[first.end : second.start + 1]
