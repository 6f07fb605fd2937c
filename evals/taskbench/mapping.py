"""From TaskBench's Hugging Face tools to kinds of task, and back.

Two of its tools are cut in another way than the kinds, as `tool_desc.json` has it: Conversational
is text generation that answers somebody, and Tabular Classification takes a picture of a table. The
words that ask for a task tell them apart, as the descriptions do for a chat model.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from hugginggpt.tools.kinds import KINDS

KINDS_BY_TOOL: Mapping[str, str] = {
    "Token Classification": "token-classification",
    "Translation": "translation",
    "Summarization": "summarization",
    "Question Answering": "question-answering",
    "Conversational": "text-generation",
    "Text Generation": "text-generation",
    "Sentence Similarity": "sentence-similarity",
    "Tabular Classification": "tabular-classification",
    "Object Detection": "object-detection",
    "Image Classification": "image-classification",
    "Image-to-Image": "image-to-image",
    "Image-to-Text": "image-to-text",
    "Text-to-Image": "text-to-image",
    "Text-to-Video": "text-to-video",
    "Visual Question Answering": "visual-question-answering",
    "Document Question Answering": "document-question-answering",
    "Image Segmentation": "image-segmentation",
    "Depth Estimation": "depth-estimation",
    "Text-to-Speech": "text-to-speech",
    "Automatic Speech Recognition": "automatic-speech-recognition",
    "Audio-to-Audio": "audio-to-audio",
    "Audio Classification": "audio-classification",
    "Image Editing": "image-text-to-image",
}
"""TaskBench tool -> task kind. Two tools become one kind: Conversational, Text Generation."""

TOOLS_BY_KIND: Mapping[str, str] = {kind: tool for tool, kind in KINDS_BY_TOOL.items()}
"""Task kind -> TaskBench tool; text-generation is Text Generation, the later of its two."""


class _Told(NamedTuple):
    """A tool that is meant where these words ask for a task of one of these kinds."""

    tool: str
    kinds: frozenset[str]
    words: re.Pattern[str]


_READERS = frozenset(
    name
    for name, kind in KINDS.items()
    if any(argument.modality in ("image", "table") for argument in kind.arguments)
    and (kind.gives("text") or kind.gives("data"))
)
"""Kinds that tell something of a picture or a table."""
_TOLD = (
    _Told(
        "Conversational",
        frozenset({"text-generation"}),
        re.compile(
            r"\b(?:convers|chat|dialog|talk|discuss|respon[ds]|repl(?:y|ies)|voice assistant)", re.I
        ),
    ),
    _Told(
        "Tabular Classification",
        _READERS,
        re.compile(r"\b(?:tables?|tabular|spreadsheets?)\b", re.I),
    ),
)


def tool_of(kind: str, words: str = "") -> str:
    """The tool for a task of that kind that these words ask for.

    A kind that TaskBench lacks stays as it is, and is no tool of it.
    """
    for told in _TOLD:
        if kind in told.kinds and told.words.search(words):
            return told.tool
    return TOOLS_BY_KIND.get(kind, kind)
