"""Whether the planner knows when it is right: chances that it told against how often they held.

Pure. Bins of equal width (Guo et al. 2017, arXiv 1706.04599, section 2).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hugginggpt.evals.planner.measures import SETS
from hugginggpt.evals.record import Row

_BINS = 10


class Bin(NamedTuple):
    """Requests whose plans were held to be about as likely."""

    low: float
    high: float
    requests: int
    told: float
    """Mean of the chances."""
    right: float
    """Share whose kinds were right."""


def bins_of(rows: Iterable[Row]) -> list[Bin]:
    """The bins that hold a request; rows without a chance are left out."""
    groups: dict[int, list[Row]] = {}
    for row in rows:
        if row.chance is not None:
            groups.setdefault(min(int(row.chance * _BINS), _BINS - 1), []).append(row)
    return [_bin(number, group) for number, group in sorted(groups.items())]


def _bin(number: int, rows: Sequence[Row]) -> Bin:
    told = sum(row.chance or 0.0 for row in rows) / len(rows)
    right = sum(row.parts[SETS][0] for row in rows) / len(rows)
    return Bin(number / _BINS, (number + 1) / _BINS, len(rows), told, right)


def expected_error(bins: Sequence[Bin]) -> float | None:
    """By how much chances and shares differ on average; None where no chance was told."""
    total = sum(each.requests for each in bins)
    apart = sum(each.requests * abs(each.told - each.right) for each in bins)
    return apart / total if total else None
