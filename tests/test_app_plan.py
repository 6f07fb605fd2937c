"""`hugginggpt plan`: stage one on its own."""

import io
import json
import re
import subprocess
import sys
from typing import get_args

import pytest
from rich.console import Console
from typer.testing import CliRunner

from hugginggpt.app import explanation
from hugginggpt.app.cli import app
from hugginggpt.graph.brain.embedded.explanation import Nothing, explain
from hugginggpt.graph.brain.embedded.planner import Ground
from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.request import Request

REQUEST = "Read menu.jpg and translate it into German"


def plan(*arguments, **settings):
    return CliRunner().invoke(app, ["plan", *map(str, arguments)], **settings)


def batch(tmp_path, *lines):
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    result = plan("--batch", tmp_path / "in.jsonl")
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_json_is_the_wire_form_and_nothing_else():
    tasks = json.loads(plan(REQUEST, "--json").stdout)
    assert [task["task"] for task in tasks] == ["image-to-text", "translation"]
    assert tasks[1]["args"] == {"text": "<GENERATED>-0", "target_language": "de"}
    assert parse_plan(tasks).to_wire() == tasks


def test_for_people_tasks_stand_under_what_they_need():
    shown = plan(REQUEST).stdout.splitlines()
    assert shown[0].startswith("0 image-to-text")
    assert "menu.jpg" in shown[1]
    assert shown[2].startswith("└── 1 translation")
    assert "result of 0" in shown[3]


def test_no_task_is_said():
    result = plan("hi")
    assert result.exit_code == 0
    assert result.stdout.startswith("No task in this request.\n• ")


def test_remarks_stay_out_of_the_json():
    result = plan("hi", "--json")
    assert result.stdout == "[]\n"
    assert result.stderr.startswith("• ")


def test_files_must_exist_only_where_they_are_handed_over():
    assert plan("Read menu.jpg").exit_code == 0
    result = plan("Read menu.jpg", "-f", "menu.jpg")
    assert result.exit_code == 2
    assert "there is no file 'menu.jpg'" in result.stderr


@pytest.mark.parametrize("given", [(), ("",), ("-",)])
def test_a_request_is_needed(given):
    result = plan(*given, input="")
    assert result.exit_code == 2
    assert "the request is empty" in result.stderr


# --- batches --------------------------------------------------------------------------------


def test_a_line_for_each_request(tmp_path):
    code, told = batch(
        tmp_path,
        '{"id": "a", "request": "Summarise page.txt"}',
        "",
        '{"id": {"n": [1, 2.5, "é"]}, "request": "hi"}',
    )
    assert code == 0
    assert told[0]["id"] == "a"
    assert told[0]["tasks"][0]["task"] == "summarization"
    assert told[1:] == [{"id": {"n": [1, 2.5, "é"]}, "tasks": []}]


@pytest.mark.parametrize(
    ("line", "id_", "complaint"),
    [
        ("not json", None, "line 1 is not JSON"),
        ("[1, 2]", None, "line 1 is not an object"),
        ('{"id": 7}', 7, "line 1 has no request"),
        ('{"id": 7, "request": 5}', 7, "line 1 has no request"),
        ('{"id": 7, "request": " "}', 7, "the request is empty"),
        ('{"id": 7, "request": "a\\u0000b"}', 7, "the request holds binary data"),
        ("[" * 100_000, None, "line 1 is not JSON"),
    ],
)
def test_a_bad_line_is_told_and_the_next_is_planned(tmp_path, line, id_, complaint):
    code, told = batch(tmp_path, line, '{"id": 8, "request": "Summarise page.txt"}')
    assert code == 1
    assert (told[0]["id"], told[0]["tasks"]) == (id_, [])
    assert told[0]["error"].startswith(complaint)
    assert told[1]["id"] == 8
    assert told[1]["tasks"]


