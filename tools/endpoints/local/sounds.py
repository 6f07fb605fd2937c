"""Recordings heard and changed: what kind of sound, when somebody speaks, another recording."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.voice import find_stretches
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import (
    auto_class,
    by_auto,
    load_model,
    load_processor,
)
from hugginggpt.tools.endpoints.local.recordings import cut_evenly, hear, write_sound
from hugginggpt.tools.endpoints.local.voices import load_vocoder, nobody
from hugginggpt.tools.errors import TaskError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CLIP = 10
"""Seconds that are labelled at once; models were trained on clips about as long."""
_AT_ONCE = 30
"""Seconds that are listened to or changed at once."""
_SHORTEST = 0.1
"""Seconds; what is left at the end of a recording and shorter is not heard by itself."""
_CHUNK = 0.032
"""Seconds between the chances that `find_stretches` takes."""
_QUIET = ("silence", "noise", "non-speech", "non_speech", "no_speech", "not_speech", "background")

load_listener = by_auto("AutoModelForAudioClassification", "AutoFeatureExtractor")
load_detector = by_auto("AutoModelForAudioFrameClassification", "AutoFeatureExtractor")


# --- labels -----------------------------------------------------------------------------------


def classify(
    loaded: Loaded, many: Sequence[Mapping[str, Any]], calls: Sequence[Call]
) -> list[list[Artifact]]:
    """All labels of each recording, the likeliest first; clips of a long one are averaged."""
    import torch

    owners: list[int] = []
    clips: list[dict[str, Any]] = []
    for number, (arguments, call) in enumerate(zip(many, calls, strict=True)):
        call.progress(f"listening to {arguments['audio'].name}", None)
        heard = _clips(loaded, hear(arguments["audio"], loaded.processor.sampling_rate))
        owners += [number] * len(heard)
        clips += heard
    chances = _chances(loaded, clips)
    owned = torch.tensor(owners)
    return [[_labels(loaded, chances[owned == n].mean(0))] for n in range(len(many))]


def _clips(loaded: Loaded, samples: NDArray[np.float32]) -> list[dict[str, Any]]:
    """What the network hears of each clip of the recording."""
    rate = loaded.processor.sampling_rate
    seconds = getattr(loaded.processor, "chunk_length", _CLIP)
    parts = [part.samples for part in cut_evenly(samples, int(seconds * rate))]
    kept = [part for part in parts if len(part) >= _SHORTEST * rate] or parts[:1]
    return [dict(loaded.processor(p, sampling_rate=rate, return_tensors="pt")) for p in kept]


def _chances(loaded: Loaded, clips: Sequence[Mapping[str, Any]]) -> Any:
    """How likely each label is in each clip: a tensor of shape (clips, labels).

    Clips of one length are heard together: filled up to one length, they would sound different.
    """
    import torch

    alike: dict[Any, list[int]] = defaultdict(list)
    for number, clip in enumerate(clips):
        alike[tuple(each.shape for each in clip.values())].append(number)
    chances = torch.empty(len(clips), loaded.model.config.num_labels)
    for numbers in alike.values():
        inputs = {n: torch.cat([clips[each][n] for each in numbers]) for n in clips[numbers[0]]}
        with torch.inference_mode():
            logits = loaded.model(**_placed(loaded, inputs)).logits.float().cpu()
        chances[numbers] = logits.softmax(-1)
    return chances


def _placed(loaded: Loaded, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs on the network's device, in its type of number."""
    model = loaded.model
    return {
        name: each.to(model.device, model.dtype if each.is_floating_point() else None)
        for name, each in inputs.items()
    }


def _labels(loaded: Loaded, chances: Any) -> Artifact:
    names = loaded.model.config.id2label
    rows = [{"label": names[n], "score": round(s, 4)} for n, s in enumerate(chances.tolist())]
    return Artifact.of_data(sorted(rows, key=lambda row: -row["score"]))


# --- voices -----------------------------------------------------------------------------------


