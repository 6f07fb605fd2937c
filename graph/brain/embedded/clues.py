"""What the learned part goes by in one request: words it can't do without, examples like it."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from hugginggpt.graph.brain.embedded import examples
from hugginggpt.graph.brain.embedded.learned.model import Learned, Reader, version
from hugginggpt.graph.brain.embedded.learned.scores import SAME
from hugginggpt.graph.brain.embedded.learned.taught import Taught
from hugginggpt.graph.brain.embedded.learned.views import NAMES, REASONS, View
from hugginggpt.graph.brain.embedded.mentions import STAND_IN, Masked, Mention
from hugginggpt.graph.brain.embedded.planner import see
from hugginggpt.graph.request import Request

MOST_FALLS = 3
MOST_ALIKE = 2
_MOST_WORDS = 60
"""So many words are left out one by one; each time the request is read again (10 ms)."""
_LEAST = 0.01
"""A smaller fall is none."""
_WORD = re.compile(
    rf"{STAND_IN.pattern}|[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+(?:['\u2019][^\W_\u4e00-\u9fff]+)*"
)
_NOTHING = Mention("language", "", "")


class Fall(NamedTuple):
    """A word or mention of the masked text, and how much the score falls without it."""

    start: int
    end: int
    by: float


@dataclass(frozen=True, slots=True)
class Alike:
    """An example like the request."""

    request: str
    likeness: float
    """1: as like as the request is to itself."""


def find_falls(
    names: Collection[str], request: Request, masked: Masked, model: Reader
) -> dict[str, list[Fall]]:
    """For each kind or reason the words without which its score falls most, the first most."""
    scores = model.read(see(request, masked)).scores
    found: dict[str, list[Fall]] = {name: [] for name in names}
    for start, end, rest in _without_each(masked):
        left: Mapping[str, float] = model.read(see(request, rest)).scores
        for name in names:
            fall = scores[name] - left[name]
            if fall >= _LEAST:
                found[name].append(Fall(start, end, round(fall, 3)))
    return {n: sorted(falls, key=lambda f: -f.by)[:MOST_FALLS] for n, falls in found.items()}


def _without_each(masked: Masked) -> Iterator[tuple[int, int, Masked]]:
    """Where each word stands, and what is left without it; a file goes with its mention."""
    for index, match in enumerate(_WORD.finditer(masked.text)):
        if index == _MOST_WORDS:
            return
        mentions = list(masked.mentions)
        if match[2] is not None:
            mentions[int(match[2])] = _NOTHING
        text = f"{masked.text[: match.start()]} {masked.text[match.end() :]}"
        yield *match.span(), Masked(text, tuple(mentions))


def find_alike(name: str, view: View, model: Reader) -> list[Alike]:
    """The examples and lessons of that kind, or that reason, that are most like the request.

    Examples are left out where those that it was fitted to are not at hand.
    """
    base = model.learned if isinstance(model, Taught) else model
    found: list[Alike] = []
    if isinstance(base, Learned) and len(_texts()) == base.company.examples:
        texts = [_texts()[place] for place in base.references]
        found += _alike(name, base.labels, base.traits.likeness(view), texts)
    if isinstance(model, Taught):
        found += _alike(name, model.labels, model.traits.likeness(view), model.requests)
    return sorted(found, key=lambda alike: -alike.likeness)[:MOST_ALIKE]


def _alike(name: str, labels: Any, likeness: Any, texts: Sequence[str]) -> list[Alike]:
    import numpy as np

    rows = np.flatnonzero(labels[:, (*NAMES, *REASONS).index(name)])
    nearest = rows[np.argsort(-likeness[rows], kind="stable")][:MOST_ALIKE]
    return [Alike(texts[row], round(float(likeness[row]) / SAME, 2)) for row in nearest.tolist()]


@cache
def _texts() -> list[str]:
    """The requests that the shipped weights were fitted to, in that order."""
    return examples.requests() if examples.digest() == version() else []
