"""Local models that read texts: real code of transformers on tiny random models."""

import json

import numpy as np
import pytest
from tiny import text as tiny
from tiny.weights import keep_loaded, weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local import answers, embeddings, texts
from hugginggpt.tools.errors import TaskError

LABELS = {"id2label": {0: "happy", 1: "sad"}, "label2id": {"happy": 0, "sad": 1}}
NLI = {
    "id2label": {0: "contradiction", 1: "neutral", 2: "entailment"},
    "label2id": {"contradiction": 0, "neutral": 1, "entailment": 2},
}
TAGS = {"id2label": {0: "O", 1: "B-PER", 2: "I-PER"}, "label2id": {"O": 0, "B-PER": 1, "I-PER": 2}}
MODELS = {
    "classifier": (
        lambda f: tiny.save_bert(f, "ForSequenceClassification", **LABELS),
        texts.load_classifier,
    ),
    "tagger": (lambda f: tiny.save_bert(f, "ForTokenClassification", **TAGS), texts.load_tagger),
    "nli": (lambda f: tiny.save_bert(f, "ForSequenceClassification", **NLI), texts.load_entailment),
    "filler": (lambda f: tiny.save_bert(f, "ForMaskedLM"), texts.load_filler),
    "ranker": (
        lambda f: tiny.save_bert(f, "ForSequenceClassification", num_labels=1),
        texts.load_ranker,
    ),
    "chooser": (lambda f: tiny.save_bert(f, "ForMultipleChoice"), texts.load_chooser),
    "encoder": (lambda f: tiny.save_bert(f, ""), embeddings.load_embedder),
    "roberta": (tiny.save_roberta, embeddings.load_embedder),
    "sentences": (tiny.save_sentence_transformer, embeddings.load_embedder),
    "reader": (lambda f: tiny.save_bert(f, "ForQuestionAnswering"), answers.load_reader),
    "tapas": (tiny.save_tapas, answers.load_table_reader),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return keep_loaded(MODELS, tmp_path_factory)


@pytest.fixture
def call(tmp_path):
    return Call(Workspace(tmp_path / "made"))


def is_ranking(rows):
    scores = [row["score"] for row in rows]
    return scores == sorted(scores, reverse=True) and all(0 <= s <= 1 for s in scores)


# --- labels ---------------------------------------------------------------------------------


def test_classification_tells_all_labels(loaded, call):
    ((artifact,),) = texts.classify(loaded("classifier"), [{"text": "good film"}], [call])
    assert {row["label"] for row in artifact.data} == {"happy", "sad"}
    assert is_ranking(artifact.data)


def test_a_batch_tells_the_same_as_one_text_after_the_other(loaded, call):
    many = [{"text": "good film"}, {"text": "this is a bad film , what a sad example"}]
    together = texts.classify(loaded("classifier"), many, [call, call])
    alone = [texts.classify(loaded("classifier"), [one], [call])[0] for one in many]
    for (one,), (other,) in zip(together, alone, strict=True):
        assert [r["label"] for r in one.data] == [r["label"] for r in other.data]
        assert one.data[0]["score"] == pytest.approx(other.data[0]["score"], abs=1e-3)


def test_text_longer_than_the_model_reads_is_cut(loaded, call):
    ((artifact,),) = texts.classify(loaded("classifier"), [{"text": "cat " * 500}], [call])
    assert is_ranking(artifact.data)


def test_entities_stand_where_they_say(loaded, call):
    text = "hello the cat in Paris"
    ((artifact,),) = texts.tag(loaded("tagger"), [{"text": text}], [call])
    for entity in artifact.data:
        assert text[entity["start"] : entity["end"]].lower() == entity["word"].lower()
        assert entity["entity_group"] == "PER"
    assert artifact.data


def test_entities_at_the_end_of_a_long_text_are_found(loaded, call):
    text = "hello the cat . " * 60 + "in Paris"
    ((artifact,),) = texts.tag(loaded("tagger"), [{"text": text}], [call])
    assert max(entity["end"] for entity in artifact.data) == len(text)


def test_sorting_by_labels(loaded, call):
    arguments = {"text": "the cat sat", "labels": ["cat", "dog", " ", "cat"]}
    ((artifact,),) = texts.classify_by_labels(loaded("nli"), [arguments], [call])
    assert sorted(row["label"] for row in artifact.data) == ["cat", "dog"]
    assert sum(row["score"] for row in artifact.data) == pytest.approx(1, abs=1e-3)


def test_sorting_a_batch_tells_the_same_as_one_text_after_the_other(loaded, call):
    many = [
        {"text": "the cat sat", "labels": ["cat", "dog", "tea"]},
        {"text": "a long example : hot tea on a mat", "labels": ["tea"]},
    ]
    together = texts.classify_by_labels(loaded("nli"), many, [call, call])
    alone = [texts.classify_by_labels(loaded("nli"), [one], [call])[0] for one in many]
    for (one,), (other,) in zip(together, alone, strict=True):
        assert [r["label"] for r in one.data] == [r["label"] for r in other.data]
        scores = [[row["score"] for row in rows] for rows in (one.data, other.data)]
        assert scores[0] == pytest.approx(scores[1], abs=1e-3)


def test_one_label_by_itself_is_not_sure(loaded, call):
    arguments = {"text": "the cat sat", "labels": ["cat"]}
    ((artifact,),) = texts.classify_by_labels(loaded("nli"), [arguments], [call])
    assert 0 < artifact.data[0]["score"] < 1


def test_sorting_by_labels_needs_a_model_for_it(tmp_path):
    weights = weights_of(tiny.save_bert(tmp_path, "ForSequenceClassification", **LABELS))
    with pytest.raises(TaskError, match=r"tiny/.* \(NLI\)"):
        texts.load_entailment(weights)


@pytest.mark.parametrize("text", ["the [MASK] sat", "the ___ sat"])
def test_missing_word(text, loaded, call):
    (artifact,) = texts.fill(loaded("filler"), {"text": text}, call)
    assert is_ranking(artifact.data)
    assert artifact.data[0]["sequence"].split()[1] == artifact.data[0]["token_str"]


@pytest.mark.parametrize("text", ["no word is missing", "___ and ___"])
def test_one_word_must_be_missing(text, loaded, call):
    with pytest.raises(TaskError, match=r"must hold \[MASK\] once"):
        texts.fill(loaded("filler"), {"text": text}, call)


def test_choices(loaded, call):
    arguments = {"text": "ice is", "choices": ["hot", "cold"]}
    (artifact,) = texts.choose(loaded("chooser"), arguments, call)
    assert sorted(row["label"] for row in artifact.data) == ["cold", "hot"]
    assert is_ranking(artifact.data)


# --- rankings and vectors -------------------------------------------------------------------

TEXTS = ["the cat sat", "hot tea", "paris is the capital of france"]


def test_ranking_keeps_places(loaded, call):
    (artifact,) = texts.rank(loaded("ranker"), {"query": "tea ?", "texts": TEXTS}, call)
    assert all(TEXTS[row["index"]] == row["text"] for row in artifact.data)
    assert is_ranking(artifact.data)


def test_ranking_of_many_texts_is_told(loaded, tmp_path):
    told = []
    call = Call(Workspace(tmp_path), lambda doing, share: told.append(share))
    arguments = {"query": "tea ?", "texts": TEXTS * 22}
    (artifact,) = texts.rank(loaded("ranker"), arguments, call)
    assert len(artifact.data) == 66
    assert told == sorted(told)
    assert len(told) == 3


def test_ranking_needs_a_model_for_it(tmp_path):
    weights = weights_of(tiny.save_bert(tmp_path, "ForSequenceClassification", **NLI))
    with pytest.raises(TaskError, match=r"sorts into 3 classes"):
        texts.load_ranker(weights)


@pytest.mark.parametrize("model", ["encoder", "sentences"])
def test_vector_file(model, loaded, call):
    ((artifact,),) = embeddings.extract_features(loaded(model), [{"text": "a cat"}], [call])
    vector = np.load(artifact.path)
    assert (vector.shape, vector.dtype) == ((16,), np.float32)
    assert artifact.metadata["dimensions"] == 16


@pytest.mark.parametrize("model", ["encoder", "roberta"])
def test_text_longer_than_the_encoder_reads_is_cut(model, loaded, call):
    assert embeddings.embed(loaded(model), ["cat " * 500], [call]).shape == (1, 16)


def test_part_that_is_a_pickle_is_not_read(tmp_path):
    folder = tiny.save_sentence_transformer(tmp_path)
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"\x80")
    with pytest.raises(TaskError, match=r"keeps '2_Dense' without safetensors"):
        embeddings.load_embedder(weights_of(folder))


