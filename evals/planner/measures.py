"""What one plan adds to each measure, where it is compared with the right one. Pure."""

from collections.abc import Set as AbstractSet
from typing import Any

from hugginggpt.evals.metrics import Outline

Part = tuple[float, float]
"""What a request adds to the two sums of a measure."""

PLANS, SETS = "exact plans", "exact sets"
MEASURES = (PLANS, SETS, "n-F1", "e-F1", "no-task precision", "no-task recall")
"""Those of `metrics`, and how well "there is no task" is told."""


def parts_of(right: Outline, planned: Outline) -> dict[str, Part]:
    """What a request adds to the measures."""
    parts: dict[str, Part] = {
        PLANS: (float(right.is_exactly(planned)), 1.0),
        SETS: (float(right.nodes == planned.nodes), 1.0),
        "n-F1": _f1(right.nodes, planned.nodes),
        "e-F1": _f1(right.edges, planned.edges),
    }
    both = float(not right.tasks and not planned.tasks)
    if not planned.tasks:
        parts["no-task precision"] = (both, 1.0)
    if not right.tasks:
        parts["no-task recall"] = (both, 1.0)
    return parts


def _f1(right: AbstractSet[Any], planned: AbstractSet[Any]) -> Part:
    return 2.0 * len(right & planned), float(len(right) + len(planned))
