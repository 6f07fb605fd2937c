"""Fences round text from files, tools and models, so that a model sees where it begins and ends.

Whatever a request brings along stands in a fence; the system prompts say that nothing in one gives
orders. What is in a fence can neither close it nor open another, however the tag is disguised.
"""

import re
import unicodedata
from html import escape

_INVISIBLE = (
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_UNSEEN = re.compile(_INVISIBLE)
_TAG = re.compile(
    rf"[<\u02c2\u1438\u2039\u2329\u276e\u27e8\u3008\ufe64\uff1c](?={_INVISIBLE}*"
    rf"[/\u2044\u2215\u2571\u29f8\uff0f]?(?P<name>[^<>]{{0,200}}))"
)
"""What looks like the beginning of a tag, closing or not, with the name that follows."""
_BRACKETS = str.maketrans(
    "\u02c2\u1438\u2039\u2329\u276e\u27e8\u3008\ufe64\uff1c"
    "\u02c3\u1433\u203a\u232a\u276f\u27e9\u3009\ufe65\uff1e\uff02",
    "<" * 9 + ">" * 9 + '"',
)
_ALIKE = str.maketrans("аеорсухіјѕԁԛԝтмнкв", "aeopcyxijsdqwtmhkb")
"""Cyrillic letters that look like Latin ones."""


def fence(tag: str, text: str, **attributes: str) -> str:
    """`text` between tags; it can't close them itself."""
    about = "".join(f' {name}="{_quoted(value)}"' for name, value in attributes.items())
    return f"<{tag}{about}>\n{harmless(tag, text)}\n</{tag}>"


def harmless(tag: str, text: str) -> str:
    r"""`text` with a `\` in all that could pass for a tag of that name; done twice as done once."""

    def disarm(found: re.Match[str]) -> str:
        return f"{found[0]}\\" if _plain(found["name"]).startswith(tag) else found[0]

    return _TAG.sub(disarm, text)


def _quoted(value: str) -> str:
    """The value of an attribute, in one line, and with no bracket or quote of whatever kind."""
    return escape(one_line(value).translate(_BRACKETS))


def _plain(name: str) -> str:
    """The name as an eye would read it: nothing invisible, no letters of other kinds."""
    seen = unicodedata.normalize("NFKD", _UNSEEN.sub("", name)).casefold()
    return "".join(c for c in seen.translate(_ALIKE) if not unicodedata.combining(c))


def one_line(text: str) -> str:
    """`text` in one line, so that it can't pass for another line of a list, or for a heading."""
    return " ".join(text.split())
