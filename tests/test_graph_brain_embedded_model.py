"""Which of the likeliest sets of kinds comes first."""

import pytest

from hugginggpt.graph.brain.embedded.learned.model import Option, rather_less

WRITE = frozenset({"text-generation"})
DRAW = frozenset({"text-generation", "text-to-image"})
READ = frozenset({"image-to-text"})
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("options", "first"),
    [
        pytest.param([Option(DRAW, 0.44), Option(WRITE, 0.4)], WRITE, id="equal-smaller"),
        pytest.param([Option(DRAW, 0.5), Option(WRITE, 0.4)], DRAW, id="clearly-likelier"),
        pytest.param([Option(DRAW, 0.44), Option(READ, 0.4)], DRAW, id="other-kinds"),
        pytest.param([Option(DRAW, 0.44), Option(NONE, 0.4)], DRAW, id="nothing-at-all"),
        pytest.param([Option(WRITE, 0.44), Option(DRAW, 0.4)], WRITE, id="larger-second"),
        pytest.param([Option(DRAW, 1.0)], DRAW, id="alone"),
    ],
)
def test_of_equally_likely_sets_the_smaller_comes_first(
    options: list[Option], first: frozenset[str]
) -> None:
    ordered = rather_less(options)

    assert ordered[0].kinds == first
    assert set(ordered) == set(options)
