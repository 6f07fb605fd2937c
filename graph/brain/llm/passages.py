"""Long texts inside a request: the model is shown a name for each, and need not copy them.

A page that is pasted into a request would have to be written out again in the plan, word for
word: slowly, at a price, and with slips.
"""

import re
from collections.abc import Container
from itertools import count
from typing import Any, NamedTuple

_QUOTED = re.compile(
    "(?<!\\w)[\"'\u201c\u2018\u00ab](?P<text>.+?)[\"'\u201d\u2019\u00bb](?!\\w)", re.DOTALL
)
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")
_LONG = 1200
"""Characters from which a passage gets a name."""
_SHOWN = 60
"""Characters of it that are shown beside the name."""


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
            name: f"text, {len(text)} characters, begins: {' '.join(text[:_SHOWN].split())}"
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
        for name, passage in self.named.items():
            if text.strip(" <>") == name:
                return passage
            text = text.replace(f"<{name}>", passage)
        return text


def name_passages(text: str, taken: Container[str]) -> Passages:
    """The request with every long quotation, else every long paragraph, under a name."""
    named: dict[str, str] = {}
    names = (f"passage-{number}" for number in count(1))

    def put_name(found: re.Match[str]) -> str:
        passage = found.groupdict().get("text") or found[0]
        if len(passage) < _LONG:
            return found[0]
        name = next(name for name in names if name not in taken)
        named[name] = passage
        return found[0].replace(passage, f"<{name}>")

    shown = _QUOTED.sub(put_name, text) if len(text) >= _LONG else text
    if len(shown) >= _LONG:
        first, gap, rest = _instruction(shown)
        shown = first + gap + _PARAGRAPH.sub(put_name, rest)
    return Passages(shown, named)


def _instruction(text: str) -> tuple[str, str, str]:
    """What stands before the first colon or line break, which says what is to be done."""
    found = re.search(r"[:\n]\s*", text)
    if found is None or found.start() > _LONG // 2:
        return "", "", text
    return text[: found.start()], found[0], text[found.end() :]
