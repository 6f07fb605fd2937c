"""Speech written down by tiny random networks: the words are noise, their times are not."""

import numpy as np
import pytest
import soundfile
from tiny import audio as tiny
from tiny.weights import weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local import speech
from hugginggpt.tools.endpoints.local.recordings import cut_at_pauses, cut_evenly, write_sound
from hugginggpt.tools.errors import FileInputError, TaskError

MODELS = {
    "ctc": tiny.save_ctc,
    "whisper": tiny.save_whisper,
    "english": lambda folder: tiny.save_whisper(folder, ("en",)),
    "moonshine": tiny.save_moonshine,
    "parakeet": tiny.save_parakeet,
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    kept = {}

    def load(name):
        if name not in kept:
            folder = MODELS[name](tmp_path_factory.mktemp(name))
            kept[name] = speech.load_speech(weights_of(folder))
        return kept[name]

    return load


@pytest.fixture
def told():
    return []


@pytest.fixture
def call(tmp_path, told):
    return Call(Workspace(tmp_path / "made"), lambda doing, share: told.append((doing, share)))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seconds", [3, 65])
def test_the_words_come_with_their_times(loaded, call, tmp_path, model, seconds):
    path = tiny.save_sound(tmp_path / "said.wav", seconds)
    (artifact,) = speech.transcribe(loaded(model), {"audio": path}, call)
    chunks = artifact.metadata["chunks"]
    assert artifact.text == " ".join(chunk["text"] for chunk in chunks) != ""
    assert artifact.metadata["seconds"] == seconds
    starts = [chunk["timestamp"][0] for chunk in chunks]
    assert starts == sorted(starts)
    assert all(0 <= a <= b <= seconds for a, b in (chunk["timestamp"] for chunk in chunks))
    assert artifact.model_dump_json()


def test_any_rate_and_channels_sound_the_same(loaded, call, tmp_path):
    one = tiny.save_sound(tmp_path / "one.wav", 2)
    other = tiny.save_sound(tmp_path / "other.flac", 2, rate=48_000, channels=2)
    first, second = (
        speech.transcribe(loaded("ctc"), {"audio": path}, call)[0].text for path in (one, other)
    )
    assert abs(len(first) - len(second)) <= 3


def test_parts_of_a_long_recording_join_without_a_seam(loaded, call, tmp_path, monkeypatch):
    path = tiny.save_sound(tmp_path / "said.wav", 12)
    whole = speech.transcribe(loaded("ctc"), {"audio": path}, call)[0].text
    monkeypatch.setattr(speech, "_AT_ONCE", 5)
    parts = speech.transcribe(loaded("ctc"), {"audio": path}, call)[0].text
    assert parts.replace(" ", "")[:40] == whole.replace(" ", "")[:40]
    assert abs(len(parts) - len(whole)) <= 0.1 * len(whole)


@pytest.mark.parametrize("language", ["fr", "French", "de-CH"])
def test_whisper_is_told_the_language(loaded, call, tmp_path, language):
    path = tiny.save_sound(tmp_path / "said.wav", 2)
    (artifact,) = speech.transcribe(loaded("whisper"), {"audio": path, "language": language}, call)
    assert artifact.text


def test_a_language_that_whisper_does_not_know(loaded, call, tmp_path):
    path = tiny.save_sound(tmp_path / "said.wav", 1)
    with pytest.raises(TaskError, match="does not know 'Klingon'; it knows de, en, fr"):
        speech.transcribe(loaded("whisper"), {"audio": path, "language": "Klingon"}, call)


def test_english_whisper_takes_english_alone(loaded, call, tmp_path):
    path = tiny.save_sound(tmp_path / "said.wav", 1)
    assert speech.transcribe(loaded("english"), {"audio": path, "language": "en"}, call)
    with pytest.raises(TaskError, match="it knows en$"):
        speech.transcribe(loaded("english"), {"audio": path, "language": "fr"}, call)


@pytest.mark.parametrize("model", MODELS)
def test_progress_is_told_and_can_stop_it(loaded, told, call, tmp_path, model):
    path = tiny.save_sound(tmp_path / "said.wav", 65)
    speech.transcribe(loaded(model), {"audio": path}, call)
    shares = [share for doing, share in told if doing == "listening"]
    assert len(shares) > 1
    assert shares == sorted(shares)

    def stop(doing, share):
        raise TaskError("was cancelled")

    with pytest.raises(TaskError, match="was cancelled"):
        speech.transcribe(loaded(model), {"audio": path}, Call(call.workspace, stop))


def test_no_words_are_no_result(loaded, call, tmp_path):
    path = tmp_path / "short.wav"
    soundfile.write(path, np.zeros(400), tiny.RATE)
    silent = tiny.save_ctc(tmp_path)
    model = speech.load_speech(weights_of(silent))
    model.model.lm_head.bias.data[0] = 1000  # the letter that stands for nothing
    with pytest.raises(TaskError, match="heard no words in 'short.wav'"):
        speech.transcribe(model, {"audio": path}, call)


def test_a_broken_recording(loaded, call, tmp_path):
    path = tmp_path / "broken.wav"
    path.write_bytes(b"RIFF....")
    with pytest.raises(FileInputError, match=r"'broken.wav' is not a recording"):
        speech.transcribe(loaded("ctc"), {"audio": path}, call)


def test_a_network_without_a_head_for_letters_is_refused(tmp_path):
    tiny.save_ctc(tmp_path)
    tiny.save_wav2vec2(tmp_path, "ForPreTraining", codevector_dim=16, proj_codevector_dim=16)
    with pytest.raises(TaskError, match=r"Wav2Vec2ForPreTraining and lacks weights .*lm_head"):
        speech.load_speech(weights_of(tmp_path))


def test_a_model_of_texts_is_refused(tmp_path):
    from tiny.text import save_bert

    with pytest.raises(TaskError, match="can't be loaded as AutoModelForCTC"):
        speech.load_speech(weights_of(save_bert(tmp_path, "")))


# --- recordings -------------------------------------------------------------------------------


def test_cuts_lie_in_the_silence(tmp_path):
    moments = np.arange(25 * 100) / 100
    samples = ((moments < 8.5) | (moments > 8.8)).astype("float32")
    parts = list(cut_at_pauses(samples, 100, 10))
    assert 8.5 <= parts[1].start / 100 <= 8.8
    assert np.array_equal(np.concatenate([part.samples for part in parts]), samples)
    assert all(0 < len(part.samples) <= 1000 for part in parts)


@pytest.mark.parametrize("length", [1, 10, 11, 30])
def test_even_parts_hold_everything(length):
    samples = np.arange(30, dtype="float32")
    parts = list(cut_evenly(samples, length))
    assert np.array_equal(np.concatenate([part.samples for part in parts]), samples)
    assert [part.samples[0] for part in parts] == [part.start for part in parts]


def test_loud_sound_is_turned_down(call):
    artifact = write_sound(np.array([[0.0, 4.0, -2.0], [1.0, 0.0, 0.0]]), 8000, "sound", call)
    samples, rate = soundfile.read(artifact.path)
    assert rate == 8000
    assert samples == pytest.approx(np.array([[0, 0.25], [1, 0], [-0.5, 0]]), abs=1e-3)


def test_silence_is_no_sound(call):
    with pytest.raises(TaskError, match="without any sound"):
        write_sound(np.array([0.0, np.nan]), 8000, "sound", call)
