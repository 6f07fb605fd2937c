"""What the user's lessons add to what was learned: corrections near them, nothing elsewhere.

Kernel ridge regression on what the shipped weights leave unexplained of the lessons, which takes
milliseconds. Its kernel ends where likeness no longer tells that two requests want the same, so
that a lesson can't change how other requests are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from hugginggpt.graph.brain.embedded.learned.model import NEIGHBOURS, Learned, Reading, neighbours
from hugginggpt.graph.brain.embedded.learned.scores import SAME, Traits, more_traits
from hugginggpt.graph.brain.embedded.learned.sets import Company, Evidence
from hugginggpt.graph.brain.embedded.learned.views import NAMES, View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

_FAR, _NEAR = 0.4, 0.7
"""Of pairs of examples that are so like each other, as a share of `SAME`, a quarter need the same
tasks, and four fifths."""
_MARGIN = 0.05
_RIDGE = 0.05


class Taught(NamedTuple):
    """What was learned, and what lessons add to it."""

    learned: Learned
    requests: tuple[str, ...]
    """The words of the lessons."""
    traits: Traits
    """Of the lessons."""
    labels: Numbers
    """The kinds of each lesson, or why there are none; shape (lessons, kinds and reasons)."""
    whole: Numbers
    """Dual weights of the lessons, beside those of the references."""
    worded: Numbers
    """The same beside what the network says."""
    company: Company

    def is_near(self, view: View) -> bool:
        """Whether a lesson says anything about the request."""
        return bool(_nearness(self.traits.likeness(view)).any())

    def read(self, view: View) -> Reading:
        """The likeliest sets of kinds."""
        import numpy as np

        likeness = self.traits.likeness(view)
        near = _nearness(likeness)
        if not near.any():
            return self.learned.read(view)
        evidence = self.learned.evidence(view, self.learned.traits.likeness(view))
        known = [*neighbours(likeness, self.labels), *evidence.neighbours]
        known.sort(key=lambda neighbour: -neighbour.weight)
        mended = _scores(evidence) + np.stack([near @ self.whole, near @ self.worded])
        kinds = len(NAMES)
        evidence = evidence._replace(
            whole=mended[0, :kinds],
            worded=mended[1, :kinds],
            reasons=mended[:, kinds:].ravel(),
            neighbours=known[:NEIGHBOURS],
        )
        return self.learned.choose(evidence, self.company)


def reach(learned: Learned, views: Sequence[View]) -> NDArray[np.bool_]:
    """Which of the references one of these lessons may say something about.

    Words that only one example has are not known here, hence a little more than are near.
    """
    import numpy as np

    likeness = [learned.traits.likeness(view) for view in views]
    near: NDArray[np.bool_] = np.max(likeness, axis=0) > SAME * (_FAR - _MARGIN)
    return near


def _nearness(likeness: Numbers) -> Numbers:
    """How much of what a lesson says goes for the request, 0 to 1."""
    import numpy as np

    near: Numbers = np.clip((likeness / SAME - _FAR) / (_NEAR - _FAR), 0, 1)
    return near


def _scores(evidence: Evidence) -> Numbers:
    """The scores of all kinds and reasons: from likeness, and from the words."""
    import numpy as np

    halves = np.split(evidence.reasons, 2)
    return np.stack(
        [np.concatenate([evidence.whole, halves[0]]), np.concatenate([evidence.worded, halves[1]])]
    )


def teach(
    learned: Learned, requests: Sequence[str], views: Sequence[View], labels: Numbers
) -> Taught:
    """What the lessons, of which there is at least one, add to what was learned."""
    import numpy as np

    traits = more_traits(learned.traits, views)
    near = np.stack([_nearness(traits.likeness(view)) for view in views])
    found = [learned.evidence(view, learned.traits.likeness(view)) for view in views]
    scores = np.stack([_scores(evidence) for evidence in found])
    missing = labels[:, None] - scores
    matrix = (near + near.T) / 2 + _RIDGE * np.eye(len(views), dtype=np.float32)
    # Least squares: lessons that are much alike need not make a matrix that can be inverted.
    duals = [np.linalg.lstsq(matrix, missing[:, half], rcond=1e-4)[0] for half in (0, 1)]
    company = Company(
        np.concatenate([learned.company.labels, labels[:, : len(NAMES)]]),
        np.concatenate([learned.company.counts, np.ones(len(labels))]),
    )
    return Taught(learned, tuple(requests), traits, labels, duals[0], duals[1], company)
