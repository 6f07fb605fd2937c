"""Model cards: the one paragraph of a README that says what a model is.

A card is written by anybody: it is data, never markup or instructions that are followed.
"""

import html
import re

_LONGEST = 300
"""Characters of what comes back."""
_SHORTEST = 40
"""What is shorter is a badge, a date or a link, not a description."""
_READ = 20_000
"""Characters in which the paragraph must stand."""
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?(?:\n---[ \t]*(?:\n|\Z)|\Z)", re.DOTALL)
_NO_TEXT = (
    re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL),
    re.compile(r"^(```|~~~).*?(?:^\1|\Z)", re.DOTALL | re.MULTILINE),
    re.compile(r"<(script|style|svg|pre|table)\b.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE),
    re.compile(r"!\[[^\]]{0,500}\]\([^)]{0,1000}\)"),
    re.compile(r"</?[a-zA-Z][^>]{0,1000}>"),
)
_LINK = re.compile(r"\[([^\]]{0,500})\](?:\([^)]{0,1000}\)|\[[^\]]{0,200}\])")
_MARKS = re.compile(r"(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)")
_NO_PROSE = re.compile(r"\s*(?:#|\||>|[-*+] |\d+[.)] |==|--|\[!|\[[^\]]*\]: )")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def first_paragraph(card: str) -> str:
    """The first paragraph of prose in one line, at most 300 characters; empty if there is none."""
    card = card.lstrip("\ufeff").replace("\r\n", "\n")
    text = _FRONT_MATTER.sub("", card, count=1)[:_READ]
    for pattern in _NO_TEXT:
        text = pattern.sub(" ", text)
    paragraphs = (_prose(paragraph) for paragraph in re.split(r"\n\s*\n", text))
    found = next((prose for prose in paragraphs if len(prose) >= _SHORTEST), "")
    return found if len(found) <= _LONGEST else f"{found[: _LONGEST - 1].rstrip()}…"


def _prose(paragraph: str) -> str:
    """The lines that are neither heading, table, list nor quotation, as one without marks."""
    lines = (line for line in paragraph.split("\n") if not _NO_PROSE.match(line))
    words = _MARKS.sub("", _LINK.sub(r"\1", " ".join(lines)))
    return " ".join(_CONTROL.sub(" ", html.unescape(words)).split())
