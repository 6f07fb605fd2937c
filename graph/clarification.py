"""Node clarify: which of two plans the user means, where the brain is not sure."""

from collections.abc import Mapping
from typing import Any, Literal

from langgraph.types import interrupt

from hugginggpt.graph.intake import doubt
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import Other, State
from hugginggpt.graph.tables import plan_table

Meant = Literal["first", "second", "neither", "either"]

_WORDS: Mapping[Meant, frozenset[str]] = {
    "first": frozenset({"1", "first"}),
    "second": frozenset({"2", "second"}),
    "neither": frozenset({"", "no", "n", "neither", "false", "0"}),
    "either": frozenset({"yes", "y", "true"}),
}
_QUESTION = "I am not sure what you mean: plan 1 or plan 2? `no` is neither."
_NEITHER = "Neither of the two plans was meant: say in other words what is to be done."


async def clarify_plan(state: State, run: Run) -> Update:  # noqa: ARG001
    """The plan that the user means, and what is to be told of it.

    The run pauses with JSON: `reason` ("doubt"), `question` (in words), `plans` (the likelier one
    and the other, in wire form; an empty one means that there is no task), `table` (both in
    Markdown) and `complaint`: what was wrong with the last word, if anything.

    It goes on with 1 or "first"; 2 or "second"; False, "no" or "", which mean neither; or True or
    "yes", which take the likelier one unsaid, as where nobody is asked.
    """
    other = state.get("other")
    if other is None:
        return {}
    meant = _ask([Plan.from_state(state["plan"]), Plan.from_state(other["plan"])])
    if meant == "second":
        return {"plan": other["plan"], "remarks": other["remarks"]}
    remarks = state.get("remarks", [])
    if meant == "neither":
        return {"plan": {}, "remarks": [*_common(remarks, other), _NEITHER]}
    if meant == "either":
        told = doubt(Plan.from_state(state["plan"]), Plan.from_state(other["plan"]))
        remarks = [*remarks, told]
    return {"plan": state["plan"], "remarks": remarks}


def _common(remarks: list[str], other: Other) -> list[str]:
    """Remarks on the request itself, such as on a file that can't be read."""
    return [remark for remark in remarks if remark in other["remarks"]]


def _ask(plans: list[Plan]) -> Meant:
    """What the user says, asked until it is one of the words.

    A run that is taken up again goes through what was said before, so each round is the same.
    """
    complaint = ""
    while True:
        word = interrupt(_question(plans, complaint))
        meant = _read(word)
        if meant is not None:
            return meant
        complaint = f"{word!r} is no answer: say 1, 2 or no"


def _question(plans: list[Plan], complaint: str) -> dict[str, Any]:
    wires = [plan.to_wire() for plan in plans]
    tables = (plan_table(wire) if wire else "No task." for wire in wires)
    return {
        "reason": "doubt",
        "question": _QUESTION,
        "plans": wires,
        "table": "\n\n".join(f"**{n}**\n\n{table}" for n, table in enumerate(tables, start=1)),
        "complaint": complaint,
    }


def _read(word: Any) -> Meant | None:
    said = str(word).strip().lower().rstrip(".!")
    return next((meant for meant, words in _WORDS.items() if said in words), None)
