"""The place of the missing word in a sentence, however it is marked."""

import re

from hugginggpt.tools.errors import TaskError

MASK = "[MASK]"
_MARKS = tuple(
    re.compile(mark, re.IGNORECASE) for mark in (r"\[mask\]|<mask>", r"_{2,}", r"\.{3,}|…")
)
"""From the surest to the least sure: dots in a sentence with a blank line are just dots."""


def blanks(text: str) -> list[re.Match[str]]:
    """All marks for a missing word, of the surest sort that the text has."""
    found = (list(mark.finditer(text)) for mark in _MARKS)
    return next((marks for marks in found if marks), [])


def with_mask(text: str, mask: str = MASK) -> str:
    """The sentence with `mask` where its one word is missing.

    Raises:
        TaskError: no word is missing, or several.

    """
    marks = blanks(text)
    if len(marks) != 1:
        raise TaskError(f"the text must hold {MASK} once, where the word is missing, not {text!r}")
    start, end = marks[0].span()
    return text[:start] + mask + text[end:]
