"""From a plain request to a plan in the paper's wire form: cues, typed links, no model.

The order of work: `mentions` finds files and quotations, `clauses` cuts the rest, `choice`
weighs each clause's cues, `links` says where each task's content comes from, `settings` and
`targets` read what else the clause says, `steps` makes the tasks. The words themselves are data:
`cues.toml`, `words.toml`, `patterns.toml`, `languages.toml`.
"""

from collections.abc import Sequence

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded.choice import Choice, choose, question_kind
from hugginggpt.graph.brain.embedded.clauses import is_statement, split
from hugginggpt.graph.brain.embedded.cues import Hit, possible_cues
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
from hugginggpt.graph.brain.embedded.tasklist import TaskList
from hugginggpt.graph.brain.embedded.vocabulary import pattern, vocabulary
from hugginggpt.graph.brain.embedded.wording import Words, own_words
from hugginggpt.graph.request import Request
from hugginggpt.tools.kinds import MODALITIES

_QUESTION = Hit("question", 0, 0, 0.5, frozenset(), thing=False)
_FEW_WORDS = 2
"""Up to so many words a clause that is not understood is not worth a remark."""
_QUOTED = 80
"""So many characters of a clause are quoted in a remark."""
_MOST_TASKS = 200
"""Planning stops there; nobody asks for more in words."""


def draft(request: Request) -> Draft:
    """The plan for `request`, in the wire form, and what to tell the user about it."""
    masked = with_pasted_text(mask(request))
    if is_small_talk(masked.text):
        return Draft([], SMALL_TALK)
    memory = remembered(request, masked)
    first = 1 + max((int(key) for key in request.earlier if key.isdecimal()), default=-1)
    return _Planner(masked, memory, Steps(memory, TaskList(first))).draft()


class _Planner:
    """Goes through the clauses of one request."""

    def __init__(self, masked: Masked, memory: Memory, steps: Steps) -> None:
        self._masked = masked
        self._memory = memory
        self._steps = steps
        self._remarks: list[str] = []
        self._cues = possible_cues(masked.text)
        self._clauses = split(masked.text)
        self._mentions = [masked.within(clause.text) for clause in self._clauses]

    def draft(self) -> Draft:
        """The plan of all clauses."""
        tasks = self._steps.tasks.tasks
        for index in range(len(self._clauses)):
            self._plan(index)
            if len(tasks) > _MOST_TASKS:
                break
        remarks = list(dict.fromkeys([*self._remarks, *self._steps.missing]))
        if not tasks and not remarks:
            named = next((m.written for m in self._masked.mentions if m.is_file), None)
            remarks = [f"What is to be done with {named}?" if named else NOT_UNDERSTOOD]
        return Draft(tasks, " ".join(remarks))

    def _plan(self, index: int) -> None:
        """Add the tasks of one clause, and remember what it names."""
        clause, mentions = self._clauses[index], self._mentions[index]
        labels = clause_labels(clause.text, mentions, self._memory)
        choices = self._choices(index, labels)
        self._remember_files(index, labels)
        if not choices:
            self._remember_words(index)
        chained: Thing | None = None
        for position, choice in enumerate(choices):
            place = self._place(index, choice.hit)
            place.chained = chained
            place.beside = _are_beside(choices[: position + 1], clause.text)
            chained = self._steps.add(choice, place) or chained

    def _choices(self, index: int, labels: frozenset[str]) -> list[Choice]:
        clause = self._clauses[index]
        choices = choose(
            clause,
            self._cues,
            narrow=labels,
            wide=labels | self._memory.labels(),
            made=self._memory.kinds(),
        )
        refused = beyond(clause.text)
        if refused is not None:
            self._remarks.append(f"No kind of task can {refused.what}.")
            return [c for c in choices if refused.spares(c.hit) and (labels or not c.hit.about)]
        if choices or self._repeats(index) or is_statement(clause):
            return choices
        kind = question_kind(clause, labels or self._memory.labels())
        if kind is not None:
            return [Choice(kind, _QUESTION)]
        if vocabulary().verbs.match(clause.text) and own_words(clause.text) > _FEW_WORDS:
            words = self._masked.restore(clause.text)
            self._remarks.append(f"I know no kind of task for “{words[:_QUOTED]}”.")
        return []

    def _repeats(self, index: int) -> bool:
        """Plan "and b.png?" or "the same with b.png" like the task before it; whether that fits."""
        clause, files = self._clauses[index], _files(self._mentions[index])
        said = not own_words(clause.text) or pattern("links", "again").search(clause.text)
        return bool(files and said and self._steps.repeat(files, index))

    def _remember_files(self, index: int, labels: frozenset[str]) -> None:
        groups: dict[str, list[Mention]] = {}
        for mention in self._mentions[index]:
            if mention.label not in ("quote", "language"):
                groups.setdefault(mention.modalities[0], []).append(mention)
        for group in groups.values():
            thing = thing_of(group, index)
            if "image" in thing.labels and "doc" in labels:  # "this invoice, a.jpg"
                thing = thing._replace(labels=thing.labels | {"doc"})
            self._memory.add(thing)

    def _remember_words(self, index: int) -> None:
        """Remember quotations that later clauses may mean, and nouns of files that nobody named."""
        clause, mentions = self._clauses[index], self._mentions[index]
        quotes = [mention for mention in mentions if mention.label == "quote"]
        if quotes:
            self._memory.add(thing_of(quotes, index))
        elif is_statement(clause) and not _files(mentions):
            for modality in MODALITIES:
                nouns = vocabulary().nouns.get(modality)
                if nouns and (noun := nouns.search(clause.text)):
                    source = Source(noun[0], (modality,))
                    self._memory.add(Thing((source,), frozenset({modality}), "", index))

    def _place(self, index: int, hit: Hit) -> Place:
        later = [m for mentions in self._mentions[index + 1 :] for m in mentions]
        return Place(
            words=Words(self._clauses[index], self._masked, hit),
            index=index,
            files=_files(self._mentions[index]),
            quotes=_quotes(self._mentions[index]),
            memory=self._memory,
            links=tuple(self._steps.links),
            later=[*_files(later), *_quotes(later)],
        )


def _files(mentions: Sequence[Mention]) -> list[Source]:
    found = {str(m.value): source_of(m) for m in mentions if m.label not in ("quote", "language")}
    return list(found.values())


def _quotes(mentions: Sequence[Mention]) -> list[Source]:
    return [source_of(mention) for mention in mentions if mention.label == "quote"]


def _are_beside(choices: Sequence[Choice], text: str) -> bool:
    """Whether the last two are coordinated things: "a summary and a translation of"."""
    if len(choices) < 2 or not (choices[-1].hit.thing and choices[-2].hit.thing):
        return False
    first, second = sorted((choices[-2].hit, choices[-1].hit), key=lambda hit: hit.start)
    return " and " in text[first.end : second.start + 1]
