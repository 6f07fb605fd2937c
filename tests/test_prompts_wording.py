"""Results in words."""

import pytest

from hugginggpt.prompts.wording import phrase, short_path

BOX = {"xmin": 0, "ymin": 0, "xmax": 1, "ymax": 1}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "nothing found"),
        ([{"label": "positive", "score": 0.973}], "positive (97 %)"),
        ([{"label": "face", "score": 1.0, "box": BOX}], "1 face"),
        ([{"label": "face", "score": 1.0, "box": BOX}] * 2, "2 faces"),
        ([{"answer": "12.40", "score": 1.0}], "12.40"),
        ([{"entity_group": "DATE", "word": "3 May", "start": 0, "end": 5}], "3 May (date)"),
        ([{"start": 0.5, "end": 2.25}], "0.5 to 2.2 s"),
        ([{"text": "a kitten", "score": 0.713}], "a kitten (0.71)"),
        ({"rows": 3}, "rows 3"),
        ([1.23456, 2], "1.23, 2"),
    ],
)
def test_phrase(data, words):
    assert phrase(data) == words


def test_short_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert short_path(str(tmp_path / "out" / "a.wav")) == "out/a.wav"
    assert short_path("/elsewhere/a.wav") == "/elsewhere/a.wav"
