"""The names by which JARVIS, TaskBench and the HuggingGPT paper call kinds."""

import pytest

from hugginggpt.tools.kinds import KINDS, find_kind

JARVIS = [
    "token-classification", "text2text-generation", "summarization", "translation",
    "question-answering", "conversational", "text-generation", "sentence-similarity",
    "tabular-classification", "object-detection", "image-classification", "image-to-image",
    "image-to-text", "text-to-image", "text-to-video", "visual-question-answering",
    "document-question-answering", "image-segmentation", "depth-estimation", "text-to-speech",
    "automatic-speech-recognition", "audio-to-audio", "audio-classification", "canny-control",
    "hed-control", "mlsd-control", "normal-control", "openpose-control", "canny-text-to-image",
    "depth-text-to-image", "hed-text-to-image", "mlsd-text-to-image", "normal-text-to-image",
    "openpose-text-to-image", "seg-text-to-image",
]  # fmt: skip
OTHER_NAMES = {
    "text2text-generation": "text-generation",
    "conversational": "text-generation",
    "Image Editing": "image-text-to-image",
    "Conversational": "text-generation",
    "Text-CLS": "text-classification",
    "Token-CLS": "token-classification",
    "Image-CLS": "image-classification",
    "Audio-CLS": "audio-classification",
    "Video-CLS": "video-classification",
    "Tabular-CLS": "tabular-classification",
    "Segmentation": "image-segmentation",
    "VQA": "visual-question-answering",
    "DQA": "document-question-answering",
    "ASR": "automatic-speech-recognition",
}
TASKBENCH = [
    "Token Classification", "Translation", "Summarization", "Question Answering",
    "Conversational", "Text Generation", "Sentence Similarity", "Tabular Classification",
    "Object Detection", "Image Classification", "Image-to-Image", "Image-to-Text",
    "Text-to-Image", "Text-to-Video", "Visual Question Answering", "Document Question Answering",
    "Image Segmentation", "Depth Estimation", "Text-to-Speech", "Automatic Speech Recognition",
    "Audio-to-Audio", "Audio Classification", "Image Editing",
]  # fmt: skip


def meant(name):
    """The kind whose own name it is, written in the Hub's way, or the one it stands for."""
    return OTHER_NAMES.get(name, name.lower().replace(" ", "-"))


def test_the_lists_are_whole():
    assert (len(JARVIS), len(set(JARVIS))) == (35, 35)
    assert (len(TASKBENCH), len(set(TASKBENCH))) == (23, 23)


@pytest.mark.parametrize("name", [*JARVIS, *TASKBENCH, *OTHER_NAMES])
def test_a_name_is_understood(name):
    assert find_kind(name) is KINDS[meant(name)]
