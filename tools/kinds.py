"""The task table: every kind of task that a plan may hold, as one literal table.

The kinds are the task types of the Hugging Face Hub (https://huggingface.co/tasks, table
in huggingface.js `packages/tasks`) and HuggingGPT's control kinds (Shen et al. 2023,
arXiv 2303.17580, section 3 and the reference code's task list). A kind says what goes in
and what comes out; which endpoint can run it is the endpoints' business.
"""

import difflib
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

Modality = Literal["text", "image", "audio", "video", "table", "vector", "mesh", "data"]
"""What a value is. `data` is structured JSON (labels, boxes, scores) that also reads as text."""

MODALITIES: tuple[Modality, ...] = get_args(Modality)

Group = Literal["text", "vision", "audio", "video", "multimodal", "tabular", "control", "other"]

READS_AS_TEXT: frozenset[Modality] = frozenset({"text", "data", "table"})
"""Modalities that an argument of modality `text` accepts from an earlier task."""


def fits(produced: Modality, wanted: Modality) -> bool:
    """Whether a value of modality `produced` may be given where `wanted` is asked for."""
    return produced == wanted or (wanted == "text" and produced in READS_AS_TEXT)


class Argument(NamedTuple):
    """One named input of a task kind."""

    name: str
    modality: Modality
    description: str = ""
    required: bool = True
    many: bool = False
    """Takes a list of values."""
    setting: bool = False
    """A knob such as a language or a count: never filled by an earlier task's output."""


@dataclass(frozen=True, slots=True)
class TaskKind:
    """What one kind of task takes and gives."""

    name: str
    group: Group
    description: str
    """One line, written for whoever plans."""
    arguments: tuple[Argument, ...]
    outputs: tuple[Modality, ...]
    """What the result holds, the main modality first."""
    example: dict[str, Any]
    """Arguments of a typical task, as in a plan's wire form."""
    aliases: tuple[str, ...] = ()
    """Other names for this kind: JARVIS, TaskBench, older Hub names."""

    @property
    def required(self) -> tuple[Argument, ...]:
        """The arguments without which the task can't run."""
        return tuple(argument for argument in self.arguments if argument.required)

    def argument(self, name: str) -> Argument | None:
        """The argument of that name, if the kind has it."""
        return next((a for a in self.arguments if a.name == name), None)

    def gives(self, wanted: Modality) -> bool:
        """Whether a result of this kind can fill an argument of modality `wanted`."""
        return any(fits(produced, wanted) for produced in self.outputs)


def _setting(name: str, description: str, *, many: bool = False) -> Argument:
    return Argument(name, "text", description, required=False, many=many, setting=True)


_TEXT = Argument("text", "text", "the text")
_IMAGE = Argument("image", "image", "the picture")
_AUDIO = Argument("audio", "audio", "the recording")
_VIDEO = Argument("video", "video", "the clip")
_TABLE = Argument("table", "table", "a CSV file")
_QUESTION = Argument("question", "text", "what is asked")
_PROMPT = Argument("prompt", "text", "what to make or change, in words")
_TEXTS = Argument("texts", "text", "the texts to compare with or choose from", many=True)
_LABELS = Argument("labels", "text", "the labels to choose from", many=True, setting=True)
_LANGUAGE = _setting("language", "language of the text, as an ISO 639-1 code")


