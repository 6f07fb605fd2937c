"""The command itself: help, version, and how it ends."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from hugginggpt.app.cli import _status, app
from hugginggpt.tools.errors import InputError


def run(*arguments, **settings):
    return CliRunner().invoke(app, arguments, **settings)


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_shows_every_command_and_examples(flag):
    result = run(flag)
    assert result.exit_code == 0
    for word in ("ask", "resume", "plan", "tasks", "chat", "doctor", "demo", "Examples"):
        assert word in result.stdout


def test_no_arguments_show_the_help():
    assert "Usage" in run().output


def test_version():
    assert run("--version").stdout.startswith("hugginggpt 0.")


def test_unknown_command_is_bad_input():
    result = run("nope")
    assert result.exit_code == 2
    assert "nope" in result.stderr


def test_errors_of_ours_end_with_their_text(capsys):
    def fail():
        raise InputError("the soup is cold")

    assert _status(fail) == 2
    assert capsys.readouterr().err == "error: the soup is cold\n"


def test_an_unexpected_error_is_one_line(capsys, monkeypatch):
    monkeypatch.delenv("HUGGINGGPT_DEBUG", raising=False)
    assert _status(lambda: 1 // 0) == 3
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "internal error: ZeroDivisionError" in error
    assert "HUGGINGGPT_DEBUG=1" in error


def test_an_unexpected_error_with_its_traceback(capsys, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_DEBUG", "1")
    assert _status(lambda: 1 // 0) == 3
    assert "Traceback" in capsys.readouterr().err


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from hugginggpt.app.cli import app; "
        "print(sys.modules.keys() & {'langgraph', 'langchain_core', 'pydantic', 'numpy'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_plan_does_not_load_the_graph(tmp_path):
    code = (
        "import sys; from hugginggpt.app.plan import plan_one; plan_one('hi', (), as_json=True); "
        "print('langgraph' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.endswith("False\n")


def test_a_reader_that_goes_away_is_no_error():
    reader = subprocess.Popen(
        [sys.executable, "-m", "hugginggpt", "tasks"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    reader.stdout.close()
    error = reader.stderr.read()
    reader.stderr.close()
    reader.wait()
    assert b"Traceback" not in error
    assert b"internal error" not in error
