"""The learned part as a whole: from a view to the likeliest sets of kinds, read from its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from hugginggpt.graph.brain.embedded.learned import scores
from hugginggpt.graph.brain.embedded.learned.flow import Flow, flow_from
from hugginggpt.graph.brain.embedded.learned.network import Network
from hugginggpt.graph.brain.embedded.learned.scores import Traits
from hugginggpt.graph.brain.embedded.learned.sets import (
    Company,
    Evidence,
    KindSet,
    Neighbour,
    candidates,
    describe,
    rules_set,
)
from hugginggpt.graph.brain.embedded.learned.views import NAMES, REASONS, View, signs
from hugginggpt.tools.endpoints.embedded.once import once

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

WEIGHTS = Path(__file__).with_name("weights.safetensors")
_NEEDED = ("numpy", "safetensors", "tokenizers")
NEIGHBOURS = 12
"""So many of the most alike examples are looked at."""
_TIE = 0.06
"""Sets whose chances differ by less are equally likely."""


class Option(NamedTuple):
    """A set of kinds, and how likely it is the right one."""

    kinds: frozenset[str]
    chance: float


class Reading(NamedTuple):
    """What the learned part makes of a request."""

    options: tuple[Option, ...]
    """The likeliest sets, the best first (`rather_less`); their chances are calibrated."""
    rules: float
    """The chance of what the rules have planned."""
    scores: Mapping[str, float]
    """How likely each kind, and each reason for no task, is by itself."""
    flow: Flow | None = None
    """Which kinds work on what others make."""


class Reader(Protocol):
    """Reads requests by what was learned."""

    def read(self, view: View) -> Reading:
        """The likeliest sets of kinds."""


class Learned(NamedTuple):
    """Everything that was learned."""

    references: NDArray[np.intp]
    """Which of the examples requests are compared with, by their place."""
    traits: Traits
    """Of the references."""
    labels: Numbers
    """Their kinds, or why there are none; shape (references, kinds and reasons)."""
    duals: Numbers
    """Dual weights of the references, the last row the mean."""
    network: Network | None
    """None: it goes by likeness alone."""
    weights: Numbers
    """Of the features of sets."""
    company: Company
    flow: Flow | None = None

    def evidence(self, view: View, likeness: Numbers) -> Evidence:
        """What is known of the request, from how alike it is to each reference."""
        worded = None if self.network is None else self.network.scores(view)
        return self.weigh(view, likeness, worded)

    def weigh(self, view: View, likeness: Numbers, worded: Numbers | None) -> Evidence:
        """The same where what the network says of the request is known."""
        import numpy as np

        whole = likeness @ self.duals[:-1] + self.duals[-1]
        worded = whole if worded is None else worded
        kinds = len(NAMES)
        reasons = np.concatenate([whole[kinds:], worded[kinds:]])
        known = neighbours(likeness, self.labels)
        return Evidence(view, whole[:kinds], worded[:kinds], reasons, signs(view), known)

    def read(self, view: View) -> Reading:
        """The likeliest sets of kinds."""
        evidence = self.evidence(view, self.traits.likeness(view))
        return self.choose(evidence, self.company)

    def choose(self, evidence: Evidence, company: Company) -> Reading:
        """The likeliest sets of kinds by this evidence."""
        import numpy as np

        view, sets = evidence.view, candidates(evidence)
        chances = softmax(describe(sets, evidence, company) @ self.weights)
        order = np.argsort(-chances, kind="stable")[:5]
        options = [Option(_names(sets[i]), float(chances[i])) for i in order]
        rules = float(chances[sets.index(rules_set(view))])
        half = len(REASONS)
        each = [
            *(evidence.whole + evidence.worded),
            *(evidence.reasons[:half] + evidence.reasons[half:]),
        ]
        return Reading(
            tuple(rather_less(options)),
            rules,
            {n: float(score) / 2 for n, score in zip((*NAMES, *REASONS), each, strict=True)},
            self.flow,
        )


def rather_less(options: Sequence[Option]) -> list[Option]:
    """The likeliest first, but of two equally likely that with fewer tasks.

    What was clearly asked for is in both; what is done besides would be a guess.
    """
    if len(options) > 1:
        first, second, *others = options
        if second.kinds < first.kinds and second.kinds and first.chance - second.chance < _TIE:
            return [second, first, *others]
    return list(options)


def _names(kinds: KindSet) -> frozenset[str]:
    return frozenset(NAMES[kind] for kind in kinds)


def softmax(values: Numbers) -> Numbers:
    """The values as shares of one."""
    import numpy as np

    powers = np.exp(values - values.max())
    shares: Numbers = powers / powers.sum()
    return shares


def neighbours(likeness: Numbers, labels: Numbers) -> list[Neighbour]:
    """The most alike examples with their kinds."""
    import numpy as np

    nearest = np.argsort(-likeness, kind="stable")[:NEIGHBOURS]
    return [
        Neighbour(
            frozenset(np.flatnonzero(labels[i, : len(NAMES)]).tolist()),
            float(likeness[i]) ** 2 / 16,
        )
        for i in nearest
    ]


def is_available(path: Path = WEIGHTS) -> bool:
    """Whether what it needs is installed (extra `embedded`) and its weights are there."""
    return path.exists() and all(find_spec(name) for name in _NEEDED)


def save(learned: Learned, path: Path, version: str) -> None:
    """Write it to `path`; `version` is the digest of the examples."""
    import numpy as np
    from safetensors.numpy import save_file

    network = {} if learned.network is None else learned.network.arrays
    arrays = scores.to_arrays(learned.traits) | {
        "labels": np.packbits(learned.labels.astype(bool), axis=1),
        "references": learned.references.astype(np.uint16),
        "duals": learned.duals.astype(np.float16),
        "sets": learned.weights.astype(np.float32),
        "company": np.packbits(learned.company.labels.astype(bool), axis=1),
        "company.counts": learned.company.counts.astype(np.uint16),
        **{f"network.{name}": array for name, array in network.items()},
        **({} if learned.flow is None else learned.flow.arrays),
    }
    save_file({k: np.ascontiguousarray(a) for k, a in arrays.items()}, path, {"examples": version})
    path.chmod(0o644)


def load(path: Path) -> Learned:
    """What was saved there."""
    import numpy as np
    from safetensors.numpy import load_file

    arrays: Mapping[str, NDArray[Any]] = load_file(path)
    labels = np.unpackbits(arrays["labels"], axis=1, count=len(NAMES) + len(REASONS))
    network = {n.split(".", 1)[1]: a for n, a in arrays.items() if n.startswith("network.")}
    company = np.unpackbits(arrays["company"], axis=1, count=len(NAMES))
    return Learned(
        arrays["references"].astype(np.intp),
        scores.from_arrays(arrays),
        labels.astype(np.float32),
        arrays["duals"].astype(np.float32),
        Network(network) if network else None,
        arrays["sets"],
        Company(company.astype(np.float32), arrays["company.counts"].astype(np.float64)),
        flow_from(arrays),
    )


def version(path: Path = WEIGHTS) -> str:
    """The digest of the examples that the weights were fitted to."""
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        return str((file.metadata() or {}).get("examples", ""))


learned = once(lambda: load(WEIGHTS))
"""What was learned, read when first asked for."""


def kinds_of(rows: Sequence[Sequence[str]]) -> Numbers:
    """Labels for the kinds, or reasons for none, of each row."""
    import numpy as np

    columns = (*NAMES, *REASONS)
    return np.array([[name in row for name in columns] for row in rows], dtype=np.float32)
