"""Requests that are no task: small talk, and what no kind of task can do."""

import re
from collections.abc import Iterable

from hugginggpt.graph.brain.embedded.cues import Hit
from hugginggpt.graph.brain.embedded.vocabulary import vocabulary

_PIECES = re.compile(r"[^\w\s'’?]+|[.,!?;]+|\s*\n\s*")

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
    pieces = [piece.strip(" '’?") for piece in _PIECES.split(text)]
    return all(vocabulary().smalltalk.fullmatch(piece) for piece in pieces if piece)


def beyond(text: str) -> tuple[str, int, int] | None:
    """What the clause asks for that no kind of task can do, and where; None if nothing."""
    found = ((what, p.search(text)) for what, p in vocabulary().beyond.items())
    return next(((what, *match.span()) for what, match in found if match), None)


def outside(hits: Iterable[Hit], start: int, end: int) -> list[Hit]:
    """The hits that don't lie within the stretch from `start` to `end`."""
    return [hit for hit in hits if hit.thing or not (start <= hit.start and hit.end <= end)]
