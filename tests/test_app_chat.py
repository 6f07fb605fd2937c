"""`hugginggpt chat`, with lines from a pipe."""

import pytest
from typer.testing import CliRunner

from hugginggpt.app.cli import app


@pytest.fixture(autouse=True)
def _data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "data"))


def chat(*lines, thread="t"):
    return CliRunner().invoke(app, ["chat", "--thread", thread], input="\n".join(lines) + "\n")


def test_a_later_request_refers_to_an_earlier_result():
    result = chat("Find the dates in 'Dinner on 3 May 2024'", "Read it aloud")
    assert result.exit_code == 0
    assert "3 May 2024 (date)" in result.stdout
    assert "| 1 | text-to-speech ← 0 | espeak-ng | embedded |" in result.stdout


def test_a_conversation_goes_on_in_another_process():
    chat("Find the dates in 'Dinner on 3 May 2024'")
    result = chat("Read it aloud")
    assert "thread t · 1 earlier request ·" in result.stderr
    assert "text-to-speech ← 0" in result.stdout


def test_conversations_do_not_mix():
    chat("Find the dates in 'Dinner on 3 May 2024'", thread="a")
    assert "earlier" not in chat(thread="b").stderr


def test_an_attached_file_stays_known(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "note.txt").write_text("Dinner on 3 May 2024 for $40.")
    workplace = tmp_path / "workplace"
    workplace.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workplace)
        first = chat(f"/file {folder / 'note.txt'}", "Find the dates in note.txt")
        second = chat("Find the amounts in note.txt", "/files")
    assert "3 May 2024" in first.stdout
    assert "$40" in second.stdout
    assert str(folder / "note.txt") in second.stdout


def test_a_task_does_not_take_the_place_of_one_that_failed_before():
    result = chat("Translate 'good morning' into French", "Is 'I love this soup' positive?")
    assert "no endpoint can run translation here" in result.stdout
    assert "**positive" in result.stdout


def test_errors_do_not_end_the_conversation():
    result = chat("/file missing.png", "/bogus", "a\x01b", "Is 'I love this soup' positive?")
    assert result.exit_code == 0
    assert "there is no file 'missing.png'" in result.stderr
    assert "there is no command /bogus" in result.stderr
    assert "the request holds binary data" in result.stderr
    assert "**positive" in result.stdout


def test_quit_leaves_the_rest_unread():
    result = chat("/quit", "Is 'I love this soup' positive?")
    assert result.exit_code == 0
    assert "positive" not in result.stdout


def test_help_names_the_commands():
    assert "/file PATH" in chat("/help").stdout


def test_a_new_conversation_says_its_id():
    result = CliRunner().invoke(app, ["chat"], input="")
    assert result.exit_code == 0
    assert "thread " in result.stderr


def test_a_data_folder_that_can_not_be_used(tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("x")
    monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "taken"))
    result = chat()
    assert result.exit_code == 2
    assert "HUGGINGGPT_DATA_DIR" in result.stderr


def test_a_store_that_is_no_database(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "threads.sqlite").write_text("this is not a database" * 100)
    result = chat()
    assert result.exit_code == 2
    assert "threads.sqlite" in result.stderr


def test_a_dash_is_a_request_like_any_other():
    result = chat("-", "Is 'I love this soup' positive?")
    assert "**positive" in result.stdout
