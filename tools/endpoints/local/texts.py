"""Texts: labels, entities, answers, vectors, rankings, with encoders of transformers."""

from collections.abc import Mapping, Sequence
from typing import Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.blanks import with_mask
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text, given_texts
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import UNLIMITED, by_auto, by_pipeline, load_auto
from hugginggpt.tools.errors import TaskError

Many = Sequence[Mapping[str, Any]]
Calls = Sequence[Call]

AT_ONCE = 32
"""Texts, or pairs of texts, that are read as one batch."""
_OVERLAP = 128
"""Tokens of a long text that two windows share, so that no name is cut in two."""

load_classifier = by_pipeline(
    "text-classification", "AutoModelForSequenceClassification", "AutoTokenizer"
)
load_tagger = by_pipeline(
    "token-classification", "AutoModelForTokenClassification", "AutoTokenizer"
)
load_filler = by_pipeline("fill-mask", "AutoModelForMaskedLM", "AutoTokenizer")
load_chooser = by_auto("AutoModelForMultipleChoice")


def classify(loaded: Loaded, many: Many, calls: Calls) -> list[list[Artifact]]:  # noqa: ARG001
    """All labels of each text, the likeliest first."""
    texts = [given_text(arguments, "text") for arguments in many]
    found = loaded.model(texts, top_k=None, truncation=True, batch_size=len(texts))
    return [[Artifact.of_data(rounded(labels))] for labels in found]


def tag(loaded: Loaded, many: Many, calls: Calls) -> list[list[Artifact]]:  # noqa: ARG001
    """The entities of each text in order of appearance, with their places in it."""
    texts = [given_text(arguments, "text") for arguments in many]
    settings = {"aggregation_strategy": "simple", "batch_size": len(texts), **_windows(loaded)}
    found = loaded.model(texts, **settings)
    return [
        [Artifact.of_data([_entity(e, text) for e in entities], count=len(entities))]
        for text, entities in zip(texts, found, strict=True)
    ]


