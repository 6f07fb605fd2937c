"""Answers in Markdown, worded from typed results: nothing is claimed that no result holds."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from hugginggpt.graph.plan import Plan, Task, references
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import TaskResult
from hugginggpt.prompts.wording import in_words, short_path
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.files import modality_by_name

_NO_TASK = (
    "I found no task in this request. I can read and question documents, summarise, search and "
    "classify texts, read aloud, find faces, and more: `hugginggpt tasks` lists everything."
)
_LONGEST = 600
"""Characters of a text that other tasks went on to use; a final text is never cut."""

_COMPARES = re.compile(
    r"\b(which|who|compare|more|most|less|least|better|best|\w+(?<!oth)er)\b", re.I
)
_LEAST = re.compile(
    r"\b(less|least|few(?:er|est)|smaller|smallest|worse|worst|"
    r"unhappi\w+|sadd\w+|angri\w+|more negative)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Story:
    """What an answer is told from."""

    request: Request
    plan: Plan
    results: Mapping[str, TaskResult]

    def done(self, kind: str) -> list[tuple[Task, TaskResult]]:
        """Tasks of that kind that succeeded, with their results."""
        return [
            (task, self.results[key])
            for key, task in self.plan.tasks.items()
            if task.kind == kind and key in self.results and self.results[key].status == "done"
        ]

    def subject(self, task: Task) -> str:
        """What the task worked on: a file, an earlier result, or the first words of a text."""
        for argument in task.task_kind.arguments:
            value = task.arguments.get(argument.name)
            if isinstance(value, str) and _is_file(value, self.request):
                return f"`{value}`"
        for key in (k for value in task.arguments.values() for k in references(value)):
            if key in self.plan.tasks:
                return self.subject(self.plan.tasks[key])
        words = next((v for v in task.arguments.values() if isinstance(v, str)), "")
        return f"“{_shortened(words, 40)}”" if words else "your request"

    @property
    def used(self) -> set[str]:
        """Tasks whose output went into another task."""
        return {
            key
            for task in self.plan.tasks.values()
            for value in task.arguments.values()
            for key in references(value)
        }


def compose(
    request: Request,
    plan: Plan,
    results: Mapping[str, TaskResult],
    remarks: Sequence[str],
    words: str = "",
) -> str:
    """The direct answer first, then how it was reached, then what to know about it.

    `words` are a direct answer that somebody else has worded; what could not be done is told
    below them all the same.
    """
    if not plan.tasks:
        return "\n\n".join(remarks) or _NO_TASK
    story = _Story(request, plan, results)
    direct = [words, ""] if words else [*_comparisons(story), *_answers(story), ""]
    steps = ["### How", *_steps(story)]
    notes = [*(_failures(story) if words else []), *_notes(story, remarks)]
    return "\n".join([*direct, *steps, *(["", "### Good to know", *notes] if notes else [])])


# --- the direct answer ----------------------------------------------------------------------


def _answers(story: _Story) -> list[str]:
    return [f"- {_told(story, key, task)}" for key, task in story.plan.tasks.items()]


def _failures(story: _Story) -> list[str]:
    """What could not be done."""
    done = {key for key, result in story.results.items() if result.status == "done"}
    undone = (item for item in story.plan.tasks.items() if item[0] not in done)
    return [f"- {_told(story, key, task)}" for key, task in undone]


def _told(story: _Story, key: str, task: Task) -> str:
    """How the task ended, in a sentence."""
    result = story.results.get(key)
    if result is None:
        return f"**{task.kind}** of {story.subject(task)} did not finish."
    if result.status == "done":
        return _sentence(story, task, result)
    said = _sentence_end(result.error)
    if result.status == "failed":
        return f"**Could not do {task.kind}** of {story.subject(task)}: {said}"
    return f"**Skipped {task.kind}**: {said}"


def _sentence(story: _Story, task: Task, result: TaskResult) -> str:
    word = _SENTENCES.get(task.kind, _plain_sentence)
    return word(story, task, result) + _files(result.artifacts)


def _plain_sentence(story: _Story, task: Task, result: TaskResult) -> str:
    main = result.artifacts[0]
    said = "" if main.path else f": {_quoted(story, task, in_words(result.artifacts))}"
    return f"{task.kind} of {story.subject(task)}{said}"


def _answer_sentence(story: _Story, task: Task, result: TaskResult) -> str:
    question = str(task.arguments.get("question", "")).strip().rstrip("?")
    asked = f"{question[:1].upper()}{question[1:]}? " if question else ""
    return f"{asked}**{in_words(result.artifacts)}** (from {story.subject(task)})"


def _reading_sentence(story: _Story, task: Task, result: TaskResult) -> str:
    is_read = any(a.data is not None for a in result.artifacts)  # lines with their places
    verb = "reads" if is_read else "in words"
    return f"{story.subject(task)} {verb}: {_quoted(story, task, in_words(result.artifacts))}"


def _summary_sentence(story: _Story, task: Task, result: TaskResult) -> str:
    return f"Summary of {story.subject(task)}: {_quoted(story, task, in_words(result.artifacts))}"


def _label_sentence(story: _Story, task: Task, result: TaskResult) -> str:
    return f"{story.subject(task)} is **{in_words(result.artifacts)}**"


def _found_sentence(story: _Story, task: Task, result: TaskResult) -> str:
    found = in_words(result.artifacts)
    return f"In {story.subject(task)}: **{found}**"


def _prediction_sentence(story: _Story, task: Task, result: TaskResult) -> str:
    told = next((a.data for a in result.artifacts if isinstance(a.data, dict)), {})
    if not told.keys() >= {"target", "rows_predicted", "metric", "score"}:
        return _plain_sentence(story, task, result)
    return (
        f"Predicted `{told['target']}` for {told['rows_predicted']} rows of "
        f"{story.subject(task)} ({told['metric']} {told['score']:.2f}, cross-validated)"
    )


def _speech_sentence(story: _Story, task: Task, _: TaskResult) -> str:
    read = next((k for v in task.arguments.values() for k in references(v)), None)
    if read is None or read not in story.plan.tasks:
        return "Said aloud"
    words = {
        "summarization": "the summary",
        "translation": "the translation",
        "image-to-text": "the text",
    }.get(story.plan.tasks[read].kind, "the answer")
    return f"Read aloud: {words} of {story.subject(task)}"


_SENTENCES: dict[str, Callable[[_Story, Task, TaskResult], str]] = {
    "image-to-text": _reading_sentence,
    "automatic-speech-recognition": _reading_sentence,
    "document-question-answering": _answer_sentence,
    "question-answering": _answer_sentence,
    "visual-question-answering": _answer_sentence,
    "table-question-answering": _answer_sentence,
    "summarization": _summary_sentence,
    "text-classification": _label_sentence,
    "zero-shot-classification": _label_sentence,
    "image-classification": _label_sentence,
    "audio-classification": _label_sentence,
    "video-classification": _label_sentence,
    "object-detection": _found_sentence,
    "token-classification": _found_sentence,
    "voice-activity-detection": _found_sentence,
    "keypoint-detection": _found_sentence,
    "tabular-classification": _prediction_sentence,
    "tabular-regression": _prediction_sentence,
    "text-to-speech": _speech_sentence,
}


def _quoted(story: _Story, task: Task, text: str) -> str:
    shown = _shortened(text, _LONGEST) if task.id in story.used else text
    if "\n" not in shown:
        return shown
    return "\n\n" + "\n".join(f"  > {line}  " for line in shown.splitlines()) + "\n"


def _files(artifacts: Iterable[Artifact]) -> str:
    links = [_link(artifact) for artifact in artifacts if artifact.path]
    return f" → {', '.join(links)}" if links else ""


def _link(artifact: Artifact) -> str:
    path = str(artifact.path)
    seconds = artifact.metadata.get("seconds")
    length = f" ({seconds:.1f} s)" if isinstance(seconds, int | float) else ""
    target = short_path(path)
    target = f"<{target}>" if re.search(r"[\s()]", target) else target
    return f"[{Path(path).name}]({target}){length}"


# --- comparisons ----------------------------------------------------------------------------


def _compound(result: TaskResult) -> float | None:
    value = result.artifacts[0].metadata.get("compound")
    return float(value) if isinstance(value, int | float) else None


def _count(result: TaskResult) -> float | None:
    value = result.artifacts[0].metadata.get("count")
    return float(value) if isinstance(value, int | float) else None


class _Measure(NamedTuple):
    """What results of one kind are compared by, and the words for it."""

    kind: str
    of: Callable[[TaskResult], float | None]
    scale: str
    most: tuple[str, str]
    """Of two, and of several."""
    least: tuple[str, str]


_MEASURES = (
    _Measure(
        "text-classification",
        _compound,
        "mood from -1 to 1",
        ("is the happier", "is the happiest"),
        ("is the less happy", "is the least happy"),
    ),
    _Measure(
        "object-detection",
        _count,
        "found",
        ("has more", "has the most"),
        ("has fewer", "has the fewest"),
    ),
)


def _comparisons(story: _Story) -> list[str]:
    """A verdict where the request compares several things that were measured alike."""
    if not _COMPARES.search(story.request.text):
        return []
    return [line for measure in _MEASURES if (line := _comparison(story, measure))]


def _comparison(story: _Story, measure: _Measure) -> str | None:
    values = {
        story.subject(task): value
        for task, result in story.done(measure.kind)
        if (value := measure.of(result)) is not None
    }
    if len(values) < 2:
        return None
    lowest = bool(_LEAST.search(story.request.text))
    first, *_ = ranked = sorted(values, key=values.__getitem__, reverse=not lowest)
    shown = f"({measure.scale}: {', '.join(f'{name} {values[name]:.2g}' for name in ranked)})"
    level = [name for name in ranked if values[name] == values[first]]
    if len(level) > 1:
        return f"**{' and '.join(level)} are level** {shown}.\n"
    compared = sum(task.kind == measure.kind for task in story.plan.tasks.values())
    verdict = (measure.least if lowest else measure.most)[compared > 2]
    return f"**{first} {verdict}** {shown}.\n"


# --- how it was reached ---------------------------------------------------------------------


def subject_of(request: Request, plan: Plan, task: Task) -> str:
    """What `task` worked on: a file, an earlier result, or the first words of a text."""
    return _Story(request, plan, {}).subject(task)


def _steps(story: _Story) -> list[str]:
    rows = ["| # | task | model | endpoint | seconds | outcome |", "|--:|---|---|---|--:|---|"]
    for key, task in story.plan.tasks.items():
        result = story.results.get(key)
        cells: list[Any] = [key, _with_dependencies(task)]
        if result is None:
            cells += ["", "", "", "not finished"]
        else:
            seconds = f"{result.seconds:.2f}" if result.status != "skipped" else ""
            cells += [result.model or "-", result.endpoint or "-", seconds, result.status]
        rows.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return rows


def _with_dependencies(task: Task) -> str:
    return f"{task.kind} ← {', '.join(task.dependencies)}" if task.dependencies else task.kind


def _notes(story: _Story, remarks: Sequence[str]) -> list[str]:
    caveats = [
        f"{result.model}: {result.caveat}"
        for result in story.results.values()
        if result.status == "done" and result.caveat
    ]
    tries = [
        f"{attempt.model} ({attempt.endpoint}) failed first: {attempt.error}"
        for result in story.results.values()
        if result.status == "done"
        for attempt in result.attempts
    ]
    remarked = [
        str(note)
        for result in story.results.values()
        for artifact in result.artifacts
        if (note := artifact.metadata.get("note"))
    ]
    return [f"- {note}" for note in dict.fromkeys([*remarks, *tries, *remarked, *caveats])]


# --- words ----------------------------------------------------------------------------------


def _is_file(value: str, request: Request) -> bool:
    return value in request.resources or ("\n" not in value and modality_by_name(value) is not None)


def _sentence_end(text: str | None) -> str:
    words = " ".join((text or "").split())
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