KINDS: dict[str, TaskKind] = {
    kind.name: kind
    for kind in (
        # --- text -------------------------------------------------------------------------
        TaskKind(
            "text-classification",
            "text",
            "Label a text: sentiment (happy or unhappy), toxicity, spam, emotion.",
            (_TEXT,),
            ("data",),
            {"text": "The staff were lovely and the soup was hot."},
            ("sentiment-analysis", "text-classification-sentiment", "Text-CLS"),
        ),
        TaskKind(
            "token-classification",
            "text",
            "Find and label words in a text: names, places, dates, amounts, parts of speech.",
            (_TEXT,),
            ("data",),
            {"text": "Ann paid $40 on 3 May 2024."},
            ("ner", "Token Classification", "named-entity-recognition", "Token-CLS"),
        ),
        TaskKind(
            "table-question-answering",
            "text",
            "Answer a question from the cells of a table.",
            (_TABLE, _QUESTION),
            ("text", "data"),
            {"table": "sales.csv", "question": "Which month sold the most?"},
        ),
        TaskKind(
            "question-answering",
            "text",
            "Answer a question from a given text.",
            (Argument("context", "text", "the text that holds the answer"), _QUESTION),
            ("text", "data"),
            {"context": "The library closes at six.", "question": "When does it close?"},
            ("Question Answering",),
        ),
        TaskKind(
            "zero-shot-classification",
            "text",
            "Sort a text into labels or topics that the request names.",
            (_TEXT, _LABELS),
            ("data",),
            {"text": "The keeper saved two penalties.", "labels": ["sport", "politics"]},
        ),
        TaskKind(
            "translation",
            "text",
            "Translate a text into another language.",
            (
                _TEXT,
                _setting("target_language", "language to translate into, as an ISO 639-1 code"),
                _setting("source_language", "language of the text, as an ISO 639-1 code"),
            ),
            ("text",),
            {"text": "Where is the station?", "target_language": "fr"},
            ("Translation",),
        ),
        TaskKind(
            "summarization",
            "text",
            "Shorten a text to its main points.",
            (_TEXT, _setting("sentences", "how many sentences to keep")),
            ("text",),
            {"text": "page.txt"},
            ("Summarization",),
        ),
        TaskKind(
            "feature-extraction",
            "text",
            "Turn a text into a vector of numbers (an embedding).",
            (_TEXT,),
            ("vector",),
            {"text": "a red bicycle"},
            ("sentence-embedding", "Feature Extraction"),
        ),
        TaskKind(
            "text-generation",
            "text",
            "Write or continue a text: a story, an email, code, a reply in a conversation.",
            (_TEXT,),
            ("text",),
            {"text": "Write a short birthday poem for my sister."},
            ("text2text-generation", "conversational", "Text Generation", "Conversational"),
        ),
        TaskKind(
            "fill-mask",
            "text",
            "Guess the missing word of a sentence that holds [MASK].",
            (_TEXT,),
            ("data",),
            {"text": "The capital of France is [MASK]."},
        ),
        TaskKind(
            "sentence-similarity",
            "text",
            "Say how alike in meaning texts are.",
            (Argument("text", "text", "the text to compare"), _TEXTS),
            ("data",),
            {"text": "a cat sleeps", "texts": ["a kitten naps", "stocks fell"]},
            ("Sentence Similarity",),
        ),
        TaskKind(
            "text-ranking",
            "text",
            "Order texts by how well they answer a query.",
            (Argument("query", "text", "what is looked for"), _TEXTS),
            ("data",),
            {"query": "opening hours", "texts": ["Open from 9 to 5.", "Free parking."]},
        ),
        TaskKind(
            "text-retrieval",
            "text",
            "Find the passages of a collection that fit a query.",
            (Argument("query", "text", "what is looked for"), _TEXTS),
            ("data",),
            {"query": "refund", "texts": ["Returns within 30 days.", "We ship daily."]},
        ),
        TaskKind(
            "multiple-choice",
            "text",
            "Pick the right one of several answers to a question.",
            (
                Argument("text", "text", "the question or the beginning of the sentence"),
                Argument("choices", "text", "the answers to choose from", many=True),
            ),
            ("data",),
            {"text": "Ice is", "choices": ["hot", "cold"]},
        ),
        TaskKind(
            "table-to-text",
            "text",
            "Describe a table in words.",
            (_TABLE,),
            ("text",),
            {"table": "results.csv"},
        ),
        # --- vision -----------------------------------------------------------------------
        TaskKind(
            "image-to-text",
            "vision",
            "Put a picture into words: read its printed text (OCR) or describe it (caption).",
            (_IMAGE,),
            ("text", "data"),
            {"image": "menu.jpg"},
            ("Image-to-Text", "image-captioning", "ocr"),
        ),
        TaskKind(
            "image-classification",
            "vision",
            "Say what a picture shows as one label.",
            (_IMAGE,),
            ("data",),
            {"image": "plant.jpg"},
            ("Image Classification", "Image-CLS"),
        ),
        TaskKind(
            "object-detection",
            "vision",
            "Find things in a picture, count them and draw boxes round them: faces, people, cars.",
            (_IMAGE, _setting("target", "what to look for, such as face or car")),
            ("data", "image"),
            {"image": "street.jpg"},
            ("Object Detection",),
        ),
        TaskKind(
            "image-segmentation",
            "vision",
            "Divide a picture into regions; cut things out or mask the background.",
            (_IMAGE,),
            ("image", "data"),
            {"image": "portrait.jpg"},
            ("Image Segmentation", "Segmentation"),
        ),
        TaskKind(
            "depth-estimation",
            "vision",
            "Estimate how far away each point of a picture is.",
            (_IMAGE,),
            ("image",),
            {"image": "room.jpg"},
            ("Depth Estimation",),
        ),
        TaskKind(
            "keypoint-detection",
            "vision",
            "Find characteristic points in a picture.",
            (_IMAGE,),
            ("data", "image"),
            {"image": "tower.jpg"},
        ),
        TaskKind(
            "mask-generation",
            "vision",
            "Make masks of all the objects in a picture.",
            (_IMAGE,),
            ("image", "data"),
            {"image": "desk.jpg"},
        ),
        TaskKind(
            "image-feature-extraction",
            "vision",
            "Turn a picture into a vector of numbers.",
            (_IMAGE,),
            ("vector",),
            {"image": "logo.png"},
        ),
        TaskKind(
            "zero-shot-image-classification",
            "vision",
            "Sort a picture into labels that the request names.",
            (_IMAGE, _LABELS),
            ("data",),
            {"image": "pet.jpg", "labels": ["cat", "dog"]},
        ),
        TaskKind(
            "zero-shot-object-detection",
            "vision",
            "Find things that the request names in a picture.",
            (_IMAGE, _LABELS),
            ("data", "image"),
            {"image": "kitchen.jpg", "labels": ["kettle", "toaster"]},
        ),
        TaskKind(
            "image-to-image",
            "vision",
            "Make a better or different picture from a picture without instructions: sharpen, "
            "enlarge, restore, colourise.",
            (_IMAGE,),
            ("image",),
            {"image": "blurry.jpg"},
            ("Image-to-Image",),
        ),
        TaskKind(
            "text-to-image",
            "vision",
            "Draw a picture from words.",
            (_PROMPT,),
            ("image",),
            {"prompt": "a lighthouse in a storm, oil painting"},
            ("Text-to-Image",),
        ),
        TaskKind(
            "unconditional-image-generation",
            "vision",
            "Make a random picture, with nothing to go by.",
            (),
            ("image",),
            {},
        ),
        TaskKind(
            "image-to-3d",
            "vision",
            "Make a 3D model from a picture.",
            (_IMAGE,),
            ("mesh",),
            {"image": "chair.png"},
        ),
        TaskKind(
            "text-to-3d",
            "vision",
            "Make a 3D model from words.",
            (_PROMPT,),
            ("mesh",),
            {"prompt": "a small wooden chair"},
        ),
        # --- audio ------------------------------------------------------------------------
        TaskKind(
            "automatic-speech-recognition",
            "audio",
            "Write down what is said in a recording.",
            (_AUDIO, _LANGUAGE),
            ("text",),
            {"audio": "meeting.wav"},
            ("Automatic Speech Recognition", "asr", "speech-to-text"),
        ),
        TaskKind(
            "text-to-speech",
            "audio",
            "Read a text aloud.",
            (
                _TEXT,
                _LANGUAGE,
                _setting("voice", "voice to speak with"),
                _setting("speed", "speed, in words a minute"),
            ),
            ("audio",),
            {"text": "Dinner is ready."},
            ("Text-to-Speech", "tts"),
        ),
        TaskKind(
            "text-to-audio",
            "audio",
            "Make music or a sound from words.",
            (_PROMPT,),
            ("audio",),
            {"prompt": "calm piano with rain"},
        ),
        TaskKind(
            "audio-to-audio",
            "audio",
            "Make a better or different recording from a recording: remove noise, separate voices.",
            (_AUDIO,),
            ("audio",),
            {"audio": "noisy.wav"},
            ("Audio-to-Audio",),
        ),
        TaskKind(
            "audio-classification",
            "audio",
            "Say what kind of sound a recording holds: genre, emotion, instrument, animal.",
            (_AUDIO,),
            ("data",),
            {"audio": "bird.wav"},
            ("Audio Classification", "Audio-CLS"),
        ),
        TaskKind(
            "voice-activity-detection",
            "audio",
            "Say when in a recording somebody speaks and when there is silence.",
            (_AUDIO,),
            ("data",),
            {"audio": "call.wav"},
        ),
        # --- video ------------------------------------------------------------------------
        TaskKind(
            "video-classification",
            "video",
            "Say what happens in a clip as one label.",
            (_VIDEO,),
            ("data",),
            {"video": "goal.mp4"},
            ("Video-CLS",),
        ),
        TaskKind(
            "text-to-video",
            "video",
            "Make a clip from words.",
            (_PROMPT,),
            ("video",),
            {"prompt": "a paper boat on a stream"},
            ("Text-to-Video",),
        ),
        TaskKind(
            "image-to-video",
            "video",
            "Make a picture move, without instructions.",
            (_IMAGE,),
            ("video",),
            {"image": "waterfall.jpg"},
        ),
        TaskKind(
            "video-to-video",
            "video",
            "Make a different clip from a clip: restyle, stabilise, enlarge.",
            (_VIDEO, _PROMPT._replace(required=False)),
            ("video",),
            {"video": "dance.mp4"},
        ),
        # --- multimodal -------------------------------------------------------------------
        TaskKind(
            "visual-question-answering",
            "multimodal",
            "Answer a question about what a photo shows.",
            (_IMAGE, _QUESTION),
            ("text", "data"),
            {"image": "park.jpg", "question": "What colour is the bench?"},
            ("Visual Question Answering", "vqa"),
        ),
        TaskKind(
            "document-question-answering",
            "multimodal",
            "Answer a question from a photographed or scanned document: receipt, invoice, form.",
            (_IMAGE, _QUESTION),
            ("text", "data"),
            {"image": "receipt.png", "question": "What is the total?"},
            ("Document Question Answering", "docvqa", "dqa"),
        ),
        TaskKind(
            "image-text-to-text",
            "multimodal",
            "Follow instructions about a picture in words: explain, compare, write about it.",
            (_IMAGE, Argument("text", "text", "the instructions")),
            ("text",),
            {"image": "chart.png", "text": "Explain this chart to a child."},
        ),
        TaskKind(
            "image-text-to-image",
            "multimodal",
            "Edit a picture as the words say: recolour, remove or add things, change its style.",
            (_IMAGE, _PROMPT),
            ("image",),
            {"image": "house.jpg", "prompt": "paint the door red"},
            ("Image Editing", "image-editing", "instruct-pix2pix"),
        ),
        TaskKind(
            "image-text-to-video",
            "multimodal",
            "Make a clip from a picture as the words say.",
            (_IMAGE, _PROMPT),
            ("video",),
            {"image": "cat.jpg", "prompt": "the cat yawns and stretches"},
        ),
        TaskKind(
            "audio-text-to-text",
            "multimodal",
            "Answer a question about a recording.",
            (_AUDIO, Argument("text", "text", "the question or instructions")),
            ("text",),
            {"audio": "interview.wav", "text": "Is the speaker nervous?"},
        ),
        TaskKind(
            "video-text-to-text",
            "multimodal",
            "Answer a question about a clip, or describe it.",
            (_VIDEO, Argument("text", "text", "the question or instructions")),
            ("text",),
            {"video": "lesson.mp4", "text": "What does the teacher draw?"},
        ),
        TaskKind(
            "visual-document-retrieval",
            "multimodal",
            "Find the pictured pages that fit a query.",
            (
                Argument("query", "text", "what is looked for"),
                Argument("images", "image", "the pages", many=True),
            ),
            ("data",),
            {"query": "warranty", "images": ["page-1.png", "page-2.png"]},
        ),
        TaskKind(
            "any-to-any",
            "multimodal",
            "Answer in any form from any mix of text, pictures, recordings and clips.",
            (
                Argument("text", "text", "the instructions"),
                _IMAGE._replace(required=False),
                _AUDIO._replace(required=False),
                _VIDEO._replace(required=False),
            ),
            ("text", "image", "audio"),
            {"text": "Describe the scene and the sound.", "image": "a.jpg", "audio": "a.wav"},
        ),
        # --- tabular ----------------------------------------------------------------------
        TaskKind(
            "tabular-classification",
            "tabular",
            "Predict a category for the rows of a table from its other columns.",
            (_TABLE, _setting("target", "the column to predict")),
            ("table", "data"),
            {"table": "customers.csv", "target": "churned"},
            ("Tabular Classification", "Tabular-CLS", "structured-data-classification"),
        ),
        TaskKind(
            "tabular-regression",
            "tabular",
            "Predict a number for the rows of a table from its other columns.",
            (_TABLE, _setting("target", "the column to predict")),
            ("table", "data"),
            {"table": "houses.csv", "target": "price"},
        ),
        TaskKind(
            "tabular-to-text",
            "tabular",
            "Describe the rows of a table in words.",
            (_TABLE,),
            ("text",),
            {"table": "weather.csv"},
        ),
        TaskKind(
            "time-series-forecasting",
            "tabular",
            "Continue a series of numbers into the future.",
            (
                _TABLE,
                _setting("target", "the column to continue"),
                _setting("steps", "how many values to forecast"),
            ),
            ("table", "data"),
            {"table": "visitors.csv", "steps": 7},
        ),
        # --- other ------------------------------------------------------------------------
        TaskKind(
            "graph-ml",
            "other",
            "Label the nodes or edges of a graph, such as a molecule.",
            (Argument("graph", "data", "nodes and edges as JSON"),),
            ("data",),
            {"graph": {"nodes": ["C", "O"], "edges": [[0, 1]]}},
        ),
        TaskKind(
            "reinforcement-learning",
            "other",
            "Choose the next action in an environment from its state.",
            (Argument("state", "data", "the state as a list of numbers"),),
            ("data",),
            {"state": [0.0, 0.1, -0.2]},
        ),
        TaskKind(
            "robotics",
            "other",
            "Choose a robot's next movement from a picture, its joints and an instruction.",
            (
                _IMAGE,
                Argument("text", "text", "the instruction"),
                Argument("state", "data", "joint positions as a list of numbers", required=False),
            ),
            ("data",),
            {"image": "arm.png", "text": "pick up the cube"},
        ),
        # --- control (HuggingGPT: annotate a picture, draw a new one under it) ---------------
        *(
            kind
            for name, noun in {
                "canny": "sharp edges (Canny)",
                "hed": "soft edges (HED)",
                "mlsd": "straight lines (M-LSD)",
                "normal": "surface directions (normal map)",
                "openpose": "human pose (OpenPose)",
                "depth": "depth",
                "seg": "regions (segmentation map)",
            }.items()
            for kind in (
                TaskKind(
                    f"{name}-control",
                    "control",
                    f"Draw the {noun} of a picture, to guide a new one.",
                    (_IMAGE,),
                    ("image",),
                    {"image": "building.jpg"},
                ),
                TaskKind(
                    f"{name}-text-to-image",
                    "control",
                    f"Draw a picture from words that keeps the {noun} of a {name}-control image.",
                    (_IMAGE._replace(description=f"the {name}-control image"), _PROMPT),
                    ("image",),
                    {"image": f"{name}.png", "prompt": "a castle at dawn"},
                ),
            )
        ),
    )
}


def _key(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "-")


_BY_KEY = {_key(name): kind for kind in KINDS.values() for name in (kind.name, *kind.aliases)}


def find_kind(name: str) -> TaskKind | None:
    """The kind of that name or alias, whatever its case and word separators."""
    return _BY_KEY.get(_key(name))


def nearest_kind(name: str) -> str | None:
    """The known kind name that looks most like `name`, if any does."""
    close = difflib.get_close_matches(_key(name), _BY_KEY, n=1, cutoff=0.6)
    return _BY_KEY[close[0]].name if close else None
