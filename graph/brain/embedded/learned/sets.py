"""Sets of kinds that a request may need, and what speaks for each: scores, types, company."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from hugginggpt.graph.brain.embedded.learned.views import NAMES, POSITION, WANTS, View
from hugginggpt.tools.kinds import KINDS, MODALITIES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

KindSet = frozenset[int]
"""Kinds by their position in `views.NAMES`."""

_BEST, _FEWER, _FIVE = 7, 6, 5
"""From so many of the likeliest kinds come sets of up to three, of four, and of five."""
_LEAST = 0.02
_LOW = 0.3
_RARE = 1e-3
"""Chances nearer to 0 or 1 count as this."""
_MANY = 50
"""Words; longer requests are not counted as longer."""


class Neighbour(NamedTuple):
    """An example that is like the request."""

    kinds: KindSet
    weight: float


class Evidence(NamedTuple):
    """What is known of a request when its kinds are chosen."""

    view: View
    whole: Numbers
    """How likely each kind is, from the likeness of the whole request to examples."""
    worded: Numbers
    """The same from its words, by the network."""
    reasons: Numbers
    """How likely each reason for no task is, from the likeness and from the words."""
    signs: Numbers
    neighbours: Sequence[Neighbour]


class Company:
    """Which kinds are planned together, as the examples have it."""

    def __init__(self, labels: Numbers, counts: Numbers | None = None) -> None:
        """Count in `labels`, the kinds of each example; shape (examples, kinds).

        `counts` says how many examples each row stands for; one, unless told.
        """
        import numpy as np

        each = np.ones(len(labels)) if counts is None else counts
        packed = np.packbits(labels.astype(bool), axis=1)
        rows, first, place = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        self.labels = labels[first]
        """Every set of kinds once; shape (sets, kinds)."""
        self.counts = np.bincount(place.ravel(), each, minlength=len(rows))
        """How many examples have each."""
        kinds = [frozenset(np.flatnonzero(row).tolist()) for row in self.labels]
        self.sets = Counter(dict(zip(kinds, self.counts.astype(int).tolist(), strict=True)))
        times = self.labels * self.counts[:, None]
        sizes = self.labels.sum(axis=1)
        several = times[sizes > 1]
        counted = several.sum(axis=0)
        expected = np.outer(counted, counted) / max(1, self.counts[sizes > 1].sum())
        together = several.T @ self.labels[sizes > 1]
        self.pairs = np.log((together + _LOW) / (expected + _LOW))
        np.fill_diagonal(self.pairs, 0)
        self.alone = (times[sizes == 1].sum(axis=0) + 1) / (times.sum(axis=0) + 2)

    @property
    def examples(self) -> int:
        """How many examples there are."""
        return int(self.counts.sum())


def rules_set(view: View) -> KindSet:
    """The kinds that the rules have planned."""
    return frozenset(POSITION[name] for name in view.rules.kinds)


def candidates(evidence: Evidence) -> list[KindSet]:
    """The sets to choose from, each once."""
    order = (-(evidence.whole + evidence.worded)).argsort(kind="stable")[:_BEST].tolist()
    rules = rules_set(evidence.view)
    found: list[KindSet] = [frozenset(), rules]
    found += [frozenset(c) for n in (1, 2, 3) for c in itertools.combinations(order, n)]
    found += [frozenset(c) for c in itertools.combinations(order[:_FEWER], 4)]
    found += [frozenset(c) for c in itertools.combinations(order[:_FEWER], _FIVE)]
    found += [rules | {kind} for kind in order] + [rules - {kind} for kind in rules]
    found += [(rules - {out}) | {kind} for out in rules for kind in order]
    found += [neighbour.kinds for neighbour in evidence.neighbours]
    return list(dict.fromkeys(found))


def describe(sets: Sequence[KindSet], evidence: Evidence, company: Company) -> Numbers:
    """What speaks for and against each set; shape (sets, features)."""
    import numpy as np

    member = np.zeros((len(sets), len(NAMES)), dtype=np.float32)
    for row, kinds in enumerate(sets):
        member[row, list(kinds)] = 1
    sizes = member.sum(axis=1)
    several = (sizes > 1)[:, None]
    length = _length(evidence.view)
    each = _of_kinds(evidence)
    sums = member @ each
    parts = [
        sums,
        sums[:, :8] * several,
        _of_sizes(sizes, length),
        (sizes == 0)[:, None] * evidence.reasons,
        _of_scores(member, evidence),
        _of_company(member, sizes, company),
        _of_rules(sets, evidence, length),
        _of_neighbours(sets, evidence, company),
        _of_types(member, sizes, evidence.view),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _of_kinds(evidence: Evidence) -> Numbers:
    import numpy as np

    whole, worded = evidence.whole, evidence.worded
    rules = evidence.signs[:, 6]
    columns = [
        whole, whole**2, np.minimum(whole, _LOW), np.log(np.maximum(whole, _LEAST)),
        worded, np.minimum(worded, _LOW), np.log(np.maximum(worded, _LEAST)), whole * rules,
        np.minimum(whole - whole.max(), 0), worded * rules, _odds(worded),
    ]  # fmt: skip
    return np.concatenate([np.stack(columns, axis=1), evidence.signs], axis=1)


def _length(view: View) -> float:
    """From 0 on, 1 for a request of many words."""
    return min(len(view.text.split()), _MANY) / _MANY


def _odds(chances: Numbers) -> Numbers:
    """Logarithms of the odds: over all kinds they make up the likelihood of a set."""
    import numpy as np

    clipped = np.clip(chances, _RARE, 1 - _RARE)
    odds: Numbers = np.log(clipped / (1 - clipped))
    return odds


def _of_sizes(sizes: Numbers, length: float) -> Numbers:
    """How many there are, in a short request and in a long one."""
    import numpy as np

    each = np.stack([sizes == 0, sizes == 1, sizes == 2, sizes == 3, sizes > 3], axis=1)
    return np.concatenate([each, each * length], axis=1)


def _of_scores(member: Numbers, evidence: Evidence) -> Numbers:
    """The best kind left out, the worst taken in, and how far the number is from the expected."""
    import numpy as np

    left = np.where(member > 0, -1, evidence.whole).max(axis=1)
    left_worded = np.where(member > 0, -1, evidence.worded).max(axis=1)
    taken = np.where(member > 0, evidence.whole, 1).min(axis=1)
    apart = np.abs(evidence.whole.sum() - member.sum(axis=1))
    return np.stack([left, left_worded, taken, apart, np.maximum(left - taken, 0)], axis=1)


def _of_company(member: Numbers, sizes: Numbers, company: Company) -> Numbers:
    import numpy as np

    together = ((member @ company.pairs) * member).sum(axis=1) / 2
    pairs = np.maximum(sizes * (sizes - 1) / 2, 1)
    one = np.where(sizes == 1, member @ np.log(company.alone), 0)
    more = np.where(sizes > 1, member @ np.log(1 - company.alone), 0)
    return np.stack([together, together / pairs, one, more], axis=1)


def _of_rules(sets: Sequence[KindSet], evidence: Evidence, length: float) -> Numbers:
    """How the set differs from the rules' plan, and how well they understood the request."""
    import numpy as np

    rules, own = evidence.view.rules, rules_set(evidence.view)
    whole = rules.understood >= rules.asking > 0
    sure = whole and rules.weakest >= 1
    told = [True, len(own) > 1, len(own) > 2, not own, whole, sure, sure and len(own) > 1,
            sure and len(own) > 2, rules.asking - rules.understood,
            length, length * whole, length * sure]  # fmt: skip
    rows = []
    for kinds in sets:
        more, fewer = len(kinds - own), len(own - kinds)
        spare = len(kinds) - rules.asking
        rows.append([
            *(value * (kinds == own) for value in told),
            more, fewer, more * whole, fewer * whole, more * sure, fewer * sure,
            max(spare, 0), max(-spare, 0), max(-spare, 0) * whole, rules.asking * (not kinds),
        ])  # fmt: skip
    return np.array(rows, dtype=np.float32)


