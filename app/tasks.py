"""`hugginggpt tasks`: the task table, and what of it can run here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hugginggpt.app.inputs import find_offers, load_settings
from hugginggpt.app.terminal import out, print_json, to_json
from hugginggpt.graph.brain import open_brain
from hugginggpt.tools.candidates import Candidate, Found
from hugginggpt.tools.errors import SettingError
from hugginggpt.tools.kinds import KINDS, Argument, TaskKind, find_kind, nearest_kind

_MOST_CANDIDATES = 1000
"""All that there are: a run considers fewer."""


def show_tasks(name: str | None, *, as_json: bool) -> int:
    """Print the whole table, or all about one kind.

    Raises:
        SettingError: there is no such kind, endpoint or brain.

    """
    kinds = list(KINDS.values()) if name is None else [find_named_kind(name)]
    context = load_settings().model_copy(update={"candidates": _MOST_CANDIDATES})
    offers = find_offers(context, open_brain(context.brain))
    found = {kind.name: offers.of(kind.name) for kind in kinds}
    if as_json:
        described = [_described(kind, found[kind.name]) for kind in kinds]
        print_json(described if name is None else described[0])
    elif name is None:
        _show_table(kinds, found, out())
    else:
        _show_kind(kinds[0], found[kinds[0].name], out())
    return 0


def find_named_kind(name: str) -> TaskKind:
    """The kind of that name or alias.

    Raises:
        SettingError: there is none; the text says which is nearest.

    """
    kind = find_kind(name)
    if kind is not None:
        return kind
    nearest = nearest_kind(name)
    hint = f"did you mean {nearest!r}?" if nearest else "`hugginggpt tasks` lists all"
    raise SettingError(f"there is no task kind {name!r}; {hint}")


def _here(found: Found) -> list[str]:
    """Names of the endpoints that can run the kind."""
    return list(dict.fromkeys(candidate.endpoint for candidate in found.candidates))


# --- all kinds ------------------------------------------------------------------------------


def _show_table(kinds: Iterable[TaskKind], found: Mapping[str, Found], console: Console) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    group = ""
    for kind in kinds:
        if kind.group != group:
            table.add_row("", Text(f"{chr(10) if group else ''}{kind.group}", "bold"), "")
            group = kind.group
        table.add_row(*_row(kind, _here(found[kind.name]), console))
    console.print(table)
    runnable = sum(bool(each.candidates) for each in found.values())
    console.print(
        f"\n✓ {runnable} of {len(found)} kinds can run here; "
        "`hugginggpt tasks KIND` says all about one",
        style="dim",
    )


def _row(kind: TaskKind, here: Sequence[str], console: Console) -> tuple[Text, ...]:
    told = Text(kind.description)
    told.append("\n" if console.is_terminal else "  ")
    told.append(f"{_takes(kind)} → {', '.join(kind.outputs)}", "dim")
    told.append(f" · {', '.join(here)}" if here else "", "green")
    mark = Text("✓", "green") if here else Text("·", "dim")
    return mark, Text(kind.name, "bold" if here else "dim", no_wrap=True), told


def _takes(kind: TaskKind) -> str:
    """The required arguments, each with its modality where the name does not say it."""
    taken = (
        a.name if a.name.startswith(a.modality) else f"{a.name} ({a.modality})"
        for a in kind.required
    )
    return ", ".join(taken) or "nothing"


# --- one kind -------------------------------------------------------------------------------


def _show_kind(kind: TaskKind, found: Found, console: Console) -> None:
    console.print(Text(kind.name, "bold"), Text(kind.group, "dim"))
    console.print(kind.description)
    if kind.aliases:
        console.print(f"also called {', '.join(kind.aliases)}", style="dim")
    _show_section("Takes", [_argument(a) for a in kind.arguments], console)
    _show_section("Gives", [(Text(", ".join(kind.outputs)), Text())], console)
    example = to_json(kind.example, indent=None)
    _show_section("Example", [(Text(example), Text())], console)
    _show_section("Runs here on", [_candidate(c) for c in found.candidates], console)
    _show_section("Can't run here on", [(Text(r), Text()) for r in found.refusals], console)


def _show_section(title: str, rows: Sequence[tuple[Text, Text]], console: Console) -> None:
    if not rows:
        return
    console.print(Text(f"\n{title}", "bold"))
    grid = Table.grid(padding=(0, 2, 0, 0))
    for left, right in rows:
        grid.add_row("", left, right)
    console.print(grid)


def _argument(argument: Argument) -> tuple[Text, Text]:
    traits = [argument.modality, *(["list"] if argument.many else [])]
    traits += [] if argument.required else ["optional"]
    told = Text(argument.description)
    told.append(f"  {', '.join(traits)}", "dim")
    return Text(argument.name, "cyan"), told


def _candidate(candidate: Candidate) -> tuple[Text, Text]:
    told = Text(candidate.description)
    licence = candidate.licence or "not declared"
    told.append(f"\n{candidate.endpoint} · licence {licence}", "dim")
    if candidate.caveat:
        told.append(f"\n{candidate.caveat}", "dim")
    return Text(candidate.model, "cyan"), told


# --- JSON -----------------------------------------------------------------------------------


def _described(kind: TaskKind, found: Found) -> dict[str, Any]:
    return {
        "name": kind.name,
        "group": kind.group,
        "description": kind.description,
        "aliases": list(kind.aliases),
        "inputs": [argument._asdict() for argument in kind.arguments],
        "output": list(kind.outputs),
        "example": kind.example,
        "endpoints": _here(found),
        "candidates": [candidate.model_dump(mode="json") for candidate in found.candidates],
        "refusals": list(found.refusals),
    }
