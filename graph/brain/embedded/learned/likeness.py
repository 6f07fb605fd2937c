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

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        import numpy as np

        self.arrays = arrays
        self._position = {int(key): index for index, key in enumerate(arrays["keys"])}
        self._starts = arrays["starts"].tolist()
        self._rows = arrays["rows"].astype(np.int64)
        self._weights = arrays["weights"].astype(np.float32) / _SCALE
        self._rarity = arrays["rarity"]
        self._texts = int(arrays["texts"][0])

    def likeness(self, counts: Mapping[str, int]) -> Numbers:
        """The cosine with each text, 0 to 1."""
        import numpy as np

        found = [
            (self._position[k], n) for t, n in counts.items() if (k := _key(t)) in self._position
        ]
        if not found:
            return np.zeros(self._texts, dtype=np.float32)
        terms = np.array([term for term, _ in found])
        weights = (1 + np.log([count for _, count in found])) * self._rarity[terms]
        weights /= np.linalg.norm(weights)
        slices = [slice(self._starts[term], self._starts[term + 1]) for term, _ in found]
        rows = np.concatenate([self._rows[s] for s in slices])
        lengths = [s.stop - s.start for s in slices]
        each = np.concatenate([self._weights[s] for s in slices]) * np.repeat(weights, lengths)
        return np.bincount(rows, each, minlength=self._texts).astype(np.float32)


def _key(term: str) -> int:
    return zlib.crc32(term.encode())


def build_index(texts: Sequence[Counter[str]], least: int) -> Index:
    """The index of the texts, of terms that stand in at least so many of them."""
    import numpy as np

    spread = Counter(_key(term) for text in texts for term in text)
    keys = sorted(key for key, count in spread.items() if count >= least)
    rarity = np.array([np.log(1 + len(texts) / spread[key]) for key in keys], dtype=np.float32)
    return _index(texts, keys, rarity)


def like_index(known: Index, texts: Sequence[Counter[str]]) -> Index:
    """The index of these texts, where each term weighs what it does in the `known` index.

    A term that is new to that weighs as much as one that stands in a single text of it.
    """
    import numpy as np

    rarity = dict(zip(known.arrays["keys"].tolist(), known.arrays["rarity"].tolist(), strict=True))
    rarest = float(np.log(1 + known.arrays["texts"][0]))
    keys = sorted(rarity.keys() | {_key(term) for text in texts for term in text})
    return _index(texts, keys, np.array([rarity.get(k, rarest) for k in keys], dtype=np.float32))


def _index(texts: Sequence[Counter[str]], keys: Sequence[int], rarity: Numbers) -> Index:
    """The index of the texts, of these terms."""
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
    return Index(
        {
            "keys": np.array(keys, dtype=np.uint32),
            "rarity": rarity,
            "starts": np.cumsum([0, *map(len, postings)]).astype(np.uint32),
            "rows": np.array([row for row, _ in entries], dtype=np.uint16),
            "weights": np.round([_SCALE * w for _, w in entries]).astype(np.uint8),
            "texts": np.array([len(texts)], dtype=np.uint32),
        }
    )
