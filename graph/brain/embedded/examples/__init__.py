"""Requests with their right plans, from which the planner learns: the rows of `*.jsonl` here.

Each was written by hand as an everyday request, save those of `cases.jsonl`. These a program made
from `evals/cases.jsonl`: requests, kinds and links are of there, arguments are as the rules planned
them at the time. Nothing comes from another corpus.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request, Turn
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.kinds import Modality

Topic = Literal[
    "shop", "school", "medicine", "travel", "code", "music", "family", "office", "garden", "sport",
    "cooking", "news", "law", "art", "housing", "science", "games", "pets", "cars", "money",
    "various",
]  # fmt: skip
"""What the request is about; a held-out part is made by topics."""
Style = Literal["question", "command", "terse", "polite", "slang", "typo", "story", "followup"]
"""How the request is put; `story` tells what it is for first."""


_FOLDER = Path(__file__).parent


class Example(BaseModel):
    """One request and its right plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: str
    files: Mapping[str, Modality] = Field(default_factory=dict)
    """Files that come with the request or are named in it."""
    topic: Topic
    style: Style
    language: str
    """ISO 639-1 code."""
    tasks: Sequence[Mapping[str, Any]]
    """The plan in the paper's wire form; empty: no task is asked for, or none that there is."""
    reason: Literal["chat", "unsupported"] | None = None
    """Why there is no task."""
    history: Sequence[Turn] = ()
    earlier: Mapping[str, str] = Field(default_factory=dict)
    """Kinds of the tasks of earlier turns, by id."""

    @model_validator(mode="after")
    def _has_tasks_or_a_reason(self) -> "Example":
        if bool(self.tasks) == (self.reason is not None):
            raise ValueError("a row has either tasks or a reason why there are none")
        return self

    def to_request(self) -> Request:
        """The request as a brain sees it; its files need not exist."""
        resources = {name: Artifact(modality=m, path=name) for name, m in self.files.items()}
        earlier = {key: TaskResult(kind=kind, status="done") for key, kind in self.earlier.items()}
        return Request(self.request, resources, tuple(self.history), earlier, tuple(resources))

    def to_plan(self) -> Plan:
        """The right plan.

        Raises:
            PlanError: the tasks make no valid plan.

        """
        tasks = [dict(task) for task in self.tasks]
        return parse_plan(tasks, resources=self.files, earlier=self.earlier)


def load_examples(folder: Path | None = None) -> list[Example]:
    """All examples of the folder, in the order of its files; those shipped unless told.

    Raises:
        FileInputError: a row is no example.

    """
    return [_example(*row) for row in _rows(folder)]


def requests() -> list[str]:
    """The words of all shipped examples, in their order."""
    return [str(json.loads(line)["request"]) for *_, line in _rows(None)]


def digest(folder: Path | None = None) -> str:
    """SHA-256 of all rows of the folder: the version of the examples."""
    whole = hashlib.sha256()
    for _, _, line in _rows(folder):
        whole.update(line.encode() + b"\n")
    return whole.hexdigest()


def _rows(folder: Path | None) -> Iterator[tuple[str, int, str]]:
    """File, line number and text of each row."""
    for path in sorted((folder or _FOLDER).glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                yield path.name, number, line.strip()


def _example(name: str, number: int, line: str) -> Example:
    try:
        row = json.loads(line)
        turns = [Turn(turn["role"], turn["text"]) for turn in row.get("history", ())]
        return Example.model_validate({**row, "history": turns})
    except (ValueError, ValidationError, KeyError) as error:
        raise FileInputError(f"{name}, line {number}, is no example: {error}") from error
