"""Which of the examples are kept from a fit, to be measured on: by topic and by style."""

from collections.abc import Sequence
from typing import NamedTuple

from hugginggpt.graph.brain.embedded.examples import Example

HELD_TOPICS = frozenset({"art", "law", "pets", "sport"})
HELD_STYLE = "slang"
ENGLISH, OTHERS = "held out, English", "held out, other languages"


class Split(NamedTuple):
    """The examples in two: what is fitted to, and what is measured on."""

    seen: list[Example]
    held: list[Example]


def split(examples: Sequence[Example]) -> Split:
    """The examples, those of the held topics and of the held style apart."""
    return Split([e for e in examples if not is_held(e)], [e for e in examples if is_held(e)])


def is_held(example: Example) -> bool:
    """Whether the example is kept from the fit."""
    return example.topic in HELD_TOPICS or example.style == HELD_STYLE


def part_of(example: Example) -> str:
    """The part of the data that a held example is of."""
    return ENGLISH if example.language == "en" else OTHERS
