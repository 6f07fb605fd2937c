"""Fits the learned part of the planner: `python -m hugginggpt.graph.brain.embedded.fit`.

A few minutes on one core. The same examples give the same file, bit for bit, on the same machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hugginggpt.graph.brain.embedded.examples import Example, digest, load_examples
from hugginggpt.graph.brain.embedded.learned.model import (
    WEIGHTS,
    Learned,
    kinds_of,
    save,
)
from hugginggpt.graph.brain.embedded.learned.scores import Likeness, Traits, traits_of
from hugginggpt.graph.brain.embedded.learned.sets import Company, candidates, describe
from hugginggpt.graph.brain.embedded.learned.views import NAMES, View
from hugginggpt.graph.brain.embedded.planner import see

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

UNTRIED = "various"
"""Topic of the cases for which the cues were written: on these the rules are right by design."""
_RIDGE = 0.3
_FOLDS = 6
_DECAY = 1e-3
"""How strongly the weights of the features of sets are held down."""
_STEPS = 150


def view_of_example(example: Example) -> View:
    """The example's request as the learned part sees it."""
    return see(example.to_request())


def labels_of(examples: Sequence[Example]) -> Numbers:
    """The kinds of each example, or why there are none; shape (examples, kinds and reasons)."""
    return kinds_of([[*(task["task"] for task in e.tasks), e.reason or ""] for e in examples])


def fit(views: Sequence[View], labels: Numbers, groups: Sequence[str]) -> Learned:
    """What these requests and their kinds teach.

    Requests of one group, such as a topic, are kept together where what was learned from some is
    tried on others. Those of `UNTRIED` are only learned from.
    """
    traits = traits_of(views)
    return fit_to(traits.compare(views), traits, views, labels, groups)


def fit_to(
    alike: Likeness,
    traits: Traits,
    views: Sequence[View],
    labels: Numbers,
    groups: Sequence[str],
    tell: Callable[[], None] = lambda: None,
) -> Learned:
    """What requests teach of which is known how alike they are, as `fit` has it.

    `tell` hears of each of them that is tried.
    """
    import numpy as np

    kinds = labels[:, : len(NAMES)]
    kernel = alike.kernel(traits.used)
    even = _even(kernel)
    simple = labels.sum(axis=1) <= 1
    names = sorted(set(groups))
    fold = np.array([names.index(group) % _FOLDS for group in groups])
    tried = np.array([group != UNTRIED for group in groups])
    found: list[tuple[Numbers, int]] = []
    for number in range(_FOLDS):
        others = fold != number
        if others.all() or not others.any():
            continue
        whole = _duals(even, labels, others)
        alone = _duals(even, labels, others & simple)
        # Whether a set is known must be told without the example that is to be read.
        part = Learned(
            traits, labels, whole, alone, np.zeros(0, np.float32), Company(kinds[others])
        )
        for row in np.flatnonzero(~others & tried).tolist():
            found += _described(part, views[row], kernel[row], others, labels[row])
            tell()
    weights = _weigh(found)
    everything = np.ones(len(views), dtype=bool)
    whole, alone = _duals(even, labels, everything), _duals(even, labels, simple)
    return Learned(traits, labels, whole, alone, weights, Company(kinds))


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


def _described(
    part: Learned, view: View, likeness: Numbers, others: NDArray[np.bool_], label: Numbers
) -> list[tuple[Numbers, int]]:
    """The features of the sets to choose from, and the place of the right one among them."""
    import numpy as np

    evidence = part.evidence(view, np.where(others, likeness, 0))
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit to the examples shipped and write the weights."""
    parser = argparse.ArgumentParser(
        prog="hugginggpt.graph.brain.embedded.fit", description=__doc__
    )
    parser.add_argument("--to", type=Path, default=WEIGHTS, metavar="FILE")
    options = parser.parse_args(arguments)
    examples = load_examples()
    views = [view_of_example(example) for example in examples]
    learned = fit(views, labels_of(examples), [example.topic for example in examples])
    save(learned, options.to, digest())
    return 0


if __name__ == "__main__":
    sys.exit(main())
