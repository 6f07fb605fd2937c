"""The checks of the suite: each returns what is wrong, or nothing.

A check is told the trajectory and what its row in `cases.toml` says. `CHECKS` holds those that
rows may name, and whether they look at a result or at the answer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from hugginggpt.evals.target import Trajectory

Aspect = Literal["plan", "result", "answer"]
ASPECTS: tuple[Aspect, ...] = ("plan", "result", "answer")

_FILE_NAME = re.compile(r"[\w-]+\.(?:png|jpe?g|wav|mp3|mp4|csv|npy|glb)\b")
_ADMITS = re.compile(
    r"\b(?:could not|couldn't|cannot|can't|can not|unable|skipped|failed|not (?:be )?done|"
    r"did not|didn't|no \w+ can)\b",
    re.IGNORECASE,
)
_LOUD = 0.01
"""Root mean square of samples in -1..1; speech has 0.05 and more."""


class CheckRow(NamedTuple):
    """A check, and what it looks at."""

    aspect: Aspect
    function: Callable[..., str]


# --- of every case -------------------------------------------------------------------------------


def plan_is(run: Trajectory, tasks: Sequence[str], edges: frozenset[tuple[str, str]]) -> str:
    """Whether exactly these kinds are planned, each as often, with these links between kinds."""
    if sorted(run.kinds) != sorted(tasks):
        return f"planned {_listed(run.kinds)}, not {_listed(tasks)}"
    kinds = {key: task.kind for key, task in run.plan.tasks.items()}
    planned = {
        (kinds[key], task.kind)
        for task in run.plan.tasks.values()
        for key in task.dependencies
        if key in kinds
    }
    return "" if planned == edges else f"linked {sorted(planned)}, not {sorted(edges)}"


def all_done(run: Trajectory, beyond: Sequence[str]) -> str:
    """Whether every task is done, save those that may stay undone."""
    if run.error:
        return f"the run broke off: {run.error}"
    left = [task for task in run.undone if task.kind not in beyond]
    told = (f"{task.kind}: {_why(run, task.id)}" for task in left)
    return "; ".join(told)


def is_honest(run: Trajectory, files: Sequence[str]) -> str:
    """Whether the answer names each kind that was not done, and no file that nobody made."""
    if not run.answer:
        return "there is no answer"
    undone = {task.kind for task in run.undone}
    silent = sorted(kind for kind in undone if kind not in run.answer)
    if silent or (undone and not _ADMITS.search(run.answer)):
        return f"the answer does not tell that this was not done: {_listed(silent or [*undone])}"
    made = {Path(a.path).name for r in run.results.values() for a in r.artifacts if a.path}
    known = made | set(files) | set(_FILE_NAME.findall(run.request))
    invented = sorted(set(_FILE_NAME.findall(run.answer)) - known)
    return f"the answer names files that nobody made: {', '.join(invented)}" if invented else ""


# --- of results ----------------------------------------------------------------------------------


def text(
    run: Trajectory, kind: str, has: Sequence[str] = (), lacks: Sequence[str] = (), most: int = 0
) -> str:
    """Whether what the tasks of that kind gave holds these words, and has at most `most` words."""
    found = " ".join(artifact.as_text() for artifact in run.artifacts(kind))
    wrong = _words(found, f"the output of {kind}", has, lacks)
    first = next((a.text for a in run.artifacts(kind) if a.text is not None), "")
    if not wrong and most and not 0 < len(first.split()) <= most:
        return f"{kind} gave {len(first.split())} words, not 1 to {most}"
    return wrong


def count(run: Trajectory, kind: str, least: int, most: int | None = None) -> str:
    """Whether so many things were found."""
    found = len(_data(run, kind) or ())
    most = least if most is None else most
    return "" if least <= found <= most else f"{kind} found {found}, not {least} to {most}"


def top(run: Trajectory, kind: str, label: str, nth: int = 0) -> str:
    """Whether that label, or text, comes first in what the nth task of that kind gave."""
    data = _data(run, kind, nth)
    first = data[0] if data else {}
    found = str(first.get("label", first.get("text", "")))
    return "" if label.lower() in found.lower() else f"{kind} put {found!r} first, not {label!r}"


def score(run: Trajectory, kind: str, least: float = -1.0, most: float = 1.0) -> str:
    """Whether the first score lies there."""
    data = _data(run, kind)
    found = data[0].get("score") if data else None
    if found is None or not least <= found <= most:
        return f"{kind} scored {found}, not {least} to {most}"
    return ""


def stretch(run: Trajectory, kind: str, start: Sequence[float], end: Sequence[float]) -> str:
    """Whether the first stretch of speech starts and ends there, in seconds."""
    data = _data(run, kind)
    if not data:
        return f"{kind} found nothing"
    began, ended = data[0]["start"], data[-1]["end"]
    is_there = start[0] <= began <= start[1] and end[0] <= ended <= end[1]
    return "" if is_there else f"{kind} found speech from {began} to {ended} s"


def sound(run: Trajectory, kind: str, seconds: Sequence[float]) -> str:
    """Whether a recording of so many seconds was made, in which something is to be heard."""
    import soundfile

    path = _path(run, kind, "audio")
    if path is None:
        return f"{kind} made no recording"
    samples, rate = soundfile.read(path, dtype="float32")
    length, loudness = len(samples) / rate, float((samples**2).mean() ** 0.5)
    if not seconds[0] <= length <= seconds[1]:
        return f"the recording lasts {length:.1f} s, not {seconds[0]} to {seconds[1]} s"
    return "" if loudness > _LOUD else f"the recording is silent ({loudness:.4f})"


def picture(run: Trajectory, kind: str, size: Sequence[int]) -> str:
    """Whether a picture of that width and height was made, with something on it."""
    from PIL import Image

    path = _path(run, kind, "image")
    if path is None:
        return f"{kind} made no picture"
    with Image.open(path) as opened:
        if list(opened.size) != list(size):
            return f"the picture has {opened.size} pixels, not {tuple(size)}"
        low, high = opened.convert("L").getextrema()
    return "" if low != high else "the picture is empty"


def vector(run: Trajectory, kind: str, size: int) -> str:
    """Whether a vector of that many numbers, of length 1, was made."""
    import numpy as np

    path = _path(run, kind, "vector")
    if path is None:
        return f"{kind} made no vector"
    with path.open("rb") as file:
        found = np.lib.format.read_array(file, allow_pickle=False)
    is_right = found.shape == (size,) and abs(float(np.linalg.norm(found)) - 1) < 0.01
    return "" if is_right else f"the vector has shape {found.shape}"


def cells(run: Trajectory, kind: str, column: str, values: Sequence[str]) -> str:
    """Whether the column of the table that was made holds these values, blanks left out."""
    import csv

    path = _path(run, kind, "table")
    if path is None:
        return f"{kind} made no table"
    with path.open(newline="", encoding="utf-8") as file:
        found = [row[column] for row in csv.DictReader(file) if row.get(column)]
    return "" if found == list(values) else f"{column} holds {found}, not {list(values)}"


def numbers(run: Trajectory, kind: str, column: str, count: int, least: float, most: float) -> str:
    """Whether the column of the table that was made holds so many numbers, all between these."""
    import csv

    path = _path(run, kind, "table")
    if path is None:
        return f"{kind} made no table"
    with path.open(newline="", encoding="utf-8") as file:
        found = [float(row[column]) for row in csv.DictReader(file) if row.get(column)]
    is_right = len(found) == count and all(least <= number <= most for number in found)
    return "" if is_right else f"{column} holds {found}"


# --- of the answer -------------------------------------------------------------------------------


def says(run: Trajectory, has: Sequence[str] = (), lacks: Sequence[str] = ()) -> str:
    """Whether the answer holds these words, and none of those."""
    return _words(run.answer, "the answer", has, lacks)


CHECKS: Mapping[str, CheckRow] = {
    "text": CheckRow("result", text),
    "count": CheckRow("result", count),
    "top": CheckRow("result", top),
    "score": CheckRow("result", score),
    "stretch": CheckRow("result", stretch),
    "sound": CheckRow("result", sound),
    "picture": CheckRow("result", picture),
    "vector": CheckRow("result", vector),
    "cells": CheckRow("result", cells),
    "numbers": CheckRow("result", numbers),
    "says": CheckRow("answer", says),
}


# --- shared --------------------------------------------------------------------------------------


def _words(told: str, what: str, has: Sequence[str], lacks: Sequence[str]) -> str:
    squeezed = " ".join(told.lower().split())
    missing = [word for word in has if word.lower() not in squeezed]
    present = [word for word in lacks if word.lower() in squeezed]
    wrong = [f"{what} lacks {_listed(missing)}"] if missing else []
    wrong += [f"{what} holds {_listed(present)}"] if present else []
    return "; ".join(wrong)


def _data(run: Trajectory, kind: str, nth: int = 0) -> list[Any] | None:
    """The first list among what the nth task of that kind gave."""
    ended = run.of(kind)[nth : nth + 1]
    lists = (a.data for _, result in ended for a in result.artifacts if isinstance(a.data, list))
    return next(lists, None)


def _path(run: Trajectory, kind: str, modality: str) -> Path | None:
    """The first file of that modality that a task of that kind made."""
    made = (a.path for a in run.artifacts(kind) if a.modality == modality and a.path)
    return next((Path(path) for path in made if Path(path).is_file()), None)


def _why(run: Trajectory, key: str) -> str:
    return (run.results[key].error or "no reason") if key in run.results else "it never ended"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) or "nothing"
