"""Fits the learned part of the planner: `python -m hugginggpt.graph.brain.embedded.fit`.

Half an hour on two cores. The same examples give the same file, bit for bit, on the same machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hugginggpt.graph.brain.embedded.examples import Example, digest, load_examples
from hugginggpt.graph.brain.embedded.learned.model import (
    WEIGHTS,
    Learned,
    kinds_of,
    save,
)
from hugginggpt.graph.brain.embedded.learned.network import Network
from hugginggpt.graph.brain.embedded.learned.scores import Traits, traits_of
from hugginggpt.graph.brain.embedded.learned.sets import Company, Evidence, candidates, describe
from hugginggpt.graph.brain.embedded.learned.views import NAMES, View
from hugginggpt.graph.brain.embedded.link_trials import flow_of_examples
from hugginggpt.graph.brain.embedded.planner import see

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

UNTRIED = "various"
"""Topic of the cases for which the cues were written: on these the rules are right by design."""
FOLDS = 3
_REFERENCES = 200
"""Examples of each kind that requests are compared with; all others are only read."""
_AT_ONCE = 500
_FEW, _EVERY = 2000, 2
"""From so many examples on every second one is tried."""
_RIDGE = 0.3
_DECAY = 1e-3
"""How strongly the weights of the features of sets are held down."""
_STEPS = 150


def view_of_example(example: Example) -> View:
    """The example's request as the learned part sees it."""
    return see(example.to_request())


def labels_of(examples: Sequence[Example]) -> Numbers:
    """The kinds of each example, or why there are none; shape (examples, kinds and reasons)."""
    return kinds_of([[*(task["task"] for task in e.tasks), e.reason or ""] for e in examples])


def fit_examples(
    examples: Sequence[Example], tell: Callable[[str], None] = lambda _: None
) -> Learned:
    """What these examples teach: which kinds requests need, and how results flow between them.

    `tell` hears what is being done.
    """
    tell(f"reading {len(examples)} examples")
    views = [view_of_example(example) for example in examples]
    learned = fit(views, labels_of(examples), [example.topic for example in examples], tell)
    tell("weighing links")
    return learned._replace(flow=flow_of_examples(examples))


def fit(
    views: Sequence[View],
    labels: Numbers,
    groups: Sequence[str],
    tell: Callable[[str], None] = lambda _: None,
) -> Learned:
    """What these requests and their kinds teach; `tell` hears what is being done.

    Requests of one group, such as a topic, are kept together where what was learned from some is
    tried on others. Those of `UNTRIED` are only learned from.
    """
    tell("comparing them")
    references = references_of(labels)
    traits = traits_of([views[place] for place in references])
    kernel = kernel_of(traits, views)
    done = count(1)
    tell(f"fitting {FOLDS + 1} networks to their words, each for many minutes")
    words = read_words(views, labels, groups, lambda: tell(f"network {next(done)} is fitted"))
    tell("weighing sets of kinds")
    return fit_to(kernel, references, traits, words, views, labels, groups)


def fit_but_networks(
    examples: Sequence[Example], known: Learned, tell: Callable[[str], None] = lambda _: None
) -> Learned:
    """What these examples teach, but for what was learned step by step: that stays as `known`.

    `tell` hears what is being done.
    """
    import numpy as np

    tell(f"comparing those of {len(examples)} examples that requests are compared with")
    labels = labels_of(examples)
    references = references_of(labels)
    views = [view_of_example(examples[place]) for place in references]
    traits = traits_of(views)
    everything = np.ones(len(references), dtype=bool)
    duals = _duals(_even(kernel_of(traits, views)), labels[references], everything)
    tell("weighing links")
    return known._replace(
        references=references,
        traits=traits,
        labels=labels[references],
        duals=duals,
        company=Company(labels[:, : len(NAMES)]),
        flow=flow_of_examples(examples),
    )


def references_of(labels: Numbers) -> NDArray[np.intp]:
    """The places of the examples that requests are compared with: the first of each kind."""
    import numpy as np

    counts = np.zeros(labels.shape[1])
    chosen = []
    for place, label in enumerate(labels > 0):
        if (counts[label] < _REFERENCES).any():
            chosen.append(place)
            counts += label
    return np.array(chosen, dtype=np.intp)


def kernel_of(traits: Traits, views: Sequence[View]) -> Numbers:
    """How alike each of the requests is to each of the references."""
    import numpy as np

    parts = (views[start : start + _AT_ONCE] for start in range(0, len(views), _AT_ONCE))
    return np.concatenate([traits.compare(part).kernel(traits.used) for part in parts])


class Words(NamedTuple):
    """What networks read in the words of the examples."""

    network: Network
    """Fitted to all of them."""
    scores: Numbers
    """Of each example, by a network that has not seen its group; shape (examples, kinds)."""


def read_words(
    views: Sequence[View],
    labels: Numbers,
    groups: Sequence[str],
    tell: Callable[[], None] = lambda: None,
) -> Words:
    """What the words teach; `tell` hears of each of the `FOLDS` + 1 networks."""
    import numpy as np

    from hugginggpt.graph.brain.embedded.training import corpus_of, train_all

    fold = _folds(groups)
    parts = [np.flatnonzero(fold != number) for number in range(FOLDS)]
    parts = [part if len(part) else np.arange(len(views)) for part in parts]
    corpus = corpus_of(views, labels)
    *others, network = train_all(corpus, [*parts, np.arange(len(views))], tell)
    scores = [others[number].scores(view) for number, view in zip(fold, views, strict=True)]
    return Words(network, np.stack(scores))


