"""`hugginggpt ask`, with the real embedded engines."""

import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib

import pytest
from PIL import Image
from typer.testing import CliRunner

from hugginggpt.app.cli import app
from hugginggpt.examples import example

MOOD = "Is 'I love this soup' positive or negative?"


def ask(*arguments, **settings):
    return CliRunner().invoke(app, ["ask", *map(str, arguments)], **settings)


def command(*arguments, **settings):
    return subprocess.Popen(
        [sys.executable, "-m", "hugginggpt", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **settings,
    )


def png_header(width, height):
    def chunk(name, content):
        sum_ = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", sum_)

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")


# --- answers --------------------------------------------------------------------------------


def test_the_answer_is_on_stdout_and_progress_on_stderr():
    result = ask(MOOD)
    assert result.exit_code == 0
    assert "**positive" in result.stdout
    assert "task 0 text-classification started on vader (embedded)" in result.stderr
    assert "brain: embedded" in result.stderr
    assert result.stderr.count("plan: 1 task") == 1
    assert "started" not in result.stdout


def test_a_file_from_anywhere(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "here").mkdir()
    os.chdir(tmp_path / "here")
    note = tmp_path / "elsewhere" / "note.txt"
    note.write_text("Dinner on 3 May 2024.")
    result = ask("Find the dates in note.txt", "-f", note)
    assert result.exit_code == 0
    assert "3 May 2024" in result.stdout


def test_a_file_outside_that_was_not_handed_over(tmp_path):
    (tmp_path / "here").mkdir()
    os.chdir(tmp_path / "here")
    (tmp_path / "secret.txt").write_text("The code is 1234.")
    result = ask("Find the amounts in ../secret.txt")
    assert result.exit_code == 1
    assert "outside the folders that may be read" in result.stdout
    assert "1234" not in result.stdout


def test_json_is_one_object(tmp_path):
    result = ask("Read 'bonjour à tous' aloud", "--json", "--out", "sounds")
    told = json.loads(result.stdout)
    assert set(told) == {
        "brain",
        "answer",
        "plan",
        "selections",
        "results",
        "artifacts",
        "usage",
    }
    assert told["plan"][0]["args"]["text"] == "bonjour à tous"
    assert told["results"]["0"]["status"] == "done"
    assert told["selections"]["0"]["chosen"]["model"] == "espeak-ng"
    [sound] = told["artifacts"]
    assert sound["modality"] == "audio"
    assert sound["path"] == told["results"]["0"]["output"]
    assert (tmp_path / "sounds").samefile(os.path.dirname(sound["path"]))
    assert "à tous" in result.stdout


def test_produced_files_are_listed():
    result = ask("Read 'good evening' aloud", "--out", "sounds")
    line = result.stdout.strip().splitlines()[-1]
    assert line.startswith(f"- {os.path.join('sounds', 'speech-')}")
    assert os.path.isfile(line.split()[1])


def test_failures_show_in_the_exit_status():
    result = ask("Translate 'good morning' into French and read the translation aloud", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["results"]["0"]["error"].startswith("no endpoint can run translation here")
    assert told["results"]["1"]["status"] == "skipped"


def test_nothing_to_do_is_no_failure():
    result = ask("hi")
    assert result.exit_code == 0
    assert result.stdout.strip()


def test_the_request_from_stdin():
    assert "**positive" in ask("-", input=MOOD).stdout


def test_no_control_characters_come_through(tmp_path):
    (tmp_path / "note.txt").write_text("Pay \x1b]0;pwned\x07$40 on 3 May 2024. \x1b[2J")
    result = ask("Summarise note.txt")
    assert "$40" in result.stdout
    assert "\x1b" not in result.output
    assert "pwned" not in result.stdout


def test_settings_from_a_dotenv_file(tmp_path):
    (tmp_path / ".env").write_text("HUGGINGGPT_WORKSPACE=from-dotenv\n")
    try:
        ask("Read 'good evening' aloud")
    finally:
        os.environ.pop("HUGGINGGPT_WORKSPACE", None)
    assert any((tmp_path / "from-dotenv").iterdir())


# --- bad input ------------------------------------------------------------------------------


def test_bad_files_are_named_before_anything_runs(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "huge.png").write_bytes(png_header(50_000, 50_000))
    (tmp_path / "large.png").write_bytes(png_header(12_000, 10_000))
    for name in ("missing.png", "folder", "empty.png", "text.png", "huge.png", "large.png"):
        result = ask("Read it", "-f", name)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"error: {name!r} ") or repr(name) in result.stderr
        assert result.stderr.count("\n") == 1
        assert result.stdout == ""


def test_a_truncated_picture_fails_its_task_only(tmp_path):
    (tmp_path / "cut.png").write_bytes(example("receipt.png").read_bytes()[:3000])
    result = ask(f"Read cut.png. {MOOD}", "-f", "cut.png")
    assert result.exit_code == 1
    assert "'cut.png' is a broken or truncated picture" in result.stdout
    assert "**positive" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([""], "the request is empty"),
        ([" \n"], "the request is empty"),
        (["a\x01b"], "the request holds binary data"),
        ([MOOD, "--brain", "gpt"], "there is no brain 'gpt'"),
        ([MOOD, "--endpoints", "moon"], "there is no endpoint 'moon'"),
        ([MOOD, "--endpoints", ","], "no endpoint is named"),
    ],
)
def test_bad_requests_and_settings(arguments, complaint):
    result = ask(*arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stdout == ""


def test_a_setting_of_the_wrong_type(monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_TASK_TIMEOUT", "soon")
    result = ask(MOOD)
    assert result.exit_code == 2
    assert "HUGGINGGPT_TASK_TIMEOUT='soon': input should be a valid number" in result.stderr


def test_an_output_folder_that_is_a_file(tmp_path):
    (tmp_path / "taken").write_text("x")
    result = ask(MOOD, "--out", "taken")
    assert result.exit_code == 2
    assert f"cannot write to the output folder {str(tmp_path / 'taken')!r}" in result.stderr


def test_bytes_on_stdin_that_are_no_text():
    process = command("ask", "-", stdin=subprocess.PIPE)
    out, error = process.communicate(b"\xff\xfe\x00")
    assert process.returncode == 2
    assert error.startswith(b"error: the request on stdin is not UTF-8 text")
    assert out == b""


def test_approval_needs_somebody_to_ask(monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_APPROVE", "1")
    result = ask(MOOD)
    assert result.exit_code == 2
    assert "HUGGINGGPT_APPROVE" in result.stderr


# --- interrupts -----------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="signals work differently there")
def test_ctrl_c_tells_what_is_done_and_leaves_a_busy_worker_behind(tmp_path):
    receipt = Image.open(example("receipt.png")).convert("RGB")
    wall = Image.new("RGB", (receipt.width * 5, receipt.height * 5))
    for x in range(5):
        for y in range(5):
            wall.paste(receipt, (x * receipt.width, y * receipt.height))
    wall.save(tmp_path / "wall.png")  # takes more than ten seconds to read
    process = command("ask", f"Read wall.png. {MOOD}", text=True)
    for line in process.stderr:
        if "text-classification done" in line:
            break
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, error = process.communicate()
    assert process.returncode == 130
    assert time.monotonic() - began < 3  # less than one as a rule, but CI may be busy
    assert "Interrupted. Done so far:\n- 1 text-classification done: positive" in out
    assert "go on with: hugginggpt resume " in error.splitlines()[-1]
    assert not any(name.startswith(".") for name in os.listdir(tmp_path))
    assert "Traceback" not in error
