"""`hugginggpt demo`: right answers and real files, all in one run."""

import wave

import pytest
from typer.testing import CliRunner

from hugginggpt.app.cli import app


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("demo")
        patch.chdir(folder)
        return CliRunner().invoke(app, ["demo"]), folder


def test_everything_is_done(demo):
    result, _ = demo
    assert result.exit_code == 0
    assert "failed" not in result.stdout


@pytest.mark.parametrize(
    "words", ["**EUR 23.40**", "`review-2.txt` is the happier", "**1 face**", "bees"]
)
def test_the_answers_are_right(demo, words):
    assert words in demo[0].stdout


def test_the_request_is_shown(demo):
    assert demo[0].stderr.startswith("What is the total on receipt.png, and say it aloud.")


def test_the_sounds_are_real(demo):
    _, folder = demo
    paths = sorted(folder.glob("hugginggpt-files/speech-*.wav"))
    lengths = []
    for path in paths:
        with wave.open(str(path)) as sound:
            lengths.append(sound.getnframes() / sound.getframerate())
    assert len(lengths) == 2
    assert min(lengths) > 1
    assert max(lengths) > 10
