"""Checking a drafted plan: any JSON in, a valid `Plan` or a `PlanError` with every complaint out.

What can be repaired without guessing is repaired and noted in the task: the order, a
dependency that the references imply, an argument that only one dependency can fill, a list
that unfolds into several tasks. Everything else is a complaint, precise enough to be said
back to whoever drafted the plan. Pure: no file, no network, no model.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush
from typing import Any

from hugginggpt.graph.plan import Plan, Reference, Task, Template, Value, references, revive
from hugginggpt.graph.unfolding import MAX_TASKS, Row, as_list, fresh_keys, is_number, unfold
from hugginggpt.tools.errors import PlanError
from hugginggpt.tools.files import modality_by_name
from hugginggpt.tools.kinds import Argument, Modality, TaskKind, find_kind, fits, nearest_kind

_REFERENCE = re.compile(r"<GENERATED>[-_]?([A-Za-z0-9_]+)")
_LONGEST_ID = 9
"""In digits; longer numbers are no ids."""
_DEEPEST = 30
"""Levels of lists and objects in a plan; data from users is never that deep."""
_LONGEST_NUMBER = 1000
"""In digits; Python refuses to print numbers of many thousand."""
_SYNONYMS = frozenset(
    {"text", "input", "inputs", "prompt", "question", "query", "context", "document", "source"}
    | {"image", "audio", "video", "table", "file"}
)
"""Argument names that models mix up; the paper itself calls questions and prompts `text`."""


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
    _check_depth(draft)
    rows = _read_rows(draft)
    _check_references(rows, earlier)
    rows = _in_order(rows)
    _complete_arguments(rows, earlier)
    rows = unfold(rows, earlier)
    _check_arguments(rows, earlier, resources or {})
    return _number(rows, earlier)


# --- reading --------------------------------------------------------------------------------


def _check_depth(draft: Any) -> None:
    level = [draft]
    for _ in range(_DEEPEST):
        level = [
            inner
            for value in level
            if isinstance(value, list | dict)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise PlanError([f"the plan is nested more than {_DEEPEST} deep"])


def _read_rows(draft: Any) -> dict[str, Row]:
    if isinstance(draft, dict):
        draft = draft.get("tasks", [draft])
    if not isinstance(draft, list):
        raise PlanError([f"a plan is a list of tasks, not {_show(draft)}"])
    if len(draft) > MAX_TASKS:
        raise PlanError([f"a plan holds at most {MAX_TASKS} tasks, not {len(draft)}"])
    complaints: list[str] = []
    rows: dict[str, Row] = {}
    for position, item in enumerate(draft):
        try:
            row = _read_row(item, position)
        except PlanError as error:
            complaints += error.complaints
            continue
        if row.key in rows:
            complaints.append(f"two tasks have the id {row.key}; ids must differ")
        rows[row.key] = row
    if complaints:
        raise PlanError(complaints)
    return rows


def _read_row(item: Any, position: int) -> Row:
    if not isinstance(item, dict):
        raise PlanError([f"entry {position} is {_show(item)}, not a task object"])
    key = _key(item.get("id", position))
    if key is None:
        raise PlanError([f"entry {position} has the id {_show(item['id'])}; use a whole number"])
    name = item.get("task")
    kind = find_kind(name) if isinstance(name, str) else None
    if kind is None:
        raise PlanError([f"task {key}: {_unknown_kind(name)}"])
    arguments = item.get("args") or {}
    if not isinstance(arguments, dict):
        raise PlanError([f"task {key}: args is {_show(arguments)}, not an object"])
    return Row(
        key,
        kind,
        _read_dependencies(key, item.get("dep")),
        {str(n): _read_value(v) for n, v in arguments.items() if v is not None},
    )


def _unknown_kind(name: Any) -> str:
    nearest = nearest_kind(name) if isinstance(name, str) else None
    hint = f"; did you mean {nearest!r}?" if nearest else ""
    return f"there is no task kind {_show(name)}{hint}"


def _key(raw: Any) -> str | None:
    """The id as text; None if it can't be one. `3`, `3.0` and `"3"` are the same id."""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        return None
    if isinstance(raw, int) and abs(raw) >= 10**_LONGEST_ID:
        return None  # before `str`, which refuses numbers of many thousand digits
    key = _canonical(str(raw))
    return None if is_number(key) and len(key) > _LONGEST_ID else key or None


