"""The arguments of a task besides its content: other files, settings, questions and prompts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from hugginggpt.graph.brain.embedded import settings, targets, wording
from hugginggpt.graph.brain.embedded.links import Place
from hugginggpt.graph.brain.embedded.memory import Source
from hugginggpt.graph.brain.embedded.tasklist import TaskList
from hugginggpt.graph.brain.embedded.wording import Words
from hugginggpt.tools.kinds import Argument, TaskKind

_MEDIA = frozenset({"image", "audio", "video", "data"})
_SPOKEN: Mapping[str, Callable[[Words], str]] = {
    "question": wording.question,
    "prompt": wording.prompt,
    "query": wording.query,
    "text": wording.instruction,
}


class Filled(NamedTuple):
    """Arguments by name, and the values in them that tasks or files give."""

    arguments: dict[str, Any]
    used: list[Source]


def fill(
    kind: TaskKind, content: Argument, place: Place, given: Sequence[Source], tasks: TaskList
) -> Filled:
    """The arguments that the clause tells of; `given` is what already fills the content."""
    filled = Filled({}, [])
    for argument in kind.arguments:
        if argument.name == content.name:
            continue
        if argument.setting:
            value = _setting(kind, argument, place, given, tasks)
        elif argument.modality in _MEDIA:
            value = _medium(argument, place, given, filled.used)
        else:
            value = _spoken(kind, argument, place, given, filled.used)
        if value not in (None, "", []):
            filled.arguments[argument.name] = value
    return filled


def _setting(
    kind: TaskKind, argument: Argument, place: Place, given: Sequence[Source], tasks: TaskList
) -> Any:
    if argument.name == "target":
        return settings.column(place.words) if kind.group == "tabular" else None
    if kind.name == "text-to-speech" and argument.name == "language":
        maker = tasks.maker(given[0])
        return maker["args"].get("target_language") if maker else None
    if kind.name == "zero-shot-object-detection":
        return targets.targets(place.words) or ["object"]
    if argument.name == "labels":
        return settings.labels(place.words) or ["yes", "no"]
    read = settings.SETTINGS.get(argument.name)
    return read(place.words) if read else None


def _medium(argument: Argument, place: Place, given: Sequence[Source], used: list[Source]) -> Any:
    """Another file of the clause, else one that the user brought."""
    files = [s for s in place.files if s.fits(argument.modality) and s not in given]
    if not files and argument.modality != "data":
        brought = place.memory.brought(argument.modality)
        files = list(brought.sources) if brought else []
    used += files[:1]
    return files[0].value if files else None


def _spoken(
    kind: TaskKind, argument: Argument, place: Place, given: Sequence[Source], used: list[Source]
) -> Any:
    """A question, instruction or prompt: the clause's words, else an earlier text."""
    told = _SPOKEN[argument.name](place.words)
    if wording.own_words(told):
        return told
    earlier = place.memory.nearest("text")
    others = [s for s in earlier.sources if s not in given] if earlier else []
    if others and argument.required:
        used.append(others[-1])
        return others[-1].value
    if not argument.required:
        return None
    return told or place.words.masked.restore(place.words.text).strip() or kind.description
