"""Arguments of drafted tasks: read from the wire form, completed, and checked against the kind.

What can be completed without guessing is, with a note in the row: a name that models mix up,
a gap that only one dependency can fill. Whatever else does not fit is a fault of its row. Pure.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from hugginggpt.graph.plan import Reference, Template, Value, references, revive
from hugginggpt.graph.unfolding import Row, as_list, canonical
from hugginggpt.tools.errors import PlanError
from hugginggpt.tools.files import modality_by_name
from hugginggpt.tools.kinds import Argument, Modality, TaskKind, find_kind, fits

_REFERENCE = re.compile(r"<GENERATED>[-_]?([A-Za-z0-9_]+)")
_LONGEST_NUMBER = 1000
"""In digits; Python refuses to print numbers of many thousand."""
_TOO_LARGE = 10**_LONGEST_NUMBER
_SYNONYMS = frozenset(
    {"text", "input", "inputs", "prompt", "question", "query", "context", "document", "source"}
    | {"image", "audio", "video", "table", "file"}
)
"""Argument names that models mix up; the paper itself calls questions and prompts `text`."""


# --- reading --------------------------------------------------------------------------------


def read_arguments(raw: Mapping[Any, Any]) -> dict[str, Value]:
    """The arguments of the wire form, with references in place of their text.

    Raises:
        PlanError: a number has too many digits.

    """
    return {str(_plain(n)): _read_value(v) for n, v in raw.items() if v is not None}


def _read_value(raw: Any) -> Value:
    if isinstance(raw, list):
        return [_read_value(item) for item in raw]
    if isinstance(raw, str):
        return _read_text(raw)
    value: Value = revive(_plain(raw))
    if isinstance(value, Template):  # its texts may hold references, or there may be none at all
        return _read_text("".join(map(_written, value.parts)))
    return value


def _plain(raw: Any) -> Any:
    """The value as JSON has it: names are texts, and numbers can be printed."""
    if isinstance(raw, dict):
        return {str(_plain(name)): _plain(value) for name, value in raw.items()}
    if isinstance(raw, list):
        return [_plain(item) for item in raw]
    if isinstance(raw, int) and abs(raw) >= _TOO_LARGE:
        raise PlanError([f"a number has more than {_LONGEST_NUMBER} digits"])
    return raw


def _written(part: Reference | str) -> str:
    return part if isinstance(part, str) else f"<GENERATED>-{part.reference}"


def _read_text(raw: str) -> Value:
    pieces = _REFERENCE.split(raw)  # text, id, text, id, ..., text
    if len(pieces) == 1:
        return raw
    if len(pieces) == 3 and not pieces[0].strip() and not pieces[2].strip():
        return Reference(reference=canonical(pieces[1]))
    parts = [
        Reference(reference=canonical(piece)) if index % 2 else piece
        for index, piece in enumerate(pieces)
    ]
    return Template(parts=tuple(part for part in parts if part != ""))


def referred(row: Row) -> dict[str, None]:
    """Ids of the tasks that the row's arguments refer to, in order."""
    return dict.fromkeys(key for value in row.arguments.values() for key in references(value))


# --- completing -----------------------------------------------------------------------------


def known_kinds(rows: Mapping[str, Row], earlier: Mapping[str, str]) -> dict[str, TaskKind]:
    """The kind of every task that may be referred to; an id of this plan hides an earlier one."""
    kinds = {key: kind for key, name in earlier.items() if (kind := find_kind(name))}
    return kinds | {key: row.kind for key, row in rows.items()}


def complete_arguments(rows: Mapping[str, Row], earlier: Mapping[str, str]) -> None:
    """Repair names and gaps of arguments where there is only one way to."""
    kinds = known_kinds(rows, earlier)
    for row in rows.values():
        _rename_arguments(row)
        _fill_from_dependency(row, kinds)


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


# --- checking -------------------------------------------------------------------------------


def check_arguments(
    rows: Mapping[str, Row], earlier: Mapping[str, str], resources: Mapping[str, Modality]
) -> None:
    """Put values in the form that their arguments take; what does not fit is the row's fault."""
    kinds = known_kinds(rows, earlier)
    for row in rows.values():
        for argument in row.kind.arguments:
            faults = _argument_faults(row, argument, kinds, resources)
            row.faults += [f"{row.label} {fault}" for fault in faults]


def _argument_faults(
    row: Row,
    argument: Argument,
    kinds: Mapping[str, TaskKind],
    resources: Mapping[str, Modality],
) -> Iterable[str]:
    if argument.name not in row.arguments:
        return [f"needs the argument {argument.name!r}"] if argument.required else []
    value = row.arguments[argument.name] = _formed(row.arguments[argument.name], argument)
    if argument.modality == "data":
        return []
    items = as_list(value)
    if not items:
        return [f"has an empty list as {argument.name!r}"]
    faults = (_fault(argument, item, kinds, resources) for item in items)
    return [fault for fault in faults if fault]


def _formed(value: Value, argument: Argument) -> Value:
    """The value in the form that its argument takes, where that needs no guess."""
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
        return f"{wants}, not {show(value)}" if _is_mixed(value, argument) else None
    if not isinstance(value, str):
        return f"{wants}, not {show(value)}"
    if not value.strip():
        return f"has nothing in {argument.name!r}"
    modality = resources.get(value)
    if modality is None and argument.modality != "text":
        modality = modality_by_name(value)
    if modality is not None and not fits(modality, argument.modality):
        return f"{wants}; {show(value)} is {modality}"
    return None


def _is_mixed(value: Any, argument: Argument) -> bool:
    return isinstance(value, Template) and argument.modality != "text"


def show(value: Any) -> str:
    """The value as complaints quote it: short, whatever it is."""
    try:
        shown = repr(value)
    except (RecursionError, ValueError):  # nested, or a number, without end
        return f"a {type(value).__name__} that is too large to show"
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
