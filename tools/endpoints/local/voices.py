"""Words made audible: texts read aloud, music and sounds from a description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_count, given_text, given_word
from hugginggpt.tools.endpoints.embedded.sentences import split_sentences
from hugginggpt.tools.endpoints.local import diffusion
from hugginggpt.tools.endpoints.local.companions import companion, vocoder_of
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import (
    auto_class,
    load_model,
    load_processor,
    quietly,
)
from hugginggpt.tools.endpoints.local.recordings import write_sound
from hugginggpt.tools.endpoints.local.seeds import seeded
from hugginggpt.tools.endpoints.local.writing import teller
from hugginggpt.tools.errors import TaskError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BREATH = 0.2
"""Seconds of silence between two sentences."""
_USUAL_SPEED = 165
"""Words a minute that models were trained on, about."""
_SLOWEST, _FASTEST = 60, 400
_MUSIC_SECONDS = 10


def load_voice(weights: Weights) -> Loaded:
    """A model that makes sound of words, in a pipeline of transformers.

    Raises:
        TaskError: it does not, or its vocoder is missing.

    """
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_TEXT_TO_SPECTROGRAM_MAPPING_NAMES

    paints = weights.config.get("model_type") in MODEL_FOR_TEXT_TO_SPECTROGRAM_MAPPING_NAMES
    auto = "AutoModelForTextToSpectrogram" if paints else "AutoModelForTextToWaveform"
    model = load_model(weights, auto_class(auto))
    vocoder = load_vocoder(weights) if paints else None
    processor = load_processor(weights, "AutoProcessor", "AutoTokenizer")
    tokenizer = getattr(processor, "tokenizer", processor)
    parts = {"tokenizer": tokenizer} | (
        {"processor": processor} if tokenizer is not processor else {}
    )
    with quietly():
        pipeline = transformers.pipeline(
            "text-to-audio", model=model, vocoder=vocoder, device=weights.device, **parts
        )
    return Loaded(weights, pipeline, tokenizer, {"vocoder": vocoder})


def load_vocoder(weights: Weights) -> Any:
    """The network that turns what the model makes into sound.

    Raises:
        TaskError: there is none on this machine.

    """
    from transformers import SpeechT5HifiGan

    named = vocoder_of(weights)
    if named is None:
        raise TaskError(
            f"{weights.model} makes no sound by itself; put its vocoder in its folder `vocoder`"
        )
    return load_model(companion(weights, named), SpeechT5HifiGan)


def nobody(model: Any) -> Any:
    """What describes a speaker to SpeechT5: of nobody in particular."""
    import torch

    size = model.config.speaker_embedding_dim
    return torch.zeros(1, size, dtype=model.dtype, device=model.device)


# --- reading aloud ----------------------------------------------------------------------------


def read_aloud(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The text as it is spoken, sentence by sentence, as WAV.

    The settings are `voice`, a number where the model has several, and `speed` in words a minute.

    Raises:
        TaskError: the model has no such voice, or can't read the text.

    """
    text = given_text(arguments, "text")
    manner, told = _manner(loaded, arguments)
    sentences = _readable(loaded, text)
    spoken = []
    with seeded(arguments), quietly():
        for number, sentence in enumerate(sentences):
            call.progress("speaking", number / len(sentences))
            spoken.append(_spoken(loaded, sentence, manner))
    rate = loaded.model.sampling_rate
    return [write_sound(_joined(spoken, rate), rate, "speech", call, **told)]


def _spoken(loaded: Loaded, sentence: str, manner: Mapping[str, Any]) -> NDArray[np.float32]:
    """The samples of one sentence."""
    import numpy as np
    import torch

    with torch.inference_mode():
        return np.atleast_1d(loaded.model(sentence, forward_params=dict(manner))["audio"])


def _joined(spoken: list[NDArray[np.float32]], rate: int) -> NDArray[np.float32]:
    import numpy as np

    breath = np.zeros(int(_BREATH * rate), dtype=np.float32)
    return np.concatenate([each for sound in spoken for each in (sound, breath)][:-1])


def _manner(loaded: Loaded, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """How the model is told to speak, and what the result tells of it."""
    model = loaded.model.model
    manner: dict[str, Any] = {}
    told: dict[str, Any] = {}
    if model.config.model_type == "speecht5":
        manner["speaker_embeddings"] = nobody(model)
    if (speed := given_count(arguments, "speed", _SLOWEST, _FASTEST)) is not None:
        told = _set_speed(model, speed)
    elif hasattr(model, "speaking_rate"):
        model.speaking_rate = model.config.speaking_rate
    if given_word(arguments, "language") is not None:
        told["language"] = "the model's own: it can't be told another"
    if (voice := given_word(arguments, "voice")) is not None:
        manner["speaker_id"] = _voice(loaded, voice)
        told["voice"] = voice
    return manner, told


def _set_speed(model: Any, speed: int) -> dict[str, Any]:
    if not hasattr(model, "speaking_rate"):
        return {"note": "the model speaks at its own speed"}
    model.speaking_rate = model.config.speaking_rate * speed / _USUAL_SPEED
    return {"words_per_minute": speed}


def _voice(loaded: Loaded, voice: str) -> int:
    count = getattr(loaded.model.model.config, "num_speakers", 1)
    if voice.isdecimal() and int(voice) < count and count > 1:
        return int(voice)
    has = f"the voices 0 to {count - 1}" if count > 1 else "one voice"
    raise TaskError(f"{loaded.weights.model} has no voice {voice!r}; it has {has}")


def _readable(loaded: Loaded, text: str) -> list[str]:
    """The sentences of the text; marks without a letter or digit make no sound.

    Raises:
        TaskError: the model would leave letters out and say half a text, or nothing.

    """
    sentences = [sentence.text for sentence in split_sentences(text)]
    spoken = [each for each in sentences if any(letter.isalnum() for letter in each)]
    if not spoken:
        raise TaskError(f"there is nothing to say in {text[:40]!r}")
    if getattr(loaded.processor, "is_uroman", False) and not text.isascii():
        raise TaskError(
            f"{loaded.weights.model} reads Latin letters only; give it the text transliterated "
            "by uroman"
        )
    return spoken


# --- music and sounds -------------------------------------------------------------------------


def load_composer(weights: Weights) -> Loaded:
    """A model of transformers such as MusicGen, or a pipeline of diffusers.

    Raises:
        TaskError: it is none.

    """
    if "_class_name" in weights.config:
        return diffusion.load_pipeline(weights, takes={"prompt"}, gives="audio")
    return load_voice(weights)


def compose(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """Music or a sound that fits the words, as WAV: ten seconds, or what its pipeline makes."""
    prompt = given_text(arguments, "prompt")
    if "_class_name" in loaded.weights.config:
        samples, rate = diffusion.sound(loaded, arguments, call)
    else:
        with seeded(arguments), quietly():
            samples = loaded.model(prompt, generate_kwargs=_length(loaded, call))["audio"]
        rate = loaded.model.sampling_rate
    return [write_sound(samples, rate, "sound", call)]


def _length(loaded: Loaded, call: Call) -> dict[str, Any]:
    """Settings that end the music in time, where the model writes it bit by bit."""
    model = loaded.model.model
    frames = getattr(getattr(model.config, "audio_encoder", None), "frame_rate", None)
    if not model.can_generate() or frames is None:
        return {}
    most = int(_MUSIC_SECONDS * frames)

    def tell(length: int) -> None:
        call.progress("composing", min(1.0, length / most))

    return {"max_new_tokens": most, "stopping_criteria": [teller(tell)]}