def test_vectors_do_not_depend_on_their_batch(loaded, call):
    some = ["a cat", "this is a long example of the film"]
    alone = embeddings.embed(loaded("encoder"), some[:1], [call])
    together = embeddings.embed(loaded("encoder"), some, [call])
    np.testing.assert_allclose(alone[0], together[0], atol=1e-5)


@pytest.mark.parametrize("model", ["encoder", "sentences"])
def test_the_same_text_is_most_alike(model, loaded, call):
    arguments = {"text": TEXTS[1], "texts": TEXTS}
    (artifact,) = embeddings.compare(loaded(model), arguments, call)
    assert [row["text"] for row in artifact.data] == TEXTS
    assert artifact.data[1]["score"] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("model", ["encoder", "sentences"])
def test_retrieval_finds_the_same_text(model, loaded, call):
    (artifact,) = embeddings.retrieve(loaded(model), {"query": TEXTS[2], "texts": TEXTS}, call)
    assert artifact.data[0]["index"] == 2


# --- answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 40])
def test_answer_stands_in_the_context(length, loaded, call):
    context = "paris is the capital of france . the cat sat on the mat . " * length
    text, data = answers.answer(
        loaded("reader"), {"context": context, "question": "where is paris ?"}, call
    )
    found = data.data[0]
    assert text.text == found["answer"] == context[found["start"] : found["end"]]
    assert 0 <= found["score"] <= 1


