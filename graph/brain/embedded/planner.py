"""From a plain request to a plan in the paper's wire form: by rules, then by examples.

The rules' plan stands, unless what was learned from examples (`learned`) says that other kinds are
likelier; the rules then plan just those (`settling`). Once all tasks are known, what was learned
of links says where one clearly works on something else than the rules gave it (`relinking`).

The rules' order of work: `mentions` finds files and quotations, `clauses` cuts the rest, `choice`
weighs each clause's cues, `links` says where each task's content comes from, `settings` and
`targets` read what else the clause says, `steps` makes the tasks. The words themselves are data:
`cues.toml`, `words.toml`, `patterns.toml`, `languages.toml`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded import wording
from hugginggpt.graph.brain.embedded.choice import Choice, choose, question_kind
from hugginggpt.graph.brain.embedded.clauses import is_statement, split
from hugginggpt.graph.brain.embedded.cues import Hit, find_hits, possible_cues
from hugginggpt.graph.brain.embedded.learned.flow import Flow
from hugginggpt.graph.brain.embedded.learned.model import Reader, Reading, is_available, learned
from hugginggpt.graph.brain.embedded.learned.views import REASONS, Rules, View, view_of
from hugginggpt.graph.brain.embedded.link_signs import Laid
from hugginggpt.graph.brain.embedded.links import Place
from hugginggpt.graph.brain.embedded.memory import (
    Source,
    Thing,
    clause_labels,
    remembered,
    source_of,
    thing_of,
)
from hugginggpt.graph.brain.embedded.mentions import Masked, Mention, mask
from hugginggpt.graph.brain.embedded.pasted import with_pasted_text
from hugginggpt.graph.brain.embedded.reasons import Asked, Note
from hugginggpt.graph.brain.embedded.refusals import (
    NOT_UNDERSTOOD,
    SMALL_TALK,
    Refusal,
    beyond,
    is_small_talk,
)
from hugginggpt.graph.brain.embedded.relinking import relinked
from hugginggpt.graph.brain.embedded.settling import Cut, Picks, says_again, settlements
from hugginggpt.graph.brain.embedded.steps import Steps
from hugginggpt.graph.brain.embedded.tasklist import TaskList, WireTask
from hugginggpt.graph.brain.embedded.vocabulary import pattern, vocabulary
from hugginggpt.graph.brain.embedded.wording import Words, own_words
from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.request import Request
from hugginggpt.tools.blanks import blanks
from hugginggpt.tools.errors import PlanError
from hugginggpt.tools.files import is_url
from hugginggpt.tools.kinds import MODALITIES

QUESTION = Hit("question", 0, 0, 0.5, frozenset(), thing=False)
"""Stands for a cue where a clause just asks a question."""
_FEW_WORDS = 2
"""Up to so many words a clause that is not understood is not worth a remark."""
_QUOTED = 80
"""So many characters of a clause are quoted in a remark."""
_MARGIN = 0.15
"""So much likelier than the rules' plan another has to be."""
_DOUBTFUL = 0.5
"""Below this chance of the likeliest plan, which is then likelier wrong than right, another is
given too."""
_LONG, _LONG_MARGIN = 25, 0.6
"""From so many words on another plan has to be likelier by that, and none is doubted: most examples
are shorter, and what is told at length is mostly told clearly."""
_MOST_TASKS = 200
"""Planning stops there; nobody asks for more in words."""


Ground = Literal[
    "small talk",
    "nothing learned",
    "no words",
    "both agree",
    "long",
    "again",
    "there",
    "near",
    "likelier",
    "unfit",
]
"""Why the rules' plan stands or not: "again" where the same is to be done with something else,
"there" where the likelier plan makes anew what an earlier turn has made and the rules work on,
"near" where another is likelier by too little, "unfit" where the likelier one can't be planned."""


class Decision(NamedTuple):
    """The plan for a request, and how it was come by."""

    draft: Draft
    ground: Ground
    masked: Masked
    planner: "ClausePlanner | None" = None
    """What made the plan; None where nothing had to."""
    reading: Reading | None = None
    notes: Mapping[int, Note] = MappingProxyType({})
    """Why each task is planned, by its id."""

    def clause_of(self, task: int) -> str:
        """The words of the request that the task comes from; mentions are stand-ins in them."""
        if self.planner is None or task not in self.notes:
            return ""
        return self.planner.cut.clauses[self.notes[task].clause].text


