"""From TaskBench's Hugging Face tools to kinds of task, and back."""

from collections.abc import Mapping

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


def tool_of(kind: str) -> str:
    """The tool of that kind; a kind that TaskBench lacks stays as it is, and is no tool of it."""
    return TOOLS_BY_KIND.get(kind, kind)
