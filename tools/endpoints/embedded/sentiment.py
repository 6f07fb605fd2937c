"""Sentiment of English texts: VADER's word list and rules, with words of everyday reviews added.

VADER: Hutto and Gilbert 2014, https://github.com/cjhutto/vaderSentiment (MIT).
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text
from hugginggpt.tools.endpoints.embedded.once import once
from hugginggpt.tools.endpoints.embedded.sentences import split_sentences

_WORDS = {
    -2.2: "rude flimsy unusable faulty defective mouldy overpriced underwhelming ripoff tasteless",
    -1.8: "broke breaks broken leaks leaked leaking tore torn ruined rust rusty rusted crashes "
    "crashed buggy died dirty smelled stank stinks muffled scratched bland uncomfortable regret "
    "snapped lukewarm deleted",
    -1.2: "sticks slow returning faded noisy cracked peeling sluggish stiff refund missing "
    "expensive",
    2.2: "flawless flawlessly spotless gorgeous stylish delicious cosy cozy outstanding",
    1.6: "sturdy durable reliable quiet comfy recommend recommended intuitive",
    1.0: "quick quickly soft fast tidy simple solid handy",
}
"""Words that VADER does not know or that weigh otherwise in reviews; -4 to 4, as VADER has it."""

_PHRASES = {
    -2.5: (
        r"never again|do(?: not|n't) buy|waste of (?:money|time)|expected (?:better|more)|"
        r"buy something else|sen[dt](?:ing)? (?:it|them) back"
    ),
    -2.0: (
        r"(?:does|did|do|will)(?: not|n't)(?: simply| even)? (?:work|hold|fit|open|close|last)|"
        r"stopped (?:work|charg)ing|wanted to like|far better|cheap plastic|in reality|fell asleep|"
        r"(?:never|nobody) (?:arriv|answer|came|repl|show)\w*|charged (?:me|us) twice|hung up|"
        r"thr[eo]wn? (?:\w+ ){1,3}(?:away|out)|f[ae]ll flat|let in water"
    ),
    2.5: (
        r"can(?: ?not|'t) get enough|(?:five|5) stars|worth every|like a charm|made up for|"
        r"like new|made my day|would(?: not|n't) want to be without|no complaints|"
        r"pleasantly surprised|never lets? (?:me|us) down|exactly what"
    ),
}
"""Turns of phrase that count as a whole, as regular expressions; what they weigh, as above."""

_ALPHA = 15
"""VADER's constant: weights that sum to `s` become the compound score s / sqrt(s^2 + 15)."""
_NEUTRAL = 0.05
"""Compound scores nearer to 0 than this are neutral, as VADER's authors advise."""
_SHARPNESS = 6.0
"""How fast a compound score away from neutral turns into certainty."""


def _load() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    for weight, words in _WORDS.items():
        analyzer.lexicon.update(dict.fromkeys(words.split(), weight))
    return analyzer


_analyzer = once(_load)
_PATTERNS = {w: re.compile(rf"\b(?:{p})\b", re.IGNORECASE) for w, p in _PHRASES.items()}


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
    """The sum of the weights of its words and phrases; unlike a compound score, it adds up."""
    sentence = sentence.replace("\u2019", "'")
    total = 0.0
    for weight, pattern in _PATTERNS.items():
        sentence, count = pattern.subn(";", sentence)
        total += weight * count
    score: float = _analyzer().polarity_scores(sentence)["compound"]
    return total + score * math.sqrt(_ALPHA / max(1 - score * score, 1e-4))
