"""Markdown of an answer for the terminal: nothing is hidden behind a link, no HTML, no pictures."""

from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.markdown import Markdown


def markdown(text: str) -> Markdown:
    """`text` ready to be drawn.

    HTML shows as it is written; a link to a local file shows as its name, one to the web
    with its address.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
    drawn = Markdown("", hyperlinks=False)
    drawn.parsed = parser.parse(text)
    for token in drawn.parsed:
        if token.children:
            token.children = list(_without_local_links(token.children))
    return drawn


def _without_local_links(tokens: Iterable[Token]) -> Iterator[Token]:
    is_local = False
    for token in tokens:
        if token.type == "link_open":
            is_local = not str(token.attrs.get("href", "")).startswith(("http:", "https:"))
        if not (is_local and token.type in ("link_open", "link_close")):
            yield token
