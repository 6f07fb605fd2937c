"""The README is true: its picture is the graph, its snippets run, its commands are tested by CI."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hugginggpt.app.cli import app
from hugginggpt.graph.build import graph
from hugginggpt.graph.context import Context

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_picture_is_the_graph():
    assert blocks("mermaid") == [graph.get_graph().draw_mermaid()]


@pytest.mark.parametrize("snippet", blocks("python"))
def test_snippet_runs(snippet, capsys):
    exec(compile(snippet, "README.md", "exec"), {})
    printed = capsys.readouterr().out.strip()
    assert printed
    for promised in re.findall(r"^print.*# (.+)$", snippet, re.MULTILINE):
        assert promised in printed


def test_a_plan_is_explained_as_shown():
    (shown,) = (block for block in blocks("text") if "⁰" in block)
    request = "Read menu.jpg and translate it into German"
    printed = CliRunner().invoke(app, ["plan", "--explain", request]).stdout.splitlines()
    assert [line for line in printed if line in shown.splitlines()] == shown.splitlines()


def test_every_setting_is_explained():
    _, _, table = README.partition("| setting | default |")
    rows = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert rows == list(Context.model_fields)


def test_every_setting_is_in_the_example_of_env():
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"HUGGINGGPT_(\w+)=", example)) == {
        n.upper() for n in Context.model_fields
    }


def test_ci_runs_the_commands_of_the_readme():
    ci = (ROOT / ".ci" / "run").read_text()
    for command in ("hugginggpt demo", "python -m pytest"):
        assert sum(command in line for line in README.splitlines()) == 1
        assert f"'{command}'" in ci
