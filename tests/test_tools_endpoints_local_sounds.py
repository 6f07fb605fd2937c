"""Recordings labelled, searched for speech and changed, by tiny random networks."""

import numpy as np
import pytest
import soundfile
from tiny import audio as tiny
from tiny.weights import weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local import sounds
from hugginggpt.tools.errors import TaskError

LABELS = {"id2label": {0: "dog", 1: "cat"}, "label2id": {"dog": 0, "cat": 1}}
MODELS = {
    "wav2vec2": (
        lambda folder: tiny.save_wav2vec2(folder, "ForSequenceClassification", **LABELS),
        sounds.load_listener,
    ),
    "ast": (lambda folder: tiny.save_ast(folder, LABELS), sounds.load_listener),
    "frames": (
        lambda folder: tiny.save_wav2vec2(folder, "ForAudioFrameClassification"),
        sounds.load_detector,
    ),
    "speecht5": (
        lambda folder: tiny.save_speecht5(folder, "ForSpeechToSpeech"),
        sounds.load_changer,
    ),
    "encodec": (tiny.save_encodec, sounds.load_changer),
    "stereo": (lambda folder: tiny.save_encodec(folder, channels=2), sounds.load_changer),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    kept = {}

    def load(name):
        if name not in kept:
            save, load_it = MODELS[name]
            kept[name] = load_it(weights_of(save(tmp_path_factory.mktemp(name))))
        return kept[name]

    return load


@pytest.fixture
def call(tmp_path):
    return Call(Workspace(tmp_path / "made"))


@pytest.mark.parametrize("model", ["wav2vec2", "ast"])
@pytest.mark.parametrize("seconds", [0.3, 5, 25])
def test_all_labels_are_told(loaded, call, tmp_path, model, seconds):
    path = tiny.save_sound(tmp_path / "heard.wav", seconds, rate=44_100, channels=2)
    ((artifact,),) = sounds.classify(loaded(model), [{"audio": path}], [call])
    assert {row["label"] for row in artifact.data} == {"dog", "cat"}
    assert sum(row["score"] for row in artifact.data) == pytest.approx(1, abs=1e-3)
    assert artifact.data[0]["score"] >= artifact.data[1]["score"]


@pytest.mark.parametrize("model", ["wav2vec2", "ast"])
def test_a_batch_tells_the_same_as_one_after_the_other(loaded, call, tmp_path, model):
    paths = [tiny.save_sound(tmp_path / f"{n}.wav", n) for n in (1, 2, 12)]
    many = [{"audio": path} for path in [*paths, paths[0]]]
    together = sounds.classify(loaded(model), many, [call] * 4)
    alone = [sounds.classify(loaded(model), [one], [call])[0] for one in many]
    for (one,), (other,) in zip(together, alone, strict=True):
        scores = {row["label"]: row["score"] for row in other.data}
        assert {r["label"]: pytest.approx(r["score"], abs=2e-4) for r in one.data} == scores


def test_a_model_without_labels_is_refused(tmp_path):
    tiny.save_wav2vec2(tmp_path, "ForPreTraining", codevector_dim=16, proj_codevector_dim=16)
    with pytest.raises(TaskError, match="lacks weights that the task needs"):
        sounds.load_listener(weights_of(tmp_path))


@pytest.mark.parametrize("seconds", [0.3, 3, 65])
def test_stretches_of_speech_lie_within_the_recording(loaded, call, tmp_path, seconds):
    path = tiny.save_sound(tmp_path / "heard.wav", seconds)
    (artifact,) = sounds.detect_voice(loaded("frames"), {"audio": path}, call)
    assert artifact.metadata["seconds"] == seconds
    assert all(0 <= row["start"] < row["end"] <= seconds for row in artifact.data)
    spoken = sum(row["end"] - row["start"] for row in artifact.data)
    assert artifact.metadata["speech_seconds"] == pytest.approx(spoken, abs=0.02)


def test_speech_is_found_where_it_is(tmp_path, call):
    """A network that is sure wherever it hears anything marks the sound and not the silence."""
    model = sounds.load_detector(
        weights_of(tiny.save_wav2vec2(tmp_path, "ForAudioFrameClassification", num_labels=1))
    )
    path = tmp_path / "heard.wav"
    moments = np.arange(4 * tiny.RATE) / tiny.RATE
    loud = (moments > 1) & (moments < 2.5)
    soundfile.write(path, np.sin(1000 * moments) * loud, tiny.RATE)
    model = sounds.Loaded(model.weights, _Ear(model.model.config), model.processor)
    (artifact,) = sounds.detect_voice(model, {"audio": path}, call)
    (row,) = artifact.data
    assert row["start"] == pytest.approx(1, abs=0.1)
    assert row["end"] == pytest.approx(2.5, abs=0.1)


class _Ear:
    """A network of one neuron, which hears how loud each frame of 20 ms is."""

    def __init__(self, config):
        import torch

        self.config, self.device, self.dtype = config, torch.device("cpu"), torch.float32

    def __call__(self, input_values):
        from types import SimpleNamespace

        frames = input_values[0, : input_values.shape[1] // 320 * 320].reshape(1, -1, 320)
        return SimpleNamespace(logits=frames.std(-1, keepdim=True) * 40 - 10)


@pytest.mark.parametrize("model", ["encodec", "stereo"])
@pytest.mark.parametrize("seconds", [0.5, 31])
def test_a_codec_passes_a_recording_on(loaded, call, tmp_path, model, seconds):
    path = tiny.save_sound(tmp_path / "heard.wav", seconds)
    (artifact,) = sounds.change(loaded(model), {"audio": path}, call)
    samples, rate = soundfile.read(artifact.path, always_2d=True)
    assert len(samples) / rate == seconds
    assert samples.shape[1] == {"encodec": 1, "stereo": 2}[model]


def test_another_voice(loaded, call, tmp_path):
    path = tiny.save_sound(tmp_path / "said.wav", 2)
    (artifact,) = sounds.change(loaded("speecht5"), {"audio": path}, call)
    samples, rate = soundfile.read(artifact.path)
    assert len(samples) > 0
    assert rate == artifact.metadata["sampling_rate"] == tiny.RATE


def test_a_model_that_changes_nothing_is_refused(tmp_path):
    folder = tiny.save_wav2vec2(tmp_path, "Model")
    with pytest.raises(TaskError, match="makes no recording of a recording"):
        sounds.load_changer(weights_of(folder))


@pytest.mark.parametrize("model", ["frames", "encodec"])
def test_it_stops_when_nobody_waits(loaded, call, tmp_path, model):
    path = tiny.save_sound(tmp_path / "heard.wav", 1)
    work = {"frames": sounds.detect_voice, "encodec": sounds.change}[model]

    def stop(doing, share):
        raise TaskError("was cancelled")

    with pytest.raises(TaskError, match="was cancelled"):
        work(loaded(model), {"audio": path}, Call(call.workspace, stop))
