from pathlib import Path

import pytest

from hugginggpt.examples import example
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.sentiment import classify_sentiment, compound

# Written after the word list; bare VADER gets as many of these right, 21 of 28.
UNSEEN = [
    ("positive", "Great sound for such a small speaker."),
    ("positive", "The nurse was patient and kind with my son."),
    ("positive", "Ordered on Monday, arrived on Tuesday, works perfectly."),
    ("positive", "It keeps my coffee warm all morning, I am delighted."),
    ("positive", "A funny and touching story that I finished in one evening."),
    ("positive", "Very comfortable seats and a smooth ride."),
    ("positive", "The pizza was crisp and the prices are fair."),
    ("positive", "Best purchase I made this year."),
    ("positive", "A little heavy, but the pictures it takes are stunning."),
    ("positive", "They replaced the broken part for free, without any fuss."),
    ("positive", "My daughter adores this game."),
    ("positive", "Clear instructions, assembled in ten minutes."),
    ("negative", "I have been waiting six weeks for a reply."),
    ("negative", "The soup tasted like dishwater."),
    ("negative", "The heater makes a horrible noise and hardly warms the room."),
    ("negative", "Half of the pieces were missing."),
    ("negative", "Our luggage was lost and the airline did nothing."),
    ("negative", "I had high hopes, but the battery is dead by noon."),
    ("negative", "Unfriendly staff, sticky tables, lukewarm beer."),
    ("neutral", "The bus leaves every twenty minutes."),
    ("neutral", "The box contains four chairs and a table."),
    ("neutral", "He is forty and works in a bank."),
    ("neutral", "The shop is next to the station."),
]
TURNS = [
    ("positive", "Not bad at all!"),
    ("positive", "A bit pricey, but worth every penny."),
    ("positive", "My kids can't get enough of it."),
    ("positive", "The room was small but spotless, and the view made up for everything."),
    ("negative", "I wanted to like it, but it simply does not work."),
    ("negative", "Never again."),
    ("negative", "I expected better from this brand."),
    ("negative", "Do not buy."),
    ("negative", "The zip tore the first time I used it."),
    ("negative", "They charged me twice and refuse to give my money back."),
]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


def verdict(text: str, call: Call) -> str:
    label: str = classify_sentiment({"text": text}, call)[0].data[0]["label"]
    return label


def test_the_second_review_is_the_happier(call: Call):
    first, second = (
        classify_sentiment({"text": example(f"review-{number}.txt").read_text()}, call)[0]
        for number in (1, 2)
    )

    assert first.data[0]["label"] == "negative"
    assert second.data[0]["label"] == "positive"
    assert first.metadata["compound"] < -0.3 < 0.3 < second.metadata["compound"]


@pytest.mark.parametrize(("expected", "text"), TURNS, ids=[text for _, text in TURNS])
def test_turns_of_phrase_are_understood(expected: str, text: str, call: Call):
    assert verdict(text, call) == expected


def test_most_unseen_sentences_get_their_label(call: Call):
    right = sum(verdict(text, call) == expected for expected, text in UNSEEN)

    assert right >= 0.8 * len(UNSEEN)


def test_scores_are_shares_best_first(call: Call):
    scores = [each["score"] for each in classify_sentiment({"text": "Lovely."}, call)[0].data]

    assert sum(scores) == pytest.approx(1, abs=1e-3)
    assert scores == sorted(scores, reverse=True)


def test_the_end_of_a_long_review_still_counts():
    good = "The room was lovely and the staff were kind. " * 20

    assert compound(good + "The food was awful and cold. " * 5) < compound(good)


@pytest.mark.parametrize("text", ["12 34 56", "?!?!", "\U0001f600" * 50, "a" * 100_000])
def test_texts_without_words_are_weighed_too(text: str):
    assert -1 <= compound(text) <= 1
