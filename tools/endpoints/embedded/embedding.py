"""Vectors of texts from the static table in `static/` (see `build_embeddings.py`).

Read with numpy and tokenizers alone: model2vec changes its tokenizer while it encodes, which
two threads must not do at once, and takes twice as long to import.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hugginggpt.tools.endpoints.embedded.once import once

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

DIMENSIONS = 256
_FOLDER = Path(__file__).with_name("static")
_UNKNOWN = "[UNK]"


class _Table(NamedTuple):
    vectors: NDArray[np.int8]
    scales: NDArray[np.float32]
    tokenizer: Tokenizer
    unknown: int


def _load() -> _Table:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    tensors = load_file(_FOLDER / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(_FOLDER / "tokenizer.json"))
    unknown = tokenizer.token_to_id(_UNKNOWN) or 0
    return _Table(tensors["embeddings"], tensors["weights"], tokenizer, unknown)


_table = once(_load)


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """One vector of length 1 for each text; shape (number of texts, `DIMENSIONS`).

    A text without any known word, such as a blank one, has a vector of zeros. The product of
    two vectors is their cosine similarity: about 0 for unrelated texts, 1 for equal ones.
    """
    import numpy as np

    table = _table()
    encodings = table.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    vectors = np.zeros((len(encodings), DIMENSIONS), dtype=np.float32)
    for row, encoding in enumerate(encodings):
        # Each token once, with its count: a book then takes no more memory than the table.
        tokens, counts = np.unique(np.asarray(encoding.ids, dtype=np.int64), return_counts=True)
        known = tokens != table.unknown
        tokens, counts = tokens[known], counts[known]
        vectors[row] = (counts * table.scales[tokens]) @ table.vectors[tokens]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths > 0, lengths, 1)
    return vectors
