"""The table of families: for each kind of task, how a model is loaded here and how it is run.

Adding a kind is one function `run(loaded, arguments, call) -> artifacts` and one row here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's files on this machine, checked, and where they are to be loaded."""

    model: str
    """Hub id or folder, as the candidate names it."""
    folder: Path
    revision: str | None = None
    """Commit of the Hub that the files are of."""
    device: str = "cpu"
    dtype: str = "float32"
    """Name of a torch dtype that suits the device."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Its config.json or, for diffusers, model_index.json."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to run."""

    weights: Weights
    model: Any
    """A torch module, a diffusers or transformers pipeline."""
    processor: Any = None
    """Tokenizer, image processor, feature extractor or processor."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """What else belongs to it, such as a vocoder."""


Load = Callable[[Weights], Loaded]
Run = Callable[[Loaded, Mapping[str, Any], Call], list[Artifact]]
RunMany = Callable[[Loaded, Sequence[Mapping[str, Any]], Sequence[Call]], list[list[Artifact]]]


class Family(NamedTuple):
    """How one kind of task runs here."""

    kind: str
    load: str
    """Where its `Load` is, as `module:function` in this package; imported when first used."""
    run: str
    """Where its `Run` is; where `many` is true, its `RunMany`."""
    needs: tuple[str, ...] = ()
    """Modules that it imports besides torch and transformers."""
    libraries: tuple[str, ...] = ("transformers",)
    """Libraries of the Hub whose models it can load."""
    many: bool = False
    """Whether several calls are run at once, as one batch."""
    caveat: str = ""
    """What it is not; told with every result."""
    beside: str = ""
    """Where it is said which other model must be there too, as `module:function` of `Weights`."""


_SENTENCES = ("transformers", "sentence-transformers")
_DIFFUSERS = ("diffusers",)
_AUDIO = ("soundfile", "scipy")
_DRAW = ("diffusers",)
_SEES = ("av",)
_HEARS = ("av", "soundfile", "scipy")
_CLIP = ("diffusers", "av")
_FIRST_ROWS = "reads the first 50 rows"

FAMILIES: tuple[Family, ...] = (
    Family("text-classification", "texts:load_classifier", "texts:classify", many=True),
    Family("token-classification", "texts:load_tagger", "texts:tag", many=True),
    Family(
        "zero-shot-classification", "texts:load_entailment", "texts:classify_by_labels", many=True
    ),
    Family("fill-mask", "texts:load_filler", "texts:fill"),
    Family("text-ranking", "texts:load_ranker", "texts:rank", libraries=_SENTENCES),
    Family("multiple-choice", "texts:load_chooser", "texts:choose"),
    Family(
        "feature-extraction",
        "embeddings:load_embedder",
        "embeddings:extract_features",
        libraries=_SENTENCES,
        many=True,
    ),
    Family(
        "sentence-similarity",
        "embeddings:load_embedder",
        "embeddings:compare",
        libraries=_SENTENCES,
    ),
    Family(
        "text-retrieval", "embeddings:load_embedder", "embeddings:retrieve", libraries=_SENTENCES
    ),
    Family("question-answering", "answers:load_reader", "answers:answer"),
    Family(
        "table-question-answering",
        "answers:load_table_reader",
        "answers:answer_table",
        needs=("pandas",),
    ),
    Family("translation", "sequences:load_sequences", "sequences:translate"),
    Family("summarization", "sequences:load_sequences", "sequences:summarize"),
    Family("text-generation", "sequences:load_writer", "sequences:generate"),
    Family(
        "table-to-text",
        "sequences:load_sequences",
        "sequences:describe_table",
        needs=("pandas",),
        caveat=_FIRST_ROWS,
    ),
    Family(
        "tabular-to-text",
        "sequences:load_sequences",
        "sequences:describe_rows",
        needs=("pandas",),
        caveat=_FIRST_ROWS,
    ),
    Family("time-series-forecasting", "series:load_forecaster", "series:forecast", ("pandas",)),
    Family(
        "reinforcement-learning",
        "series:load_agent",
        "series:act",
        caveat="acts on one state alone: no history, target return 0, state not normalised",
    ),
    # --- pictures -----------------------------------------------------------------------------
    Family("image-classification", "pictures:load_classifier", "pictures:classify", many=True),
    Family("zero-shot-image-classification", "pictures:load_sorter", "pictures:classify_by_labels"),
    Family("depth-estimation", "annotators:load_depth", "annotators:draw_depth"),
    Family("image-feature-extraction", "pictures:load_eye", "pictures:extract_features"),
    Family(
        "image-to-image",
        "pictures:load_improver",
        "pictures:improve",
        libraries=("transformers", "diffusers"),
    ),
    Family("object-detection", "regions:load_detector", "regions:detect"),
    Family("zero-shot-object-detection", "regions:load_finder", "regions:find"),
    Family("image-segmentation", "regions:load_segmenter", "regions:segment"),
    Family(
        "mask-generation",
        "regions:load_masker",
        "regions:make_masks",
        caveat="looks for things at 36 points of the picture",
    ),
    Family(
        "keypoint-detection",
        "regions:load_pointer",
        "regions:find_points",
        caveat="joints of a body are looked for in the whole picture, as of one person",
    ),
    # --- pictures, clips and recordings beside words ------------------------------------------
    Family("image-to-text", "conversing:load_captioner", "conversing:caption", _SEES),
    Family("visual-question-answering", "conversing:load_answerer", "conversing:answer", _SEES),
    Family(
        "document-question-answering",
        "conversing:load_document_reader",
        "conversing:answer_document",
        _SEES,
    ),
    Family("image-text-to-text", "conversing:load_omnivore", "conversing:converse", _SEES),
    Family(
        "video-text-to-text",
        "conversing:load_omnivore",
        "conversing:converse",
        _SEES,
        caveat="sees eight pictures of the clip, and hears nothing",
    ),
    Family(
        "audio-text-to-text",
        "conversing:load_omnivore",
        "conversing:converse",
        _HEARS,
        caveat="may hear only the first 30 seconds",
    ),
    Family(
        "any-to-any",
        "conversing:load_omnivore",
        "conversing:converse",
        _HEARS,
        caveat="answers in words alone",
    ),
    Family("video-classification", "watching:load_watcher", "watching:classify", _SEES),
    Family("visual-document-retrieval", "watching:load_librarian", "watching:retrieve"),
    # --- audio --------------------------------------------------------------------------------
    Family("automatic-speech-recognition", "speech:load_speech", "speech:transcribe", _AUDIO),
    Family(
        "text-to-speech",
        "voices:load_voice",
        "voices:read_aloud",
        _AUDIO,
        beside="companions:vocoder_of",
    ),
    Family(
        "text-to-audio",
        "voices:load_composer",
        "voices:compose",
        _AUDIO,
        libraries=("transformers", "diffusers"),
        beside="companions:vocoder_of",
    ),
    Family(
        "audio-to-audio",
        "sounds:load_changer",
        "sounds:change",
        _AUDIO,
        caveat="another voice or a codec's copy of the recording; neither removes noise nor "
        "separates voices",
        beside="companions:vocoder_of",
    ),
    Family("audio-classification", "sounds:load_listener", "sounds:classify", _AUDIO, many=True),
    Family("voice-activity-detection", "sounds:load_detector", "sounds:detect_voice", _AUDIO),
    # --- pictures, clips and meshes from words ------------------------------------------------
    Family("text-to-image", "painting:load_painter", "painting:paint", _DRAW, _DIFFUSERS),
    Family("image-text-to-image", "painting:load_editor", "painting:edit", _DRAW, _DIFFUSERS),
    Family(
        "unconditional-image-generation",
        "painting:load_dreamer",
        "painting:dream",
        _DRAW,
        _DIFFUSERS,
    ),
    Family("text-to-video", "clips:load_filmer", "clips:film", _CLIP, _DIFFUSERS),
    Family("image-to-video", "clips:load_animator", "clips:animate", _CLIP, _DIFFUSERS),
    Family("image-text-to-video", "clips:load_director", "clips:animate", _CLIP, _DIFFUSERS),
    Family(
        "video-to-video",
        "clips:load_refilmer",
        "clips:film_anew",
        _CLIP,
        _DIFFUSERS,
        caveat="at most 49 frames, spread over the clip",
    ),
    Family("text-to-3d", "meshes:load_modeller", "meshes:shape", _DRAW, _DIFFUSERS),
    Family("image-to-3d", "meshes:load_sculptor", "meshes:sculpt", _DRAW, _DIFFUSERS),
    # --- control ------------------------------------------------------------------------------
    Family("depth-control", "annotators:load_depth", "annotators:draw_depth"),
    Family(
        "normal-control",
        "annotators:load_depth",
        "annotators:draw_normals",
        caveat="directions worked out from estimated depth, not by a network of normals",
    ),
    Family(
        "openpose-control",
        "annotators:load_pose",
        "annotators:draw_pose",
        caveat="takes the whole picture for one person",
    ),
    Family("seg-control", "annotators:load_regions", "annotators:draw_regions"),
    *(
        Family(
            f"{control}-text-to-image",
            "painting:load_controlled",
            "painting:paint_under_control",
            _DRAW,
            _DIFFUSERS,
            beside="companions:base_of",
        )
        for control in ("canny", "hed", "mlsd", "normal", "openpose", "depth", "seg")
    ),
)

_PICKLES = "models of the Hub for it are pickles, which may run code and are not loaded"

REASONS: dict[str, str] = {
    "tabular-classification": _PICKLES,
    "tabular-regression": _PICKLES,
    "canny-control": "the embedded endpoint draws edges",
    "mlsd-control": "the embedded endpoint draws straight lines",
    "hed-control": "HED's network has no class in transformers and is published as a pickle only",
    "graph-ml": "transformers has no model of graphs any more",
    "robotics": "its models need torchvision to read pictures, and a robot's own code",
}
"""Kind of task -> why no model of the Hub does it here."""