def _windows(loaded: Loaded) -> dict[str, int]:
    """Reading a long text in windows that overlap, where the tokenizer can tell places."""
    most = loaded.processor.model_max_length
    can_move = loaded.processor.is_fast and most < UNLIMITED
    return {"stride": min(_OVERLAP, most // 4)} if can_move else {}


def _entity(found: Mapping[str, Any], text: str) -> dict[str, Any]:
    start, end = found["start"], found["end"]
    return {
        "entity_group": str(found["entity_group"]),
        "word": str(found["word"]) if start is None else text[start:end],
        "score": round(float(found["score"]), 4),
        "start": start,
        "end": end,
    }


def load_entailment(weights: Weights) -> Loaded:
    """A model that tells whether one text follows from another (NLI).

    Raises:
        TaskError: the model tells something else.

    """
    if _entailment(weights.config.get("id2label") or {}) is None:
        raise TaskError(
            f"{weights.model} does not tell whether one text follows from another, which sorting "
            "by labels needs; take a model that was trained for it (NLI)"
        )
    return load_auto(weights, auto="AutoModelForSequenceClassification")


def _entailment(labels: Mapping[Any, str]) -> int | None:
    """The number of the label that says that the second text follows from the first."""
    return next((int(n) for n, name in labels.items() if name.lower().startswith("entail")), None)


def classify_by_labels(loaded: Loaded, many: Many, calls: Calls) -> list[list[Artifact]]:
    """For each text its labels, the best one first; the scores of several labels sum to 1."""
    asked = [(given_text(arguments, "text"), _labels(arguments)) for arguments in many]
    pairs = [(text, f"This example is {label}.") for text, labels in asked for label in labels]
    logits = _logits(loaded, *zip(*pairs, strict=True), calls=calls)
    parts = logits.split([len(labels) for _, labels in asked])
    return [
        [Artifact.of_data(_by_label(labels, _chances(loaded, part)))]
        for (_, labels), part in zip(asked, parts, strict=True)
    ]


def _labels(arguments: Mapping[str, Any]) -> list[str]:
    labels = (label.strip() for label in given_texts(arguments, "labels"))
    return list(dict.fromkeys(label for label in labels if label))


def _chances(loaded: Loaded, logits: Any) -> list[float]:
    """How likely each label is among the others; one by itself is right or wrong."""
    follows = _entailment(loaded.model.config.id2label) or 0
    if len(logits) > 1:
        return list(logits[:, follows].softmax(0).tolist())
    contradicts = 0 if follows else -1
    return list(logits[:, [contradicts, follows]].softmax(1)[:, 1].tolist())


def fill(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:  # noqa: ARG001
    """The words that fit best where one is missing, the likeliest first.

    Raises:
        TaskError: no word is missing, or several; the model has no such mark.

    """
    text, mask = given_text(arguments, "text"), loaded.processor.mask_token
    if mask is None:
        raise TaskError(f"{loaded.weights.model} has no mark for a missing word")
    rows = [
        {
            "sequence": found["sequence"],
            "score": round(float(found["score"]), 4),
            "token": int(found["token"]),
            "token_str": found["token_str"].strip(),
        }
        for found in loaded.model(with_mask(text, mask), tokenizer_kwargs={"truncation": True})
    ]
    return [Artifact.of_data(rows)]


def load_ranker(weights: Weights) -> Loaded:
    """A cross-encoder.

    Raises:
        TaskError: the model sorts into classes.

    """
    if (count := len(weights.config.get("id2label") or ())) > 2:
        raise TaskError(
            f"{weights.model} sorts into {count} classes; take a model that was trained to rank, "
            "which tells one number"
        )
    return load_auto(weights, auto="AutoModelForSequenceClassification")


def rank(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The texts with their place in the list given, the best answer to `query` first.

    A cross-encoder reads query and text together; its scores are squeezed between 0 and 1.
    """
    query, texts = given_text(arguments, "query"), given_texts(arguments, "texts")
    logits = _logits(loaded, [query] * len(texts), texts, calls=[call])
    # One output is relevance; of two, the last one is "relevant".
    chances = logits.sigmoid()[:, 0] if logits.shape[1] == 1 else logits.softmax(-1)[:, -1]
    return [Artifact.of_data(ranked(texts, chances.tolist()))]


def choose(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:  # noqa: ARG001
    """The choices with how likely each is right, the likeliest first."""
    import torch

    text, choices = given_text(arguments, "text"), given_texts(arguments, "choices")
    inputs = _encoded(loaded, [text] * len(choices), choices)
    with torch.inference_mode():
        logits = loaded.model(**{name: each.unsqueeze(0) for name, each in inputs.items()}).logits
    scores = logits[0].float().softmax(-1).tolist()
    return [Artifact.of_data(_by_label(choices, scores))]


def _logits(loaded: Loaded, *columns: Sequence[str], calls: Calls) -> Any:
    """What the model tells of each text or pair of texts; shape (texts, outputs), float32."""
    import torch

    found, count = [], len(columns[0])
    for start in range(0, count, AT_ONCE):
        report(calls, start / count)
        inputs = _encoded(loaded, *(column[start : start + AT_ONCE] for column in columns))
        with torch.inference_mode():
            found.append(loaded.model(**inputs).logits.float())
    return torch.cat(found)


def report(calls: Calls, share: float) -> None:
    """Tell all who wait how far their texts are read.

    Raises:
        TaskError: one of them was cancelled.

    """
    for call in calls:
        call.progress("reading", share)


def _encoded(loaded: Loaded, *columns: Sequence[str]) -> dict[str, Any]:
    """The texts, or pairs of texts, as one padded batch on the model's device."""
    inputs = loaded.processor(*columns, padding=True, truncation=True, return_tensors="pt")
    return {name: each.to(loaded.weights.device) for name, each in inputs.items()}


def ranked(texts: Sequence[str], scores: Sequence[float]) -> list[dict[str, Any]]:
    """The texts by score, the highest first, each with its place in the list."""
    order = sorted(range(len(texts)), key=lambda index: -scores[index])
    return [{"text": texts[i], "score": round(float(scores[i]), 4), "index": i} for i in order]


def _by_label(labels: Sequence[str], scores: Sequence[float]) -> list[dict[str, Any]]:
    return rounded([{"label": n, "score": s} for n, s in zip(labels, scores, strict=True)])


def rounded(labels: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Labels with scores as plain numbers, the likeliest first."""
    rows = [{"label": str(r["label"]), "score": round(float(r["score"]), 4)} for r in labels]
    return sorted(rows, key=lambda row: -float(row["score"]))
