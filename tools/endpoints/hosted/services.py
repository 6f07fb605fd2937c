"""The table of services: how each kind of task is put to a hosted model, and its answer read.

Adding a kind is one row: what is asked of huggingface_hub's client, or of plain HTTP where that
has no method for the kind, and what is made of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.hosted import answers, questions
from hugginggpt.tools.endpoints.hosted.questions import file, labels, text, texts

if TYPE_CHECKING:
    from hugginggpt.tools.endpoints.hosted.client import Client

Ask = Callable[["Client", Mapping[str, Any]], Any]
Make = Callable[[Any, Mapping[str, Any], Call], list[Artifact]]


class Service(NamedTuple):
    """How one kind of task is done by hosted models."""

    ask: Ask
    """Runs in a thread of its own."""
    make: Make
    plain: bool = False
    """Whether huggingface_hub has no method for it, so that only hf-inference can be asked."""


def _file(name: str) -> Ask:
    """Posts the file argument of that name as it is."""
    return lambda client, a: client.post(file(a, name))


def _words(name: str) -> Ask:
    """Posts the text argument of that name."""
    return lambda client, a: client.post({"inputs": text(a, name)})


SERVICES: dict[str, Service] = {
    # --- text -----------------------------------------------------------------------------
    "text-classification": Service(lambda c, a: c.text_classification(text(a)), answers.labels),
    "token-classification": Service(
        lambda c, a: c.token_classification(text(a), aggregation_strategy="simple"),
        answers.entities,
    ),
    "table-question-answering": Service(
        lambda c, a: c.table_question_answering(questions.cells(a), text(a, "question")),
        answers.cells,
    ),
    "question-answering": Service(
        lambda c, a: c.question_answering(text(a, "question"), text(a, "context")),
        answers.replies,
    ),
    "zero-shot-classification": Service(
        lambda c, a: c.zero_shot_classification(text(a), labels(a)), answers.labels
    ),
    "translation": Service(questions.translate, answers.words("translation_text")),
    "summarization": Service(lambda c, a: c.summarization(text(a)), answers.words("summary_text")),
    "feature-extraction": Service(lambda c, a: c.feature_extraction(text(a)), answers.vector),
    "text-generation": Service(questions.write, answers.plain_words),
    "fill-mask": Service(questions.fill_mask, answers.filled),
    "sentence-similarity": Service(
        lambda c, a: c.sentence_similarity(text(a), texts(a)), answers.likeness
    ),
    "text-retrieval": Service(
        lambda c, a: c.sentence_similarity(text(a, "query"), texts(a)), answers.retrieved
    ),
    "text-ranking": Service(questions.rank, answers.ranked, plain=True),
    # --- vision ---------------------------------------------------------------------------
    "image-to-text": Service(
        lambda c, a: c.image_to_text(file(a, "image")), answers.words("generated_text")
    ),
    "image-classification": Service(
        lambda c, a: c.image_classification(file(a, "image")), answers.labels
    ),
    "object-detection": Service(lambda c, a: c.object_detection(file(a, "image")), answers.regions),
    "image-segmentation": Service(
        lambda c, a: c.image_segmentation(file(a, "image")), answers.masks
    ),
    "zero-shot-image-classification": Service(
        lambda c, a: c.zero_shot_image_classification(file(a, "image"), labels(a)),
        answers.labels,
    ),
    "zero-shot-object-detection": Service(questions.find_named, answers.regions, plain=True),
    "depth-estimation": Service(_file("image"), answers.depth, plain=True),
    "keypoint-detection": Service(_file("image"), answers.points, plain=True),
    "mask-generation": Service(_file("image"), answers.masks, plain=True),
    "image-feature-extraction": Service(_file("image"), answers.vector, plain=True),
    "image-to-image": Service(lambda c, a: c.image_to_image(file(a, "image")), answers.picture),
    "text-to-image": Service(lambda c, a: c.text_to_image(text(a, "prompt")), answers.picture),
    "image-to-3d": Service(_file("image"), answers.mesh, plain=True),
    "text-to-3d": Service(_words("prompt"), answers.mesh, plain=True),
    # --- audio ----------------------------------------------------------------------------
    "automatic-speech-recognition": Service(
        lambda c, a: c.automatic_speech_recognition(file(a, "audio")), answers.transcript
    ),
    "text-to-speech": Service(questions.speak, answers.recording),
    "text-to-audio": Service(_words("prompt"), answers.recording, plain=True),
    "audio-to-audio": Service(lambda c, a: c.audio_to_audio(file(a, "audio")), answers.tracks),
    "audio-classification": Service(
        lambda c, a: c.audio_classification(file(a, "audio")), answers.labels
    ),
    "voice-activity-detection": Service(_file("audio"), answers.stretches, plain=True),
    # --- video ----------------------------------------------------------------------------
    "video-classification": Service(_file("video"), answers.labels, plain=True),
    "text-to-video": Service(questions.film, answers.clip),
    "image-to-video": Service(questions.animate, answers.clip),
    # --- multimodal -----------------------------------------------------------------------
    "visual-question-answering": Service(
        lambda c, a: c.visual_question_answering(file(a, "image"), text(a, "question")),
        answers.replies,
    ),
    "document-question-answering": Service(
        lambda c, a: c.document_question_answering(file(a, "image"), text(a, "question")),
        answers.replies,
    ),
    "image-text-to-text": Service(questions.discuss, answers.plain_words),
    "audio-text-to-text": Service(questions.discuss, answers.plain_words),
    "video-text-to-text": Service(questions.discuss, answers.plain_words),
    "any-to-any": Service(questions.discuss, answers.plain_words),
    "image-text-to-image": Service(
        lambda c, a: c.image_to_image(file(a, "image"), prompt=text(a, "prompt")),
        answers.picture,
    ),
    "image-text-to-video": Service(questions.animate, answers.clip),
    # --- tabular --------------------------------------------------------------------------
    "tabular-classification": Service(
        lambda c, a: c.tabular_classification(questions.features(a)), answers.predictions
    ),
    "tabular-regression": Service(
        lambda c, a: c.post({"table": questions.features(a)}), answers.predictions, plain=True
    ),
}

_CONTROLLED = "no provider keeps to a control picture; a ControlNet runs on the local endpoint"

REASONS: dict[str, str] = {
    "multiple-choice": "no provider picks among answers; zero-shot-classification comes near",
    "table-to-text": "no provider takes tables to describe; text-generation takes them as text",
    "tabular-to-text": "no provider takes rows to describe; text-generation takes them as text",
    "unconditional-image-generation": "no provider makes pictures from nothing; use text-to-image",
    "video-to-video": "no provider changes clips by way of huggingface_hub",
    "visual-document-retrieval": "no provider compares pages with a query",
    "time-series-forecasting": "no provider continues series of numbers",
    "graph-ml": "no provider takes graphs",
    "reinforcement-learning": "no provider chooses actions",
    "robotics": "no provider moves robots",
    **{
        f"{control}-{what}": _CONTROLLED
        for control in ("canny", "hed", "mlsd", "normal", "openpose", "depth", "seg")
        for what in ("control", "text-to-image")
    },
}
"""Kind of task -> why no hosted model does it."""
