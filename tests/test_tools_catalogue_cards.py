"""The paragraph of a model card that says what a model is."""

import time

import pytest

from hugginggpt.tools.catalogue.cards import first_paragraph

PROSE = "A small model that sorts English product reviews into one to five stars."


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\ufeff---\nlicense: mit\nlanguage:\n- en\n---\n",
        "---\r\nlicense: mit\r\n---\r\n\r\n",
        "# Sorter\n\n## What it is\n",
        "# Sorter\n",
        "Sorter\n======\n\n",
        "[![DOI](https://a.b/c.svg)](https://a.b/c) ![badge](https://a.b/d.svg)\n\n",
        '<p align="center">\n  <img src="logo.png" width="400"/>\n</p>\n\n',
        "<!-- This card was made by a machine, and should be completed by hand. -->\n\n",
        "<style>\n.box { color: red; padding: 3px; margin: 5px; border: 1px solid }\n</style>\n\n",
        "| a | table with a long heading | and more |\n|---|---|---|\n| 1 | 2 | 3 |\n\n",
        "- a list item that is certainly long enough to be taken for prose\n\n",
        "> a quotation that is certainly long enough to be taken for prose\n\n",
        "```python\nfrom transformers import pipeline  # a comment long enough for prose\n```\n\n",
        "Short line.\n\n",
    ],
)
def test_what_stands_before_the_prose_is_left_out(before):
    assert first_paragraph(f"{before}{PROSE}\n\nMore about it.") == PROSE


def test_marks_links_and_entities_are_read():
    card = (
        "**Sorter** is a [small model](https://a.b) for `English` reviews &amp; *much* more of it."
    )
    assert first_paragraph(card) == "Sorter is a small model for English reviews & much more of it."


def test_names_with_underscores_stay_whole():
    text = "It is made from distilbert_base_uncased and does the same for reviews of films."
    assert first_paragraph(text) == text


def test_a_long_paragraph_is_cut():
    told = first_paragraph("word " * 200)
    assert len(told) <= 300
    assert told.endswith("word…")


def test_nothing_can_steer_a_terminal_or_turn_the_line():
    told = first_paragraph(
        "A model\x1b[31m that \x07 does\u202e things\u200b to a text,\x9b1m quite well."
    )
    assert told.isprintable()
    assert "\n" not in first_paragraph("A model that does things\nto a text and to many others.")


@pytest.mark.parametrize(
    "card", ["", "---\nlicense: mit\n---\n", "---\nlicense: a mark that never ends and is long\n"]
)
def test_a_card_without_prose(card):
    assert first_paragraph(card) == ""


@pytest.mark.parametrize("part", ["<", "![", "[a](", "---\n", "```\n", "<!--", "*", "<a ", "\n \n"])
def test_no_card_takes_long(part):
    began = time.process_time()
    first_paragraph(part * 50_000)
    assert time.process_time() - began < 1
