"""Markdown that loads nothing: pictures from elsewhere become links, HTML becomes text.

An answer may hold what a model, a page or a picture said. Shown by a page, `![](https://…?q=secret)`
would be fetched at once, and tell its host what stands in the address. Pictures in files of this
machine stay as they are. A parser of Markdown checks the outcome: where a text was made to mislead
the patterns, nothing in it is spared, code and local pictures included.
"""

import html
import re
from collections.abc import Iterator

_LONGEST = 200_000
"""Characters; in longer texts nothing is spared: a parser may take its time for them."""
_CODE = re.compile(
    r"^(?P<fence> {0,3}(?P<marks>`{3,}|~{3,})[^\n]*\n(?:.*?\n)?? {0,3}(?P=marks)[`~]*[ \t]*$)"
    r"|(?<!`)(?P<ticks>`++)(?:[^\n]|\n(?!\n))+?(?<!`)(?P=ticks)(?!`)",
    re.MULTILINE | re.DOTALL,
)
_PICTURE_TAG = re.compile(r"<img\b(?P<about>[^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = r"""\b{name}\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>=`]+))"""
_TAG = re.compile(
    r"(?<!\]\()<(?=[a-zA-Z/!?])(?![a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]*>|[\w.+-]+@[\w.-]+>)"
)
"""The beginning of HTML; not that of an address in angle brackets, nor of the target of a link."""
_LOCAL_PICTURE = re.compile(
    r"!(?=\[[^\[\]\n]*\]\((?:<(?P<long>[^<>\n]+)>|(?P<short>[^\s<>()]+))\))"
)
_BANG = re.compile(r"!+(?=\[)")
_LOCAL = re.compile(r"(?!//)[\w./ ()~@+,%-]+")
"""Characters of a path, and none that could make it an address."""


def plain_links(text: str) -> str:
    """`text` with links in place of pictures from elsewhere, and with HTML as text."""
    if "![" not in text and "<" not in text:
        return text
    if len(text) <= _LONGEST:
        spared = "".join(part if is_code else _tamed(part) for part, is_code in _parts(text))
        if _loads_nothing(spared):
            return spared
    return _BANG.sub("", text).replace("<", "&lt;")


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in parts, each with whether it is code."""
    position = 0
    for found in _CODE.finditer(text):
        yield text[position : found.start()], False
        yield found[0], True
        position = found.end()
    yield text[position:], False


def _tamed(text: str) -> str:
    text = _PICTURE_TAG.sub(_from_tag, text)
    text = _TAG.sub("&lt;", text)
    kept = {found.start() for found in _LOCAL_PICTURE.finditer(text) if _is_local(_target(found))}
    return _BANG.sub(lambda found: found[0] if found.end() - 1 in kept else "", text)


def _from_tag(found: re.Match[str]) -> str:
    """A picture in HTML as one in Markdown; remote ones become links with all others."""
    source = _attribute("src", found["about"])
    name = re.sub(r"[\[\]\n]", " ", _attribute("alt", found["about"]) or "picture")
    if not source or re.search(r"[\s<>]", source):
        return "picture"
    return f"![{name}](<{source}>)"


def _attribute(name: str, about: str) -> str:
    found = re.search(_ATTRIBUTE.format(name=name), about, re.IGNORECASE)
    return next((value for value in found.groups() if value), "") if found else ""


def _target(found: re.Match[str]) -> str:
    return found["long"] or found["short"]


def _is_local(target: str) -> bool:
    return _LOCAL.fullmatch(html.unescape(target)) is not None


def _loads_nothing(text: str) -> bool:
    """Whether a parser of Markdown finds neither HTML nor a picture from elsewhere."""
    from markdown_it import MarkdownIt

    blocks = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    tokens = [token for block in blocks for token in (block, *(block.children or ()))]
    return not any(
        token.type.startswith("html")
        or (token.type == "image" and not _is_local(str(token.attrs.get("src", ""))))
        for token in tokens
    )
