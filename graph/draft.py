"""Checking a drafted plan: any JSON in, a valid `Plan` or a `PlanError` with every complaint out.

What can be repaired without guessing is repaired and noted in the task: the order, a
dependency that the references imply, an argument that only one dependency can fill, a list
that unfolds into several tasks. Everything else is a complaint, precise enough to be said
back to whoever drafted the plan; where that is of no use, `salvage_plan` keeps the good part.
Pure: no file, no network, no model.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from hugginggpt.graph.arguments import (
    check_arguments,
    complete_arguments,
    known_kinds,
    read_arguments,
    show,
)
from hugginggpt.graph.dependencies import (
    blame_dependents,
    check_references,
    imply_dependencies,
    in_order,
)
from hugginggpt.graph.mending import blame_double, mend, repeated
from hugginggpt.graph.plan import Plan, Reference, Task, Template, Value
from hugginggpt.graph.unfolding import (
    LONGEST_ID,
    MAX_TASKS,
    Row,
    canonical,
    fresh_keys,
    is_number,
    unfold,
)
from hugginggpt.tools.errors import PlanError
from hugginggpt.tools.kinds import Modality, find_kind, nearest_kind

_DEEPEST = 30
"""Levels of lists and objects in a plan; data from users is never that deep."""


class Salvaged(NamedTuple):
    """What could be kept of a faulty plan."""

    plan: Plan
    dropped: tuple[str, ...]
    """A sentence for each task left out: which one, by its id in the draft, and why."""


class _Fault(NamedTuple):
    position: int
    """Of the entry in the draft's list."""
    complaint: str


_position = attrgetter("position")  # sorting by it keeps the order of one entry's faults


_Settle = Callable[[Iterable[Row]], dict[str, Row]]
"""Decides what becomes of rows with faults; gives the rows to go on with, by id."""


def parse_plan(
    draft: Any,
    *,
    resources: Mapping[str, Modality] | None = None,
    earlier: Mapping[str, str] | None = None,
) -> Plan:
    """The checked and repaired plan that `draft` describes.

    `draft` is the paper's wire form, a list of `{"task", "id", "dep", "args"}`; `resources`
    gives the modality of each file of the request; `earlier` the kind of each finished task
    of earlier turns, whose results may be referred to. New ids continue after those.

    Raises:
        PlanError: the draft is not a valid plan; every fault is a complaint.

    """
    earlier = dict(earlier or {})
    rows, faults = _read_entries(_entries(draft))
    for row in repeated(rows):
        blame_double(row)
    _refuse(faults + _faults(rows))
    return _build(rows, earlier, resources or {}, _refuse_faulty, taken=earlier)


def salvage_plan(
    draft: Any,
    *,
    resources: Mapping[str, Modality] | None = None,
    earlier: Mapping[str, str] | None = None,
) -> Salvaged:
    """The plan of those tasks of `draft` that stand on their own, and why others don't.

    Takes what `parse_plan` takes, and never raises. A task goes with each task that it needs.
    Twins, ids used twice and tasks that wait for themselves are mended where that is no guess.
    """
    earlier = dict(earlier or {})
    try:
        entries = _entries(draft)
    except PlanError as error:
        return Salvaged(Plan({}), error.complaints)
    rows, dropped = _read_entries(entries)
    lost = _lost(entries, dropped, {row.key for row in rows})
    taken = {*earlier, *lost, *(row.key for row in rows)}
    settle = partial(_leave_out_faulty, dropped=dropped)
    plan = _build(mend(rows, lost, taken), earlier, resources or {}, settle, taken)
    return Salvaged(plan, tuple(dict.fromkeys(map(_sentence, sorted(dropped, key=_position)))))


def _build(
    drafted: Iterable[Row],
    earlier: Mapping[str, str],
    resources: Mapping[str, Modality],
    settle: _Settle,
    taken: Iterable[str],
) -> Plan:
    """The plan of the rows, settled after each step. Copies of rows get no id of `taken`."""
    rows = settle(drafted)
    imply_dependencies(rows.values())
    check_references(rows.values(), known_kinds(rows, earlier))
    rows = settle(in_order(settle(rows.values())).values())
    complete_arguments(rows, earlier)
    rows = settle(unfold(rows, taken).values())
    check_arguments(rows, earlier, resources)
    return _number(settle(rows.values()), earlier)


# --- reading --------------------------------------------------------------------------------


def _entries(draft: Any) -> list[Any]:
    """The list of tasks that the draft is or holds."""
    _check_depth(draft)
    if isinstance(draft, dict):
        draft = draft.get("tasks", [draft])
    if not isinstance(draft, list):
        raise PlanError([f"a plan is a list of tasks, not {show(draft)}"])
    if len(draft) > MAX_TASKS:
        raise PlanError([f"a plan holds at most {MAX_TASKS} tasks, not {len(draft)}"])
    return draft


def _check_depth(draft: Any) -> None:
    level = [draft]
    for _ in range(_DEEPEST):
        inner = (
            inner
            for value in level
            if isinstance(value, list | dict)
            for inner in (value.values() if isinstance(value, dict) else value)
        )
        # Each object once: a list that holds itself twice would double at every level.
        level = list({id(value): value for value in inner}.values())
        if not level:
            return
    raise PlanError([f"the plan is nested more than {_DEEPEST} deep"])


