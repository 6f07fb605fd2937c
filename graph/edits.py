"""A plan that the user has edited: wire form whose tasks may name the model that is to run them.

Pure, but for the candidates, which the caller looks up.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hugginggpt.graph.arguments import show
from hugginggpt.graph.draft import parse_plan, read_entry
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.results import Selection
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.errors import PlanError

_AT = " @ "


class Named(NamedTuple):
    """A model as an entry of a plan names it: `id` or `id @ endpoint`."""

    model: str
    endpoint: str | None
    is_exact: bool
    """Whether the endpoint stands beside the model, and not in a field that may be left over."""


class Edit(NamedTuple):
    """An edited plan, checked."""

    plan: Plan
    named: Mapping[str, Named]
    """The models that it names, by task id."""


def read_edit(edited: Any, around: Mapping[str, Any]) -> Edit:
    """The plan that the user wrote: a list of tasks, its JSON, or `{"plan": [...]}`.

    `around` is what `parse_plan` needs besides. Ids stay as they are written.

    Raises:
        PlanError: it is no valid plan.

    """
    draft = _read_json(edited) if isinstance(edited, str) else edited
    if isinstance(draft, dict):
        draft = draft.get("plan", draft)
    plan = parse_plan(draft, **around)
    named = dict(_named(draft, around["earlier"]))
    return Edit(plan, {key: name for key, name in named.items() if name is not None})


def _read_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise PlanError([f"the edited plan is not JSON: {error}"]) from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")


def _named(draft: Any, earlier: Mapping[str, str]) -> Iterator[tuple[str, Named | None]]:
    """The model of each entry of a draft that is known to be valid."""
    entries = draft.get("tasks", [draft]) if isinstance(draft, dict) else draft
    for position, entry in enumerate(entries):
        key = read_entry(entry, position).key
        if key in earlier or not key.isdecimal():  # else `parse_plan` numbers all tasks anew
            first = 1 + max((int(k) for k in earlier if k.isdecimal()), default=-1)
            raise PlanError([f"task {key}: the id is taken or no number; use {first} or above"])
        yield key, _read_name(key, entry)


def _read_name(key: str, entry: Mapping[str, Any]) -> Named | None:
    told, beside = entry.get("model"), entry.get("endpoint")
    if told is None:
        return None
    if not isinstance(told, str) or not isinstance(beside, str | None):
        raise PlanError([f"task {key}: {show(told)} on {show(beside)} is no model at an endpoint"])
    model, at, endpoint = told.partition(_AT)
    return Named(model.strip(), endpoint.strip() if at else beside, is_exact=bool(at))


def choose(named: Named, shown: Candidate | None, candidates: Sequence[Candidate]) -> Candidate:
    """The candidate that is named; `shown` is the one that the user saw in its place.

    Raises:
        PlanError: it is none of the candidates.

    """
    same = [c for c in candidates if c.model == named.model]
    exact = next((c for c in same if c.endpoint == named.endpoint), None)
    if exact is not None:
        return exact
    is_left_over = shown is not None and named.endpoint == shown.endpoint and not named.is_exact
    if same and (named.endpoint is None or is_left_over):
        return same[0]
    what = named.model + (f"{_AT}{named.endpoint}" if named.endpoint else "")
    known = ", ".join(f"{c.model}{_AT}{c.endpoint}" for c in candidates)
    raise PlanError([f"{what!r} is none of its models; use {known or 'another kind of task'}"])


def chosen_by_user(candidate: Candidate, candidates: Sequence[Candidate]) -> Selection:
    """The selection of a model that the user wants; the others stand in for it if it fails."""
    others = tuple(c for c in candidates if c != candidate)
    return Selection(chosen=candidate, reason="chosen by the user", others=others)
