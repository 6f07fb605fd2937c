"""Sentiment of English texts by VADER's word list and rules, sentence by sentence.

VADER: Hutto and Gilbert 2014, https://github.com/cjhutto/vaderSentiment (MIT).
"""

import math
from collections.abc import Mapping
from typing import Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text
from hugginggpt.tools.endpoints.embedded.once import once
from hugginggpt.tools.endpoints.embedded.sentences import split_sentences

_ALPHA = 15
"""VADER's constant: weights that sum to `s` become the compound score s / sqrt(s^2 + 15)."""
_NEUTRAL = 0.05
"""Compound scores nearer to 0 than this are neutral, as VADER's authors advise."""
_SHARPNESS = 6.0
"""How fast a compound score away from neutral turns into certainty."""


def _load() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


_analyzer = once(_load)


def classify_sentiment(arguments: Mapping[str, Any], _call: Call) -> list[Artifact]:
    """Positive, negative and neutral with how sure each is, the verdict first.

    The metadata `compound` is the verdict as one number: -1 very unhappy, 1 very happy.
    """
    found = compound(given_text(arguments, "text"))
    leanings = {"positive": found, "negative": -found, "neutral": _NEUTRAL}
    weights = {label: math.exp(_SHARPNESS * leaning) for label, leaning in leanings.items()}
    whole = sum(weights.values())
    labels = [
        {"label": label, "score": round(weights[label] / whole, 4)}
        for label in sorted(weights, key=lambda label: -weights[label])
    ]
    return [Artifact.of_data(labels, compound=round(found, 4))]


def compound(text: str) -> float:
    """How happy the text sounds: -1 very unhappy, 0 neutral, 1 very happy.

    Sentences are weighed one by one, so that the end of a long review still counts.
    """
    sentences = [each.text for each in split_sentences(text)] or [text]
    total = sum(_weigh(each) for each in sentences) / math.sqrt(len(sentences))
    return total / math.sqrt(total * total + _ALPHA)


def _weigh(sentence: str) -> float:
    """The sum of the weights of its words; unlike a compound score, it adds up."""
    score: float = _analyzer().polarity_scores(sentence.replace("\u2019", "'"))["compound"]
    return score * math.sqrt(_ALPHA / max(1 - score * score, 1e-4))
