"""`hugginggpt models`: the models of one kind of task, which of them can run here, and why not."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hugginggpt.app.inputs import find_offers, load_settings, read_words
from hugginggpt.app.tasks import find_named_kind
from hugginggpt.app.terminal import one_line, out, plain, print_json, short_number
from hugginggpt.graph.brain import open_brain
from hugginggpt.graph.offers import Offers, ranked_first
from hugginggpt.graph.results import Selection
from hugginggpt.tools.candidates import Candidate, find_candidates
from hugginggpt.tools.catalogue import Catalogue, open_catalogue, why_not
from hugginggpt.tools.endpoints import Endpoint, EndpointSettings
from hugginggpt.tools.errors import MissingExtraError
from hugginggpt.tools.kinds import TaskKind

_PATIENCE = 20.0
"""Seconds that `--refresh` waits for the Hub."""
_ALL = 10_000
_WIDE = 120
"""Columns of a terminal that has room for descriptions."""
_COLUMNS = ("runs on", "downloads", "likes", "licence", "weights", "size", "languages", "from")
_FOR_NARROW = ("runs on", "downloads", "licence", "size")


@dataclass(slots=True)
class _Row:
    """One model: where it runs, and what stands in its way elsewhere."""

    candidate: Candidate
    runs_on: list[str] = field(default_factory=list)
    obstacles: dict[str, str] = field(default_factory=dict)
    """Endpoint -> why it does not run there; the empty name where that holds for all."""
    likeness: float | None = None
    """To the request, about 0 to 1."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """All that is told about one kind."""

    kind: TaskKind
    rows: Sequence[_Row]
    asked_at: datetime | None
    trouble: str
    chosen: Selection | None
    """For the request, where there is one."""


def show_models(name: str, *, request: str | None, refresh: bool, as_json: bool) -> int:
    """Print the models of one kind; the exit status is 0 if one of them can run here.

    Raises:
        InputError: there is no such kind, the request is empty, or a setting does not fit.
        MissingExtraError: a request was given, and the packages to compare it are missing.

    """
    kind = find_named_kind(name)
    words = None if request is None else read_words(request)
    context = load_settings()
    catalogue = open_catalogue(context.endpoint_settings)
    asyncio.run(_refresh(catalogue, kind, renew=refresh))
    offers = find_offers(context, open_brain(context.brain))
    rows = _rows(kind, offers.endpoints, catalogue, context.endpoint_settings)
    chosen = None if words is None else _chosen(kind, offers)
    if words is not None:
        rows = _nearest_first(rows, words)
    listing = _Listing(kind, rows, catalogue.asked_at(kind), catalogue.trouble, chosen)
    if as_json:
        print_json(_described(listing))
    else:
        _show(listing, out())
    return 0 if any(row.runs_on for row in rows) else 1


async def _refresh(catalogue: Catalogue, kind: TaskKind, *, renew: bool) -> None:
    if renew:
        await catalogue.refresh([kind], _PATIENCE, renew=True)
    else:
        await catalogue.refresh([kind])


# --- what there is --------------------------------------------------------------------------


def _rows(
    kind: TaskKind,
    endpoints: Sequence[Endpoint],
    catalogue: Catalogue,
    settings: EndpointSettings,
) -> list[_Row]:
    """Every model that an endpoint or the catalogue knows; those that run first, in their rank."""
    rows: dict[str, _Row] = {}
    for candidate in find_candidates(kind, endpoints, _ALL).candidates:
        rows.setdefault(candidate.model, _Row(candidate)).runs_on.append(candidate.endpoint)
    for endpoint in endpoints:
        for candidate in endpoint.candidates(kind):
            reason = endpoint.obstacle(candidate)
            if reason is not None:
                row = rows.setdefault(candidate.model, _Row(candidate))
                row.obstacles[endpoint.name] = reason
    refusals = {e.name: e.refusal(kind) for e in endpoints if not e.candidates(kind)}
    for candidate in catalogue.models(kind):
        if candidate.model not in rows:
            reason = why_not(candidate, settings)
            obstacles = {"": reason} if reason else refusals or {"": "no endpoint takes it"}
            rows[candidate.model] = _Row(candidate, obstacles=obstacles)
    return list(rows.values())


def _nearest_first(rows: Iterable[_Row], request: str) -> list[_Row]:
    """The rows with their likeness to the request, the nearest of those that run first."""
    told = list(rows)
    try:
        from hugginggpt.tools.endpoints.embedded.meaning import relevance

        scores = relevance(request, [f"{r.candidate.model} {_told(r.candidate)}" for r in told])
    except ImportError as error:
        raise MissingExtraError(
            f"to compare models with a request: {error}; pip install 'hugginggpt[embedded]'"
        ) from error
    for row, score in zip(told, scores, strict=True):
        row.likeness = round(score, 3)
    return sorted(told, key=lambda row: (not row.runs_on, -(row.likeness or 0)))


def _chosen(kind: TaskKind, offers: Offers) -> Selection:
    """What a run chooses without a chat model: the embedded brain keeps to the rank."""
    found = offers.of(kind.name)
    return offers.settled(kind.name, found) or ranked_first(found.candidates)


# --- for people -----------------------------------------------------------------------------


def _show(listing: _Listing, console: Console) -> None:
    runnable = [row for row in listing.rows if row.runs_on]
    others = [row for row in listing.rows if not row.runs_on]
    console.print(Text(listing.kind.name, "bold"), Text(listing.kind.description, "dim"))
    if runnable:
        console.print(_table(runnable, wide=console.width >= _WIDE))
    if others:
        console.print(Text("\nCan't run here", "bold"))
        console.print(_reasons(others))
    if listing.chosen is not None:
        _show_chosen(listing.chosen, console)
    console.print(Text(f"\n{_age(listing)}", "dim"))


def _table(rows: Sequence[_Row], *, wide: bool) -> Table:
    """A row a model; where there is room, with all its facts and what it is."""
    fits = ["fit"] if any(row.likeness is not None for row in rows) else []
    columns = [name for name in _COLUMNS if wide or name in _FOR_NARROW]
    table = Table("model", *fits, *columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in table.columns[1:]:
        column.no_wrap = True
    for row in rows:
        name = Text(one_line(row.candidate.model), "cyan", overflow="fold")
        if wide and _told(row.candidate):
            name.append(f"\n{one_line(_told(row.candidate), 90)}", "dim")
        fit = [f"{row.likeness:.2f}"] if row.likeness is not None else []
        facts = _facts(row)
        table.add_row(name, *fit, *(facts[column] for column in columns))
    return table


def _facts(row: _Row) -> dict[str, str]:
    candidate, languages = row.candidate, row.candidate.languages
    more = f" +{len(languages) - 3}" if len(languages) > 3 else ""
    return {
        "runs on": ", ".join(row.runs_on),
        "downloads": short_number(candidate.downloads),
        "likes": short_number(candidate.likes),
        "licence": one_line(candidate.licence or "-", 30),
        "weights": short_number(candidate.parameters),
        "size": f"{short_number(candidate.size)}B" if candidate.size else "-",
        "languages": ", ".join(languages[:3]) + more or "-",
        "from": candidate.source,
    }


def _reasons(rows: Sequence[_Row]) -> Group:
    """Each reason once, with the models that it holds for."""
    models: dict[str, list[str]] = {}
    for row in rows:
        for name, why in row.obstacles.items():
            models.setdefault(f"{name}: {why}" if name else why, []).append(row.candidate.model)
    return Group(
        *(
            Padding(
                Text.assemble(f"{one_line(reason, 400)}\n", (plain(", ".join(names)), "dim")),
                (0, 2),
            )
            for reason, names in models.items()
        )
    )


def _show_chosen(chosen: Selection, console: Console) -> None:
    if chosen.chosen is None:
        console.print(Text(f"\nNone can be chosen: {one_line(chosen.reason, 1000)}", "red"))
        return
    name = f"{one_line(chosen.chosen.model)} on {chosen.chosen.endpoint}"
    console.print(Text.assemble("\nChosen: ", (name, "bold green"), f", {chosen.reason}"))
    console.print(Text("A chat model as brain chooses by the request and the descriptions.", "dim"))


def _age(listing: _Listing) -> str:
    """Where the list comes from, and how old it is."""
    trouble = f"; {one_line(listing.trouble)}" if listing.trouble else ""
    if listing.asked_at is None:
        return f"The Hub was not asked for these models{trouble}."
    hours = (datetime.now(UTC) - listing.asked_at).total_seconds() / 3600
    told = f"{hours:.0f} hours ago" if hours < 48 else f"{hours / 24:.0f} days ago"
    return f"The Hub was asked {'just now' if hours < 1 else told}{trouble}."


def _told(candidate: Candidate) -> str:
    return candidate.description or candidate.caveat


# --- JSON -----------------------------------------------------------------------------------


def _described(listing: _Listing) -> dict[str, Any]:
    return {
        "kind": listing.kind.name,
        "asked_at": listing.asked_at.isoformat() if listing.asked_at else None,
        "trouble": listing.trouble,
        "models": [_model(row) for row in listing.rows],
        "chosen": _choice(listing.chosen) if listing.chosen else None,
    }


def _model(row: _Row) -> Mapping[str, Any]:
    facts = row.candidate.model_dump(mode="json", exclude={"kind", "endpoint"})
    told = {"endpoints": row.runs_on, "obstacles": row.obstacles, "likeness": row.likeness}
    return {**facts, **told}


def _choice(chosen: Selection) -> dict[str, Any]:
    candidate = chosen.chosen
    return {
        "model": candidate and candidate.model,
        "endpoint": candidate and candidate.endpoint,
        "reason": chosen.reason,
    }
