"""Which kinds are planned together, counted in examples."""

import numpy as np
import pytest

from hugginggpt.graph.brain.embedded.learned.sets import Company
from hugginggpt.graph.brain.embedded.learned.views import NAMES


def labels(*sets: set[int]) -> np.ndarray:
    rows = np.zeros((len(sets), len(NAMES)), dtype=np.float32)
    for row, kinds in zip(rows, sets, strict=True):
        row[list(kinds)] = 1
    return rows


@pytest.fixture
def company() -> Company:
    return Company(labels({0, 1}, {0, 1}, {0, 1}, {2}, {2}, {0}, set(), {1, 2}, {3, 4}, {3, 4}))


def test_each_set_is_counted(company: Company) -> None:
    assert company.examples == 10
    assert company.sets[frozenset({0, 1})] == 3
    assert company.sets[frozenset({2})] == 2
    assert company.sets[frozenset({0, 2})] == 0


def test_what_is_planned_together_attracts(company: Company) -> None:
    assert company.pairs[0, 1] > 0 > company.pairs[0, 2]


def test_what_is_planned_alone_stands_alone(company: Company) -> None:
    assert company.alone[2] == pytest.approx((2 + 1) / (3 + 2))
    assert company.alone[2] > company.alone[0]


def test_counted_sets_are_as_good_as_the_examples(company: Company) -> None:
    again = Company(company.labels, company.counts)
    assert again.sets == company.sets
    assert (again.pairs == company.pairs).all()
    assert (again.alone == company.alone).all()
