"""Voices and music of tiny random networks: noise, in files that play."""

import pytest
import soundfile
from tiny import audio as tiny
from tiny.weights import weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local import voices
from hugginggpt.tools.errors import TaskError

MODELS = {
    "vits": tiny.save_vits,
    "several": lambda folder: tiny.save_vits(folder, num_speakers=3, speaker_embedding_size=4),
    "speecht5": lambda folder: tiny.save_speecht5(folder, "ForTextToSpeech"),
    "bark": tiny.save_bark,
    "musicgen": tiny.save_musicgen,
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    kept = {}

    def load(name):
        if name not in kept:
            kept[name] = voices.load_voice(weights_of(MODELS[name](tmp_path_factory.mktemp(name))))
        return kept[name]

    return load


@pytest.fixture
def told():
    return []


@pytest.fixture
def call(tmp_path, told):
    return Call(Workspace(tmp_path / "made"), lambda doing, share: told.append((doing, share)))


@pytest.mark.parametrize("model", ["vits", "several", "speecht5", "bark"])
def test_a_text_is_read_aloud(loaded, call, told, model):
    arguments = {"text": "Hello there. How are you? Fine."}
    (artifact,) = voices.read_aloud(loaded(model), arguments, call)
    samples, rate = soundfile.read(artifact.path)
    assert rate == artifact.metadata["sampling_rate"] == tiny.RATE
    assert artifact.metadata["seconds"] == round(len(samples) / rate, 2)
    assert len(samples) > 2 * 0.2 * rate  # the silence between three sentences
    assert [share for _, share in told] == pytest.approx([0, 1 / 3, 2 / 3])


def test_a_language_that_the_model_can_not_be_told(loaded, call):
    (artifact,) = voices.read_aloud(loaded("vits"), {"text": "hello", "language": "fr"}, call)
    assert artifact.metadata["language"] == "the model's own: it can't be told another"


def test_the_same_text_sounds_the_same(loaded, call):
    first, second = (
        voices.read_aloud(loaded("vits"), {"text": "hello there"}, call) for _ in range(2)
    )
    assert first == second


def test_speed(loaded, call):
    slow, fast, usual = (
        voices.read_aloud(loaded("vits"), {"text": "hello there " * 5} | speed, call)[0].metadata
        for speed in ({"speed": "80"}, {"speed": "330"}, {})
    )
    assert slow["seconds"] > usual["seconds"] > fast["seconds"]
    assert fast["words_per_minute"] == 330


def test_a_model_without_speed_says_so(loaded, call):
    (artifact,) = voices.read_aloud(loaded("speecht5"), {"text": "hello", "speed": "200"}, call)
    assert artifact.metadata["note"] == "the model speaks at its own speed"


def test_each_voice_sounds_different(loaded, call):
    made = {
        voices.read_aloud(loaded("several"), {"text": "hello", "voice": v}, call)[0].path
        for v in "012"
    }
    assert len(made) == 3


@pytest.mark.parametrize(
    ("model", "voice", "has"),
    [("several", "3", "the voices 0 to 2"), ("several", "Ann", "the voices"), ("vits", "0", "one")],
)
def test_a_voice_that_is_not_there(loaded, call, model, voice, has):
    with pytest.raises(TaskError, match=f"has no voice '{voice}'; it has {has}"):
        voices.read_aloud(loaded(model), {"text": "hello", "voice": voice}, call)


def test_marks_are_nothing_to_say(loaded, call):
    with pytest.raises(TaskError, match=r"nothing to say in '\?!'"):
        voices.read_aloud(loaded("vits"), {"text": "?!"}, call)


def test_a_speed_out_of_reach(loaded, call):
    with pytest.raises(TaskError, match="'speed' must be a whole number from 60 to 400"):
        voices.read_aloud(loaded("vits"), {"text": "hello", "speed": "9000"}, call)


def test_letters_that_the_model_would_leave_out(tmp_path, call):
    import json

    path = tiny.save_vits(tmp_path) / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"is_uroman": True}))
    model = voices.load_voice(weights_of(tmp_path))
    with pytest.raises(TaskError, match="uroman"):
        voices.read_aloud(model, {"text": "привет"}, call)


def test_a_voice_without_its_vocoder(tmp_path):
    folder = tiny.save_speecht5(tmp_path, "ForTextToSpeech", vocoder=False)
    with pytest.raises(TaskError, match="needs microsoft/speecht5_hifigan beside it"):
        voices.load_voice(weights_of(folder))


def test_a_model_of_texts_has_no_voice(tmp_path):
    from tiny.text import save_bert

    with pytest.raises(TaskError, match="can't be loaded as AutoModelForTextToWaveform"):
        voices.load_voice(weights_of(save_bert(tmp_path, "")))


def test_music(loaded, call, told):
    (artifact,) = voices.compose(loaded("musicgen"), {"prompt": "happy cat"}, call)
    samples, rate = soundfile.read(artifact.path)
    assert len(samples) / rate == pytest.approx(10, abs=0.2)
    assert told[-1][0] == "composing"
    assert told[-1][1] == pytest.approx(1, abs=0.1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_sound_from_a_pipeline_of_diffusers(tmp_path, call, told):
    from tiny import pipelines

    loaded = voices.load_composer(weights_of(pipelines.save_stable_audio(tmp_path)))
    (artifact,) = voices.compose(pipelines.hurried(loaded), {"prompt": "happy cat"}, call)
    samples, rate = soundfile.read(artifact.path)
    assert samples.shape == (8000, 2)
    assert rate == artifact.metadata["sampling_rate"] == 16_000
    assert told[-1] == ("step 2 of 2", 1.0)


def test_music_can_be_stopped(loaded, call):
    def stop(doing, share):
        raise TaskError("was cancelled")

    with pytest.raises(TaskError, match="was cancelled"):
        voices.compose(loaded("musicgen"), {"prompt": "cat"}, Call(call.workspace, stop))
