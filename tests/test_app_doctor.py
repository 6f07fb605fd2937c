"""`hugginggpt doctor`: what works here."""

import json

from typer.testing import CliRunner

from hugginggpt.app.cli import app


def doctor(*arguments):
    return CliRunner().invoke(app, ["doctor", *arguments])


def findings(result):
    return {(f["group"], f["name"]): f for f in json.loads(result.stdout)["findings"]}


def test_all_is_well():
    result = doctor()
    assert result.exit_code == 0
    assert result.stdout.endswith("Ready.\n")


def test_every_engine_is_told():
    told = findings(doctor("--json"))
    assert told["embedded models", "rapidocr"]["works"] is True
    assert "text-to-speech" in told["embedded models", "espeak-ng"]["detail"]


def test_keys_are_never_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    result = doctor("--json")
    assert findings(result)["keys", "OPENAI_API_KEY"]["detail"] == "set"
    assert findings(result)["keys", "HF_TOKEN"]["detail"] == "not set"
    assert "secret" not in result.output


def test_a_brain_that_does_not_exist(monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_BRAIN", "gpt")
    result = doctor("--json")
    assert result.exit_code == 1
    assert "there is no brain 'gpt'" in findings(result)["brain", "gpt"]["detail"]


def test_settings_that_do_not_fit(monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_CANDIDATES", "many")
    result = doctor()
    assert result.exit_code == 1
    assert "HUGGINGGPT_CANDIDATES='many'" in result.stdout


def test_a_workspace_that_is_a_file(monkeypatch, tmp_path):
    (tmp_path / "taken").write_text("x")
    monkeypatch.setenv("HUGGINGGPT_WORKSPACE", "taken")
    assert findings(doctor("--json"))["folders", "workspace"]["works"] is False


def test_nothing_is_left_behind(tmp_path):
    doctor()
    assert list(tmp_path.iterdir()) == []
