"""Two runs of one evaluation side by side: by how much each measure grew, and how sure that is."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.table import Table

from hugginggpt.evals.intervals import Interval, difference, ratio
from hugginggpt.evals.record import Report, Row
from hugginggpt.tools.errors import InputError


class Change(NamedTuple):
    """One measure of both runs, over the cases that both have."""

    part: str
    """Part of the data; empty where there is one."""
    measure: str
    before: float
    after: float
    grown: Interval

    @property
    def is_sure(self) -> bool:
        """Whether 0 lies outside the interval."""
        return not self.grown.low <= 0 <= self.grown.high

    @property
    def is_worse(self) -> bool:
        """Whether the measure has surely become worse; of a distance, less is better."""
        worse = -self.grown.value if self.measure == "ED" else self.grown.value
        return self.is_sure and worse < 0


class Comparison(NamedTuple):
    """What changed from one run to another."""

    cases: int
    """Those that both have."""
    changes: tuple[Change, ...]
    mended: tuple[str, ...]
    """Cases that had something wrong, and have no more."""
    broken: tuple[str, ...]
    """Cases that had nothing wrong, and have now."""


def compare(before: Report, after: Report) -> Comparison:
    """What changed between the runs.

    Raises:
        InputError: they are of different evaluations, or share no case.

    """
    if before.name != after.name:
        raise InputError(f"{before.name!r} can't be compared with {after.name!r}")
    old = {row.id: row for row in before.rows}
    pairs = [(old[row.id], row) for row in after.rows if row.id in old]
    if not pairs:
        raise InputError(f"the two reports on {before.name!r} share no case")
    shared = [name for name in before.measures if name in after.measures]
    changes = (_change(part, name, pairs) for part in after.parts for name in shared)
    return Comparison(
        len(pairs),
        tuple(change for change in changes if change is not None),
        tuple(b.id for a, b in pairs if b.is_right and not a.is_right),
        tuple(b.id for a, b in pairs if a.is_right and not b.is_right),
    )


def comparison_table(before: Report, after: Report, told: Comparison) -> Table:
    """The changes in percent, those marked that are more than chance."""
    title = f"{after.name}, {told.cases} cases that both have"
    names = (f"A: {before.brain}", f"B: {after.brain}")
    table = Table("measure", *names, "B - A", "95 % interval", "", title=title)
    for change in told.changes:
        shares = (change.before, change.after, change.grown.value)
        low, high = (f"{100 * bound:+.1f}" for bound in change.grown[1:])
        cells = (f"{100 * shares[0]:.1f}", f"{100 * shares[1]:.1f}", f"{100 * shares[2]:+.1f}")
        name = f"{change.part}: {change.measure}" if change.part else change.measure
        table.add_row(name, *cells, f"{low} to {high}", "*" if change.is_sure else "")
    return table


def _change(part: str, measure: str, pairs: Sequence[tuple[Row, Row]]) -> Change | None:
    both = [
        (a.parts[measure], b.parts[measure])
        for a, b in pairs
        if b.part == part and measure in a.parts and measure in b.parts
    ]
    before, after = [old for old, _ in both], [new for _, new in both]
    grown = difference(before, after)
    if grown is None:
        return None
    return Change(part, measure, ratio(before) or 0.0, ratio(after) or 0.0, grown)