def test_question_that_leaves_no_room_for_the_text(loaded, call):
    arguments = {"context": "the cat sat", "question": "where is the cat " * 20}
    with pytest.raises(TaskError, match=r"question is too long for tiny/reader0"):
        answers.answer(loaded("reader"), arguments, call)


def test_answer_from_a_table(loaded, call, tmp_path):
    (tmp_path / "t.csv").write_text("film,price\ngood,1\nbad,2\n")
    arguments = {"table": tmp_path / "t.csv", "question": "what is the price ?"}
    text, data = answers.answer_table(loaded("tapas"), arguments, call)
    assert text.text == (data.data[0]["answer"] or "nothing")
    json.dumps(data.data)


# --- models that do not fit -----------------------------------------------------------------


def test_model_without_the_head_is_refused(tmp_path):
    weights = weights_of(tiny.save_bert(tmp_path, ""))
    with pytest.raises(TaskError, match=r"is a BertModel and lacks weights .* classifier"):
        texts.load_classifier(weights)


def test_model_of_another_kind_is_refused(tmp_path):
    weights = weights_of(tiny.save_agent(tmp_path))
    with pytest.raises(TaskError, match=r"is a DecisionTransformerModel, which can't be loaded as"):
        texts.load_classifier(weights)


def test_model_without_a_tokenizer_is_refused(tmp_path):
    tiny.save_bert(tmp_path, "ForMaskedLM")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).unlink()
    with pytest.raises(TaskError, match=r"has no AutoTokenizer"):
        texts.load_filler(weights_of(tmp_path))
