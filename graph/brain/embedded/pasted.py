"""Text that follows a colon: "Translate into German: where is the station?"."""

import re
from itertools import islice

from hugginggpt.graph.brain.embedded.choice import WEAK
from hugginggpt.graph.brain.embedded.cues import find_hits, possible_cues
from hugginggpt.graph.brain.embedded.mentions import Masked
from hugginggpt.graph.brain.embedded.vocabulary import mention_source, pattern
from hugginggpt.tools.kinds import KINDS

_COLON = re.compile(r":\s+(?=\S)")
_LONGEST_HEAD = 300
_MOST_COLONS = 10
_FILE = re.compile(mention_source("file"))


def with_pasted_text(masked: Masked) -> Masked:
    """The request with the text after an instruction's colon taken as quoted."""
    for colon in islice(_COLON.finditer(masked.text), _MOST_COLONS):
        head = re.split(r"[.!?]\s|\n", masked.text[: colon.start()])[-1]
        end = _end_of_text(masked.text, colon.end())
        if _wants_text(head) and _is_text(masked.text[colon.end() : end]):
            return masked.covered(colon.end(), end)
    return masked


def _end_of_text(text: str, start: int) -> int:
    further = pattern("pasted", "goes_on").search(text, start)
    return further.start() if further else len(text)


def _wants_text(head: str) -> bool:
    """Whether the words before the colon ask for something that is done with a text."""
    if len(head) > _LONGEST_HEAD or pattern("pasted", "lists").search(head):
        return False
    names = {hit.name for hit in find_hits(head, possible_cues(head)) if hit.weight > WEAK}
    if "⟨_quote" in head and not names & {"text-ranking", "text-retrieval", "sentence-similarity"}:
        return False
    return any(
        argument.modality == "text" and not argument.setting
        for name in names & KINDS.keys()
        for argument in KINDS[name].arguments
    )


def _is_text(tail: str) -> bool:
    """Whether what follows the colon is words, not files or a quotation."""
    return not _FILE.search(tail) and not tail.startswith("⟨_") and bool(re.search(r"\w", tail))