def draft(request: Request, model: Reader | None = None) -> Draft:
    """The plan for `request`, in the wire form, and what to tell the user about it.

    The rules' plan, unless what was learned from examples says that another is likelier. What
    was learned is `model`, that shipped unless told.
    """
    return decide(request, model).draft


def decide(request: Request, model: Reader | None = None) -> Decision:
    """The same with how it was come by."""
    masked = with_pasted_text(mask(request))
    if is_small_talk(masked.text):
        return Decision(Draft([], SMALL_TALK), "small talk", masked)
    first = ClausePlanner(request, masked)
    rules = Decision(first.draft(), "nothing learned", masked, first, notes=first.notes)
    model = model or (learned() if is_available() else None)
    if model is None or not own_words(masked.text):
        return rules if model is None else rules._replace(ground="no words")
    reading = model.read(view_of(request, masked, first.seen()))
    rules = rules._replace(reading=reading)
    decision = _linked(request, _weighed(request, rules, reading))
    if reading.options[0].chance >= _DOUBTFUL or _is_long(masked):
        return decision
    other = _other(request, rules, reading, decision.draft)
    return decision._replace(draft=decision.draft._replace(other=other))


def _weighed(request: Request, rules: Decision, reading: Reading) -> Decision:
    """The rules' plan or the likeliest one."""
    best = reading.options[0].kinds
    if best == planned_kinds(rules.draft):
        return _once(request, rules, reading)._replace(ground="both agree")
    ground = _stands(request, reading, rules) if rules.draft.tasks else None
    if ground is not None:
        return rules._replace(ground=ground)
    return _settled(request, rules, reading, best) or rules._replace(ground="unfit")


def _other(request: Request, rules: Decision, reading: Reading, chosen: Draft) -> Draft | None:
    """The likeliest plan besides the chosen one; None where no other can be made."""
    for kinds in (o.kinds for o in reading.options if o.kinds != planned_kinds(chosen)):
        if kinds == planned_kinds(rules.draft) and _is_valid(rules.draft, request):
            return _linked(request, _once(request, rules, reading)).draft
        if (found := _settled(request, rules, reading, kinds)) is not None:
            return _linked(request, found).draft
    return None


def _stands(request: Request, reading: Reading, rules: Decision) -> Ground | None:
    """Why the rules' plan is as good as what was read; None where it is not."""
    more = reading.options[0].kinds - planned_kinds(rules.draft)
    used = {str(key) for task in rules.draft.tasks for key in task["dep"]}
    if more and more <= {e.kind for key, e in request.earlier.items() if key in used}:
        return "there"
    margin = reading.options[0].chance - reading.rules
    least = _MARGIN if _fills_gap(reading, rules) else _LONG_MARGIN
    if _is_long(rules.masked) and (margin < least or _is_no_chat(reading, rules)):
        return "long"
    if rules.planner is not None and rules.planner.repeated:
        return "again"
    return "near" if margin < _MARGIN else None


def _fills_gap(reading: Reading, rules: Decision) -> bool:
    """Whether the likelier plan has what the rules have planned, and more for what they missed."""
    if rules.planner is None or not reading.options[0].kinds > planned_kinds(rules.draft):
        return False
    seen = rules.planner.seen()
    return seen.understood < seen.asking


def _is_no_chat(reading: Reading, rules: Decision) -> bool:
    """Whether it is like talk by what was learned, but the rules have something to do to a file."""
    if reading.options[0].kinds or likelier_reason(reading) != "chat":
        return False
    given = [str(value) for task in rules.draft.tasks for value in task["args"].values()]
    files = [str(mention.value) for mention in rules.masked.mentions if mention.is_file]
    return any(file in value for value in given for file in files)


def _is_long(masked: Masked) -> bool:
    return len(masked.text.split()) >= _LONG


def draft_by_rules(request: Request) -> Draft:
    """The plan that the cues alone make of the request."""
    masked = with_pasted_text(mask(request))
    if is_small_talk(masked.text):
        return Draft([], SMALL_TALK)
    return ClausePlanner(request, masked).draft()


