"""What may reach a terminal."""

import json

import pytest

from hugginggpt.app.terminal import err, one_line, plain, to_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;Zm9v", ""),
        ("over\rwritten\b\x7f\x9b2J", "overwritten2J"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("naïve 日本 🎉", "naïve 日本 🎉"),
    ],
)
def test_plain(text, shown):
    assert plain(text) == shown


def test_one_line_is_short():
    assert one_line("a\n b\t" + "c" * 50, 10) == "a b ccccc…"


def test_json_keeps_letters_and_escapes_controls():
    text = to_json({"a": "é\x9b\x1b"})
    assert "é" in text
    assert "\x9b" not in text
    assert json.loads(text) == {"a": "é\x9b\x1b"}


def test_markup_is_only_text(capsys):
    err().print("[bold]x[/bold] :smile: [link=http://x]y[/link]")
    assert capsys.readouterr().err == "[bold]x[/bold] :smile: [link=http://x]y[/link]\n"


def test_force_color_does_not_colour_a_pipe(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    err().print("x", style="bold red")
    assert capsys.readouterr().err == "x\n"
