"""How sure a measure is: values with 95 % intervals, by resampling the cases (seeded). Pure.

Percentile bootstrap (Efron 1979) of scipy. Where two runs are compared, cases that both have are
drawn together, so that hard cases are hard for both.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hugginggpt.evals.record import MIXED, SHAPES, Report, Row

SEED = 7
_ROUNDS = 1000

Parts = Sequence[tuple[float, float]]


class Interval(NamedTuple):
    """A value, and where 95 % of the resampled ones lie."""

    value: float
    low: float
    high: float


def parts_of(rows: Iterable[Row], measure: str) -> list[tuple[float, float]]:
    """What the rows add to the measure; rows that don't know it are left out."""
    return [row.parts[measure] for row in rows if measure in row.parts]


def parts_in(report: Report, group: str, measure: str) -> list[tuple[float, float]]:
    """What the rows of a group add to the measure; nothing where it says nothing of them."""
    is_shape = group.rpartition(": ")[2] in SHAPES
    return [] if is_shape and measure in MIXED else parts_of(report.of(group), measure)


def ratio(parts: Parts) -> float | None:
    """The measure of these parts; None where there is nothing to measure."""
    whole = sum(part[1] for part in parts)
    return sum(part[0] for part in parts) / whole if whole else None


def interval_of(parts: Parts) -> Interval | None:
    """The measure of these parts, with its interval; None where there is nothing to measure."""
    value = ratio(parts)
    if value is None:
        return None
    if len(set(parts)) < 2:
        return Interval(value, value, value)
    return _bootstrap(value, parts, lambda a, b: _divide(a, b))


def difference(before: Parts, after: Parts) -> Interval | None:
    """By how much the measure grew, with its interval; the same cases, in the same order."""
    old, new = ratio(before), ratio(after)
    if old is None or new is None:
        return None
    four = [(*a, *b) for a, b in zip(before, after, strict=True)]
    if len(set(four)) < 2:
        return Interval(new - old, new - old, new - old)
    return _bootstrap(new - old, four, lambda a, b, c, d: _divide(c, d) - _divide(a, b))


def _bootstrap(value: float, samples: Sequence[tuple[float, ...]], statistic: Any) -> Interval:
    import numpy as np
    from scipy.stats import bootstrap

    columns = tuple(np.asarray(column, dtype=float) for column in zip(*samples, strict=True))
    result = bootstrap(
        columns,
        lambda *drawn, axis: statistic(*(each.sum(axis=axis) for each in drawn)),
        n_resamples=_ROUNDS,
        paired=True,
        vectorized=True,
        method="percentile",
        rng=SEED,
    )
    low, high = result.confidence_interval
    return Interval(value, float(low), float(high))


def _divide(numerator: Any, denominator: Any) -> Any:
    """The quotient; 0 where a draw holds nothing to measure."""
    import numpy as np

    filled = np.where(denominator == 0, 1, denominator)
    return np.where(denominator == 0, 0, numerator / filled)
