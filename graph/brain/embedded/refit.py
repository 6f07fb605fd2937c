"""Fits the planner again and compares: `python -m hugginggpt.graph.brain.embedded.refit`.

On the kind of machine where the shipped weights were fitted the same bits come out. Elsewhere sums
are rounded in other places, which networks that learn step by step amplify: then every other array
has to be near the shipped one, and most examples have to be read in the same way.

Networks take half an hour: `--but-networks` keeps those shipped and fits all else, which takes
three minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hugginggpt.graph.brain.embedded.examples import Example, digest, load_examples
from hugginggpt.graph.brain.embedded.fit import (
    fit_but_networks,
    fit_examples,
    kernel_of,
    say,
    view_of_example,
)
from hugginggpt.graph.brain.embedded.learned.model import WEIGHTS, load, save, version

_NEAR = 0.02
"""How far apart values may be, as a share of the largest of their array."""
_STEP_BY_STEP = ("network.", "sets")
_NUMBERS = ("uint16", "uint32")
_BITS = ("labels", "situations", "plans", "plans.again", "company")
"""Arrays of bits, eight in a byte."""
_SAME, _TENTH = 0.95, 10
"""Share of the examples, of which each tenth is read, whose likeliest set has to be the same."""


def differences(shipped: Path, again: Path, examples: Sequence[Example]) -> list[str]:
    """What the weights fitted again differ in by more than rounding does, in words.

    Where they differ at all, the examples are read with both.
    """
    if shipped.read_bytes() == again.read_bytes():
        return []
    if version(shipped) != version(again):
        return ["the shipped weights were fitted to other examples"]
    return _apart(shipped, again) or _read_otherwise(shipped, again, examples)


def _apart(shipped: Path, again: Path) -> list[str]:
    """The arrays that are not near each other."""
    from safetensors.numpy import load_file

    before, after = load_file(shipped), load_file(again)
    if before.keys() != after.keys():
        return ["other arrays"]
    told = []
    for name in (n for n in before if not n.startswith(_STEP_BY_STEP)):
        first, second = before[name].astype(float), after[name].astype(float)
        # Bits and numbers of texts and of terms are right or wrong; all else is measured.
        exact = before[name].dtype in _NUMBERS or name in _BITS
        allowed = 0.0 if exact else _NEAR * abs(first).max()
        if first.shape != second.shape or (abs(first - second) > allowed).any():
            told.append(f"{name} is not the same")
    return told


def _read_otherwise(shipped: Path, again: Path, examples: Sequence[Example]) -> list[str]:
    """How many of the requests are read in another way, if those are too many."""
    views = [view_of_example(example) for example in examples]
    before, after = load(shipped), load(again)
    rows = kernel_of(before.traits, views)
    same = 0
    for view, row in zip(views, rows, strict=True):
        first, second = (m.choose(m.evidence(view, row), m.company) for m in (before, after))
        same += first.options[0].kinds == second.options[0].kinds
    if same >= _SAME * len(views):
        return []
    return [f"{len(views) - same} of {len(views)} examples are read in another way"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Say whether the examples still give the shipped weights; 1 where they do not."""
    parser = argparse.ArgumentParser(
        prog="hugginggpt.graph.brain.embedded.refit", description=__doc__
    )
    parser.add_argument("--but-networks", action="store_true", help="keep the networks shipped")
    options = parser.parse_args(arguments)
    examples = load_examples()
    if options.but_networks:
        learned = fit_but_networks(examples, load(WEIGHTS), say)
    else:
        learned = fit_examples(examples, say)
    with TemporaryDirectory(prefix="hugginggpt-refit-") as folder:
        again = Path(folder) / WEIGHTS.name
        save(learned, again, digest())
        bits = "the same bits" if again.read_bytes() == WEIGHTS.read_bytes() else "near enough"
        told = differences(WEIGHTS, again, examples[::_TENTH])
    print("; ".join(told) or f"fitted again: {bits}")  # noqa: T201
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
