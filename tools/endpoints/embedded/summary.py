"""Summaries by choosing the sentences that stand for the rest of a text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.embedding import embed
from hugginggpt.tools.endpoints.embedded.given import given_count, given_text
from hugginggpt.tools.endpoints.embedded.sentences import Sentence, split_sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_SENTENCES = 2000
"""Longest text compared sentence by sentence; the rest of a longer one is left out."""
_KEPT = 0.25
_MOST_KEPT = 5
_LEAD = 0.2
"""What the first sentence of a paragraph is ahead of the others: it often says what follows."""
_COVERAGE = 2.0
"""How much standing for sentences that no chosen one stands for yet counts."""
_HANGING = 0.15
"""What a sentence loses that leans on the one before it, such as one that begins with `They`."""
_LEANS = re.compile(
    r"(?:he|she|it|they|this|these|that|those|his|her|its|their|such|instead|then|there|but|and|so|"
    r"however|otherwise|also|moreover|therefore|thus|yet|or|because|otherwise)\b",
    re.IGNORECASE,
)
_WORDS = (6, 45)
"""Shorter sentences say too little alone, longer ones summarise nothing."""


def summarize(arguments: Mapping[str, Any], _call: Call) -> list[Artifact]:
    """The most central sentences in the order of the text, and which ones they are.

    The setting `sentences` says how many; by default a quarter of them, at most 5.
    """
    text = given_text(arguments, "text")
    wanted = given_count(arguments, "sentences", 1, MOST_SENTENCES)
    sentences = split_sentences(text)
    body = _first_of_each(sentences)[:MOST_SENTENCES]
    count = wanted or min(_MOST_KEPT, max(1, round(_KEPT * len(body))))
    chosen = choose_central(text, [sentences[i] for i in body], count)
    summary = " ".join(sentences[body[i]].text for i in chosen)
    facts = {"sentences": [body[i] for i in chosen], "of": len(sentences)}
    return [Artifact.of_text(summary), Artifact.of_data(facts)]


def _first_of_each(sentences: Sequence[Sentence]) -> list[int]:
    """The places of the sentences without headings (unless there is nothing else) and repeats."""
    body = [i for i, each in enumerate(sentences) if not each.heading] or [*range(len(sentences))]
    return list({sentences[i].text.lower(): i for i in reversed(body)}.values())[::-1]


def choose_central(text: str, sentences: Sequence[Sentence], count: int) -> list[int]:
    """The places of at most `count` sentences that together stand for all of them, in order."""
    import numpy as np

    vectors = embed([each.text for each in sentences])
    likeness = np.maximum(vectors @ vectors.T, 0)
    own = _own_worth(text, sentences, vectors)
    leans = np.array([i > 0 and bool(_LEANS.match(s.text)) for i, s in enumerate(sentences)])
    covered = np.zeros(len(sentences))
    chosen: list[int] = []
    while len(chosen) < min(count, len(sentences)):
        gain = own + _COVERAGE * np.maximum(likeness, covered).mean(axis=1)
        hangs = leans & ~np.isin(np.arange(len(sentences)) - 1, chosen)
        gain = gain - _HANGING * hangs
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
        covered = np.maximum(covered, likeness[chosen[-1]])
    return sorted(chosen)


def _own_worth(
    text: str, sentences: Sequence[Sentence], vectors: NDArray[np.float32]
) -> NDArray[np.float64]:
    """What speaks for each sentence whatever else is chosen, about 0 to 1."""
    import numpy as np

    lengths = np.array([len(each.text.split()) for each in sentences], dtype=float)
    middle = (vectors * np.sqrt(lengths)[:, None]).sum(axis=0)
    near = vectors @ (middle / (np.linalg.norm(middle) or 1.0))
    opens = [not text[: each.start].strip() or _opens(text, each) for each in sentences]
    low, high = _WORDS
    fair = np.minimum(1, lengths / low) * np.minimum(1, high / np.maximum(lengths, 1))
    worth: NDArray[np.float64] = near * fair + _LEAD * np.array(opens)
    return worth


def _opens(text: str, sentence: Sentence) -> bool:
    before = text[max(0, sentence.start - 40) : sentence.start]
    return before.rstrip(" \t").endswith("\n\n")
