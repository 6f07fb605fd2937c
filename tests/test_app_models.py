"""`hugginggpt models`: the models of one kind, and which can run here."""

import json

import pytest
from hub_server import Fault, HubServer, model
from typer.testing import CliRunner

from hugginggpt.app.cli import app

KIND = "text-classification"
MOODS = "Sorts reviews of customers by mood: angry, calm or happy."
SETTINGS = {"COLUMNS": "200", "HUGGINGGPT_ENDPOINTS": "embedded,local", "HUGGINGGPT_HUB": "true"}
SPAM = "Tells unwanted electronic mail from mail that is wanted."


@pytest.fixture(autouse=True)
def hub(monkeypatch, tmp_path):
    """A Hub on loopback, and a cache of the test's own."""
    monkeypatch.setenv("HUGGINGGPT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    models = [
        model("me/spam", KIND, downloads=1_234_567, parameters={"F32": 67_000_000}),
        model("me/mood", KIND, downloads=900),
        model("me/secret", KIND, downloads=800, gated="manual"),
        model("me/huge", KIND, downloads=700, parameters={"BF16": 70 * 10**9}),
        model("me/pickle", KIND, downloads=600, tags=["pytorch", "license:gpl-3.0"]),
    ]
    with HubServer(models, {"me/mood": MOODS, "me/spam": SPAM}) as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        yield server


def models(*arguments, **environment):
    env = {**SETTINGS, **environment}
    return CliRunner().invoke(app, ["models", *arguments], env=env)


def told(*arguments, **environment):
    """The JSON, with the models by their names."""
    told = json.loads(models(*arguments, "--json", **environment).stdout)
    return told, {each["model"]: each for each in told["models"]}


def test_a_row_a_model_that_runs_here():
    result = models(KIND)
    assert result.exit_code == 0
    row = next(line for line in result.stdout.splitlines() if line.startswith("me/spam"))
    for fact in ("local", "1.23M", "123k", "apache-2.0", "67M", "268MB", "en", "hub"):
        assert fact in row
    assert SPAM in result.stdout
    assert "The Hub was asked just now." in result.stdout


def test_each_reason_is_told_once_with_its_models():
    lines = [line.strip() for line in models(KIND).stdout.splitlines()]
    assert "Can't run here" in lines
    reason = next(line for line in lines if "without safetensors" in line)
    assert lines[lines.index(reason) + 1] == "me/pickle"
    reason = next(line for line in lines if "above 4 GB" in line)
    assert lines[lines.index(reason) + 1] == "me/huge"


def test_a_narrow_terminal_shows_the_model_and_what_matters_most():
    shown = models(KIND, COLUMNS="80").stdout
    row = next(line for line in shown.splitlines() if line.startswith("me/spam"))
    assert all(fact in row for fact in ("local", "1.23M", "apache-2.0", "268MB"))
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_what_runs_here_stands_first_in_its_rank():
    whole, _ = told(KIND)
    running = [each["model"] for each in whole["models"] if each["endpoints"]]
    assert running == [each["model"] for each in whole["models"]][: len(running)]
    assert running[:3] == ["vader", "me/spam", "me/mood"]


def test_json_says_where_it_runs_and_why_not():
    whole, by_name = told(KIND)
    assert (whole["kind"], whole["trouble"], whole["chosen"]) == (KIND, "", None)
    assert whole["asked_at"]
    assert by_name["me/spam"]["endpoints"] == ["local"]
    assert by_name["me/spam"]["downloads"] == 1_234_567
    assert by_name["me/huge"]["endpoints"] == []
    assert "4 GB" in by_name["me/huge"]["obstacles"]["local"]


def test_models_that_no_endpoint_takes_are_told_too():
    _, by_name = told("text-to-video", HUGGINGGPT_ENDPOINTS="embedded")
    obstacles = by_name["Wan-AI/Wan2.1-T2V-1.3B-Diffusers"]["obstacles"]
    assert obstacles["embedded"].startswith("no embedded engine does text-to-video")
    assert models("text-to-video", HUGGINGGPT_ENDPOINTS="embedded").exit_code == 1


def test_licences_of_the_settings():
    _, by_name = told(KIND, HUGGINGGPT_ENDPOINTS="embedded", HUGGINGGPT_LICENCES="mit")
    assert "licence apache-2.0 is not allowed" in by_name["me/spam"]["obstacles"][""]


def test_a_request_orders_by_likeness_and_names_the_choice():
    whole, by_name = told(KIND, "--request", "Which mood is this customer in, angry or happy?")
    running = [each["model"] for each in whole["models"] if each["endpoints"]]
    assert running[0] == "me/mood"
    assert by_name["me/mood"]["likeness"] > by_name["me/spam"]["likeness"]
    assert (whole["chosen"]["model"], whole["chosen"]["endpoint"]) == ("vader", "embedded")
    assert "ranked first" in whole["chosen"]["reason"]


def test_the_choice_is_shown():
    shown = models(KIND, "--request", "Is this spam?").stdout
    assert "Chosen: vader on embedded, ranked first" in shown
    assert "fit" in shown


def test_no_choice_where_nothing_runs():
    arguments = ("text-to-video", "--request", "a cat")
    assert "None can be chosen" in models(*arguments, HUGGINGGPT_ENDPOINTS="embedded").stdout
    whole, _ = told(*arguments, HUGGINGGPT_ENDPOINTS="embedded")
    assert whole["chosen"]["model"] is None


def test_an_empty_request():
    result = models(KIND, "--request", " ")
    assert result.exit_code == 2
    assert result.stdout == ""


def test_the_hub_is_asked_once_a_day_or_when_told(hub):
    models(KIND)
    models(KIND)
    assert len(hub.asked("/api/models")) == 1
    models(KIND, "--refresh")
    assert len(hub.asked("/api/models")) == 2


def test_the_facts_of_the_package_stand_in(hub):
    hub.fault = Fault(status=503)
    result = models(KIND)
    assert "nlptown/bert-base-multilingual-uncased-sentiment" in result.stdout
    assert "The Hub was not asked for these models" in result.stdout
    assert "answered 503" in result.stdout


def test_own_models_stand_first(tmp_path):
    (tmp_path / "own.toml").write_text('[[model]]\nid = "me/ours"\nkinds = ["sentiment-analysis"]')
    whole, by_name = told(KIND, HUGGINGGPT_MODELS="own.toml")
    assert by_name["me/ours"]["source"] == "own"
    assert whole["models"][0]["model"] == "me/ours"


def test_an_own_list_that_is_broken(tmp_path):
    (tmp_path / "own.toml").write_text("[[model]")
    result = models(KIND, HUGGINGGPT_MODELS="own.toml")
    assert result.exit_code == 2
    assert "'own.toml' is no TOML file" in result.stderr


def test_any_name_of_a_kind():
    assert models("sentiment-analysis").stdout.startswith(KIND)


def test_an_unknown_kind_gets_the_nearest_name():
    result = models("text-clasification")
    assert result.exit_code == 2
    assert "did you mean 'text-classification'?" in result.stderr


def test_a_card_can_not_steer_the_terminal(hub):
    hub.cards["me/spam"] = "A model \x1b[31mthat sorts\x07 letters \x9b2Jand other things."
    assert all(c.isprintable() or c == "\n" for c in models(KIND).stdout)


def test_help():
    shown = CliRunner().invoke(app, ["models", "--help"]).stdout
    for word in ("KIND", "--request", "--refresh", "--json", "HUGGINGGPT_MODELS"):
        assert word in shown
