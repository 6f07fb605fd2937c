"""Text that follows a colon: "Translate into German: where is the station?"."""

import re

from hugginggpt.graph.brain.embedded.choice import WEAK
from hugginggpt.graph.brain.embedded.cues import find_hits
from hugginggpt.graph.brain.embedded.mentions import Masked
from hugginggpt.graph.brain.embedded.vocabulary import mention_source
from hugginggpt.tools.kinds import KINDS

_COLON = re.compile(r":\s+(?=\S)")
_LONGEST_HEAD = 300
_GOES_ON = re.compile(
    r"(?<=[.!?\n\"”])\s+(?:and |now )?(?:then|after that|afterwards|finally|also|next|please)\b",
    re.I,
)
_FILE = re.compile(mention_source("file"))
_LISTS = re.compile(
    r"(?:labels?|categories|classes|topics|buckets|steps|things|tasks|following)\s*$", re.I
)


def with_pasted_text(masked: Masked) -> Masked:
    """The request with the text after an instruction's colon taken as quoted."""
    for colon in _COLON.finditer(masked.text):
        head = re.split(r"[.!?]\s|\n", masked.text[: colon.start()])[-1]
        end = _end_of_text(masked.text, colon.end())
        if _wants_text(head) and _is_text(masked.text[colon.end() : end]):
            return masked.covered(colon.end(), end)
    return masked


def _end_of_text(text: str, start: int) -> int:
    further = _GOES_ON.search(text, start)
    return further.start() if further else len(text)


def _wants_text(head: str) -> bool:
    """Whether the words before the colon ask for something that is done with a text."""
    if len(head) > _LONGEST_HEAD or _LISTS.search(head):
        return False
    names = {hit.name for hit in find_hits(head) if hit.weight > WEAK}
    if "⟨_quote" in head and not names & {"text-ranking", "text-retrieval", "sentence-similarity"}:
        return False
    takes_text = any(
        argument.modality == "text" and not argument.setting
        for name in names & KINDS.keys()
        for argument in KINDS[name].arguments
    )
    return takes_text


def _is_text(tail: str) -> bool:
    """Whether what follows the colon is words, not files or a quotation."""
    return not _FILE.search(tail) and not tail.startswith("⟨_") and bool(re.search(r"\w", tail))
