"""Stage respond with a chat model: what it is told of the results, and what it must not claim."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from hugginggpt.graph.brain.composer import subject_of
from hugginggpt.graph.brain.llm.drafting import described
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import TaskResult
from hugginggpt.prompts.response import Outcome
from hugginggpt.prompts.wording import in_words, short_path
from hugginggpt.tools.files import modality_by_name

_BETWEEN = re.compile(r"[\s()<>\[\]\"'`*|]+")
"""What stands between the words of an answer, those of its links included."""
_LONGEST_NAME = 300


def outcomes(request: Request, plan: Plan, results: Mapping[str, TaskResult]) -> list[Outcome]:
    """How each task ended, as the model is told of it."""
    return [
        Outcome(
            key,
            f"{task.kind} of {subject_of(request, plan, task)}",
            results[key].status,
            _said(results[key]),
        )
        for key, task in plan.tasks.items()
        if key in results
    ]


def _said(result: TaskResult) -> str:
    """The result as the model is told of it: words, and the files with their paths."""
    if result.status != "done":
        return result.error or result.status
    words = in_words(result.artifacts)
    files = [f"file: {short_path(a.path)} ({described(a)})" for a in result.artifacts if a.path]
    caveat = [f"note: {result.caveat}"] if result.caveat else []
    main = [] if result.artifacts[0].path else [words]
    return "\n".join([*main, *files, *caveat])


def unsupported(answer: str, request: Request, results: Mapping[str, TaskResult]) -> list[str]:
    """A remark for each file that the answer names although nobody made it or handed it over."""
    known = {name for path in _paths(request, results) for name in (path, Path(path).name)}
    known |= {short_path(path) for path in _paths(request, results)}
    texts = "\n".join([request.text, *(in_words(r.artifacts) for r in results.values())])
    return [
        f"The answer names `{name}`, which no task has made."
        for name in _named_files(answer)
        if name not in known and name not in texts
    ]


def _named_files(answer: str) -> Iterator[str]:
    """Words that can be nothing but a file: of media by their ending, of text by their path."""
    for name in dict.fromkeys(
        word.lstrip(",;:!?").rstrip(".,;:!?") for word in _BETWEEN.split(answer)
    ):
        modality = modality_by_name(name) if len(name) <= _LONGEST_NAME else None
        if modality and (modality != "text" or "/" in name):
            yield name


def _paths(request: Request, results: Mapping[str, TaskResult]) -> list[str]:
    made = [a.path for result in results.values() for a in result.artifacts if a.path]
    given = [a.path for a in request.resources.values() if a.path]
    earlier = [a.path for r in request.earlier.values() for a in r.artifacts if a.path]
    return [*made, *given, *earlier, *request.resources]
