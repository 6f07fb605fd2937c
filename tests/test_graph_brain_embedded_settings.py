"""What a clause says about a task besides its content."""

from typing import Any

import pytest

from hugginggpt.graph.brain.embedded import settings, targets, wording
from hugginggpt.graph.brain.embedded.clauses import Clause
from hugginggpt.graph.brain.embedded.cues import Hit
from hugginggpt.graph.brain.embedded.mentions import mask
from hugginggpt.graph.brain.embedded.wording import Words
from hugginggpt.graph.request import Request


def words(text: str, kind: str = "summarization") -> Words:
    masked = mask(Request(text))
    clause = Clause(masked.text.rstrip("?"), "", text.endswith("?"))
    return Words(clause, masked, Hit(kind, 0, 0, 1.0, frozenset(), thing=False))


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        ("sentences", "sum it up in three short sentences", 3),
        ("sentences", "give me 5 bullet points", 5),
        ("sentences", "sum it up", None),
        ("steps", "the next 7 days", 7),
        ("steps", "for a couple of weeks", 2),
        ("voice", "read it in a woman's voice", "female"),
        ("speed", "read it slowly", 120),
        ("speed", "at 150 words per minute", 150),
        ("language", "the French recording", "fr"),
        ("language", "from French to German", None),
        ("source_language", "translate from French to German", "fr"),
        ("labels", "as sport, politics or science", ["sport", "politics", "science"]),
        ("labels", "put a.txt into these categories: billing, shipping", ["billing", "shipping"]),
        ("labels", "classify it", []),
    ],
)
def test_settings(setting: str, text: str, value: Any) -> None:
    assert settings.SETTINGS[setting](words(text)) == value


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("translate it into French and German", ["fr", "de"]),
        ("translate the French text to English", ["en"]),
        ("a Dutch version", ["nl"]),
        ("translate it from Italian", ["en"]),
        ("translate it", []),
    ],
)
def test_target_languages(text: str, languages: list[str]) -> None:
    assert settings.target_languages(words(text)) == languages


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("predict the price from houses.csv", "price"),
        ("predict the total_cost column", "total_cost"),
        ('predict "Sale Price"', "Sale Price"),
        ("forecast the next 7 days of visits.csv", None),
        ("predict which customers leave", None),
    ],
)
def test_columns(text: str, column: str | None) -> None:
    assert settings.column(words(text)) == column


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("how many faces are in a.png", ["face"]),
        ("how many people and dogs are there", ["person", "dog"]),
        ("find my keys in the hall", ["keys"]),
        ("detect the objects", []),
        ("number of cherries", ["cherry"]),
        ("where are the buses", ["bus"]),
    ],
)
def test_targets(text: str, named: list[str]) -> None:
    assert targets.targets(words(text)) == named


@pytest.mark.parametrize(
    ("reader", "kind", "text", "said"),
    [
        ("question", "", "can you tell me who is in a.png?", "who is in it?"),
        ("question", "", 'answer "who is it?" about a.png', "who is it?"),
        ("question", "", "check in a.txt whether pets are allowed", "whether pets are allowed"),
        ("query", "text-retrieval", "find the passages about refunds in a.txt", "refunds"),
        ("prompt", "text-to-image", "draw me a lighthouse", "a lighthouse"),
        ("prompt", "text-to-image", "generate an image", ""),
        ("prompt", "text-to-image", "turn the summary into a picture", "the summary"),
        ("prompt", "canny-text-to-image", "draw a hall with the same edges", "a hall"),
        ("prompt", "image-text-to-image", "make the door in a.png red", "make the door red"),
        ("said", "translation", "how do you say good night in French", "good night"),
        ("said", "translation", "what's the Dutch word for butterfly", "butterfly"),
        ("said", "translation", "translate it into French", ""),
        ("said", "text-to-speech", "say dinner is ready aloud", "dinner is ready"),
        ("instruction", "", "please explain chart.png to a child", "explain it to a child"),
    ],
)
def test_words(reader: str, kind: str, text: str, said: str) -> None:
    assert getattr(wording, reader)(words(text, kind)) == said


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("red, green or blue", ["red", "green", "blue"]),
        ("Open at nine. Free parking.", ["Open at nine", "Free parking"]),
        ("a\nb, c", ["a", "b, c"]),
        ("one", ["one"]),
        ("", []),
    ],
)
def test_listed_items(text: str, items: list[str]) -> None:
    assert wording.listed_items(text) == items


def test_lettered_choices() -> None:
    text = mask(Request("Ice is a) hot b) cold"))
    assert wording.multiple_choice(text) == {"text": "Ice is", "choices": ["hot", "cold"]}
