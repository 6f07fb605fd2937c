"""Answers drawn on a terminal."""

import io

from rich.console import Console

from hugginggpt.app.markdown import markdown


def drawn(text):
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    console.print(markdown(text))
    return console.file.getvalue()


def test_a_link_to_the_web_shows_its_address():
    assert "here (https://example.com/x)" in drawn("[here](https://example.com/x)")


def test_a_link_to_a_file_shows_its_name():
    assert drawn("[sound.wav](files/sound.wav) (2 s)").strip() == "sound.wav (2 s)"


def test_html_is_text():
    assert "<script>alert(1)</script> <b>" in drawn("a <script>alert(1)</script> <b>")


def test_markup_of_rich_is_text():
    assert "[red]x[/red]" in drawn("[red]x[/red]")


def test_no_link_reaches_the_terminal():
    assert "\x1b]8" not in drawn("[a](https://x.y) ![b](https://x.y/z.png) <https://q.r>")
