"""Stage select with a chat model: the choices that it wrote."""

from collections.abc import Mapping, Sequence
from typing import Any

from hugginggpt.graph.brain.llm.manners import Form
from hugginggpt.graph.brain.llm.replies import Rows, read_json
from hugginggpt.graph.results import Selection
from hugginggpt.prompts import selection
from hugginggpt.tools.candidates import Candidate

FORM = Form("selection", "A model for each task.", selection.FORM)
_ROWS = Rows("selections", "id")


def read_selections(
    text: str, candidates: Mapping[str, Sequence[Candidate]]
) -> tuple[dict[str, Selection], dict[str, str]]:
    """The choices by task id, and what is wrong with those that are none."""
    rows = _ROWS.gather(read_json(text, _ROWS.fit).values)
    named = {str(row.get("task")): row for row in rows if isinstance(row, dict)}
    if len(candidates) == 1 and len(named) == 1:  # the paper's form names no task
        named = dict(zip(candidates, named.values(), strict=True))
    chosen: dict[str, Selection] = {}
    faults: dict[str, str] = {}
    for key, offered in candidates.items():
        row = named.get(key)
        if row is None:
            faults[key] = f"no model was chosen for task {key}"
            continue
        found = _candidate(row.get("id"), offered)
        if found is None:
            known = ", ".join(repr(selection.candidate_id(c)) for c in offered)
            faults[key] = f"{row.get('id')!r} is no candidate for task {key}; those are {known}"
            continue
        reason = row.get("reason")
        chosen[key] = Selection(chosen=found, reason=reason if isinstance(reason, str) else "")
    return chosen, faults


def _candidate(named: Any, offered: Sequence[Candidate]) -> Candidate | None:
    """The candidate of that id; of that model, where only one is of it."""
    full = [c for c in offered if selection.candidate_id(c) == named]
    short = [c for c in offered if c.model == named]
    return next(iter(full), short[0] if len(short) == 1 else None)
