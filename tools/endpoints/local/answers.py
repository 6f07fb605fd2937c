"""Answers from a text or a table: the span or the cells that answer a question."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text
from hugginggpt.tools.endpoints.local.families import Loaded
from hugginggpt.tools.endpoints.local.loading import by_auto, by_pipeline
from hugginggpt.tools.errors import TaskError

_WINDOW = 384
"""Tokens of question and context that are read at once."""
_OVERLAP = 128
"""Tokens of the context that two windows share, so that no answer is cut in two."""
_LONGEST_ANSWER = 30
"""In tokens."""
_SCORED = 20
"""Beginnings, and ends, that are tried in each window."""

load_reader = by_auto("AutoModelForQuestionAnswering")
load_table_reader = by_pipeline(
    "table-question-answering", "AutoModelForTableQuestionAnswering", "AutoTokenizer"
)


class _Span(NamedTuple):
    score: float
    start: int
    end: int


def answer(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The words of the context that answer the question best, and where they stand.

    A long context is read in windows that overlap; the best span of all of them counts
    (what the question-answering pipeline did, which transformers 5 has dropped).

    Raises:
        TaskError: no words of the context are an answer, or the question is too long.

    """
    context, question = given_text(arguments, "context"), given_text(arguments, "question")
    windows = _windows(loaded, question, context)
    spans: list[_Span] = []
    for number, window in enumerate(windows):
        call.progress("reading the text", number / len(windows))
        spans += _spans(loaded, window)
    if not spans:
        raise TaskError(f"{loaded.weights.model} found no answer to {question!r} in the text")
    best = max(spans)
    words = context[best.start : best.end]
    data = {"answer": words, "score": round(best.score, 4), "start": best.start, "end": best.end}
    return [Artifact.of_text(words), Artifact.of_data([data])]


def _windows(loaded: Loaded, question: str, context: str) -> list[dict[str, Any]]:
    """Question and a part of the context each, as tensors, with places and kinds of the tokens."""
    if not loaded.processor.is_fast:
        raise TaskError(f"{loaded.weights.model} has no tokenizer that tells where words stand")
    most = min(_WINDOW, loaded.processor.model_max_length)
    room = most - len(loaded.processor(question)["input_ids"])
    if room < most // 4:
        raise TaskError(f"the question is too long for {loaded.weights.model}: {question[:80]!r} …")
    encoded = loaded.processor(
        question,
        context,
        truncation="only_second",
        max_length=most,
        stride=min(_OVERLAP, room // 2),
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_tensors="pt",
        padding=True,
    )
    names = [n for n in loaded.processor.model_input_names if n in encoded]
    return [
        {
            "inputs": {name: encoded[name][i : i + 1].to(loaded.weights.device) for name in names},
            "places": encoded["offset_mapping"][i].tolist(),
            "is_context": [kind == 1 for kind in encoded.sequence_ids(i)],
        }
        for i in range(encoded["input_ids"].shape[0])
    ]


def _spans(loaded: Loaded, window: Mapping[str, Any]) -> list[_Span]:
    """The likeliest spans of a window."""
    import torch

    with torch.inference_mode():
        found = loaded.model(**window["inputs"])
    outside = ~torch.tensor(window["is_context"], device=found.start_logits.device)
    # The first token stands for "no answer here": a window without one then scores low.
    outside &= window["inputs"]["input_ids"][0] != loaded.processor.cls_token_id
    starts = found.start_logits[0].float().masked_fill(outside, -1e9).softmax(-1)
    ends = found.end_logits[0].float().masked_fill(outside, -1e9).softmax(-1)
    count = min(_SCORED, len(starts))
    places = window["places"]
    return [
        _Span(float(starts[s] * ends[e]), places[s][0], places[e][1])
        for s in starts.topk(count).indices.tolist()
        for e in ends.topk(count).indices.tolist()
        if s <= e < s + _LONGEST_ANSWER and window["is_context"][s] and window["is_context"][e]
    ]


def answer_table(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:  # noqa: ARG001
    """The answer in words, with the cells that it was taken from and how they were combined."""
    from hugginggpt.tools.media import read_table

    table = read_table(arguments["table"]).astype(str)
    found = loaded.model(table=table, query=given_text(arguments, "question"))
    data = {
        "answer": str(found["answer"]),
        "coordinates": [[int(n) for n in place] for place in found.get("coordinates", [])],
        "cells": [str(cell) for cell in found.get("cells", [])],
    }
    if "aggregator" in found:
        data["aggregator"] = str(found["aggregator"])
    return [Artifact.of_text(data["answer"] or "nothing"), Artifact.of_data([data])]  # type: ignore[arg-type]
