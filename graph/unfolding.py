"""Lists unfold: a task whose argument takes one value and was given several becomes several.

HuggingGPT, section 3.1. What refers to such a task refers to all its copies: it unfolds in
turn, or takes their outputs as a list. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from itertools import count as count_up
from typing import Any

from hugginggpt.graph.plan import Reference, Template, Value, references
from hugginggpt.tools.kinds import TaskKind

MAX_TASKS = 1000
"""Most tasks in one plan, lists unfolded."""
LONGEST_ID = 9
"""In digits; longer numbers are no ids."""


@dataclass(slots=True)
class Row:
    """One drafted task on its way to becoming a `Task`."""

    key: str
    position: int
    """Of the entry in the draft's list; tasks that it unfolds into keep it."""
    kind: TaskKind
    dependencies: list[str]
    arguments: dict[str, Value]
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Complaints, found so far, that keep it from becoming a task."""

    @property
    def label(self) -> str:
        """What complaints and notes call the task."""
        return f"task {self.key} ({self.kind.name})"


def unfold(rows: Mapping[str, Row], taken: Iterable[str]) -> dict[str, Row]:
    """Rows whose single-value arguments hold lists become one row a value (HuggingGPT, 3.1).

    No new row gets an id of `taken`. A row that can't unfold stays one and gets a fault.
    """
    fresh = fresh_keys({*rows, *taken})
    spare = MAX_TASKS - len(rows)
    unfolded: dict[str, Row] = {}
    copies: dict[str, list[str]] = {}
    for row in rows.values():
        _spread(row, copies)
        made = _split(row, fresh, spare)
        spare -= len(made) - 1
        if len(made) > 1:
            copies[row.key] = [copy.key for copy in made]
        unfolded.update((copy.key, copy) for copy in made)
    return unfolded


def _spread(row: Row, copies: Mapping[str, list[str]]) -> None:
    """Let `row` refer to all copies of each task that was unfolded."""
    row.dependencies = [c for key in row.dependencies for c in copies.get(key, [key])]
    row.arguments = {
        name: _spread_value(value, copies, flat=not _is_data(row.kind, name))
        for name, value in row.arguments.items()
    }


def _spread_value(value: Value, copies: Mapping[str, list[str]], *, flat: bool) -> Value:
    """The value with all copies in it; a list in a list becomes one list, except in data."""
    if isinstance(value, Reference) and value.reference in copies:
        return [Reference(reference=key) for key in copies[value.reference]]
    if isinstance(value, Template):
        return Template(parts=tuple(p for part in value.parts for p in _joined(part, copies)))
    if isinstance(value, list):
        spread = ((item, _spread_value(item, copies, flat=flat)) for item in value)
        return [
            one
            for item, new in spread
            for one in (as_list(new) if flat or not isinstance(item, list) else [new])
        ]
    return value


def _joined(part: Reference | str, copies: Mapping[str, list[str]]) -> list[Reference | str]:
    if isinstance(part, str) or part.reference not in copies:
        return [part]
    keys = copies[part.reference]
    return [x for key in keys for x in ("\n", Reference(reference=key))][1:]


def as_list(value: Any) -> list[Any]:
    """The list that `value` is, or that holds it alone."""
    return value if isinstance(value, list) else [value]


def _split(row: Row, fresh: Iterator[str], spare: int) -> list[Row]:
    lists = {name: v for name, v in row.arguments.items() if _unfolds(row.kind, name, v)}
    lengths = {len(as_list(value)) for value in lists.values()}
    if not lists or 0 in lengths:  # an empty list is complained of with the other arguments
        return [row]
    if len(lengths) > 1:
        row.faults.append(f"{row.label}: the lists {', '.join(map(repr, lists))} differ in length")
        return [row]
    count = lengths.pop()
    if count - 1 > spare:
        row.faults.append(f"unfolded, the plan holds more than {MAX_TASKS} tasks")
        return [row]
    keys = [row.key, *islice(fresh, count - 1)]
    return [_copy(row, key, index, lists, count) for index, key in enumerate(keys)]


def _unfolds(kind: TaskKind, name: str, value: Value) -> bool:
    argument = kind.argument(name)
    return (
        isinstance(value, list)
        and argument is not None
        and not argument.many
        and not _is_data(kind, name)
    )


def _is_data(kind: TaskKind, name: str) -> bool:
    argument = kind.argument(name)
    return argument is not None and argument.modality == "data"


def _copy(row: Row, key: str, index: int, lists: Mapping[str, Value], count: int) -> Row:
    arguments = row.arguments | {name: as_list(value)[index] for name, value in lists.items()}
    mine = set(references(list(arguments.values())))
    others = set(references(list(lists.values()))) - mine
    note = [f"{row.label}: unfolded into {count} tasks"] if count > 1 and index == 0 else []
    return replace(
        row,
        key=key,
        dependencies=[d for d in row.dependencies if d not in others],
        arguments=arguments,
        notes=[*(row.notes if index == 0 else []), *note],
        faults=[],
    )


def fresh_keys(taken: Iterable[str]) -> Iterator[str]:
    """Ids that follow on the highest of `taken`, without end."""
    numbers = {int(key) for key in taken if is_number(key) and len(key) <= LONGEST_ID}
    following = range(max(numbers, default=-1) + 1, 10**LONGEST_ID)
    # Where the highest leaves no room above it, the gaps below are used.
    return (str(n) for n in chain(following, count_up()) if n not in numbers)


def canonical(key: str) -> str:
    """The id as it is compared: ` 3 ` and `03` are `3`."""
    stripped = key.strip()
    return stripped.lstrip("0") or "0" if is_number(stripped) else stripped


def is_number(key: str) -> bool:
    """Whether the id is written in the digits 0 to 9."""
    return key.isascii() and key.isdecimal()
