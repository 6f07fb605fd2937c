"""Local models that write texts or continue series: real code on tiny random models."""

import json

import numpy as np
import pytest
from tiny import text as tiny
from tiny.weights import keep_loaded, weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.sentences import split_sentences
from hugginggpt.tools.endpoints.local import languages, sequences, series
from hugginggpt.tools.endpoints.local.writing import parts_of
from hugginggpt.tools.errors import TaskError

TASKS = {
    "summarization": {"prefix": "summarize: "},
    "translation_en_to_de": {"prefix": "translate English to German: "},
}

MODELS = {
    "t5": (tiny.save_t5, sequences.load_sequences),
    "prefixed": (lambda f: tiny.save_t5(f, task_specific_params=TASKS), sequences.load_sequences),
    "marian": (lambda f: tiny.save_marian(f, "en", "fr"), sequences.load_sequences),
    "romance": (
        lambda f: tiny.save_marian(f, "eng", "roa", (">>fra<<", ">>ita<<")),
        sequences.load_sequences,
    ),
    "m2m100": (tiny.save_m2m100, sequences.load_sequences),
    "nllb": (tiny.save_nllb, sequences.load_sequences),
    "gpt": (tiny.save_gpt, sequences.load_writer),
    "chat": (
        lambda f: tiny.save_gpt(f, chat_template="{{ messages[0].content }} !"),
        sequences.load_writer,
    ),
    "patchtst": (tiny.save_patchtst, series.load_forecaster),
    "likelihoods": (lambda f: tiny.save_patchtst(f, loss="nll"), series.load_forecaster),
    "timesfm": (tiny.save_timesfm, series.load_forecaster),
    "timesfm25": (tiny.save_timesfm25, series.load_forecaster),
    "agent": (tiny.save_agent, series.load_agent),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return keep_loaded(MODELS, tmp_path_factory)


@pytest.fixture
def call(tmp_path):
    return Call(Workspace(tmp_path / "made"))


# --- writing --------------------------------------------------------------------------------


def test_translation_keeps_paragraphs(loaded, call):
    text = "hello world .\n\nthe cat sat ."
    (artifact,) = sequences.translate(loaded("t5"), {"text": text, "target_language": "fr"}, call)
    first, blank, last = artifact.text.split("\n")
    assert first
    assert blank == ""
    assert last


@pytest.mark.parametrize("language", ["fr", "French", "fra_Latn", "fra"])
def test_language_by_any_name(language, loaded, call):
    arguments = {"text": "hello", "target_language": language, "source_language": "English"}
    (artifact,) = sequences.translate(loaded("nllb"), arguments, call)
    assert artifact.text


def test_language_that_the_model_does_not_know(loaded, call):
    with pytest.raises(TaskError, match=r"tiny/nllb0 does not know the language 'Klingon'; .*fra"):
        sequences.translate(loaded("nllb"), {"text": "hi", "target_language": "Klingon"}, call)


def test_language_of_one_call_is_not_that_of_the_next(loaded, call):
    for source in ("German", None):
        arguments = {"text": "hello", "target_language": "fr", "source_language": source}
        sequences.translate(loaded("nllb"), arguments, call)
    assert loaded("nllb").processor.src_lang == "eng_Latn"


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
@pytest.mark.parametrize("model", ["marian", "romance", "m2m100"])
def test_translation_with_pieces_of_words(model, loaded, call):
    arguments = {"text": "the cat sat", "target_language": "fr"}
    (artifact,) = sequences.translate(loaded(model), arguments, call)
    assert artifact.text
    assert "__" not in artifact.text


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
@pytest.mark.parametrize(
    ("model", "why"), [("marian", "translates en to fr"), ("romance", "knows fra, ita")]
)
def test_pair_of_languages_that_the_model_is_not_for(model, why, loaded, call):
    arguments = {"text": "the cat sat", "target_language": "German"}
    with pytest.raises(TaskError, match=rf"does not know the language 'German'.* {why}"):
        sequences.translate(loaded(model), arguments, call)


PREFIXES = [
    ("prefixed", None, "translate English to German: "),
    ("prefixed", "it", "translate English to Italian: "),
    ("t5", "icelandic", "translate English to Icelandic: "),
    ("romance", "it", ">>ita<< "),
    ("marian", "French", ""),
]


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
@pytest.mark.parametrize(("model", "target", "prefix"), PREFIXES)
def test_what_stands_before_the_text(model, target, prefix, loaded):
    assert languages.target_settings(loaded(model), None, target) == (prefix, {})


@pytest.mark.parametrize("most", [1, 5, 12, 1000])
def test_nothing_of_a_long_text_is_lost(most):
    text = "one two three. " + "four " * 40 + "end. five six."
    sentences = [sentence.text for sentence in split_sentences(text)]
    parts = parts_of(text, sentences, lambda part: len(part.split()), most)
    assert " ".join(parts).split() == text.split()
    assert all(len(part.split()) <= most for part in parts)


def test_language_that_was_not_told(loaded, call):
    with pytest.raises(TaskError, match=r"knows 3 languages: say which one"):
        sequences.translate(loaded("nllb"), {"text": "hello"}, call)


@pytest.mark.parametrize("length", [1, 60])
def test_summary(length, loaded, call):
    text = "the cat sat on the mat . paris is the capital . " * length
    (artifact,) = sequences.summarize(loaded("t5"), {"text": text}, call)
    assert artifact.text


def test_summary_of_so_many_sentences(loaded, call):
    (artifact,) = sequences.summarize(loaded("t5"), {"text": "a cat .", "sentences": "1"}, call)
    assert artifact.text


def test_table_in_words(loaded, call, tmp_path):
    (tmp_path / "t.csv").write_text("film,price\ngood,1\nbad,2\n")
    (whole,) = sequences.describe_table(loaded("t5"), {"table": tmp_path / "t.csv"}, call)
    (rows,) = sequences.describe_rows(loaded("t5"), {"table": tmp_path / "t.csv"}, call)
    assert whole.text
    assert len(rows.text.splitlines()) == 2


@pytest.mark.parametrize("model", ["gpt", "chat", "t5"])
def test_writing_on(model, loaded, call):
    (artifact,) = sequences.generate(loaded(model), {"text": "the cat"}, call)
    assert artifact.text
    assert not artifact.text.startswith("the cat")


def test_text_that_leaves_no_room_to_write(loaded, call):
    with pytest.raises(TaskError, match=r"too long for tiny/gpt0, which reads 64 tokens"):
        sequences.generate(loaded("gpt"), {"text": "the cat " * 40}, call)


def test_writing_ends_where_the_room_does(loaded, call):
    (artifact,) = sequences.generate(loaded("gpt"), {"text": "cat " * 60}, call)
    assert 1 <= len(artifact.text.split()) <= 2


def test_writing_stops_when_nobody_waits(loaded, tmp_path):
    def stop(doing, share):
        if doing == "writing, 2 tokens":
            raise TaskError("was cancelled")

    with pytest.raises(TaskError, match="was cancelled"):
        sequences.generate(loaded("gpt"), {"text": "the cat"}, Call(Workspace(tmp_path), stop))


# --- series and agents ----------------------------------------------------------------------


FORECASTERS = [("patchtst", 4), ("likelihoods", 4), ("timesfm", 8), ("timesfm25", 8)]


@pytest.mark.parametrize(("model", "steps"), FORECASTERS)
def test_forecast(model, steps, loaded, call, tmp_path):
    rows = "\n".join(f"2026-01-{n:02},{n}" for n in range(1, 12))
    (tmp_path / "t.csv").write_text(f"day,price\n{rows}\n")
    table, data = series.forecast(loaded(model), {"table": tmp_path / "t.csv"}, call)
    assert [row["step"] for row in data.data] == list(range(1, steps + 1))
    assert all(np.isfinite(row["price"]) for row in data.data)
    assert table.modality == "table"


SERIES = [
    ({"target": "name"}, r"no column of numbers 'name'; it has price"),
    ({"steps": "99"}, r"looks 4 steps ahead, not 99"),
]


@pytest.mark.parametrize(("settings", "why"), SERIES)
def test_forecast_that_can_not_be_made(settings, why, loaded, call, tmp_path):
    (tmp_path / "t.csv").write_text("name,price\n" + "".join(f"x,{n}\n" for n in range(9)))
    with pytest.raises(TaskError, match=why):
        series.forecast(loaded("patchtst"), {"table": tmp_path / "t.csv", **settings}, call)


def test_forecaster_that_wants_dates_is_refused(tmp_path):
    config = {"architectures": ["InformerForPrediction"], "model_type": "informer"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(TaskError, match=r"InformerForPrediction, which wants facts about each"):
        series.load_forecaster(weights_of(tmp_path))


@pytest.mark.parametrize("state", [[0.1, 0.2, 0.3], "[0.1, 0.2, 0.3]"])
def test_action(state, loaded, call):
    (artifact,) = series.act(loaded("agent"), {"state": state}, call)
    assert len(artifact.data["action"]) == 2


@pytest.mark.parametrize("state", [[1], "x", None, [[1, 2, 3]]])
def test_state_that_is_none(state, loaded, call):
    with pytest.raises(TaskError, match=r"state"):
        series.act(loaded("agent"), {"state": state}, call)