def detect_voice(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The stretches of speech in order, in seconds; none is a result too."""
    import numpy as np

    rate = loaded.processor.sampling_rate
    samples = hear(arguments["audio"], rate)
    seconds = len(samples) / rate
    heard: list[NDArray[np.float32]] = []
    for part in cut_evenly(samples, _AT_ONCE * rate):
        if len(part.samples) >= _SHORTEST * rate or not heard:
            call.progress("listening", part.start / len(samples))
            heard.append(_speech(loaded, part.samples))
    frames = np.concatenate(heard)
    places = (np.arange(len(frames)) + 0.5) / len(frames) * seconds
    moments = np.arange(_CHUNK / 2, seconds, _CHUNK)
    stretches = find_stretches(np.interp(moments, places, frames).tolist())
    rows = [{"start": round(s.start, 2), "end": round(min(s.end, seconds), 2)} for s in stretches]
    spoken = round(sum(row["end"] - row["start"] for row in rows), 2)
    return [Artifact.of_data(rows, seconds=round(seconds, 2), speech_seconds=spoken)]


def _speech(loaded: Loaded, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely anybody speaks in each frame; a label of its own for each speaker is usual."""
    import torch

    rate = loaded.processor.sampling_rate
    inputs = loaded.processor(samples, sampling_rate=rate, return_tensors="pt")
    with torch.inference_mode():
        chances = loaded.model(**_placed(loaded, inputs)).logits[0].float().sigmoid().cpu()
    names = loaded.model.config.id2label
    loud = [n for n in range(chances.shape[1]) if not _is_quiet(str(names[n]))]
    found: NDArray[np.float32] = chances[:, loud].amax(-1).numpy()
    return found


def _is_quiet(label: str) -> bool:
    return any(word in label.lower() for word in _QUIET)


# --- other recordings -------------------------------------------------------------------------


def load_changer(weights: Weights) -> Loaded:
    """SpeechT5 for another voice, or a codec.

    Raises:
        TaskError: it is neither, or its vocoder is missing.

    """
    import transformers

    if "SpeechT5ForSpeechToSpeech" in (weights.config.get("architectures") or []):
        model = load_model(weights, transformers.SpeechT5ForSpeechToSpeech)
        vocoder = load_vocoder(weights)
        return Loaded(
            weights, model, load_processor(weights, "AutoFeatureExtractor"), {"vocoder": vocoder}
        )
    model = load_model(weights, auto_class("AutoModel"))
    if not hasattr(model, "encode") or not hasattr(model, "decode"):
        raise TaskError(
            f"{weights.model} is a {type(model).__name__}, which makes no recording of a "
            "recording; SpeechT5ForSpeechToSpeech and codecs such as EnCodec and DAC do"
        )
    return Loaded(weights, model, load_processor(weights, "AutoFeatureExtractor"))


def change(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The recording in the model's own voice, or as its codec passes it on, as WAV."""
    import numpy as np

    rate = loaded.processor.sampling_rate
    samples = hear(arguments["audio"], rate)
    changed = []
    for part in cut_evenly(samples, _AT_ONCE * rate):
        call.progress("changing the recording", part.start / len(samples))
        changed.append(_changed(loaded, part.samples))
    vocoder = loaded.extras.get("vocoder")
    rate = vocoder.config.sampling_rate if vocoder is not None else rate
    return [write_sound(np.concatenate(changed, axis=-1), rate, "recording", call)]


def _changed(loaded: Loaded, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The part as the model passes it on: one row a channel."""
    import numpy as np
    import torch

    extractor, vocoder = loaded.processor, loaded.extras.get("vocoder")
    channels = int(extractor.feature_size)
    given = samples if channels == 1 else np.stack([samples] * channels)
    inputs = extractor(given, sampling_rate=extractor.sampling_rate, return_tensors="pt")
    placed = _placed(loaded, inputs)
    with torch.inference_mode():
        if vocoder is None:
            taken = inspect.signature(loaded.model.forward).parameters
            made = loaded.model(**{n: v for n, v in placed.items() if n in taken}).audio_values
            made = made[..., : len(samples)]  # codecs fill up to whole frames
        else:
            speaker = nobody(loaded.model)
            made = loaded.model.generate_speech(placed["input_values"], speaker, vocoder=vocoder)
    found: NDArray[np.float32] = made.float().cpu().numpy().reshape(channels, -1)
    return found
