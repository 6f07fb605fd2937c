"""Models that see, hear and write: captions, answers about pictures, clips and recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import (
    SAFE,
    auto_class,
    by_pipeline,
    load_model,
    load_processor,
)
from hugginggpt.tools.endpoints.local.seeing import asked_plainly, load_multimodal_processor
from hugginggpt.tools.endpoints.local.texts import rounded
from hugginggpt.tools.endpoints.local.writing import write
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_audio, read_image
from hugginggpt.tools.video import read_frames

if TYPE_CHECKING:
    from PIL.Image import Image

_FRAMES = 8
"""Pictures of a clip that are shown to a model of pictures."""
_CAPTION = "Describe the picture in a sentence."
_ANSWERS = 5
_PAIR = "vision-encoder-decoder"
_RATE = 16_000


# --- loading ----------------------------------------------------------------------------------


def load_captioner(weights: Weights) -> Loaded:
    """A model that writes about pictures.

    Raises:
        TaskError: it does not.

    """
    return _load(weights, "AutoModelForImageTextToText")


def load_answerer(weights: Weights) -> Loaded:
    """A model that answers questions about pictures, in its own way or by writing.

    Raises:
        TaskError: it does neither.

    """
    known = _first(weights, "AutoModelForVisualQuestionAnswering", "AutoModelForImageTextToText")
    return _load(weights, known)


def load_document_reader(weights: Weights) -> Loaded:
    """A model that answers from pictured documents: by their words and places, or by writing.

    Raises:
        TaskError: it does neither.

    """
    spans = "AutoModelForDocumentQuestionAnswering"
    is_pair = weights.config.get("model_type") == _PAIR
    if not is_pair and _first(weights, spans, "AutoModelForImageTextToText") == spans:
        return by_pipeline("document-question-answering", spans, "AutoTokenizer")(weights)
    return load_captioner(weights)


def load_omnivore(weights: Weights) -> Loaded:
    """A model that takes text with pictures or sound.

    Raises:
        TaskError: it does not.

    """
    known = _first(weights, "AutoModelForMultimodalLM", "AutoModelForImageTextToText")
    return _load(weights, known)


def _first(weights: Weights, *autos: str) -> str:
    """The first of these Auto classes that knows the model; the last one if none does."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(weights.folder, **SAFE)
    known = (auto for auto in autos if type(config) in auto_class(auto)._model_mapping)
    return next(known, autos[-1])


def _load(weights: Weights, auto: str) -> Loaded:
    model = load_model(weights, auto_class(auto))
    if weights.config.get("model_type") != _PAIR:
        return Loaded(weights, model, load_multimodal_processor(weights))
    eyes = load_processor(weights, "AutoImageProcessor")
    return Loaded(weights, model, load_processor(weights, "AutoTokenizer"), {"eyes": eyes})


# --- captions and answers ---------------------------------------------------------------------