def _canonical(key: str) -> str:
    stripped = key.strip()
    return stripped.lstrip("0") or "0" if is_number(stripped) else stripped


def _read_dependencies(key: str, raw: Any) -> list[str]:
    items = raw if isinstance(raw, list) else [] if raw is None else [raw]
    keys = [_key(item) for item in items]
    if None in keys:
        raise PlanError([f"task {key}: dep is {_show(raw)}, not a list of task ids"])
    return list(dict.fromkeys(k for k in keys if k is not None and k != "-1"))


def _read_value(raw: Any) -> Value:
    if isinstance(raw, list):
        return [_read_value(item) for item in raw]
    if isinstance(raw, int) and abs(raw) >= 10**_LONGEST_NUMBER:
        raise PlanError([f"a number has more than {_LONGEST_NUMBER} digits"])
    return _read_text(raw) if isinstance(raw, str) else revive(raw)


def _read_text(raw: str) -> Value:
    pieces = _REFERENCE.split(raw)  # text, id, text, id, ..., text
    if len(pieces) == 1:
        return raw
    if len(pieces) == 3 and not pieces[0].strip() and not pieces[2].strip():
        return Reference(reference=_canonical(pieces[1]))
    parts = [
        Reference(reference=_canonical(piece)) if index % 2 else piece
        for index, piece in enumerate(pieces)
    ]
    return Template(parts=tuple(part for part in parts if part != ""))


# --- references and order -------------------------------------------------------------------


def _check_references(rows: dict[str, Row], earlier: Mapping[str, str]) -> None:
    """Complain of tasks that don't exist; add dependencies that references imply."""
    known = rows.keys() | earlier.keys()
    complaints: list[str] = []
    for row in rows.values():
        referred = dict.fromkeys(key for v in row.arguments.values() for key in references(v))
        for key in (*row.dependencies, *referred):
            if key == row.key:
                complaints.append(f"{row.label} depends on itself")
            elif key not in known:
                complaints.append(f"{row.label} needs task {key}, which does not exist")
        implied = [key for key in referred if key not in row.dependencies]
        if implied and row.key not in implied:
            row.dependencies += implied
            row.notes.append(f"{row.label}: added the dependency on {', '.join(implied)}")
    if complaints:
        raise PlanError(list(dict.fromkeys(complaints)))


def _in_order(rows: dict[str, Row]) -> dict[str, Row]:
    """The rows, each after those it depends on, otherwise in the order they came in."""
    sorter = TopologicalSorter(
        {key: [d for d in row.dependencies if d in rows] for key, row in rows.items()}
    )
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = " -> ".join(error.args[1])
        raise PlanError([f"tasks wait for each other in a circle: {cycle}"]) from error
    position = {key: index for index, key in enumerate(rows)}
    ready = [(position[key], key) for key in sorter.get_ready()]
    heapify(ready)
    ordered: dict[str, Row] = {}
    while ready:
        _, key = heappop(ready)
        ordered[key] = rows[key]
        sorter.done(key)
        for freed in sorter.get_ready():
            heappush(ready, (position[freed], freed))
    return ordered


# --- arguments ------------------------------------------------------------------------------


def _kinds(rows: Mapping[str, Row], earlier: Mapping[str, str]) -> dict[str, TaskKind]:
    """The kind of every task that may be referred to; an id of this plan hides an earlier one."""
    kinds = {key: kind for key, name in earlier.items() if (kind := find_kind(name))}
    return kinds | {key: row.kind for key, row in rows.items()}


def _complete_arguments(rows: Mapping[str, Row], earlier: Mapping[str, str]) -> None:
    """Repair names and gaps of arguments where there is only one way to."""
    kinds = _kinds(rows, earlier)
    for row in rows.values():
        _rename_arguments(row)
        _fill_from_dependency(row, kinds)


def _check_arguments(
    rows: Mapping[str, Row], earlier: Mapping[str, str], resources: Mapping[str, Modality]
) -> None:
    """Complain of whatever does not fit the kind's arguments."""
    kinds = _kinds(rows, earlier)
    complaints: list[str] = []
    for row in rows.values():
        for argument in row.kind.arguments:
            faults = _argument_faults(row, argument, kinds, resources)
            complaints += [f"{row.label} {fault}" for fault in faults]
    if complaints:
        raise PlanError(complaints)


