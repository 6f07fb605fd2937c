from pathlib import Path

import pytest

from hugginggpt.examples import example
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.sentiment import classify_sentiment, compound

RIGHT = 0.75
"""A floor against regressions, not an estimate: word lists get about 7 of 10 everyday lines."""
SENTENCES = [
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
    ("positive", "We will definitely come back next summer."),
    ("positive", "The blender crushes ice without any trouble."),
    ("positive", "Honestly the friendliest dentist I have ever been to."),
    ("positive", "It fits my old bike perfectly and took five minutes to mount."),
    ("positive", "I was sceptical, but this cream cleared my skin in a week."),
    ("positive", "Good value and it looks far more expensive than it is."),
    ("positive", "The kids laughed from start to finish."),
    ("positive", "Support answered within an hour and fixed everything."),
    ("positive", "Fresh bread, great coffee, lovely garden."),
    ("positive", "Two years on and it still runs like new."),
    ("negative", "The handle came off on the second day."),
    ("negative", "We waited an hour and the food was cold."),
    ("negative", "The ending makes no sense and the acting is wooden."),
    ("negative", "It overheats after ten minutes."),
    ("negative", "Smaller than in the picture and the colour is wrong."),
    ("negative", "The driver was late, rude and got lost twice."),
    ("negative", "Save your money."),
    ("negative", "The app logs me out every single time."),
    ("negative", "There was hair in the shower and no hot water."),
    ("negative", "I had to return it because the screen flickers."),
    ("neutral", "It comes in three sizes."),
    ("neutral", "The museum opens at ten."),
    ("neutral", "I bought it in March."),
    ("neutral", "The lamp uses a standard bulb."),
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
    assert first.metadata["compound"] < 0 < second.metadata["compound"]


def test_everyday_sentences_mostly_get_their_label(call: Call):
    right = sum(verdict(text, call) == expected for expected, text in SENTENCES)

    assert right / len(SENTENCES) >= RIGHT


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
