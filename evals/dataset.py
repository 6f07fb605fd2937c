"""Requests with their right plans: the project's own cases, and TaskBench's for measuring."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from hugginggpt.evals.metrics import Shape
from hugginggpt.graph.request import Request
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.files import modality_by_name
from hugginggpt.tools.kinds import KINDS

TASKBENCH_KINDS: Mapping[str, str] = {
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


class Case(BaseModel):
    """One request and its right plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    request: str
    files: tuple[str, ...] = ()
    """Names of the files that come with the request."""
    tasks: tuple[str, ...] = ()
    """Kinds of the right tasks, in order; empty: there is no task in the request."""
    links: tuple[tuple[int, int], ...] = ()
    """Positions in `tasks`: the second uses what the first makes."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Case":
        unknown = [kind for kind in self.tasks if kind not in KINDS]
        if unknown:
            raise ValueError(f"case {self.id!r} names unknown kinds: {unknown}")
        wrong = [link for link in self.links if not 0 <= link[0] < link[1] < len(self.tasks)]
        if wrong:
            raise ValueError(f"case {self.id!r} has links outside its tasks: {wrong}")
        return self

    @property
    def shape(self) -> Shape:
        """The right plan as the metrics compare it."""
        return Shape(self.tasks, self.links)

    def to_request(self) -> Request:
        """The request with its files as resources; the files need not exist."""
        resources = {
            name: Artifact(modality=modality_by_name(name) or "text", path=name)
            for name in self.files
        }
        return Request(self.request, resources=resources, fresh=self.files)


def load_cases() -> list[Case]:
    """The project's own cases. They were at hand when the planner was written."""
    text = (files(__package__) / "cases.jsonl").read_text(encoding="utf-8")
    return [Case.model_validate_json(line) for line in text.splitlines() if line.strip()]


def load_taskbench(folder: Path) -> list[Case]:
    """The hand-labelled requests of a TaskBench folder, its tools mapped to kinds.

    Raises:
        FileInputError: the folder lacks `hand_labels.jsonl` or `user_requests.json`, or they
            hold something else.

    """
    try:
        requests = {row["id"]: row["user_request"] for row in _rows(folder / "user_requests.json")}
        return [_labelled(row, requests) for row in _rows(folder / "hand_labels.jsonl")]
    except OSError as error:
        raise FileInputError(f"{str(folder)!r} holds no TaskBench files: {error}") from error
    except (KeyError, ValueError, ValidationError) as error:
        raise FileInputError(f"{str(folder)!r} holds no TaskBench labels: {error!r}") from error


def load_requests(folder: Path) -> list[str]:
    """The words of all requests of a TaskBench folder.

    Raises:
        FileInputError: the folder lacks `user_requests.json`, or it holds something else.

    """
    try:
        return [row["user_request"] for row in _rows(folder / "user_requests.json")]
    except OSError as error:
        raise FileInputError(f"{str(folder)!r} holds no TaskBench files: {error}") from error
    except (KeyError, ValueError) as error:
        raise FileInputError(f"{str(folder)!r} holds no TaskBench requests: {error!r}") from error


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def _labelled(row: Mapping[str, Any], requests: Mapping[str, str]) -> Case:
    """The case of one label row; links between tools become links between positions."""
    tools: list[str] = row["tools"]
    kinds = tuple(TASKBENCH_KINDS[tool] for tool in tools)
    pairs = {(tools.index(a), tools.index(b)) for a, b in row["links"] if a != b}
    links = tuple(sorted((min(pair), max(pair)) for pair in pairs))
    return Case(id=row["id"], request=requests[row["id"]], tasks=kinds, links=links)