def see(request: Request, masked: Masked | None = None) -> View:
    """The request and the rules' plan for it as the learned part sees them."""
    masked = masked or with_pasted_text(mask(request))
    planner = ClausePlanner(request, masked)
    planner.draft()
    return view_of(request, masked, planner.seen())


def settled(request: Request, kinds: frozenset[str], flow: Flow) -> Decision | None:
    """The plan with exactly these kinds, linked by the rules; None where they can't make it."""
    if not kinds:
        return None
    masked = with_pasted_text(mask(request))
    first = ClausePlanner(request, masked)
    rules = Decision(first.draft(), "nothing learned", masked, first, notes=first.notes)
    reading = Reading((), 0.0, {}, flow)
    if planned_kinds(rules.draft) == kinds:
        return _once(request, rules, reading)
    return _settled(request, rules, reading, kinds)


def _once(request: Request, rules: Decision, reading: Reading) -> Decision:
    """The rules' plan without what was only said of a thing before it was asked for."""
    planner = rules.planner
    if planner is None or rules.draft.remark or not says_again(planner.cut, planner.picked):
        return rules
    if any(not note.asked and not note.helps for note in planner.notes.values()):
        return rules  # a clause says to do the same with something else
    return _settled(request, rules, reading, planned_kinds(rules.draft)) or rules


def _settled(
    request: Request, rules: Decision, reading: Reading, kinds: frozenset[str]
) -> Decision | None:
    """The plan with exactly these kinds; None where the rules can't make it."""
    first = rules.planner
    if not kinds:
        none = Draft([], SMALL_TALK if likelier_reason(reading) == "chat" else NOT_UNDERSTOOD)
        return rules._replace(draft=none, ground="likelier", planner=None, notes={})
    if first is None or not first.cut.clauses:
        return None
    for picks in settlements(kinds, first.cut, first.picked, reading.flow):
        planner = ClausePlanner(request, rules.masked, picks, reading.flow)
        draft = planner.draft()
        if planned_kinds(draft) == kinds and _is_valid(draft, request):
            return rules._replace(
                draft=draft, ground="likelier", planner=planner, notes=planner.notes
            )
    return None


def _linked(request: Request, decision: Decision) -> Decision:
    """The same with its links weighed again, now that all tasks are known."""
    flow = decision.reading.flow if decision.reading else None
    if flow is None or decision.planner is None:
        return decision
    found = relinked(decision.planner.laid(), flow)
    if found is None:
        return decision
    draft = decision.draft._replace(tasks=found.tasks)
    return (
        decision._replace(draft=draft, notes=found.notes) if _is_valid(draft, request) else decision
    )


def likelier_reason(reading: Reading) -> str:
    """Why there is no task, where there is none: one of `REASONS`."""
    return max(REASONS, key=lambda reason: reading.scores[reason])


def _is_valid(draft: Draft, request: Request) -> bool:
    """Whether nothing is missing: kinds that the rules did not choose may lack what they need."""
    resources = {name: artifact.modality for name, artifact in request.resources.items()}
    earlier = {key: result.kind for key, result in request.earlier.items()}
    try:
        parse_plan(draft.tasks, resources=resources, earlier=earlier)
    except PlanError:
        return False
    return all(_may_be_filled(task, request) for task in draft.tasks)


def _may_be_filled(task: WireTask, request: Request) -> bool:
    """Whether a word is missing, where one is to be found; what files hold is not known."""
    text = str(task["args"].get("text", ""))
    if task["task"] != "fill-mask" or task["dep"] != [-1] or is_url(text):
        return True
    return bool(blanks(text)) or any(name in text for name in request.resources)


def planned_kinds(draft: Draft) -> frozenset[str]:
    """The kinds of its tasks."""
    return frozenset(task["task"] for task in draft.tasks)


