from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.embedding import DIMENSIONS, embed
from hugginggpt.tools.endpoints.embedded.meaning import classify, compare, extract_features, rank
from hugginggpt.tools.errors import TaskError


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


PARAPHRASES = [
    ("The cat sleeps on the sofa.", "A kitten naps on the couch."),
    ("How do I reset my password?", "I forgot my login and need a new one."),
    ("The train was late again.", "Once more the railway did not arrive on time."),
    ("He bought a new car.", "He purchased a vehicle."),
    ("It rained all day.", "The weather was wet from morning to night."),
    ("The company fired 200 workers.", "Two hundred employees lost their jobs."),
    ("She plays the piano well.", "She is a good pianist."),
    ("The soup is too salty.", "There is too much salt in the soup."),
    ("Children love ice cream.", "Kids are fond of ice cream."),
    ("The meeting was cancelled.", "They called off the meeting."),
]


def test_each_paraphrase_is_nearest_to_its_own_sentence():
    first, second = (embed([pair[side] for pair in PARAPHRASES]) for side in (0, 1))

    nearest = (first @ second.T).argmax(axis=1)

    assert nearest.tolist() == list(range(len(PARAPHRASES)))


def test_paraphrases_and_strangers_lie_far_apart():
    first, second = (embed([pair[side] for pair in PARAPHRASES]) for side in (0, 1))
    likeness = first @ second.T

    same = likeness.diagonal().mean()
    other = likeness[~np.eye(len(PARAPHRASES), dtype=bool)].mean()

    assert same > 0.65
    assert other < 0.2


def test_vectors_have_length_one_and_blank_texts_none():
    lengths = np.linalg.norm(embed(["a red bicycle", "", "   ", "a " * 50_000]), axis=1)

    np.testing.assert_allclose(lengths, [1, 0, 0, 1], atol=1e-5)


def test_model2vec_reads_the_same_vectors():
    model2vec = pytest.importorskip("model2vec")
    from hugginggpt.tools.endpoints.embedded import embedding

    model = model2vec.StaticModel.from_pretrained(embedding._FOLDER)
    texts = [text for pair in PARAPHRASES for text in pair]

    np.testing.assert_allclose(model.encode(texts), embed(texts), atol=1e-4)


def test_the_vector_is_written_as_a_numpy_file(call: Call):
    artifact = extract_features({"text": "a red bicycle"}, call)[0]

    vector = np.load(str(artifact.path))
    assert vector.shape == (DIMENSIONS,)
    assert vector.dtype == np.float32
    assert artifact.metadata["dimensions"] == DIMENSIONS
    np.testing.assert_array_equal(vector, embed(["a red bicycle"])[0])


def test_a_text_without_known_words_has_no_vector(call: Call):
    with pytest.raises(TaskError, match="knows no word"):
        extract_features({"text": "\u13a0\u13a1 \u13a2"}, call)


def test_similarities_come_in_the_order_given(call: Call):
    texts = ["stocks fell", "a kitten naps", "", "a kitten naps"]

    found = compare({"text": "a cat sleeps", "texts": texts}, call)[0].data

    assert [each["text"] for each in found] == texts
    assert found[1]["score"] == found[3]["score"] > 0.4
    assert found[0]["score"] < 0.2
    assert found[2]["score"] == 0


RANKINGS: list[tuple[str, str, list[str]]] = [
    ("opening hours", "We are open from 9 to 5.", ["Free parking.", "Our chef is Italian."]),
    ("refund", "Returns are paid back within 30 days.", ["We ship daily.", "Follow us online."]),
    ("vegetarian dishes", "Try our meals without meat.", ["Live music on Friday.", "No dogs."]),
    ("error E42", "E42 means that the lid is open.", ["E17 means no water.", "Clean it weekly."]),
    ("how to stop a leak", "Seal the pipe with tape.", ["Paint the wall twice.", "Sow in May."]),
]


@pytest.mark.parametrize(("query", "right", "wrong"), RANKINGS, ids=[case[0] for case in RANKINGS])
def test_the_text_that_answers_is_ranked_first(
    query: str, right: str, wrong: list[str], call: Call
):
    texts = [*wrong, right]

    ranked = rank({"query": query, "texts": texts}, call)[0].data

    assert ranked[0]["text"] == right
    assert [texts[each["index"]] for each in ranked] == [each["text"] for each in ranked]
    assert ranked == sorted(ranked, key=lambda each: -each["score"])


LABELS = ["sport", "politics", "cooking", "technology", "travel", "health", "music", "money"]
TOPICS = [
    ("The keeper saved two penalties in extra time.", "sport"),
    ("Parliament votes on the new tax law today.", "politics"),
    ("Simmer the onions until golden, then add the stock.", "cooking"),
    ("The update fixes a bug in the phone's camera.", "technology"),
    ("We took the night train to Lisbon and stayed by the sea.", "travel"),
    ("Drink plenty of water and see a doctor if the fever lasts.", "health"),
    ("The violinist played the second movement too fast.", "music"),
    ("Interest on the savings account fell to one percent.", "money"),
    ("She won the marathon in under three hours.", "sport"),
    ("The mayor was re-elected with a large majority.", "politics"),
    ("Whisk the eggs with sugar and fold in the flour.", "cooking"),
    ("My laptop no longer connects to the wireless network.", "technology"),
    ("The hotel is five minutes from the beach.", "travel"),
    ("A short walk every day lowers blood pressure.", "health"),
    ("Their new album has only one good song.", "music"),
    ("The bank raised the fee for transfers abroad.", "money"),
    ("He scored twice before half time.", "sport"),
    ("The senator refused to sign the bill.", "politics"),
    ("Bake for forty minutes at 180 degrees.", "cooking"),
    ("The engineers trained the network on a cluster of processors.", "technology"),
    ("Our flight was delayed and we missed the ferry.", "travel"),
    ("The vaccine protects against measles.", "health"),
    ("The choir rehearses on Mondays.", "music"),
    ("He borrowed ten thousand euros to buy a car.", "money"),
]


def test_nine_of_ten_texts_get_their_topic_out_of_eight(call: Call):
    def topic(text: str) -> str:
        label: str = classify({"text": text, "labels": LABELS}, call)[0].data[0]["label"]
        return label

    right = sum(topic(text) == label for text, label in TOPICS)

    assert right >= 0.9 * len(TOPICS)  # measured: 22 of 24


def test_topic_scores_are_shares_best_first(call: Call):
    arguments: dict[str, Any] = {"text": "A goal in the last minute.", "labels": ["sport", "law"]}
    arguments["labels"] += [" sport ", ""]

    found = classify(arguments, call)[0].data

    assert [each["label"] for each in found] == ["sport", "law"]
    assert sum(each["score"] for each in found) == pytest.approx(1, abs=1e-3)
