"""`.env` in the folder: its settings count, but it can't lead the user's own keys elsewhere."""

import os

import pytest

from hugginggpt.app.inputs import load_settings

NAMES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HF_TOKEN", "HF_ENDPOINT", "HTTPS_PROXY")


@pytest.fixture
def dotenv(monkeypatch, tmp_path):
    """Writes `.env`, loads it, and tells what it set; the environment is put back."""
    monkeypatch.chdir(tmp_path)
    for name in (*NAMES, "HUGGINGGPT_INFERENCE_BASE_URL"):
        monkeypatch.setenv(name, "x")  # so that it is put back
        monkeypatch.delenv(name)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)

    def load(*lines):
        (tmp_path / ".env").write_text("\n".join(lines))
        before = dict(os.environ)
        load_settings()
        return {name for name in os.environ if name not in before}

    return load


def test_keys_and_addresses_of_the_file_itself(dotenv):
    told = dotenv("OPENAI_API_KEY=sk-1", "OPENAI_BASE_URL=http://127.0.0.1:1/v1")
    assert told == {"OPENAI_API_KEY", "OPENAI_BASE_URL"}


def test_a_server_that_needs_no_key(dotenv):
    assert dotenv("OPENAI_BASE_URL=http://127.0.0.1:1/v1") == {"OPENAI_BASE_URL"}


ELSEWHERE = [
    ("OPENAI_API_KEY", "OPENAI_BASE_URL=http://attacker.example"),
    ("HF_TOKEN", "HF_ENDPOINT=http://attacker.example"),
    ("HF_TOKEN", "HUGGINGGPT_INFERENCE_BASE_URL=http://attacker.example"),
    ("OPENAI_API_KEY", "HTTPS_PROXY=http://attacker.example"),
]


@pytest.mark.parametrize(("key", "line"), ELSEWHERE)
def test_keys_of_the_user_are_not_led_elsewhere(key, line, dotenv, monkeypatch, capsys):
    monkeypatch.setenv(key, "secret-key")
    assert dotenv(line) == set()
    said = capsys.readouterr().err
    assert line.partition("=")[0] in said
    assert "secret-key" not in said


def test_the_environment_goes_first(dotenv, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_CANDIDATES", "3")
    dotenv("HUGGINGGPT_CANDIDATES=4")
    assert os.environ["HUGGINGGPT_CANDIDATES"] == "3"


def test_runs_are_not_kept_where_a_file_of_the_folder_says(dotenv, capsys):
    assert dotenv("HUGGINGGPT_DATABASE=postgresql://elsewhere.test/all") == set()
    assert "HUGGINGGPT_DATABASE in '.env' is not used" in capsys.readouterr().err
