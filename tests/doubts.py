"""A request of which the embedded planner is not sure, whatever examples it was fitted to last."""

from functools import cache
from typing import NamedTuple

from hugginggpt.graph.brain.embedded.planner import draft
from hugginggpt.graph.request import Request
from hugginggpt.tools.endpoints.embedded.engines import ENGINES

TEXT = "'Dinner with Anna on 3 May 2024 for $40'"
REQUESTS = (
    f"in short who when what {TEXT}",
    f"what stands in {TEXT}",
    f"Who and what is in {TEXT}",
    f"flag what counts in {TEXT}",
    f"where is what I need in {TEXT}",
    f"what do I need to know from {TEXT}",
    f"sort the words of {TEXT}",
)


class Doubt(NamedTuple):
    """The request, and the kinds of the two plans for it, which the embedded endpoint can run."""

    request: str
    first: list[str]
    second: list[str]


@cache
def doubtful() -> Doubt:
    """The first request that is in doubt."""
    return next(doubt for request in REQUESTS if (doubt := _doubt(request)) is not None)


def _doubt(request: str) -> Doubt | None:
    drafted = draft(Request(request))
    if drafted.other is None:
        return None
    first, second = ([task["task"] for task in d.tasks] for d in (drafted, drafted.other))
    can_run = {*first, *second} <= {engine.kind for engine in ENGINES}
    return Doubt(request, first, second) if first and second and can_run else None
