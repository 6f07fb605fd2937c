"""What is said in a recording, written down with the time of each phrase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_word
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import (
    auto_class,
    load_model,
    load_processor,
    quietly,
)
from hugginggpt.tools.endpoints.local.recordings import Part, cut_at_pauses, cut_evenly, hear
from hugginggpt.tools.endpoints.local.writing import write
from hugginggpt.tools.errors import TaskError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_AT_ONCE = 20
"""Seconds that a network hears at once."""
_CONTEXT = 2
"""Seconds before and after that a CTC network hears too, so that no word is cut at a seam."""
_PAUSE = 0.5
"""Seconds of silence that end a phrase."""


class Phrase(NamedTuple):
    """Words, and when they are said: in seconds from the beginning."""

    text: str
    start: float
    end: float


def load_speech(weights: Weights) -> Loaded:
    """A model that writes down speech: one that writes, such as Whisper, or a CTC network.

    Raises:
        TaskError: it is neither, or lacks a part.

    """
    from transformers.models.auto.modeling_auto import MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES

    writes = weights.config.get("model_type") in MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES
    auto = "AutoModelForSpeechSeq2Seq" if writes else "AutoModelForCTC"
    model = load_model(weights, auto_class(auto))
    extractor = load_processor(weights, "AutoFeatureExtractor")
    tokenizer = load_processor(weights, "AutoTokenizer")
    return Loaded(weights, model, tokenizer, {"extractor": extractor})


def transcribe(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The words that are said; metadata `chunks` says when, in seconds.

    The setting `language` tells a model of many languages which one it hears.

    Raises:
        TaskError: no words are heard, or the model does not know the language.

    """
    language = given_word(arguments, "language")
    rate = loaded.extras["extractor"].sampling_rate
    samples = hear(arguments["audio"], rate)
    seconds = round(len(samples) / rate, 2)
    with quietly():
        phrases = [p for p in _phrases(loaded, samples, language, call) if p.text.strip()]
    if not phrases:
        raise TaskError(f"{loaded.weights.model} heard no words in {arguments['audio'].name!r}")
    chunks: list[dict[str, Any]] = [
        {"text": p.text.strip(), "timestamp": [min(p.start, seconds), min(p.end, seconds)]}
        for p in phrases
    ]
    text = " ".join(chunk["text"] for chunk in chunks)
    return [Artifact.of_text(text, seconds=seconds, chunks=chunks)]


def _phrases(
    loaded: Loaded, samples: NDArray[np.float32], language: str | None, call: Call
) -> list[Phrase]:
    if not loaded.model.can_generate():
        return _by_frames(loaded, samples, call)
    if loaded.model.config.model_type != "whisper":
        return _by_parts(loaded, samples, call)
    settings = _language(loaded, language)
    if hasattr(loaded.model.generation_config, "no_timestamps_token_id"):
        return _by_whisper(loaded, samples, call, **settings)
    return _by_parts(loaded, samples, call, **settings)


def _features(loaded: Loaded, samples: NDArray[np.float32], **settings: Any) -> dict[str, Any]:
    """What the network hears, on its device."""
    extractor, model = loaded.extras["extractor"], loaded.model
    features = extractor(
        samples, sampling_rate=extractor.sampling_rate, return_tensors="pt", **settings
    )
    return {
        name: each.to(model.device, model.dtype if each.is_floating_point() else None)
        for name, each in features.items()
    }


# --- networks that tell a letter for every moment (CTC) ------------------------------------------


def _by_frames(loaded: Loaded, samples: NDArray[np.float32], call: Call) -> list[Phrase]:
    """Phrases by their pauses; long recordings part by part, the parts overlapping."""
    import torch

    rate = loaded.extras["extractor"].sampling_rate
    heard = []
    for part in cut_evenly(samples, _AT_ONCE * rate):
        call.progress("listening", part.start / len(samples))
        heard.append(_letters(loaded, samples, part, _CONTEXT * rate))
    letters = torch.cat(heard)
    step = len(samples) / rate / len(letters)
    return _by_pauses(_words(loaded.processor, letters.tolist()), step)