def fit_to(
    kernel: Numbers,
    references: NDArray[np.intp],
    traits: Traits,
    words: Words | None,
    views: Sequence[View],
    labels: Numbers,
    groups: Sequence[str],
    tell: Callable[[], None] = lambda: None,
) -> Learned:
    """What requests teach of which is known how alike they are and what their words say.

    `tell` hears of each of them that is tried.
    """
    import numpy as np

    kinds, targets = labels[:, : len(NAMES)], labels[references]
    even = _even(kernel[references])
    fold = _folds(groups)
    found: list[tuple[Numbers, int]] = []
    network = words.network if words else None
    nothing = np.zeros(0, np.float32)
    for number in range(FOLDS):
        others = fold != number
        if others.all() or not others[references].any():
            continue
        duals = _duals(even, targets, others[references])
        # Whether a set is known must be told without the example that is to be read.
        company = Company(kinds[others])
        part = Learned(references, traits, targets, duals, network, nothing, company)
        for row in tried_rows(groups, fold == number):
            alike = np.where(others[references], kernel[row], 0)
            evidence = part.weigh(views[row], alike, words.scores[row] if words else None)
            found += _described(part, evidence, labels[row])
            tell()
    everything = np.ones(len(references), dtype=bool)
    duals = _duals(even, targets, everything)
    return Learned(references, traits, targets, duals, network, _weigh(found), Company(kinds))


def tried_rows(groups: Sequence[str], among: NDArray[np.bool_] | None = None) -> list[int]:
    """The examples that are tried: every so many of those that may be."""
    import numpy as np

    rows = range(0, len(groups), _EVERY) if len(groups) > _FEW else range(len(groups))
    return [
        row
        for row in rows
        if groups[row] != UNTRIED and (among is None or bool(np.asarray(among)[row]))
    ]


def _folds(groups: Sequence[str]) -> NDArray[np.intp]:
    import numpy as np

    names = sorted(set(groups))
    return np.array([names.index(group) % FOLDS for group in groups])


def _even(kernel: Numbers) -> NDArray[np.float64]:
    """The kernel, the same from both sides: weights are rounded where examples are kept."""
    import numpy as np

    matrix = kernel.astype(np.float64)
    return (matrix + matrix.T) / 2


def _duals(kernel: NDArray[np.float64], labels: Numbers, rows: NDArray[np.bool_]) -> Numbers:
    """Dual weights of ridge regression on these rows, zeros for the others, the mean below."""
    import numpy as np
    from scipy.linalg import solve

    matrix = kernel[np.ix_(rows, rows)]
    matrix[np.diag_indices_from(matrix)] += _RIDGE
    mean = labels[rows].mean(axis=0)
    duals = np.zeros((len(labels) + 1, labels.shape[1]), dtype=np.float32)
    duals[:-1][rows] = solve(matrix, labels[rows] - mean, assume_a="pos", overwrite_a=True)
    duals[-1] = mean
    return duals


def _described(part: Learned, evidence: Evidence, label: Numbers) -> list[tuple[Numbers, int]]:
    """The features of the sets to choose from, and the place of the right one among them."""
    import numpy as np

    sets = candidates(evidence)
    right = frozenset(np.flatnonzero(label[: len(NAMES)]).tolist())
    if right not in sets:
        return []
    return [(describe(sets, evidence, part.company), sets.index(right))]


def _weigh(found: Sequence[tuple[Numbers, int]]) -> Numbers:
    """Weights under which the right sets are the likeliest (conditional logit)."""
    import numpy as np
    from scipy.optimize import minimize

    features = np.concatenate([rows for rows, _ in found])
    spread = features.std(axis=0) + 1e-3
    features = (features / spread).astype(np.float32)
    starts = np.cumsum([0, *(len(rows) for rows, _ in found)])[:-1]
    right = starts + np.array([place for _, place in found])
    owner = np.repeat(np.arange(len(found)), [len(rows) for rows, _ in found])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        values = (features @ weights.astype(np.float32)).astype(np.float64)
        values -= np.maximum.reduceat(values, starts)[owner]
        powers = np.exp(values)
        totals = np.add.reduceat(powers, starts)
        shares = powers / totals[owner]
        shares[right] -= 1
        slope = features.T @ shares.astype(np.float32) / len(found) + 2 * _DECAY * weights
        cost = (np.log(totals) - values[right]).mean() + _DECAY * (weights**2).sum()
        return float(cost), slope.astype(np.float64)

    start = np.zeros(features.shape[1])
    solved = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    weights: Numbers = (solved.x / spread).astype(np.float32)
    return weights


def say(what: str) -> None:
    """Print what is being done, with the time."""
    print(f"{datetime.now():%H:%M:%S} {what}", file=sys.stderr, flush=True)  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit to the examples shipped and write the weights."""
    parser = argparse.ArgumentParser(
        prog="hugginggpt.graph.brain.embedded.fit", description=__doc__
    )
    parser.add_argument("--to", type=Path, default=WEIGHTS, metavar="FILE")
    options = parser.parse_args(arguments)
    save(fit_examples(load_examples(), say), options.to, digest())
    return 0


if __name__ == "__main__":
    sys.exit(main())
