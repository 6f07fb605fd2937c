"""Kinds that are settled for a request as a whole, given to the clauses that ask for them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from hugginggpt.graph.brain.embedded.choice import Choice
from hugginggpt.graph.brain.embedded.clauses import Clause, is_statement
from hugginggpt.graph.brain.embedded.cues import Cue, Hit, cue_table, find_hits
from hugginggpt.graph.brain.embedded.learned.flow import Flow
from hugginggpt.graph.brain.embedded.mentions import Mention
from hugginggpt.graph.brain.embedded.wording import own_words
from hugginggpt.tools.blanks import blanks
from hugginggpt.tools.kinds import KINDS

Picks = Mapping[int, Sequence[Choice]]
"""Number of a clause -> what it asks for, in the order in which that is to run."""


_STRONG = 1.0
"""Words of this weight ask for a kind, whatever else does."""


class Cut(NamedTuple):
    """A request cut into clauses, with what each of them names."""

    clauses: Sequence[Clause]
    mentions: Sequence[Sequence[Mention]]
    cues: Sequence[Cue]


def settlements(
    kinds: Collection[str], cut: Cut, picked: Picks, flow: Flow | None = None
) -> Iterator[Picks]:
    """Ways to give the kinds to clauses, the likeliest first.

    What merely turns one modality into another for the others comes by itself, as a rule. `flow`
    says which of the kinds of one clause come first.
    """
    spoken = {choice.kind for choices in picked.values() for choice in choices}
    bridges = {kind for row in cue_table().bridges.values() for kind in row.values()}
    silent = {kind for kind in set(kinds) & bridges - spoken if _spoken_of(kind, cut) is None}
    if silent and silent != set(kinds):
        yield _settled(set(kinds) - silent, cut, picked, flow)
    yield _settled(kinds, cut, picked, flow)


def _settled(kinds: Collection[str], cut: Cut, picked: Picks, flow: Flow | None) -> Picks:
    found: dict[int, list[Choice]] = {
        index: [
            choice._replace(certain=True)
            for choice in choices
            if choice.kind in kinds and not _comes_again(choice, index, cut, picked)
        ]
        for index, choices in picked.items()
    }
    known = {choice.kind for choices in found.values() for choice in choices}
    for kind in sorted(set(kinds) - known):
        place = _spoken_of(kind, cut)
        index, hit = place or (_likeliest(kind, cut), Hit(kind, 0, 0, 1.0, frozenset(), False))
        found.setdefault(index, []).append(Choice(kind, hit, certain=True))
        found[index].sort(key=_turn)
    return {index: _ordered(choices, flow) for index, choices in found.items()}


def says_again(cut: Cut, picked: Picks) -> bool:
    """Whether some clause asks in weak words for what a later one asks for."""
    return any(_comes_again(c, index, cut, picked) for index, cs in picked.items() for c in cs)


def _comes_again(choice: Choice, index: int, cut: Cut, picked: Picks) -> bool:
    """Whether a later clause asks for the kind in words as strong, and this one in weak ones.

    "It is in Latin. Please translate it": the first says of what kind the thing is. A clause that
    names a thing of its own is not about the same one. Of two questions neither says the other
    again.
    """
    if choice.kind in cue_table().families["question"].values():
        return False
    later = (
        other
        for number, choices in picked.items()
        if number > index and all(m.label == "language" for m in cut.mentions[number])
        for other in choices
    )
    return choice.hit.weight < _STRONG and any(
        other.kind == choice.kind and other.hit.weight >= choice.hit.weight for other in later
    )


def _ordered(choices: list[Choice], flow: Flow | None) -> list[Choice]:
    """What gives before what takes."""
    if flow is None:
        return choices
    turns = flow.order([choice.kind for choice in choices])
    return sorted(choices, key=lambda choice: turns.index(choice.kind))


def _spoken_of(kind: str, cut: Cut) -> tuple[int, Hit] | None:
    """The clause with the strongest cue of the kind, and that cue."""
    hits = [
        (index, hit)
        for index, clause in enumerate(cut.clauses)
        for hit in find_hits(clause.text, cut.cues)
        if hit.name == kind
    ]
    return max(hits, key=lambda found: found[1].weight, default=None)


def _likeliest(kind: str, cut: Cut) -> int:
    """The last clause in words that names a fitting file, else the last that asks for something."""
    wants = {a.modality for a in KINDS[kind].required if not a.setting and a.modality != "text"}
    numbers = range(len(cut.clauses))
    gaps = [i for i in numbers if kind == "fill-mask" and blanks(cut.clauses[i].text)]
    naming = [i for i in numbers if any(wants & set(m.modalities) for m in cut.mentions[i])]
    worded = [i for i in numbers if own_words(cut.clauses[i].text)]
    asking = [i for i in worded if not is_statement(cut.clauses[i])]
    return (gaps or [i for i in naming if i in worded] or asking or naming or [*numbers])[-1]


def _turn(choice: Choice) -> int:
    """What turns media into text or guides a picture first, speech last."""
    kind = KINDS[choice.kind]
    if kind.name == "text-to-speech":
        return 2
    media = kind.arguments and kind.arguments[0].modality not in ("text", "data")
    return 0 if media and (kind.gives("text") or kind.group == "control") else 1
