"""What is drawn on a real terminal, and what goes to a log."""

import os
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty")


def on_a_terminal(*arguments, **settings):
    """All that the command writes to a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "hugginggpt", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "40", **settings},
    )
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 4096):
            written += piece
    except OSError:  # Linux's way to say that the other side is closed
        pass
    os.close(ours)
    process.wait()
    return written.decode()


MOOD = "Is 'I love this soup' positive or negative?"


def test_the_answer_is_drawn():
    written = on_a_terminal("ask", MOOD)
    assert "is \x1b[1mpositive (97 %)\x1b[0m" in written
    assert "**" not in written


def test_the_tree_gives_way_to_the_answer():
    written = on_a_terminal("ask", MOOD)
    assert "planning" in written
    tree, _, answer = written.rpartition("\x1b[?25h")  # the cursor shows again
    assert "text-classification" in tree
    assert "✓" not in answer


def test_a_tree_that_is_no_plan_for_json_stays():
    written = on_a_terminal("ask", MOOD, "--json")
    assert "✓" in written
    assert '"answer"' in written


def test_a_dumb_terminal_gets_lines():
    written = on_a_terminal("ask", MOOD, TERM="dumb")
    assert "task 0 text-classification done in" in written
    assert "\x1b[" not in written


def test_no_sequence_of_a_file_steers_the_terminal(tmp_path):
    (tmp_path / "note.txt").write_text("Pay \x1b]0;pwned\x07$40 on 3 May 2024.\x1b[2J \x9b2J")
    written = on_a_terminal("ask", "Summarise note.txt")
    assert "$40" in written
    for sequence in ("\x1b]0;", "\x1b[2J", "\x9b2J", "pwned"):
        assert sequence not in written


def test_a_produced_picture_is_shown(tmp_path):
    from PIL import Image

    Image.new("RGB", (64, 64), "teal").save(tmp_path / "square.png")
    written = on_a_terminal("ask", "Draw the edges of square.png", COLORTERM="truecolor")
    assert "canny-" in written
    assert "▀" in written
