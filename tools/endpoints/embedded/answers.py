"""Question answering by finding the sentence of a text that answers the question."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.embedding import embed
from hugginggpt.tools.endpoints.embedded.given import given_text
from hugginggpt.tools.endpoints.embedded.meaning import word_overlap
from hugginggpt.tools.endpoints.embedded.sentences import Sentence, key_words, split_sentences
from hugginggpt.tools.errors import TaskError

_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|"
    "sixty|hundred|thousand|million|half|quarter|dozen"
)
_NUMBER = rf"\d|\b(?:{_NUMBER_WORDS}|once|twice)\b"
_MOMENT = (
    r"\b(?:1\d{3}|20\d{2})\b|\d{1,2}[:.]\d{2}\b|\b\d{1,2} ?[ap]\.?m\b|"
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:january|february|march|april|may|june|"
    r"july|august|september|october|november|december|today|tomorrow|yesterday|noon|midnight)\b|"
    rf"\bat (?:{_NUMBER_WORDS})\b"
)
_TIME = r"\b(?:mornings?|evenings?|nights?|weeks?|months?|years?|century|until|before|after)\b"
_LENGTH = (
    rf"(?:\d|\b(?:{_NUMBER_WORDS}|an?)) ?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|"
    r"decades?|centur(?:y|ies)|m|met(?:re|er)s?|miles?|km|kilomet(?:re|er)s?|feet|foot|inch(?:es)?)\b"
)
_CURRENCY = r"(?:euros?|dollars?|pounds?|pence|cents?|francs?|yen|eur|usd|gbp|chf)\b"
_MONEY = rf"[$€£¥] ?\d|\d ?[$€£¥]|(?:\d|\b(?:{_NUMBER_WORDS})) ?{_CURRENCY}|\bfree of charge\b"
_NAME = r"(?-i:(?<=[a-z,;] )[A-Z][\w\u2019'-]+|^[A-Z][\w\u2019'-]+ (?:[A-Z]|[a-z]+ed |is |was ))"
_PLACE = (
    r"\b(?:in|at|on|near|behind|under|underneath|beside|next to|from|to|into|above|below|through|"
    r"across|inside|outside) (?:the |a |an |its |their )?\w"
)
_REASON = r"\b(?:because|since|so that|due to|in order to)\b"


class _Expectation(NamedTuple):
    """What a question asks with, and what a sentence that answers it holds."""

    asked: str
    surely: str
    perhaps: str


_EXPECTATIONS = (
    _Expectation(r"\bhow (?:expensive|much (?:is|are|does|do|money))\b", _MONEY, _NUMBER),
    _Expectation(r"\b(?:cost|price|pay|fee|charge)s?\b", _MONEY, _NUMBER),
    _Expectation(r"\bhow (?:long|far|deep|wide|tall|high)\b", _LENGTH, _NUMBER),
    _Expectation(r"\bhow (?:much|many|old|big|large|often|heavy)\b|\bnumber\b", _NUMBER, _NUMBER),
    _Expectation(r"\bwhen\b|\b(?:what|which) (?:time|year|day|date)\b", _MOMENT, _TIME),
    _Expectation(r"\bwho(?:m|se)?\b", _NAME, _NAME),
    _Expectation(r"\bwhere\b|\bwhich (?:city|town|country|place)\b", _PLACE, _PLACE),
    _Expectation(r"\bwhy\b", _REASON, r"\bto [a-z]+"),
)

_OVERLAP = 0.45
_TYPE = 0.3
_CONTEXT = 0.2
"""How much of the sentence before counts where a pronoun refers to it."""
_PRONOUN = re.compile(
    r"\b(?:he|she|it|they|his|her|its|their|him|them|this|these|there)\b", re.IGNORECASE
)
THRESHOLD = 0.4


def answer(arguments: Mapping[str, Any], _call: Call) -> list[Artifact]:
    """The sentence of `context` that answers `question` best, and where it stands.

    Raises:
        TaskError: no sentence comes near an answer.

    """
    context, question = given_text(arguments, "context"), given_text(arguments, "question")
    sentences = split_sentences(context)
    sentences = [each for each in sentences if not each.heading] or sentences
    scores = score_sentences(question, sentences)
    best = max(range(len(sentences)), key=scores.__getitem__)
    if scores[best] < THRESHOLD:
        raise TaskError(f"the text does not seem to answer {question!r}")
    found = sentences[best]
    details = {
        "answer": found.text,
        "score": round(min(scores[best], 1.0), 4),
        "start": found.start,
        "end": found.end,
    }
    return [Artifact.of_text(found.text), Artifact.of_data([details])]


def score_sentences(question: str, sentences: Sequence[Sentence]) -> list[float]:
    """How well each sentence answers the question, about 0 to 1."""
    vectors = embed([question, *(each.text for each in sentences)])
    likeness = vectors[1:] @ vectors[0]
    shared = word_overlap(question, [set(key_words(each.text)) for each in sentences])
    scores: list[float] = []
    before = 0.0
    for each, like, share in zip(sentences, likeness, shared, strict=True):
        own = (1 - _OVERLAP) * float(like) + _OVERLAP * share
        if _PRONOUN.search(each.text):
            own += _CONTEXT * before
        scores.append(own * (1 + _TYPE * fits_question(question, each.text)))
        before = own
    return scores


def fits_question(question: str, sentence: str) -> float:
    """Whether the sentence holds the kind of thing asked for: 1 surely, 0.5 perhaps, 0 no."""
    for each in _EXPECTATIONS:
        if re.search(each.asked, question, re.IGNORECASE):
            if re.search(each.surely, sentence, re.IGNORECASE):
                return 1.0
            return 0.5 if re.search(each.perhaps, sentence, re.IGNORECASE) else 0.0
    return 0.0
