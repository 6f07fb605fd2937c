"""Long texts inside a request: the model is shown a name for each, and need not copy them.

A page that is pasted into a request would have to be written out again in the plan, word for
word: slowly, at a price, and with slips.
"""

import re
from collections.abc import Container, Iterator
from itertools import count
from typing import Any, NamedTuple

_LONG = 1200
"""Characters from which a passage gets a name."""
_SHOWN = 60
"""Characters of its beginning and of its end that are shown beside the name."""
_SENTENCE = 300
"""Characters of a sentence that may be an instruction, at most."""

# Each pair has its own apostrophe: one that the rest of the pattern matches as well would be tried
# both ways, and ten more of them take a thousand times as long.
_PAIRS = (
    r'"(?P<a>[^"]*)"',
    r"(?<!\w)'(?P<b>(?:[^']|(?<=\w)'(?=\w))*)'(?!\w)",
    "\u201c(?P<c>[^\u201c\u201d]*)\u201d",
    "\u201e(?P<d>[^\u201e\u201c]*)\u201c",
    "\u00ab(?P<e>[^\u00ab\u00bb]*)\u00bb",
    "(?<!\\w)\u2018(?P<f>(?:[^\u2018\u2019]|(?<=\\w)\u2019(?=\\w))*)\u2019(?!\\w)",
)
_QUOTED = re.compile("|".join(_PAIRS))
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?![^\S\n]*\n)[^\n]+)*")
_SENTENCE_END = re.compile(r"[.!?\u3002\uff01\uff1f]\s*")


class Passages(NamedTuple):
    """A request with its long texts under names."""

    text: str
    """The request as the model sees it."""
    named: dict[str, str]
    """The whole texts by name."""

    @property
    def files(self) -> dict[str, str]:
        """The names as the model's list of files shows them."""
        return {
            name: f"text, {len(text)} characters, begins: {_glimpse(text[:_SHOWN])} "
            f"… ends: {_glimpse(text[-_SHOWN:])}"
            for name, text in self.named.items()
        }

    def restore(self, value: Any) -> Any:
        """`value`, an entry of a plan or a part of one, with the texts in place of their names."""
        if not self.named:
            return value
        if isinstance(value, dict):
            return {name: self.restore(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.restore(item) for item in value]
        return self._whole(value) if isinstance(value, str) else value

    def _whole(self, text: str) -> str:
        text = self.named.get(text.strip(" <>"), text)
        # Backwards, since a paragraph may hold the name of a quotation that was named before.
        for name in reversed(self.named):
            text = text.replace(f"<{name}>", self.named[name])
        return text


def name_passages(text: str, taken: Container[str]) -> Passages:
    """The request with every long quotation, and then every long paragraph, under a name.

    What may be an instruction stays: what stands before a colon or in lines of its own, else
    the first and the last sentence.
    """
    named: dict[str, str] = {}
    names = (f"passage-{number}" for number in count(1))

    def name(passage: str) -> str:
        free = next(each for each in names if each not in taken and each not in text)
        named[free] = passage
        return f"<{free}>"

    def name_quotation(found: re.Match[str]) -> str:
        passage = next(group for group in found.groups() if group is not None)
        return found[0][0] + name(passage) + found[0][-1] if len(passage) >= _LONG else found[0]

    shown = _QUOTED.sub(name_quotation, text) if len(text) >= _LONG else text
    if len(shown) >= _LONG:
        shown = "".join(name(part) if is_long else part for part, is_long in _parts(shown))
    return Passages(shown, named)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in parts, each with whether it is to be named."""
    start = _instruction(text)
    spans = [match.span() for match in _PARAGRAPH.finditer(text, start)]
    long = [span for span in spans if span[1] - span[0] >= _LONG]
    if start == 0 and len(long) == len(spans):  # no line of its own says what is to be done
        long = [_middle(text, *span) for span in long]
    position = 0
    for begin, end in long:
        yield text[position:begin], False
        yield text[begin:end], end - begin >= _LONG
        position = end
    yield text[position:], False


def _instruction(text: str) -> int:
    """Where the text goes on behind a first colon or line break, which ends an instruction."""
    found = re.search(r"[:\n]\s*", text[: _LONG // 2])
    return found.end() if found else 0


def _middle(text: str, begin: int, end: int) -> tuple[int, int]:
    """What lies between the first and the last sentence."""
    first = _SENTENCE_END.search(text, begin, begin + _SENTENCE)
    ends = [m.end() for m in _SENTENCE_END.finditer(text, end - _SENTENCE, end) if m.end() < end]
    return first.end() if first else begin, ends[-1] if ends else end


def _glimpse(text: str) -> str:
    return " ".join(text.split())
