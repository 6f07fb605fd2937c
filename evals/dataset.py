"""Requests with their right plans: the project's own cases."""

from importlib.resources import files

from pydantic import BaseModel, ConfigDict, model_validator

from hugginggpt.evals.metrics import Outline
from hugginggpt.graph.request import Request
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.files import modality_by_name
from hugginggpt.tools.kinds import KINDS


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
    def outline(self) -> Outline:
        """The right plan as the metrics compare it."""
        return Outline(self.tasks, self.links)

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