def _argument_faults(
    row: Row,
    argument: Argument,
    kinds: Mapping[str, TaskKind],
    resources: Mapping[str, Modality],
) -> list[str]:
    if argument.name not in row.arguments:
        return [f"needs the argument {argument.name!r}"] if argument.required else []
    value = row.arguments[argument.name] = _plain(row, argument)
    if argument.modality == "data":
        return []
    items = value if isinstance(value, list) else [value]
    if not items:
        return [f"has an empty list as {argument.name!r}"]
    faults = (_fault(argument, item, kinds, resources) for item in items)
    return [fault for fault in faults if fault]


def _missing(row: Row) -> list[Argument]:
    return [a for a in row.kind.required if a.name not in row.arguments]


def _rename_arguments(row: Row) -> None:
    """An unknown argument fills the one that is missing, or is dropped; both are noted."""
    for name in [n for n in row.arguments if row.kind.argument(n) is None]:
        value = row.arguments.pop(name)
        missing = _missing(row)
        if len(missing) == 1 and name in _SYNONYMS:
            row.arguments[missing[0].name] = value
            row.notes.append(f"{row.label}: took {name!r} for {missing[0].name!r}")
        else:
            row.notes.append(f"{row.label}: dropped the unknown argument {name!r}")


def _fill_from_dependency(row: Row, kinds: Mapping[str, TaskKind]) -> None:
    missing = _missing(row)
    if len(missing) != 1:
        return
    wanted = missing[0]
    givers = [key for key in row.dependencies if kinds[key].gives(wanted.modality)]
    if len(givers) == 1 and not wanted.setting:
        row.arguments[wanted.name] = Reference(reference=givers[0])
        row.notes.append(f"{row.label}: took {wanted.name!r} from task {givers[0]}")


def _plain(row: Row, argument: Argument) -> Value:
    """The value in the form that its argument takes, where that needs no guess."""
    value = row.arguments[argument.name]
    if argument.modality == "data":
        return value
    if argument.many:
        return [_scalar(item, argument) for item in as_list(value)]
    return _scalar(value, argument)


def _scalar(value: Value, argument: Argument) -> Value:
    if isinstance(value, bool | int | float) and argument.modality == "text":
        return str(value)
    if isinstance(value, Template) and argument.modality != "text":
        found = [part for part in value.parts if isinstance(part, Reference)]
        return found[0] if len(found) == 1 else value
    return value


def _fault(
    argument: Argument,
    value: Any,
    kinds: Mapping[str, TaskKind],
    resources: Mapping[str, Modality],
) -> str | None:
    wants = f"wants {argument.modality} as {argument.name!r}"
    if isinstance(value, Reference | Template):
        if argument.setting:
            return f"takes {argument.name!r} from the request, not from another task"
        for key in references(value):
            if not kinds[key].gives(argument.modality):
                given = " or ".join(kinds[key].outputs)
                return f"{wants}; task {key} ({kinds[key].name}) gives {given}"
        return f"{wants}, not {_show(value)}" if _is_mixed(value, argument) else None
    if not isinstance(value, str):
        return f"{wants}, not {_show(value)}"
    if not value.strip():
        return f"has nothing in {argument.name!r}"
    modality = resources.get(value)
    if modality is None and argument.modality != "text":
        modality = modality_by_name(value)
    if modality is not None and not fits(modality, argument.modality):
        return f"{wants}; {_show(value)} is {modality}"
    return None


def _is_mixed(value: Any, argument: Argument) -> bool:
    return isinstance(value, Template) and argument.modality != "text"


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
    return dict(zip(keys, fresh_keys(taken, len(keys)), strict=True))


def _renumber(value: Value, numbers: Mapping[str, str]) -> Value:
    if isinstance(value, Reference):
        return Reference(reference=numbers.get(value.reference, value.reference))
    if isinstance(value, Template):
        parts: Sequence[Any] = [_renumber(part, numbers) for part in value.parts]
        return Template(parts=tuple(parts))
    if isinstance(value, list):
        return [_renumber(item, numbers) for item in value]
    return value


def _show(value: Any) -> str:
    try:
        shown = repr(value)
    except (RecursionError, ValueError):  # nested, or a number, without end
        return f"a {type(value).__name__} that is too large to show"
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
