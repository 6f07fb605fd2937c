"""What the user asks for in one turn: words, files, and what earlier turns left behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import Artifact


class Turn(NamedTuple):
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a brain sees it."""

    text: str
    """The user's words."""
    resources: Mapping[str, Artifact] = field(default_factory=dict)
    """The user's files, all turns together, by the name under which a plan refers to them."""
    history: tuple[Turn, ...] = ()
    """Earlier messages, oldest first."""
    earlier: Mapping[str, TaskResult] = field(default_factory=dict)
    """Results of earlier turns by task id: a plan may refer to them as `<GENERATED>-<id>`."""
    fresh: tuple[str, ...] = ()
    """Names of the resources that came with this very request."""
