"""How likely each kind is, from what requests like this one needed: kernel ridge regression.

Likeness is that of words, letters, meaning and the rules' plan together; it counts most
between requests with the same files (Rasmussen and Williams 2006, sections 2.2 and 4.2.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from hugginggpt.graph.brain.embedded.learned.likeness import Index, build_index, like_index
from hugginggpt.graph.brain.embedded.learned.views import (
    NAMES,
    View,
    grams,
    plain,
    planned,
    situation,
    situation_size,
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
_MOST = 127
"""The largest number of a byte with a sign."""
_AGAIN = 0.5
"""How much more a kind counts that the rules have planned more than once."""


_ALIKE = 4
"""The likeness of words, letters, meaning and plan of a request with itself, together."""
SAME = _ALIKE * (_ANYWHERE + 1) + _SQUARE * _ALIKE**2
"""The likeness of a request with itself."""


Part = Literal["words", "letters", "meaning", "plan"]
"""What makes requests alike, wherever their files come from."""
PARTS: tuple[Part, ...] = get_args(Part)


class Likeness(NamedTuple):
    """How alike requests are to the examples; each matrix of the shape (requests, examples)."""

    parts: Mapping[Part, Numbers]
    near: Numbers
    """By their files and the tasks before them, 0 to 1."""

    def kernel(self, used: AbstractSet[Part]) -> Numbers:
        """All in one number: the rows of the kernel, made of the parts that are used."""
        alike: Any = sum(self.parts[part] for part in PARTS if part in used)
        rows: Numbers = alike * (_ANYWHERE + self.near) + _SQUARE * alike**2
        return rows


class Traits(NamedTuple):
    """What requests are compared by."""

    words: Index
    letters: Index
    meanings: Numbers
    situations: Numbers
    plans: Numbers
    """What the rules have planned."""
    used: AbstractSet[Part] = frozenset(PARTS)

    def likeness(self, view: View) -> Numbers:
        """How alike the request is to each of the examples; the kernel's row."""
        row: Numbers = self.compare([view]).kernel(self.used)[0]
        return row

    def compare(self, views: Sequence[View]) -> Likeness:
        """How alike each of the requests is to each of the examples."""
        import numpy as np

        meanings = embed([plain(view) for view in views])
        parts: dict[Part, Numbers] = {
            "words": np.stack([self.words.likeness(terms(view)) for view in views]),
            "letters": np.stack([self.letters.likeness(grams(view)) for view in views]),
            # One by one: a product of matrices has other last bits than many of one vector.
            "meaning": np.stack([self.meanings @ meaning for meaning in meanings]),
            "plan": _cosines(self.plans, np.stack([planned(view) for view in views])),
        }
        return Likeness(
            parts, _near(self.situations, np.stack([situation(view) for view in views]))
        )


def _near(situations: Numbers, own: Numbers) -> Numbers:
    """How near each of the own situations is to each of those."""
    import numpy as np

    apart = (situations**2).sum(axis=1) - 2 * own @ situations.T + (own**2).sum(axis=1)[:, None]
    near: Numbers = np.exp(-_WIDTH * np.maximum(apart, 0))
    return near


def _cosines(plans: Numbers, own: Numbers) -> Numbers:
    """The cosine of each of the own plans with each of those; two empty plans are the same."""
    import numpy as np

    lengths, length = np.linalg.norm(plans, axis=1), np.linalg.norm(own, axis=1)[:, None]
    cosines = own @ plans.T / np.where(lengths > 0, lengths, 1) / np.where(length > 0, length, 1)
    both: Numbers = np.where(length > 0, cosines, lengths == 0).astype(np.float32)
    return both


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
        _unpacked(*_packed(embed([plain(view) for view in views]))),
        np.stack([situation(view) for view in views]),
        np.stack([planned(view) for view in views]),
    )


def _packed(vectors: Numbers) -> tuple[NDArray[np.int8], Numbers]:
    """The vectors in whole numbers of a byte, and what each of them is to be multiplied by."""
    import numpy as np

    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scales = (np.where(largest > 0, largest, 1) / _MOST).astype(np.float32)
    return np.round(vectors / scales).astype(np.int8), scales


def _unpacked(numbers: NDArray[np.int8], scales: Numbers) -> Numbers:
    import numpy as np

    vectors: Numbers = numbers.astype(np.float32) * scales
    return vectors


def _plans(once: NDArray[np.uint8], again: NDArray[np.uint8]) -> Numbers:
    import numpy as np

    first, more = (np.unpackbits(bits, axis=1, count=len(NAMES)) for bits in (once, again))
    plans: Numbers = first.astype(np.float32) + _AGAIN * more.astype(np.float32)
    return plans


def to_arrays(traits: Traits) -> dict[str, NDArray[Any]]:
    """The traits as arrays by name."""
    import numpy as np

    arrays = {
        f"{n}.{k}": a for n in ("words", "letters") for k, a in getattr(traits, n).arrays.items()
    }
    meanings, scales = _packed(traits.meanings)
    bits = np.packbits(traits.situations.astype(bool), axis=1)
    situations, which = np.unique(bits, axis=0, return_inverse=True)
    return arrays | {
        "meanings": meanings,
        "scales": scales,
        "situations": situations,
        "situations.which": which.ravel().astype(np.uint16),
        "plans": np.packbits(traits.plans > 0, axis=1),
        "plans.again": np.packbits(traits.plans > 1, axis=1),
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Traits:
    """The traits that `to_arrays` has made these of."""
    import numpy as np

    words, letters = (
        Index({k.split(".")[1]: a for k, a in arrays.items() if k.startswith(f"{name}.")})
        for name in ("words", "letters")
    )
    situations = np.unpackbits(arrays["situations"], axis=1, count=situation_size())
    situations = situations[arrays["situations.which"]]
    return Traits(
        words,
        letters,
        _unpacked(arrays["meanings"], arrays["scales"]),
        situations.astype(np.float32),
        _plans(arrays["plans"], arrays["plans.again"]),
    )
