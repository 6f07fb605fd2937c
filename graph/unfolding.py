"""Lists unfold: a task whose argument takes one value and was given several becomes several.

HuggingGPT, section 3.1. What refers to such a task refers to all its copies: it unfolds in
turn, or takes their outputs as a list. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hugginggpt.graph.plan import Reference, Template, Value, references
from hugginggpt.tools.errors import PlanError
from hugginggpt.tools.kinds import TaskKind

MAX_TASKS = 1000
"""Most tasks in one plan, lists unfolded."""


@dataclass(slots=True)
class Row:
    """One drafted task on its way to becoming a `Task`."""

    key: str
    kind: TaskKind
    dependencies: list[str]
    arguments: dict[str, Value]
    notes: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What complaints and notes call the task."""
        return f"task {self.key} ({self.kind.name})"


def unfold(rows: dict[str, Row], earlier: Mapping[str, str]) -> dict[str, Row]:
    """Rows whose single-value arguments hold lists become one row a value (HuggingGPT, 3.1)."""
    unfolded: dict[str, Row] = {}
    copies: dict[str, list[str]] = {}
    for row in rows.values():
        _spread(row, copies)
        made = _split(row, taken=rows.keys() | unfolded.keys() | earlier.keys())
        if len(made) > 1:
            copies[row.key] = [copy.key for copy in made]
        unfolded.update((copy.key, copy) for copy in made)
        if len(unfolded) > MAX_TASKS:
            raise PlanError([f"unfolded, the plan holds more than {MAX_TASKS} tasks"])
    return unfolded


def _spread(row: Row, copies: Mapping[str, list[str]]) -> None:
    """Let `row` refer to all copies of each task that was unfolded."""
    row.dependencies = [c for key in row.dependencies for c in copies.get(key, [key])]
    row.arguments = {name: _spread_value(value, copies) for name, value in row.arguments.items()}


def _spread_value(value: Value, copies: Mapping[str, list[str]]) -> Value:
    if isinstance(value, Reference) and value.reference in copies:
        return [Reference(reference=key) for key in copies[value.reference]]
    if isinstance(value, Template):
        return Template(parts=tuple(p for part in value.parts for p in _joined(part, copies)))
    if isinstance(value, list):
        return [one for item in value for one in as_list(_spread_value(item, copies))]
    return value


def _joined(part: Reference | str, copies: Mapping[str, list[str]]) -> list[Reference | str]:
    if isinstance(part, str) or part.reference not in copies:
        return [part]
    keys = copies[part.reference]
    return [x for key in keys for x in ("\n", Reference(reference=key))][1:]


def as_list(value: Any) -> list[Any]:
    """The list that `value` is, or that holds it alone."""
    return value if isinstance(value, list) else [value]


def _split(row: Row, taken: Iterable[str]) -> list[Row]:
    lists = {name: v for name, v in row.arguments.items() if _unfolds(row.kind, name, v)}
    lengths = {len(as_list(value)) for value in lists.values()}
    if not lists or 0 in lengths:  # an empty list is complained of with the other arguments
        return [row]
    if len(lengths) > 1:
        raise PlanError([f"{row.label}: the lists {', '.join(map(repr, lists))} differ in length"])
    count = lengths.pop()
    keys = [row.key, *fresh_keys(taken, count - 1)]
    return [_copy(row, key, index, lists, count) for index, key in enumerate(keys)]


def _unfolds(kind: TaskKind, name: str, value: Value) -> bool:
    argument = kind.argument(name)
    return (
        isinstance(value, list)
        and argument is not None
        and not argument.many
        and argument.modality != "data"
    )


def _copy(row: Row, key: str, index: int, lists: Mapping[str, Value], count: int) -> Row:
    own = {name: as_list(value)[index] for name, value in lists.items()}
    mine = set(references(list(own.values())))
    others = set(references(list(lists.values()))) - mine
    note = [f"{row.label}: unfolded into {count} tasks"] if count > 1 and index == 0 else []
    return replace(
        row,
        key=key,
        dependencies=[d for d in row.dependencies if d not in others],
        arguments={**row.arguments, **own},
        notes=[*(row.notes if index == 0 else []), *note],
    )


def fresh_keys(taken: Iterable[str], count: int) -> list[str]:
    """`count` numbers that follow on the highest of `taken`, as ids."""
    highest = max((int(key) for key in taken if is_number(key)), default=-1)
    return [str(highest + 1 + index) for index in range(count)]


def is_number(key: str) -> bool:
    """Whether the id is written in the digits 0 to 9."""
    return key.isascii() and key.isdecimal()