def test_a_line_that_is_not_utf_8(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(b'\xff\n{"id": 1, "request": "hi"}\n')
    lines = plan("--batch", "in.jsonl").stdout.splitlines()
    assert "is not JSON" in json.loads(lines[0])["error"]
    assert json.loads(lines[1]) == {"id": 1, "tasks": []}


def test_each_plan_is_printed_before_the_next_line_is_there():
    process = subprocess.Popen(
        [sys.executable, "-m", "hugginggpt", "plan", "--batch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    for number in range(2):
        process.stdin.write(json.dumps({"id": number, "request": "Summarise page.txt"}) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == number
    process.communicate()
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--batch", "missing.jsonl"], "'missing.jsonl' can't be read"),
        (["--batch", "."], "'.' can't be read"),
        (["hi", "--batch", "-"], "leave out REQUEST"),
        (["--batch", "-", "--explain"], "leave out --batch, or --explain"),
    ],
)
def test_a_batch_that_can_not_be_read(arguments, complaint):
    result = plan(*arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr


def test_an_address_is_taken_as_it_is():
    url = "https://example.com/menu.jpg"
    tasks = json.loads(plan("Read this picture", "-f", url, "--json").stdout)
    assert tasks[0]["args"] == {"image": url}


def test_a_line_with_a_number_that_is_no_json_is_told():
    result = CliRunner().invoke(
        app, ["plan", "--batch", "-"], input='{"id": NaN, "request": "summarise a.txt"}\n'
    )
    told = json.loads(result.stdout)
    assert told["id"] is None
    assert "NaN is no JSON value" in told["error"]


# --- explanations ---------------------------------------------------------------------------


def explained(request):
    """What stands below the plan."""
    shown = plan(request, "--explain").stdout
    return shown.partition("\n\n")[2].splitlines()


def test_the_request_is_marked_with_the_numbers_of_its_tasks():
    assert explained(REQUEST)[0] == "Read⁰ menu.jpg⁰ and translate¹ it¹ into German¹"


def test_a_link_names_the_words_and_what_they_mean():
    assert "  text  “it” = result of 0 (the nearest that fits)" in explained(REQUEST)


def test_several_tasks_of_the_same_words():
    assert explained("Caption a.jpg and b.jpg")[0].startswith("Caption⁰,¹ a.jpg⁰ and b.jpg¹")


def test_what_was_learned_is_shown_with_what_it_goes_by():
    lines = explained("vid of a tram rolling through porto in golden light plz")
    assert lines[1].startswith("What was learned planned this, against the rules: chance ")
    assert re.search(r"^  score 0\.\d\d, 0\.\d\d without “vid”", "\n".join(lines), re.MULTILINE)
    assert any(re.match(r"  \d+% like “", line) for line in lines)


def test_why_there_is_no_task_is_told():
    lines = explained("Book me a flight")
    assert lines[-1] == "No task: no kind can do what is asked for: “Book me a flight”"


def test_markup_and_line_breaks_of_a_request_are_text():
    lines = explained(
        "[bold red]Summarise[/]\npage.txt briefly, it is too long for me "
        "[link=x]now :smile: \u202e\u009b31m"
    )
    assert lines[0].startswith("[bold red]Summarise⁰[/] page.txt")
    assert "[link=x]now :smile:" in lines[0]
    assert "\u009b" not in "".join(lines)


def test_a_long_stretch_without_marks_is_shortened():
    lines = explained("Summarise page.txt. " + "Nice weather today. " * 60)
    assert lines[0].startswith("Summarise⁰ page.txt⁰. Nice weather today. ")
    assert lines[0].count(" … ") == 1


def test_each_task_has_its_colour_on_a_screen():
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="standard", width=100)
    explanation.show_explanation(explain(Request(REQUEST)), console)
    assert "\x1b[1;36mRead\x1b[0m" in file.getvalue()
    assert "\x1b[1;35mtranslate\x1b[0m" in file.getvalue()


def test_every_ground_and_every_reason_has_words():
    assert explanation.GROUNDS.keys() == {*get_args(Ground), "taught"}
    assert explanation.NOTHING.keys() == set(get_args(Nothing))


def test_json_holds_plan_and_explanation():
    told = json.loads(plan(REQUEST, "--explain", "--json").stdout)
    assert told["tasks"] == json.loads(plan(REQUEST, "--json").stdout)
    reasons = told["explanation"]
    cue = reasons["tasks"][1]["cues"][0]
    assert reasons["request"][cue["start"] : cue["end"]] == cue["text"] == "translate"


def test_a_chat_model_does_not_explain_itself(monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_BRAIN", "openai:gpt-5-mini")
    result = plan(REQUEST, "--explain")
    assert result.exit_code == 2
    assert "the brain in use is 'openai:gpt-5-mini'" in result.stderr
    assert "set HUGGINGGPT_BRAIN=embedded" in result.stderr
