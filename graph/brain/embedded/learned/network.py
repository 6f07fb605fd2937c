"""How likely each kind is, word by word: a small convolutional network, read with numpy.

A word is its static vector, a vector of its own where it is frequent, and those of its runs of
letters (Bojanowski et al. 2017). Two convolutions look at its neighbours; then each kind attends
to the words that speak for it (CAML: Mullenbach et al. 2018, section 2). Unlike the likeness of
whole requests this finds each of several wishes in a long one. `training` fits it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hugginggpt.graph.brain.embedded.learned.views import (
    NAMES,
    View,
    signs,
    situation,
    tokens,
)
from hugginggpt.tools.endpoints.embedded.embedding import embed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

CONVOLUTIONS = 2
GRAMS = 4096
"""Runs of letters are counted by their remainder."""
_LENGTHS = (3, 4, 5)
_EMPTY = "⟨_empty⟩"
"""Stands for a request without words."""
_STEADY = 1e-5


class Network:
    """The network with its weights, by name."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        import numpy as np

        self.arrays = arrays
        self._weights = {n: a.astype(np.float32) for n, a in arrays.items() if n != "keys"}
        self._rows = {int(key): row for row, key in enumerate(arrays["keys"])}

    def scores(self, view: View) -> Numbers:
        """How likely each kind and each reason for none is, 0 to 1."""
        import numpy as np

        weights, here = self._weights, situation(view)
        words = words_of(view)
        each = self._words(words) @ weights["into.weight"].T + weights["into.bias"]
        each = self._normed("norms.0", each + self._linear("situation", here))
        for number in range(CONVOLUTIONS):
            near = np.maximum(self._convolved(number, each), 0)
            each = self._normed(f"norms.{number + 1}", each + near)
        attention = self._linear("attention", each)
        shares = np.exp(attention - attention.max(axis=0))
        logits = (shares / shares.sum(axis=0) * self._linear("values", each)).sum(axis=0)
        whole = np.concatenate([here, each.mean(axis=0)])
        logits += self._linear("whole.2", np.maximum(self._linear("whole.0", whole), 0))
        logits[: len(NAMES)] += signs(view) @ weights["signs"]
        scores: Numbers = 1 / (1 + np.exp(-logits))
        return scores

    def _words(self, words: Sequence[str]) -> Numbers:
        """What each word is; shape (words, static + own + letters)."""
        import numpy as np

        own, letters = self._weights["words.weight"], self._weights["grams.weight"]
        rows = [self._rows.get(key_of(word), len(own) - 1) for word in words]
        runs = np.stack([letters[grams_of(word)].mean(axis=0) for word in words])
        return np.concatenate([static_vectors(words), own[rows], runs], axis=1)

    def _linear(self, name: str, values: Numbers) -> Numbers:
        product: Numbers = values @ self._weights[f"{name}.weight"].T
        return product + self._weights[f"{name}.bias"]

    def _normed(self, name: str, values: Numbers) -> Numbers:
        import numpy as np

        apart = values - values.mean(axis=1, keepdims=True)
        spread = np.sqrt((apart**2).mean(axis=1, keepdims=True) + _STEADY)
        scale, shift = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        normed: Numbers = apart / spread * scale + shift
        return normed

    def _convolved(self, number: int, values: Numbers) -> Numbers:
        """Each word with its neighbours, zeros beyond the ends."""
        import numpy as np

        weight = self._weights[f"convolutions.{number}.weight"]  # (out, in, width)
        beside = weight.shape[2] // 2
        padded = np.pad(values, ((beside, beside), (0, 0)))
        near = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2], axis=0)
        flat = near.reshape(len(values), -1) @ weight.reshape(len(weight), -1).T
        convolved: Numbers = flat + self._weights[f"convolutions.{number}.bias"]
        return convolved


def words_of(view: View) -> list[str]:
    """The words that the network reads."""
    return tokens(view.text) or [_EMPTY]


def key_of(word: str) -> int:
    """What a word with a vector of its own is known by."""
    return zlib.crc32(word.encode())


def grams_of(word: str) -> list[int]:
    """Its runs of letters, by their remainder."""
    framed = f"<{word}>"
    runs = {framed[i : i + n] for n in _LENGTHS for i in range(len(framed) - n + 1)}
    return sorted({zlib.crc32(run.encode()) % GRAMS for run in runs}) or [0]


def static_vectors(words: Sequence[str]) -> Numbers:
    """The static vector of each word; that of a mention is its modality's."""
    return embed([word.strip("⟨_⟩") for word in words])
