"""Shapes of plans that are killed: tasks of 5 to 60 ms, the same in every run."""

import random
from collections.abc import Mapping

from benchmarks.parts import Spec


def _nap(chance: random.Random) -> float:
    return round(chance.uniform(0.005, 0.06), 3)


def chain(length: int, chance: random.Random) -> Spec:
    """One task after the other."""
    return [(_nap(chance), [n - 1] if n else []) for n in range(length)]


def diamond(chance: random.Random) -> Spec:
    """Two tasks between a first and a last one."""
    return [(_nap(chance), needs) for needs in ([], [0], [0], [1, 2])]


def fan(width: int, chance: random.Random) -> Spec:
    """Tasks that need nothing of each other."""
    return [(_nap(chance), []) for _ in range(width)]


def scattered(size: int, chance: random.Random) -> Spec:
    """Tasks that need up to three of those before them."""
    return [
        (_nap(chance), sorted(chance.sample(range(n), min(n, chance.randrange(4)))))
        for n in range(size)
    ]


SHAPES: Mapping[str, Spec] = {
    "chain of 8": chain(8, random.Random(1)),
    "diamond": diamond(random.Random(2)),
    "fan of 40": fan(40, random.Random(3)),
    "random 30": scattered(30, random.Random(4)),
}