class ClausePlanner:
    """Goes through the clauses of one request."""

    def __init__(
        self,
        request: Request,
        masked: Masked,
        settled: Picks | None = None,
        flow: Flow | None = None,
    ) -> None:
        self._masked = masked
        self._memory = remembered(request, masked)
        first = 1 + max((int(key) for key in request.earlier if key.isdecimal()), default=-1)
        self._steps = Steps(self._memory, TaskList(first))
        self._remarks: list[str] = []
        self._settled = settled
        self._flow = flow
        self._cues = possible_cues(masked.text)
        self._clauses = split(masked.text)
        self._mentions = [masked.within(clause.text) for clause in self._clauses]
        self.cut = Cut(self._clauses, self._mentions, self._cues)
        self.picked: dict[int, list[Choice]] = {}
        """What was planned, by clause."""
        self.repeated = False
        """Whether a clause says to do the same with something else, and that fits."""
        self.refused: dict[int, Refusal] = {}
        """What no kind can do, by clause."""
        self.unplanned: list[Asked] = []
        """What was asked for and lacks what it needs."""

    @property
    def notes(self) -> Mapping[int, Note]:
        """Why each task is planned, by its id."""
        return self._steps.notes

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

    def laid(self) -> Laid:
        """The plan and its request, once it is drafted."""
        tasks = self._steps.tasks.tasks
        return Laid(tasks, self.notes, self.cut, self._masked, self._memory)

    def seen(self) -> Rules:
        """What came of the request, once it is drafted."""
        picked = [choice for choices in self.picked.values() for choice in choices]
        return Rules(
            kinds=tuple(task["task"] for task in self._steps.tasks.tasks),
            hits=tuple(find_hits(self._masked.text, self._cues)),
            asking=sum(bool(own_words(c.text)) and not is_statement(c) for c in self._clauses),
            understood=len(self.picked),
            weakest=min((choice.hit.weight for choice in picked), default=0.0),
        )

    def _plan(self, index: int) -> None:
        """Add the tasks of one clause, and remember what it names."""
        clause, mentions = self._clauses[index], self._mentions[index]
        labels = clause_labels(clause.text, mentions, self._memory)
        choices = self._choices(index, labels)
        self._remember_files(index, labels)
        before = [choice.kind for picked in self.picked.values() for choice in picked]
        here: dict[str, Thing] = {}
        for position, choice in enumerate(choices):
            place = self._place(index, choice.hit)
            if self._flow is None:
                place.chained = next(reversed(here.values()), None)
            else:
                place.chained = here.get(self._flow.giver(choice.kind, here) or "")
                place.giver = self._flow.giver(choice.kind, [*before, *here]) or ""
            place.beside = _are_beside(choices[: position + 1], clause.text)
            made = self._steps.add(choice, place)
            if made is None:
                self.unplanned.append(Asked(index, choice))
            else:
                here.pop(made.made_by, None)
                here[made.made_by] = made
                picked = choice._replace(kind=made.made_by)
                self.picked.setdefault(index, []).append(picked)
        if not here:
            self._remember_words(index)

    def _choices(self, index: int, labels: frozenset[str]) -> list[Choice]:
        if self._settled is not None:
            return list(self._settled.get(index, ()))
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
            self.refused[index] = refused
            self._remarks.append(f"No kind of task can {refused.what}.")
            return [c for c in choices if refused.spares(c.hit) and (labels or not c.hit.about)]
        if choices or self._repeats(index) or is_statement(clause):
            return choices
        quoted = any(wording.is_asked(str(m.value)) for m in self._quoted(index))
        kind = question_kind(clause, labels or self._memory.labels(), quoted=quoted)
        if kind is not None:
            return [Choice(kind, QUESTION)]
        if vocabulary().verbs.match(clause.text) and own_words(clause.text) > _FEW_WORDS:
            words = self._masked.restore(clause.text)
            self._remarks.append(f"I know no kind of task for “{words[:_QUOTED]}”.")
        return []

    def _quoted(self, index: int) -> list[Mention]:
        return [mention for mention in self._mentions[index] if mention.label == "quote"]

    def _repeats(self, index: int) -> bool:
        """Plan "and b.png?" or "the same with b.png" like the task before it; whether that fits."""
        clause, files = self._clauses[index], _files(self._mentions[index])
        again = pattern("links", "again").search(clause.text)
        said = not own_words(clause.text) or again
        words = again.span() if again else None
        fits = bool(files and said and self._steps.repeat(files, index, words))
        self.repeated |= fits and again is not None
        return fits

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
        if quotes := self._quoted(index):
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
