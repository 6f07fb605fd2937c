"""`hugginggpt tasks`: the task table."""

import json

from typer.testing import CliRunner

from hugginggpt.app.cli import app
from hugginggpt.tools.kinds import KINDS


def tasks(*arguments):
    return CliRunner().invoke(app, ["tasks", *arguments], env={"COLUMNS": "200"})


def test_every_kind_is_listed():
    shown = tasks().stdout.splitlines()
    names = {line.split()[1] for line in shown if line.startswith(("✓  ", "·  "))}
    assert names == set(KINDS)


def test_what_runs_here_is_marked():
    shown = tasks().stdout.splitlines()
    assert any(line.startswith("✓  image-to-text ") and "· embedded" in line for line in shown)
    assert any(line.startswith("·  text-to-video ") and "embedded" not in line for line in shown)


def test_all_about_one_kind():
    shown = tasks("image-to-text").stdout
    for word in ("Takes", "Gives", "Example", "Runs here on", "rapidocr", "Apache-2.0"):
        assert word in shown
    assert "not handwriting" in shown


def test_why_a_kind_can_not_run_here():
    assert "no embedded engine does text-to-video" in tasks("text-to-video").stdout


def test_an_alias_will_do():
    assert tasks("ocr").stdout.startswith("image-to-text")


def test_an_unknown_kind_gets_the_nearest_name():
    result = tasks("image-to-txt")
    assert result.exit_code == 2
    assert "there is no task kind 'image-to-txt'; did you mean 'image-to-text'?" in result.stderr


def test_json_of_all():
    told = json.loads(tasks("--json").stdout)
    assert [kind["name"] for kind in told] == list(KINDS)
    assert {"description", "inputs", "output", "endpoints"} <= told[0].keys()


def test_json_of_one():
    told = json.loads(tasks("image-to-text", "--json").stdout)
    assert told["endpoints"] == ["embedded"]
    assert told["candidates"][0]["model"] == "rapidocr"