def caption(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """What the picture shows, in words."""
    return _told(_asked(loaded, [read_image(arguments["image"])], "", call), loaded)


def answer(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The answer to the question about the picture, and the likeliest ones where it ranks them."""
    question = given_text(arguments, "question")
    image = read_image(arguments["image"])
    if loaded.model.can_generate():
        text = _asked(loaded, [image], question, call)
        return [*_told(text, loaded), Artifact.of_data([{"answer": text}])]
    rows = _ranked(loaded, image, question)
    return [Artifact.of_text(rows[0]["answer"]), Artifact.of_data(rows)]


def _ranked(loaded: Loaded, image: Image, question: str) -> list[dict[str, Any]]:
    """The answers of a model that knows a list of them, the likeliest first."""
    import torch

    inputs = loaded.processor(image, question, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        logits = loaded.model(**inputs.to(loaded.weights.device)).logits[0].float()
    scores = logits.sigmoid()
    best = scores.topk(min(_ANSWERS, len(scores)))
    names = loaded.model.config.id2label
    found = zip(best.values.tolist(), best.indices.tolist(), strict=True)
    rows = rounded([{"label": names[index], "score": score} for score, index in found])
    return [{"answer": row["label"], "score": row["score"]} for row in rows]


def answer_document(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The answer to the question from the pictured document."""
    question = given_text(arguments, "question")
    if hasattr(loaded.model, "task"):  # a pipeline
        return _answer_from_words(loaded, arguments["image"], question, call)
    image = read_image(arguments["image"])
    text = _asked(loaded, [image], question, call)
    return [*_told(text, loaded), Artifact.of_data([{"answer": text}])]


def _answer_from_words(loaded: Loaded, path: Path, question: str, call: Call) -> list[Artifact]:
    """The words of the document that answer; the embedded OCR engine tells where they stand."""
    from hugginggpt.tools.endpoints.embedded.ocr import read_lines

    image = read_image(path)
    words = [
        (piece.text, _thousandths(piece.corners, image))
        for line in read_lines(path, call)
        for piece in line.pieces
    ]
    found = loaded.model(image=image, question=question, word_boxes=words)
    best = found[0] if isinstance(found, list) else found
    data = {"answer": str(best["answer"]), "score": round(float(best["score"]), 4)}
    return [*_told(str(data["answer"]), loaded), Artifact.of_data([data])]


def _thousandths(corners: Sequence[tuple[float, float]], image: Image) -> list[int]:
    """Left, top, right and bottom, as the models count: the page is a thousand each way."""
    across = [corner[0] for corner in corners]
    down = [corner[1] for corner in corners]
    sides = (
        min(across) / image.width,
        min(down) / image.height,
        max(across) / image.width,
        max(down) / image.height,
    )
    return [min(1000, max(0, round(1000 * side))) for side in sides]


def converse(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """What the model says to the text, with the picture, clip or recording that comes with it."""
    text = given_text(arguments, "text")
    images: list[Image] = []
    if image := arguments.get("image"):
        images.append(read_image(image))
    if video := arguments.get("video"):
        images += read_frames(video, _FRAMES)
    return _told(_asked(loaded, images, text, call, arguments.get("audio")), loaded)


# --- asking -----------------------------------------------------------------------------------


def _asked(
    loaded: Loaded, images: Sequence[Image], text: str, call: Call, audio: Path | None = None
) -> str:
    """What the model writes."""
    if "eyes" in loaded.extras:
        return _pair(loaded, images[0], text, call)
    processor = loaded.processor
    given: dict[str, Any] = {"images": list(images)} if images else {}
    if audio is not None:
        given |= {"audio": [_heard(audio)], "sampling_rate": _RATE}
    if getattr(processor, "chat_template", None):
        prompt = processor.apply_chat_template(
            [{"role": "user", "content": _content(images, text or _CAPTION, audio)}],
            add_generation_prompt=True,
            tokenize=False,
        )
        inputs = processor(text=prompt, **given, return_tensors="pt")
    else:
        inputs = asked_plainly(processor, given, text)
    inputs = {name: _fitting(value, loaded) for name, value in inputs.items()}
    return write(loaded, inputs, call, tokenizer=processor.tokenizer)[0]


def _content(images: Sequence[Image], text: str, audio: Path | None) -> list[dict[str, Any]]:
    sounds = [{"type": "audio", "audio_url": "recording"}] if audio is not None else []
    return [*({"type": "image"} for _ in images), *sounds, {"type": "text", "text": text}]


def _heard(path: Path) -> Any:
    import numpy as np

    return np.concatenate(list(read_audio(path, _RATE)))


def _fitting(value: Any, loaded: Loaded) -> Any:
    """Numbers that are measured in the model's own type; numbers that count as they are."""
    return value.to(loaded.model.dtype) if value.is_floating_point() else value


def _pair(loaded: Loaded, image: Image, text: str, call: Call) -> str:
    """What an encoder and decoder write; Donut takes the question as the beginning."""
    eyes, tokenizer = loaded.extras["eyes"], loaded.processor
    inputs = dict(eyes(images=image, return_tensors="pt"))
    inputs = {name: _fitting(value, loaded) for name, value in inputs.items()}
    if text:
        prompt = f"<s_docvqa><s_question>{text}</s_question><s_answer>"
        ids = tokenizer(prompt, add_special_tokens=False, return_tensors="pt")["input_ids"]
        inputs["decoder_input_ids"] = ids
        written = write(loaded, inputs, call, tokenizer=tokenizer)[0]
        return written.rpartition(text)[2].strip() or written
    return write(loaded, inputs, call, tokenizer=tokenizer)[0]


def _told(text: str, loaded: Loaded) -> list[Artifact]:
    if not text:
        raise TaskError(f"{loaded.weights.model} wrote nothing; another model may do better")
    return [Artifact.of_text(text)]
