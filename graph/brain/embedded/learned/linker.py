"""Which of several values a task works on, by how each lies in the request: a conditional logit."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

Signs = Mapping[str, float]
"""What speaks for or against one value, by name."""

_COLUMNS = 4096
"""Names share so many weights (Weinberger et al. 2009, feature hashing)."""
_DECAY = 6e-4
"""How strongly weights are held down."""
_STEPS = 200


class Trial(NamedTuple):
    """One task of an example: what it may work on, and the place of what it does work on."""

    offers: Sequence[Signs]
    right: int


class Linker(NamedTuple):
    """Weighs what a task may work on."""

    weights: Numbers
    """Of the signs."""

    def chances(self, offers: Sequence[Signs]) -> Numbers:
        """How likely each is what the task works on; together 1."""
        import numpy as np

        values = np.array([sum(self._weighed(signs)) for signs in offers], dtype=np.float64)
        powers = np.exp(values - values.max())
        shares: Numbers = (powers / powers.sum()).astype(np.float32)
        return shares

    def _weighed(self, signs: Signs) -> list[float]:
        return [float(self.weights[column_of(name)]) * size for name, size in signs.items()]


def column_of(name: str) -> int:
    """The place of the weight of the sign of that name."""
    return zlib.crc32(name.encode()) % _COLUMNS


def fit_linker(trials: Sequence[Trial]) -> Linker:
    """The weights under which what tasks do work on is the likeliest."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    if not trials:
        return Linker(np.zeros(_COLUMNS, np.float32))
    offers = [signs for trial in trials for signs in trial.offers]
    columns = [column_of(name) for signs in offers for name in signs]
    sizes = np.array([size for signs in offers for size in signs.values()])
    ends = np.cumsum([0, *map(len, offers)])
    table = csr_matrix((sizes, columns, ends), shape=(len(offers), _COLUMNS))
    turned = table.T.tocsr()
    counts = [len(trial.offers) for trial in trials]
    starts = np.cumsum([0, *counts])[:-1]
    owner = np.repeat(np.arange(len(trials)), counts)
    right = starts + np.array([trial.right for trial in trials])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        values = table @ weights
        values -= np.maximum.reduceat(values, starts)[owner]
        powers = np.exp(values)
        totals = np.add.reduceat(powers, starts)
        shares = powers / totals[owner]
        shares[right] -= 1
        cost = (np.log(totals) - values[right]).mean() + _DECAY * (weights**2).sum()
        return float(cost), turned @ shares / len(trials) + 2 * _DECAY * weights

    solved = minimize(
        loss, np.zeros(_COLUMNS), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}
    )
    return Linker(solved.x.astype(np.float32))
