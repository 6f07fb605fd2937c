"""How alike a request is to each of many, by weighted terms: TF-IDF cosine over posting lists."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

_SCALE = 255


class Index:
    """The terms of many texts: for each term the texts that hold it, and how much it weighs."""

    def __init__(
        self, arrays: Mapping[str, NDArray[Any]], rarity: NDArray[np.float32] | None = None
    ) -> None:
        """Of these arrays; `rarity` is what each term weighs, if these texts alone don't tell."""
        import numpy as np

        self.arrays = arrays
        self._position = {int(key): index for index, key in enumerate(arrays["keys"])}
        self._starts = arrays["starts"].tolist()
        self._rows = arrays["rows"].astype(np.int64)
        self._weights = arrays["weights"].astype(np.float32) / _SCALE
        self._texts = int(arrays["texts"][0])
        starts = arrays["starts"].astype(np.int64)
        spread = starts[1:] - starts[:-1]
        self.rarity = _rarity(self._texts, spread) if rarity is None else rarity
        """What each term weighs."""

    def likeness(self, counts: Mapping[str, int]) -> Numbers:
        """The cosine with each text, 0 to 1."""
        import numpy as np

        found = [
            (self._position[k], n) for t, n in counts.items() if (k := _key(t)) in self._position
        ]
        if not found:
            return np.zeros(self._texts, dtype=np.float32)
        terms = np.array([term for term, _ in found])
        weights = (1 + np.log([count for _, count in found])) * self.rarity[terms]
        weights /= np.linalg.norm(weights)
        slices = [slice(self._starts[term], self._starts[term + 1]) for term, _ in found]
        rows = np.concatenate([self._rows[s] for s in slices])
        lengths = [s.stop - s.start for s in slices]
        each = np.concatenate([self._weights[s] for s in slices]) * np.repeat(weights, lengths)
        return np.bincount(rows, each, minlength=self._texts).astype(np.float32)


def _rarity(texts: int, spread: NDArray[np.int64]) -> Numbers:
    """What terms weigh that stand in so many of the texts."""
    import numpy as np

    weights: Numbers = np.log(1 + texts / np.maximum(spread, 1)).astype(np.float32)
    return weights


def _key(term: str) -> int:
    return zlib.crc32(term.encode())


def build_index(texts: Sequence[Counter[str]], least: int) -> Index:
    """The index of the texts, of terms that stand in at least so many of them."""
    import numpy as np

    spread = Counter(_key(term) for text in texts for term in text)
    keys = sorted(key for key, count in spread.items() if count >= least)
    rarity = _rarity(len(texts), np.array([spread[key] for key in keys], dtype=np.int64))
    return Index(_postings(texts, keys, rarity))


def like_index(known: Index, texts: Sequence[Counter[str]]) -> Index:
    """The index of these texts, where each term weighs what it does in the `known` index.

    A term that is new to that weighs as much as one that stands in a single text of it.
    """
    import numpy as np

    rarity = dict(zip(known.arrays["keys"].tolist(), known.rarity.tolist(), strict=True))
    rarest = float(np.log(1 + known.arrays["texts"][0]))
    keys = sorted(rarity.keys() | {_key(term) for text in texts for term in text})
    weights = np.array([rarity.get(key, rarest) for key in keys], dtype=np.float32)
    return Index(_postings(texts, keys, weights), weights)


def _postings(
    texts: Sequence[Counter[str]], keys: Sequence[int], rarity: Numbers
) -> dict[str, NDArray[Any]]:
    """The arrays of an index of the texts, of these terms."""
    import numpy as np

    position = {key: index for index, key in enumerate(keys)}
    postings: list[list[tuple[int, float]]] = [[] for _ in keys]
    for row, text in enumerate(texts):
        found = [(position[k], n) for t, n in text.items() if (k := _key(t)) in position]
        weights = np.array([(1 + np.log(n)) * rarity[p] for p, n in found], dtype=np.float32)
        length = np.linalg.norm(weights) or 1
        for (place, _), weight in zip(found, weights / length, strict=True):
            postings[place].append((row, float(weight)))
    entries = [entry for posting in postings for entry in posting]
    return {
        "keys": np.array(keys, dtype=np.uint32),
        "starts": np.cumsum([0, *map(len, postings)]).astype(np.uint32),
        "rows": np.array([row for row, _ in entries], dtype=np.uint16),
        "weights": np.round([_SCALE * w for _, w in entries]).astype(np.uint8),
        "texts": np.array([len(texts)], dtype=np.uint32),
    }
