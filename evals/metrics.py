"""How close planned tasks and links are to the right ones. Pure.

The measures are TaskBench's (Shen et al. 2023, arXiv 2311.18760, section 4.2; its `evaluate.py`):
node F1 compares the sets of task kinds of a request, edge F1 the sets of (from, to) pairs of
kinds; a kind counts once a request however often it is planned. The published figures are
micro averages over the corpus (`micro`). `mean` averages the F1 of the requests, where a
request without nodes (or edges) on either side counts as 1.
"""

from collections.abc import Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

Edge = tuple[str, str]


class Outline(NamedTuple):
    """What is compared of a plan."""

    tasks: tuple[str, ...]
    """Kinds, in order."""
    links: tuple[tuple[int, int], ...]
    """Positions of tasks: the second uses what the first makes."""

    @property
    def nodes(self) -> frozenset[str]:
        """The kinds as a set."""
        return frozenset(self.tasks)

    @property
    def edges(self) -> frozenset[Edge]:
        """The links as pairs of kinds."""
        return frozenset((self.tasks[a], self.tasks[b]) for a, b in self.links)

    def is_exactly(self, other: "Outline") -> bool:
        """Whether both hold the same tasks, repeats included, and the same links between kinds."""
        return sorted(self.tasks) == sorted(other.tasks) and self.edges == other.edges


class Score(NamedTuple):
    """Shares between 0 and 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


class Report(NamedTuple):
    """The measures of one corpus."""

    requests: int
    """Requests measured."""
    nodes: Score
    """Micro average over the corpus."""
    edges: Score
    """Micro average over the corpus."""
    mean_node_f1: float
    """Mean over requests."""
    mean_edge_f1: float
    """Mean over requests."""
    exact_sets: float
    """Share of requests with exactly the right set of kinds."""
    exact_plans: float
    """Share of requests with the right tasks, repeats included, and the right links."""


Pair = tuple[Outline, Outline]
"""The right plan and the planned one."""


def measure(pairs: Sequence[Pair]) -> Report:
    """The report on pairs of right and planned outlines."""
    nodes = [(right.nodes, planned.nodes) for right, planned in pairs]
    edges = [(right.edges, planned.edges) for right, planned in pairs]
    return Report(
        len(pairs),
        micro(nodes),
        micro(edges),
        _mean(overlap(*pair).f1 for pair in nodes),
        _mean(overlap(*pair).f1 for pair in edges),
        _mean(float(right == planned) for right, planned in nodes),
        _mean(float(right.is_exactly(planned)) for right, planned in pairs),
    )


def overlap(right: AbstractSet[Hashable], planned: AbstractSet[Hashable]) -> Score:
    """Precision and recall of one set; two empty sets agree fully."""
    if not right and not planned:
        return Score(1.0, 1.0)
    return micro([(right, planned)])


def micro(pairs: Iterable[tuple[AbstractSet[Hashable], AbstractSet[Hashable]]]) -> Score:
    """Precision and recall over all requests together; 0 where nothing was planned or right."""
    shared = planned_count = right_count = 0
    for right, planned in pairs:
        shared += len(right & planned)
        planned_count += len(planned)
        right_count += len(right)
    return Score(_share(shared, planned_count), _share(shared, right_count))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values) if values else 0.0
