"""From words and files to a request, and from a request to a checked plan.

Shared by node plan and by `hugginggpt plan`. Imports nothing of LangGraph, so that stage one
on its own starts fast.
"""

import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hugginggpt.graph.brain import Brain, Brief, Draft
from hugginggpt.graph.draft import parse_plan, salvage_plan
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.usage import Usage
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import BrainError, FileInputError, PlanError, RequestError
from hugginggpt.tools.files import Files, check_url, inspect_file, is_url, modality_by_name

UNPLANNED = "The request could not be planned"
"""How the remark begins that says why there is no draft of a plan."""
UNUSABLE = "The plan could not be used"
"""How the remark begins that says why a drafted plan was thrown away."""
LEFT_OUT = "Left out of the plan"
"""How the remark begins that says which part of a drafted plan was thrown away."""


class Planned(NamedTuple):
    """A checked plan, and what the user is told about it."""

    plan: Plan
    remarks: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    """Why the drafted plan, or a part of it, could not be used."""
    usage: Usage = Usage()
    other: "Planned | None" = None
    """The plan that may be meant instead, where the brain is not sure."""


async def draft_plan(
    brain: Brain, request: Request, brief: Brief, earlier: Mapping[str, str] | None = None
) -> Planned:
    """The plan that `brain` drafts for `request`, checked and repaired.

    What is wrong is said back to the brain once. If its second draft is faulty too, the part that
    stands on its own is kept. `earlier` is the kind of each task of earlier turns, see
    `surroundings`.
    """
    around = surroundings(request, earlier or {})
    try:
        draft = await brain.plan(request, brief)
    except BrainError as error:
        usage = error.usage or Usage()
        return Planned(Plan({}), (f"{UNPLANNED}: {error}.",), (str(error),), usage)
    checked = _check(draft, around)
    if not checked.complaints:
        return checked._replace(other=_other(draft, checked.plan, around))
    try:
        revised = await brain.revise(request, brief, draft, checked.complaints)
    except BrainError as error:
        kept = _salvage(draft, around)
        return kept._replace(
            remarks=(*kept.remarks, f"It could not be mended: {error}."),
            usage=draft.usage + (error.usage or Usage()),
        )
    if revised is None:
        return checked
    revised = revised._replace(usage=draft.usage + revised.usage)
    checked = _check(revised, around)
    if not checked.complaints:
        return checked
    kept = _salvage(revised, around)
    return kept if kept.plan.tasks else _salvage(draft, around)._replace(usage=revised.usage)


def doubt(plan: Plan, other: Plan) -> str:
    """What the user is told where the plan is carried out though the other one may be meant."""
    kinds = ", ".join(task.kind for task in other.tasks.values())
    if not kinds:
        return "I am not sure of this plan: perhaps no task is meant."
    if not plan.tasks:
        return f"I am not sure of that: a plan would be: {kinds}."
    return f"I am not sure of this plan; another would be: {kinds}."


def within(planned: Planned, most: int | None) -> Planned:
    """The plan and the other one, each cut to its first `most` tasks."""
    kept = _first(planned, most)
    other = planned.other and _first(planned.other, most)
    return kept._replace(other=None if other is None or other.plan == kept.plan else other)


def _first(planned: Planned, most: int | None) -> Planned:
    """The first `most` tasks, each of which has all that it needs, and a remark on the others."""
    tasks = list(planned.plan.tasks.items())
    if most is None or len(tasks) <= most:
        return planned
    left_out = ", ".join(f"{key} ({task.kind})" for key, task in tasks[most:])
    remark = f"{LEFT_OUT}: task {left_out}: at most {most} may be done (HUGGINGGPT_MAX_TASKS)."
    return planned._replace(plan=Plan(dict(tasks[:most])), remarks=(*planned.remarks, remark))


def keep_sound(draft: Draft, around: Mapping[str, Any]) -> Planned:
    """The draft as a plan, or else the part of it that stands on its own; `around` as there."""
    checked = _check(draft, around)
    return _salvage(draft, around) if checked.complaints else checked


def _check(draft: Draft, around: Mapping[str, Any]) -> Planned:
    """The draft as a plan, if it has no fault."""
    remarks = (draft.remark,) if draft.remark else ()
    complaints = draft.faults
    try:
        plan = parse_plan(draft.tasks, **around)
    except PlanError as error:
        complaints += error.complaints
    if not complaints:
        return Planned(plan, remarks, usage=draft.usage)
    unusable = (f"{UNUSABLE}: {complaint}." for complaint in complaints)
    return Planned(Plan({}), (*remarks, *unusable), complaints, draft.usage)


def _other(draft: Draft, plan: Plan, around: Mapping[str, Any]) -> Planned | None:
    """The other plan of a draft, if it has no fault and is not the same."""
    if draft.other is None:
        return None
    other = _check(draft.other, around)
    return None if other.complaints or other.plan == plan else other


def _salvage(draft: Draft, around: Mapping[str, Any]) -> Planned:
    """The part of a faulty draft that stands on its own."""
    plan, dropped = salvage_plan(draft.tasks, **around)
    complaints = (*draft.faults, *dropped)
    said = LEFT_OUT if plan.tasks else UNUSABLE
    remarks = (draft.remark,) if draft.remark else ()
    return Planned(
        plan, (*remarks, *(f"{said}: {c}." for c in complaints)), complaints, draft.usage
    )


def surroundings(request: Request, earlier: Mapping[str, str]) -> dict[str, Any]:
    """What `parse_plan` needs to know about the request.

    `earlier` is the kind of every task of earlier turns. Failed ones belong to it: a new task
    with the id of one would be taken for finished.
    """
    return {
        "resources": {name: artifact.modality for name, artifact in request.resources.items()},
        "earlier": earlier,
    }


def check_words(text: str) -> None:
    """Refuse a request without words, and one that is no text.

    Raises:
        RequestError: it is blank or holds binary data.

    """
    if not text.strip():
        raise RequestError("the request is empty: say what is to be done")
    for position, character in enumerate(text):
        if (character < " " and character not in "\t\n\r\f") or "\ud800" <= character <= "\udfff":
            raise RequestError(
                f"the request holds binary data ({character!r} at position {position}); "
                "hand files over with -f instead of pasting them"
            )


def read_files(names: Sequence[str], files: Files) -> tuple[dict[str, Artifact], list[str]]:
    """The files and URLs by the name that a plan gives them, and what is wrong with others."""
    found: dict[str, Artifact] = {}
    remarks: list[str] = []
    for name in names:
        try:
            artifact = url_artifact(name) if is_url(name) else _handed_over(name, files)
        except FileInputError as error:
            remarks.append(f"A file could not be used: {error}.")
            continue
        found[_short_name(name, artifact, found)] = artifact
    return found, remarks


def _handed_over(name: str, files: Files) -> Artifact:
    return inspect_file(files.find(name, handed_over=True), name)


def _short_name(name: str, artifact: Artifact, taken: Mapping[str, Artifact]) -> str:
    """The file's own name, or the whole path where another file of the request has that name."""
    short = name if is_url(name) else Path(name).name
    return short if short not in taken or taken[short].path == artifact.path else name


def url_artifact(url: str) -> Artifact:
    """The file at `url`, not fetched yet; its modality is what the name promises.

    Raises:
        FileInputError: the address holds a password.

    """
    check_url(url)
    modality = modality_by_name(url) or "text"
    mime = mimetypes.guess_type(url)[0] or "application/octet-stream"
    return Artifact(modality=modality, path=url, mime=mime)
