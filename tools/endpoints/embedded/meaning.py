"""What texts mean, from the static embedding table: vectors, similarity, ranking, topics."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.embedding import DIMENSIONS, embed
from hugginggpt.tools.endpoints.embedded.given import given_text, given_texts
from hugginggpt.tools.endpoints.embedded.sentences import key_words
from hugginggpt.tools.errors import TaskError

_OVERLAP = 0.35
"""Share of a rank that shared words decide; the rest is likeness in meaning."""
_SHARPNESS = 12.0
"""How strongly a difference in similarity turns into a difference in probability."""


def extract_features(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The vector of the text as a NumPy file: float32, shape (256,), length 1."""
    import numpy as np

    vector = embed([given_text(arguments, "text")])[0]
    if not vector.any():
        raise TaskError("the embedding table knows no word of the text; it is made for English")
    file = io.BytesIO()
    np.save(file, vector)
    return [
        call.workspace.write(
            file.getvalue(), ".npy", "vector", "embedding", dimensions=DIMENSIONS, dtype="float32"
        )
    ]


def compare(arguments: Mapping[str, Any], _call: Call) -> list[Artifact]:
    """How alike each of `texts` is to `text`, in the order given: cosine, -1 to 1."""
    text, texts = given_text(arguments, "text"), given_texts(arguments, "texts")
    vectors = embed([text, *texts])
    scores = vectors[1:] @ vectors[0]
    return [
        Artifact.of_data(
            [
                {"text": each, "score": round(float(score), 4)}
                for each, score in zip(texts, scores, strict=True)
            ]
        )
    ]


def rank(arguments: Mapping[str, Any], _call: Call) -> list[Artifact]:
    """The texts with their place in the list given, the best answer to `query` first."""
    query, texts = given_text(arguments, "query"), given_texts(arguments, "texts")
    scores = relevance(query, texts)
    order = sorted(range(len(texts)), key=lambda index: -scores[index])
    return [
        Artifact.of_data(
            [{"text": texts[i], "score": round(scores[i], 4), "index": i} for i in order]
        )
    ]


def relevance(query: str, texts: Sequence[str]) -> list[float]:
    """How well each text fits the query, about 0 to 1: likeness in meaning and shared words.

    A rare word counts more than a common one, rare and common as in `texts`.
    """
    vectors = embed([query, *texts])
    likeness = vectors[1:] @ vectors[0]
    shared = word_overlap(query, [set(key_words(text)) for text in texts])
    return [
        (1 - _OVERLAP) * float(like) + _OVERLAP * share
        for like, share in zip(likeness, shared, strict=True)
    ]


def word_overlap(query: str, texts: Sequence[set[str]]) -> list[float]:
    """The share of the query's key words that each text holds, rare ones weighing more; 0 to 1."""
    import math

    wanted = set(key_words(query))
    weights = {
        word: math.log(1 + len(texts) / (0.5 + sum(word in words for words in texts)))
        for word in wanted
    }
    whole = sum(weights.values())
    if not whole:
        return [0.0] * len(texts)
    return [sum(weights[word] for word in wanted & words) / whole for words in texts]


def classify(arguments: Mapping[str, Any], _call: Call) -> list[Artifact]:
    """The labels with how well each fits as the topic, best first; the scores sum to 1."""
    import numpy as np

    text = given_text(arguments, "text")
    labels = [label.strip() for label in given_texts(arguments, "labels")]
    labels = list(dict.fromkeys(label for label in labels if label))
    vectors = embed([text, *labels, *(f"This text is about {label}." for label in labels)])
    likeness = (vectors[1:] @ vectors[0]).reshape(2, len(labels)).mean(axis=0)
    weights = np.exp(_SHARPNESS * (likeness - likeness.max()))
    scores = weights / weights.sum()
    return [
        Artifact.of_data(
            [
                {"label": labels[index], "score": round(float(scores[index]), 4)}
                for index in np.argsort(-scores, kind="stable")
            ]
        )
    ]
