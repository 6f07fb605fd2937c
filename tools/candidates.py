"""Models that could do a task: `Candidate`, and how they are found and ranked."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict

from hugginggpt.tools.kinds import TaskKind

if TYPE_CHECKING:
    from hugginggpt.tools.endpoints import Endpoint


class Candidate(BaseModel):
    """One model that does one kind of task, and what choosing it needs to know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    """Hub id, or the name of an embedded engine."""
    kind: str
    endpoint: str
    description: str = ""
    caveat: str = ""
    """What this model is not; told with every result."""
    downloads: int | None = None
    """Downloads in the last 30 days, as the Hub counts them; None where unknown."""
    likes: int | None = None
    licence: str | None = None
    gated: bool = False
    size: int | None = None
    """Size of what must be loaded, in bytes."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes; empty where the language does not matter or is not known."""


class Found(NamedTuple):
    """The candidates of one kind that can run here, and why the others can't."""

    candidates: tuple[Candidate, ...]
    refusals: tuple[str, ...]


def find_candidates(kind: TaskKind, endpoints: Iterable["Endpoint"], limit: int) -> Found:
    """At most `limit` candidates that can run here, endpoint by endpoint, most downloaded first.

    The order of `endpoints` is the user's preference and comes before downloads
    (HuggingGPT, section 3.2: filter by task type, rank by downloads, keep the top K).
    """
    usable: list[Candidate] = []
    refusals: list[str] = []
    for endpoint in endpoints:
        offered = endpoint.candidates(kind)
        if not offered:
            refusals.append(f"{endpoint.name}: {endpoint.refusal(kind)}")
        for candidate in _most_downloaded_first(offered):
            reason = endpoint.obstacle(candidate)
            if reason is None:
                usable.append(candidate)
            else:
                refusals.append(f"{endpoint.name}: {reason}")
    return Found(tuple(usable[:limit]), tuple(dict.fromkeys(refusals)))


def _most_downloaded_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: -(c.downloads or 0))
