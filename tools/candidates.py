"""Models that could do a task: `Candidate`, and how they are found and ranked."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from hugginggpt.tools.kinds import TaskKind

if TYPE_CHECKING:
    from hugginggpt.tools.endpoints import Endpoint


Source = Literal["endpoint", "hub", "snapshot", "own"]
"""Who says that there is such a model: its endpoint, the Hub, the facts that this package brings,
or the user's own list."""


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
    parameters: int | None = None
    """How many weights the model has."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes; empty where the language does not matter or is not known."""
    library: str | None = None
    """What loads it, as the Hub says: transformers, diffusers, sentence-transformers, sklearn …"""
    providers: tuple[str, ...] = ()
    """Inference providers that serve it."""
    safetensors: bool | None = None
    """Whether its weights are in that form, which can't run code; None where unknown."""
    revision: str | None = None
    """Commit of the Hub that is meant; None: the latest."""
    source: Source = "endpoint"
    preferred: bool = False
    """Whether the user's own list asks for it before others."""


class Found(NamedTuple):
    """The candidates of one kind that can run here, and why the others can't."""

    candidates: tuple[Candidate, ...]
    refusals: tuple[str, ...]


def find_candidates(kind: TaskKind, endpoints: Iterable["Endpoint"], limit: int) -> Found:
    """At most `limit` candidates that can run here, the best first.

    The user's own models go before all others. Then the order of `endpoints`, which is the user's
    preference; on each of them what is loaded already, then what is most downloaded (HuggingGPT,
    section 3.2: filter by task type, rank by downloads, keep the top K). Where downloads are not
    known, the endpoint's own order stays. Each endpoint that can run one keeps a place, so that
    there is another way where all models of one endpoint fail.
    """
    usable: list[Candidate] = []
    refusals: list[str] = []
    for endpoint in endpoints:
        offered = endpoint.candidates(kind)
        if not offered:
            refusals.append(f"{endpoint.name}: {endpoint.refusal(kind)}")
        for candidate in _ranked(offered, endpoint):
            reason = endpoint.obstacle(candidate)
            if reason is None:
                usable.append(candidate)
            else:
                refusals.append(f"{endpoint.name}: {reason}")
    usable.sort(key=lambda candidate: not candidate.preferred)
    return Found(_top(usable, limit), tuple(dict.fromkeys(refusals)))


def _top(ranked: Sequence[Candidate], limit: int) -> tuple[Candidate, ...]:
    """The first `limit`, the last places of which go to endpoints that would have none."""
    seen = {candidate.endpoint for candidate in ranked[:limit]}
    further = {c.endpoint: c for c in reversed(ranked[limit:]) if c.endpoint not in seen}
    places = max(1, limit - len(further))
    return (*ranked[:places], *(c for c in ranked if c in further.values()))[:limit]


def _ranked(candidates: Iterable[Candidate], endpoint: "Endpoint") -> list[Candidate]:
    return sorted(candidates, key=lambda c: (not endpoint.is_loaded(c), -(c.downloads or 0)))
