"""Why a task is planned and where its values come from, noted where each is decided."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from hugginggpt.graph.brain.embedded.choice import Choice

Why = Literal[
    "a file of the clause",
    "a quotation of the clause",
    "words of the clause",
    "made just before in the clause",
    "called by its name",
    "the original",
    "the same as in the clause before",
    "the same as such a task had before",
    "all that are alike",
    "all that are named",
    "its name is said",
    "the nearest that fits",
    "as such tasks usually do",
    "the nearest, though it does not fit",
    "named later in the request",
    "brought by the user",
    "made on the way",
    "not named: only called by a noun",
    "read from the clause",
    "as the text that is read has it",
    "as such a task had it before",
    "usual",
]
"""Where a value comes from."""

Stretch = tuple[int, int]
"""Where words begin and end in a clause."""


class Origin(NamedTuple):
    """Where a value comes from, and the words of the clause that point there."""

    why: Why
    words: Stretch | None = None


class Asked(NamedTuple):
    """A choice that asks for a task, and the number of its clause."""

    clause: int
    choice: Choice


@dataclass(slots=True)
class Note:
    """Why one task is planned."""

    clause: int
    origins: dict[str, Origin]
    """Where the value of each argument comes from."""
    asked: list[Asked] = field(default_factory=list)
    """What asks for it; none: it is there for another, or is what was done before, again."""
    helps: str = ""
    """The kind of task that needs what this one makes, where that is why it is there."""
    again: Stretch | None = None
    """Words like "the same", where that is why it is there."""
