"""What a run decides and finds out about each task: `Selection` and `TaskResult`."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate

Status = Literal["done", "failed", "skipped"]


class Selection(BaseModel):
    """The model chosen for one task, why, and what to fall back on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chosen: Candidate | None
    """None when nothing can run the task here; `reason` then says why."""
    reason: str
    others: tuple[Candidate, ...] = ()
    """The remaining candidates, best first: tried in turn when the chosen one fails."""


class Attempt(BaseModel):
    """One try of one candidate that failed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    endpoint: str
    error: str
    seconds: float = 0.0


class TaskResult(BaseModel):
    """How one task ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    status: Status
    model: str | None = None
    endpoint: str | None = None
    seconds: float = 0.0
    """Run time, waiting for dependencies not included."""
    artifacts: tuple[Artifact, ...] = ()
    """What was produced, the main artifact first."""
    error: str | None = None
    """Why the task failed or was skipped, written for the user."""
    caveat: str = ""
    """What the model that ran is not, such as "robotic voice"."""
    attempts: tuple[Attempt, ...] = ()
    """Tries that failed before this outcome, those that were tried again included."""
    reused: bool = False
    """Whether it was taken from the record of a task that did the same before."""

    @classmethod
    def skipped(cls, kind: str, reason: str) -> Self:
        """The result of a task that was not run because of `reason`."""
        return cls(kind=kind, status="skipped", error=reason)