def _of_neighbours(sets: Sequence[KindSet], evidence: Evidence, company: Company) -> Numbers:
    import numpy as np

    total: dict[KindSet, float] = defaultdict(float)
    nearest: dict[KindSet, float] = defaultdict(float)
    for kinds, weight in evidence.neighbours:
        total[kinds] += weight
        nearest[kinds] = max(nearest[kinds], weight)
    whole = sum(total.values()) or 1
    rows = [
        [total.get(k, 0) / whole, nearest.get(k, 0), np.log1p(company.sets[k]), not company.sets[k]]
        for k in sets
    ]
    return np.array(rows, dtype=np.float32)


@cache
def _matrices() -> tuple[Numbers, Numbers]:
    """Which modalities each kind wants and gives."""
    import numpy as np

    wants = np.array([[m in wanted for m in MODALITIES] for wanted in WANTS], dtype=np.float32)
    gives = [[kind.gives(m) for m in MODALITIES] for kind in KINDS.values()]
    return wants, np.array(gives, dtype=np.float32)


def _of_types(member: Numbers, sizes: Numbers, view: View) -> Numbers:
    """What comes from files, from other kinds of the set, from earlier turns, from nowhere."""
    import numpy as np

    wants, gives = _matrices()
    here = np.array([view.files.get(m, 0) > 0 for m in MODALITIES])
    done = [POSITION[name] for name in view.earlier]
    before = gives[done].any(axis=0) if done else np.zeros(len(MODALITIES), dtype=bool)
    said = np.array([m in ("text", "data") for m in MODALITIES])
    # For each set and kind in it: whether another kind of the set gives the modality.
    givers = member @ gives
    other = (givers[:, None, :] - gives[None]) > 0
    needs = member[:, :, None] * wants[None]
    made = (needs * (other & ~here)).sum(axis=(1, 2))
    old = (needs * (~other & ~here & before)).sum(axis=(1, 2))
    spoken = (needs * (~other & ~here & ~before & said)).sum(axis=(1, 2))
    nowhere = (needs * (~other & ~here & ~before & ~said)).sum(axis=(1, 2))
    used = (member @ wants) > 0
    unused = ((here & ~said) & ~used).sum(axis=1)
    unread = (here & said & ~used).sum(axis=1)
    taken = ((member[:, :, None] * gives[None]) * ((member @ wants) > 0)[:, None, :]).any(axis=2)
    ends = np.where(sizes > 1, (member * ~taken).sum(axis=1), 0)
    idle = (sizes == 0) & here.any()
    columns = [made, old, spoken, nowhere, unused, unread, ends, idle, nowhere > 0]
    return np.stack(columns, axis=1)