def _letters(loaded: Loaded, samples: NDArray[np.float32], part: Part, context: int) -> Any:
    """The likeliest letter of each moment of the part, heard with what is around it."""
    import torch

    before, end = min(context, part.start), part.start + len(part.samples)
    around = samples[part.start - before : end + context]
    with torch.inference_mode():
        letters = loaded.model(**_features(loaded, around)).logits[0].argmax(-1).cpu()
    first, last = (
        round(position / len(around) * len(letters))
        for position in (before, before + end - part.start)
    )
    return letters[first:last]


def _words(tokenizer: Any, letters: Sequence[int]) -> list[Phrase]:
    """The words, with the moments in which they begin and end."""
    found = tokenizer.decode(letters, output_word_offsets=True).word_offsets
    return [Phrase(word["word"], word["start_offset"], word["end_offset"]) for word in found]


def _by_pauses(words: Sequence[Phrase], step: float) -> list[Phrase]:
    """The words joined where there is no pause between them, in seconds."""
    phrases: list[Phrase] = []
    for word in words:
        start, end = round(float(word.start * step), 2), round(float(word.end * step), 2)
        last = phrases[-1] if phrases else None
        if last is not None and start - last.end < _PAUSE and start - last.start < _AT_ONCE:
            phrases[-1] = Phrase(f"{last.text} {word.text}", last.start, end)
        else:
            phrases.append(Phrase(word.text, start, end))
    return phrases


# --- networks that write ----------------------------------------------------------------------


def _by_parts(
    loaded: Loaded, samples: NDArray[np.float32], call: Call, **settings: str
) -> list[Phrase]:
    """A phrase for each part; the parts are cut where it is quiet."""
    rate = loaded.extras["extractor"].sampling_rate
    phrases = []
    for part in cut_at_pauses(samples, rate, _AT_ONCE):
        call.progress("listening", part.start / len(samples))
        (text,) = write(loaded, _features(loaded, part.samples), call, **settings)
        start, end = part.start / rate, (part.start + len(part.samples)) / rate
        phrases.append(Phrase(text, round(start, 2), round(end, 2)))
    return phrases


def _by_whisper(
    loaded: Loaded, samples: NDArray[np.float32], call: Call, **settings: str
) -> list[Phrase]:
    """Phrases as Whisper sets them; it moves along the recording by itself."""
    import torch

    def tell(places: Any) -> None:
        place, end = places[0].tolist()
        call.progress("listening", min(1.0, place / end))

    is_long = len(samples) > loaded.extras["extractor"].n_samples
    whole = {"truncation": False, "padding": "longest"} if is_long else {}
    with torch.inference_mode():
        written = loaded.model.generate(
            **_features(loaded, samples, return_attention_mask=True, **whole),
            **settings,
            return_timestamps=True,
            return_segments=True,
            monitor_progress=tell,
        )
    return [_phrase(loaded.processor, segment) for segment in written["segments"][0]]


def _phrase(tokenizer: Any, segment: Mapping[str, Any]) -> Phrase:
    text = tokenizer.decode(segment["tokens"], skip_special_tokens=True)
    return Phrase(text, round(float(segment["start"]), 2), round(float(segment["end"]), 2))


def _language(loaded: Loaded, language: str | None) -> dict[str, str]:
    """How Whisper is told the language: nothing lets it find out by itself.

    Raises:
        TaskError: it does not know the language.

    """
    from transformers.models.whisper.tokenization_whisper import TO_LANGUAGE_CODE

    known = getattr(loaded.model.generation_config, "lang_to_id", None) or {"<|en|>": 0}
    if language is None:
        return {}
    code = language.lower().replace("_", "-").partition("-")[0]
    code = TO_LANGUAGE_CODE.get(code, code)
    if f"<|{code}|>" not in known:
        names = ", ".join(sorted(token.strip("<|>") for token in known))
        raise TaskError(f"{loaded.weights.model} does not know {language!r}; it knows {names}")
    return {"language": code, "task": "transcribe"} if len(known) > 1 else {}
