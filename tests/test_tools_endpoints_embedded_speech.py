import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.espeak import library
from hugginggpt.tools.endpoints.embedded.speech import (
    MAX_CHARACTERS,
    _choose_manner,
    _say_money,
    read_aloud,
)
from hugginggpt.tools.errors import TaskError

HELLO = "Hello, how are you today?"


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


def samples(artifact: Artifact) -> np.ndarray:
    with wave.open(str(artifact.path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22_050)
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).astype(float)


def test_the_file_holds_as_much_speech_as_it_says(call: Call):
    artifact = read_aloud({"text": HELLO}, call)[0]

    heard = samples(artifact)
    assert artifact.modality == "audio"
    assert artifact.metadata["seconds"] == pytest.approx(len(heard) / 22_050, abs=0.01)
    assert 1 < artifact.metadata["seconds"] < 4
    assert heard.std() > 500  # of 32,768; silence has none


def test_speech_has_voiced_sounds_of_a_human_pitch(call: Call):
    heard = samples(read_aloud({"text": "aaaaaah, ooooh, mmmmm"}, call)[0])

    spectrum = np.abs(np.fft.rfft(heard)) ** 2
    hertz = np.fft.rfftfreq(len(heard), 1 / 22_050)
    assert spectrum[(hertz > 70) & (hertz < 4000)].sum() > 0.8 * spectrum.sum()


def test_twice_the_speed_takes_about_half_the_time(call: Call):
    slow = read_aloud({"text": HELLO, "speed": "120"}, call)[0].metadata
    fast = read_aloud({"text": HELLO, "speed": 240}, call)[0].metadata

    assert 0.4 < fast["seconds"] / slow["seconds"] < 0.65
    assert (slow["words_per_minute"], fast["words_per_minute"]) == (120, 240)


def test_languages_sound_different(call: Call):
    artifacts = [
        read_aloud({"text": "Paris 1984", "language": code}, call)[0]
        for code in ("en", "fr", "de", "es")
    ]

    assert len({len(samples(each)) for each in artifacts}) == 4
    assert [each.metadata["language"] for each in artifacts] == ["en", "fr", "de", "es"]


def test_voices_sound_different(call: Call):
    voices = [read_aloud({"text": HELLO, "voice": v}, call)[0] for v in ("female", "male", "Annie")]

    assert len({samples(each).std() for each in voices}) == 3
    assert [each.metadata["voice"] for each in voices] == ["f2", "m3", "Annie"]


@pytest.mark.parametrize(
    ("wanted", "code"), [("pt_BR", "pt-br"), ("FR-ca", "fr"), ("German", "de"), ("zh", "zh")]
)
def test_languages_are_found_by_code_or_name(wanted: str, code: str, call: Call):
    artifact = read_aloud({"text": "one", "language": wanted}, call)[0]

    assert artifact.metadata["language"] == code


def test_every_listed_language_speaks(call: Call, capfd: pytest.CaptureFixture[str]):
    silent = [
        code
        for code in library().languages
        if not read_aloud({"text": "1 a \u13a0", "language": code}, call)[0].metadata["seconds"]
    ]

    assert silent == []
    assert capfd.readouterr().err == ""  # espeak-ng complains here about missing dictionaries


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"text": "hi", "language": "xx"}, r"does not speak 'xx'.*such as en, en-us, de, fr"),
        ({"text": "hi", "voice": "bob"}, r"no voice 'bob'; it has female, male"),
        ({"text": "hi", "speed": "1000"}, r"'speed' must be a whole number from 80 to 450"),
        ({"text": " "}, r"'text' holds no text"),
        ({"text": "..."}, r"nothing to say in '\.\.\.'"),
        ({"text": "a" * (MAX_CHARACTERS + 1)}, r"120,001 characters; at most 120,000"),
    ],
)
def test_what_cannot_be_said_is_explained(arguments: dict[str, str], complaint: str, call: Call):
    with pytest.raises(TaskError, match=complaint):
        read_aloud(arguments, call)


def test_a_long_text_is_spoken_whole_and_reported_on_the_way(tmp_path: Path):
    shares: list[float] = []
    call = Call(Workspace(tmp_path), lambda _, share: shares.append(share or 0.0))
    sentence = "The bees fly to the old oak. "

    short = read_aloud({"text": sentence * 10}, call)[0].metadata["seconds"]
    shares.clear()
    long = read_aloud({"text": sentence * 600}, call)[0].metadata["seconds"]

    assert long == pytest.approx(60 * short, rel=0.05)
    assert shares == sorted(shares)
    assert len(shares) > 5


def test_strange_characters_do_no_harm(call: Call):
    text = "5 < 6 & 7 > 2 \0 [[x]] <speak>hello</speak> \u202e \U0001f600 \ud800"

    assert read_aloud({"text": text}, call)[0].metadata["seconds"] > 1


def test_threads_take_turns(call: Call):
    texts = ["Short.", "A somewhat longer sentence than the first one.", "Three. Four. Five."] * 4

    def seconds(text: str) -> float:
        length: float = read_aloud({"text": text}, call)[0].metadata["seconds"]
        return length

    alone = {text: seconds(text) for text in set(texts)}
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(seconds, texts))

    assert together == pytest.approx([alone[text] for text in texts], abs=0.05)


@pytest.mark.parametrize(
    ("written", "said"),
    [("EUR 23.40", "23.40 euros"), ("It was $1,200.", "It was 1,200 dollars."), ("5 EUR", "5 EUR")],
)
def test_amounts_are_said_as_people_say_them(written: str, said: str):
    manner = _choose_manner({"language": "en"}, library())

    assert _say_money(written, manner) == said
