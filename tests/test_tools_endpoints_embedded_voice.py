import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.speech import read_aloud
from hugginggpt.tools.endpoints.embedded.voice import detect_voice, find_stretches

RATE = 22_050


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


def say(text: str, voice: str, call: Call) -> np.ndarray:
    spoken = read_aloud({"text": text, "voice": voice}, call)[0]
    with wave.open(str(spoken.path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
    loud = np.flatnonzero(np.abs(samples) > 300)  # espeak-ng begins and ends with silence
    return samples[loud[0] : loud[-1]] / 32_768


def detect(samples: np.ndarray, folder: Path, call: Call) -> Artifact:
    path = folder / "recording.wav"
    soundfile.write(path, samples, RATE)
    return detect_voice({"audio": path}, call)[0]


def test_speech_between_silences_is_found_to_a_third_of_a_second(tmp_path: Path, call: Call):
    silence = np.random.default_rng(0).normal(0, 0.0005, 2 * RATE)
    first = say("The library opens at nine every weekday.", "male", call)
    second = say("Dogs must be kept on a lead because of the sheep.", "female", call)
    recording = np.concatenate([silence, first, silence, second, silence])

    found = detect(recording, tmp_path, call)

    begins = 2, 4 + len(first) / RATE
    ends = 2 + len(first) / RATE, 4 + (len(first) + len(second)) / RATE
    assert [each["start"] for each in found.data] == pytest.approx(begins, abs=0.3)
    assert [each["end"] for each in found.data] == pytest.approx(ends, abs=0.3)
    assert found.metadata["seconds"] == pytest.approx(len(recording) / RATE, abs=0.05)
    assert found.metadata["speech_seconds"] == pytest.approx(
        (len(first) + len(second)) / RATE, abs=0.6
    )


@pytest.mark.parametrize("sound", ["silence", "tone", "noise", "chord"])
def test_other_sounds_are_not_speech(sound: str, tmp_path: Path, call: Call):
    seconds = np.arange(3 * RATE) / RATE
    sounds = {
        "silence": np.zeros(3 * RATE),
        "tone": 0.5 * np.sin(2 * np.pi * 440 * seconds),
        "noise": np.random.default_rng(0).normal(0, 0.1, 3 * RATE),
        "chord": sum(0.2 * np.sin(2 * np.pi * f * seconds) for f in (262, 330, 392)),
    }

    found = detect(np.asarray(sounds[sound]), tmp_path, call)

    assert found.data == []
    assert found.metadata["speech_seconds"] == 0


def test_a_recording_of_an_instant_is_heard(tmp_path: Path, call: Call):
    assert detect(np.zeros(10), tmp_path, call).data == []


STEP = 512 / 16_000


def test_a_flicker_does_not_split_a_stretch():
    chances = [0.0] * 10 + [0.9] * 20 + [0.4] * 5 + [0.1] * 3 + [0.9] * 20 + [0.0] * 20

    found = find_stretches(chances)

    assert [(each.start, each.end) for each in found] == [(10 * STEP, 58 * STEP)]


def test_a_click_is_no_speech():
    assert find_stretches([0.0] * 10 + [0.9] * 2 + [0.0] * 20) == []


def test_speech_up_to_the_end_ends_with_the_recording():
    found = find_stretches([0.9] * 30)

    assert [(each.start, each.end) for each in found] == [(0, 30 * STEP)]
