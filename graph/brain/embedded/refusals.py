"""Requests that are no task: small talk, and what no kind of task can do."""

import re
from typing import NamedTuple

from hugginggpt.graph.brain.embedded.cues import Hit
from hugginggpt.graph.brain.embedded.vocabulary import vocabulary

_PIECES = re.compile(r"[^\w\s'\u2019?]+|[.,!?;]+|\s*\n\s*")

SMALL_TALK = (
    "There is no task in this. Tell me what to do with a text, picture, recording, clip or table: "
    "read or describe a picture, answer from a receipt, summarise, translate, read aloud …"
)
NOT_UNDERSTOOD = (
    "Nothing in this request is a task that I know. I can work on texts, pictures, recordings, "
    "clips and tables; `hugginggpt tasks` lists what there is."
)


def is_small_talk(text: str) -> bool:
    """Whether the text is nothing but greetings, thanks and the like, or no words at all."""
    if len(text) > 200:
        return False
    pieces = [piece.strip(" '\u2019?") for piece in _PIECES.split(text)]
    return all(vocabulary().smalltalk.fullmatch(piece) for piece in pieces if piece)


class Refusal(NamedTuple):
    """What a clause asks for that no kind of task can do, and where it says so."""

    what: str
    start: int
    end: int

    def spares(self, hit: Hit) -> bool:
        """Whether a cue of the clause speaks of something else all the same."""
        return hit.thing or not self.start <= hit.start < self.end


def beyond(text: str) -> Refusal | None:
    """What the clause asks for that no kind can do; None if nothing."""
    found = ((what, p.search(text)) for what, p in vocabulary().beyond.items())
    return next((Refusal(what, *match.span()) for what, match in found if match), None)