def _read_entries(entries: Sequence[Any]) -> tuple[list[Row], list[_Fault]]:
    """The entries that can be read, and what is wrong with the others."""
    rows: list[Row] = []
    faults: list[_Fault] = []
    for position, item in enumerate(entries):
        try:
            rows.append(read_entry(item, position))
        except PlanError as error:
            faults += [_Fault(position, complaint) for complaint in error.complaints]
    return rows, faults


def _lost(entries: Sequence[Any], faults: Iterable[_Fault], names: Set[str]) -> set[str]:
    """Ids by which other tasks may mean entries that can't be read; `names` are those of others."""
    lost: set[str] = set()
    for position in {fault.position for fault in faults}:
        item = entries[position]
        key = _key(item.get("id", position)) if isinstance(item, dict) else None
        if key is not None:
            lost.add(key)
        elif str(position) not in names:
            lost.add(str(position))
    return lost


def read_entry(item: Any, position: int) -> Row:
    """The task that one entry of a draft describes, on its own.

    Raises:
        PlanError: it describes none.

    """
    try:
        return _read_row(item, position)
    except PlanError as error:
        raise PlanError(error.complaints, entries=[position]) from None


def _read_row(item: Any, position: int) -> Row:
    if not isinstance(item, dict):
        raise PlanError([f"entry {position} is {show(item)}, not a task object"])
    key = _key(item.get("id", position))
    if key is None:
        raise PlanError([f"entry {position} has the id {show(item['id'])}; use a whole number"])
    name = item.get("task")
    kind = find_kind(name) if isinstance(name, str) else None
    if kind is None:
        raise PlanError([f"task {key}: {_unknown_kind(name)}"])
    arguments = item.get("args") or {}
    if not isinstance(arguments, dict):
        raise PlanError([f"task {key}: args is {show(arguments)}, not an object"])
    dependencies = _read_dependencies(key, item.get("dep"))
    return Row(key, position, kind, dependencies, read_arguments(arguments))


def _unknown_kind(name: Any) -> str:
    nearest = nearest_kind(name) if isinstance(name, str) else None
    hint = f"; did you mean {nearest!r}?" if nearest else ""
    return f"there is no task kind {show(name)}{hint}"


def _key(raw: Any) -> str | None:
    """The id as text; None if it can't be one. `3`, `3.0` and `"3"` are the same id."""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        return None
    if isinstance(raw, int) and abs(raw) >= 10**LONGEST_ID:
        return None  # before `str`, which refuses numbers of many thousand digits
    key = canonical(str(raw))
    return None if is_number(key) and len(key) > LONGEST_ID else key or None


def _read_dependencies(key: str, raw: Any) -> list[str]:
    items = raw if isinstance(raw, list) else [] if raw is None else [raw]
    keys = [_key(item) for item in items]
    if None in keys:
        raise PlanError([f"task {key}: dep is {show(raw)}, not a list of task ids"])
    return list(dict.fromkeys(k for k in keys if k is not None and k != "-1"))


# --- faults ---------------------------------------------------------------------------------


def _refuse(faults: Iterable[_Fault]) -> None:
    faults = sorted(faults, key=_position)
    if faults:
        complaints = dict.fromkeys(fault.complaint for fault in faults)
        raise PlanError(list(complaints), entries=[fault.position for fault in faults])


def _refuse_faulty(rows: Iterable[Row]) -> dict[str, Row]:
    """The rows, if none is at fault."""
    rows = list(rows)
    _refuse(_faults(rows))
    return {row.key: row for row in rows}


def _leave_out_faulty(rows: Iterable[Row], *, dropped: list[_Fault]) -> dict[str, Row]:
    """The rows without those at fault and those that need them; their faults go to `dropped`."""
    rows = list(rows)
    blame_dependents(rows)
    dropped += _faults(rows)
    return {row.key: row for row in rows if not row.faults}


def _faults(rows: Iterable[Row]) -> list[_Fault]:
    return [_Fault(row.position, complaint) for row in rows for complaint in row.faults]


def _sentence(fault: _Fault) -> str:
    """The complaint, with the entry where it names no task by itself."""
    names = fault.complaint.startswith(("task", "entry", "two tasks"))
    return fault.complaint if names else f"entry {fault.position}: {fault.complaint}"


# --- numbering ------------------------------------------------------------------------------


def _number(rows: Mapping[str, Row], earlier: Mapping[str, str]) -> Plan:
    """The plan, with whole numbers that no earlier turn has used as ids."""
    numbers = _numbers(rows.keys(), earlier.keys())
    return Plan(
        {
            numbers[row.key]: Task(
                id=numbers[row.key],
                kind=row.kind.name,
                dependencies=tuple(numbers.get(key, key) for key in row.dependencies),
                arguments={n: _renumber(v, numbers) for n, v in row.arguments.items()},
                notes=tuple(row.notes),
            )
            for row in rows.values()
        }
    )


def _numbers(keys: Iterable[str], earlier: Iterable[str]) -> dict[str, str]:
    taken = set(earlier)
    keys = list(keys)
    if not taken & set(keys) and all(map(is_number, keys)):
        return {key: key for key in keys}
    return dict(zip(keys, fresh_keys(taken), strict=False))


def _renumber(value: Value, numbers: Mapping[str, str]) -> Value:
    if isinstance(value, Reference):
        return Reference(reference=numbers.get(value.reference, value.reference))
    if isinstance(value, Template):
        parts: Sequence[Any] = [_renumber(part, numbers) for part in value.parts]
        return Template(parts=tuple(parts))
    if isinstance(value, list):
        return [_renumber(item, numbers) for item in value]
    return value
