"""How likely each kind is, from what requests like this one needed: kernel ridge regression.

Likeness is that of words, letters, meaning and the rules' plan together; it counts most
between requests with the same files (Rasmussen and Williams 2006, sections 2.2 and 4.2.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hugginggpt.graph.brain.embedded.learned.likeness import Index, build_index, like_index
from hugginggpt.graph.brain.embedded.learned.views import (
    View,
    grams,
    plain,
    planned,
    situation,
    terms,
)
from hugginggpt.tools.endpoints.embedded.embedding import embed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

_ANYWHERE = 0.3
"""How much likeness counts between requests with other files, beside 1 with the same."""
_SQUARE = 0.05
"""How much its square counts: for requests that are alike in every way."""
_WIDTH = 0.25
"""How fast files that differ set requests apart."""


_ALIKE = 4
"""The likeness of words, letters, meaning and plan of a request with itself, together."""
SAME = _ALIKE * (_ANYWHERE + 1) + _SQUARE * _ALIKE**2
"""The likeness of a request with itself."""


class Traits(NamedTuple):
    """What requests are compared by."""

    words: Index
    letters: Index
    meanings: Numbers
    situations: Numbers
    plans: Numbers

    def likeness(self, view: View) -> Numbers:
        """How alike the request is to each of the examples; the kernel's row."""
        import numpy as np

        words = self.words.likeness(terms(view))
        letters = self.letters.likeness(grams(view))
        meaning = self.meanings @ embed([plain(view)])[0]
        alike = words + letters + meaning + _cosines(self.plans, planned(view))
        own = situation(view)
        apart = (self.situations**2).sum(axis=1) - 2 * self.situations @ own + (own**2).sum()
        near: Numbers = np.exp(-_WIDTH * np.maximum(apart, 0))
        row: Numbers = alike * (_ANYWHERE + near) + _SQUARE * alike**2
        return row


def _cosines(plans: Numbers, own: Numbers) -> Numbers:
    """The cosine of each plan with the own one; two empty plans are the same."""
    import numpy as np

    lengths, length = np.linalg.norm(plans, axis=1), np.linalg.norm(own)
    if not length:
        empty: Numbers = (lengths == 0).astype(np.float32)
        return empty
    cosines: Numbers = plans @ own / np.where(lengths > 0, lengths, 1) / length
    return cosines


def traits_of(views: Sequence[View]) -> Traits:
    """What the requests are compared by."""
    words = build_index([terms(view) for view in views], 2)
    letters = build_index([grams(view) for view in views], 3)
    return _traits(views, words, letters)


def more_traits(known: Traits, views: Sequence[View]) -> Traits:
    """What these requests are compared by, each term weighed as it is among those known."""
    words = like_index(known.words, [terms(view) for view in views])
    letters = like_index(known.letters, [grams(view) for view in views])
    return _traits(views, words, letters)


def _traits(views: Sequence[View], words: Index, letters: Index) -> Traits:
    import numpy as np

    return Traits(
        words,
        letters,
        embed([plain(view) for view in views]).astype(np.float16).astype(np.float32),
        np.stack([situation(view) for view in views]),
        np.stack([planned(view) for view in views]),
    )


def to_arrays(traits: Traits) -> dict[str, NDArray[Any]]:
    """The traits as arrays by name."""
    import numpy as np

    arrays = {
        f"{n}.{k}": a for n in ("words", "letters") for k, a in getattr(traits, n).arrays.items()
    }
    return arrays | {
        "meanings": traits.meanings.astype(np.float16),
        "situations": traits.situations.astype(np.uint8),
        "plans": traits.plans.astype(np.float16),
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Traits:
    """The traits that `to_arrays` has made these of."""
    import numpy as np

    words, letters = (
        Index({k.split(".")[1]: a for k, a in arrays.items() if k.startswith(f"{name}.")})
        for name in ("words", "letters")
    )
    rest = [arrays[name].astype(np.float32) for name in ("meanings", "situations", "plans")]
    return Traits(words, letters, *rest)
