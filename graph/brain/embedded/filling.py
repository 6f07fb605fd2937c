"""The arguments of a task besides its content: other files, settings, questions and prompts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from hugginggpt.graph.brain.embedded import settings, targets, wording
from hugginggpt.graph.brain.embedded.bridges import bridged
from hugginggpt.graph.brain.embedded.links import Place, find_guide
from hugginggpt.graph.brain.embedded.memory import Source
from hugginggpt.graph.brain.embedded.reasons import Origin, Why
from hugginggpt.graph.brain.embedded.tasklist import TaskList
from hugginggpt.graph.brain.embedded.wording import Words
from hugginggpt.tools.files import PARAGRAPH
from hugginggpt.tools.kinds import Argument, TaskKind

_MEDIA = frozenset({"image", "audio", "video", "data"})
_SPOKEN: Mapping[str, Callable[[Words], str]] = {
    "question": wording.question,
    "prompt": wording.prompt,
    "query": wording.query,
    "text": wording.instruction,
}


_WORDS_OF_OTHERS = frozenset({"automatic-speech-recognition", "image-to-text", "translation"})
"""What these make may be a question that somebody has asked."""


class Filled(NamedTuple):
    """Arguments by name, the values in them that tasks or files give, and where each is from."""

    arguments: dict[str, Any]
    used: list[Source]
    origins: dict[str, Origin]


class _Told(NamedTuple):
    """A value for an argument, if there is one, and where it comes from."""

    value: Any
    why: Why
    used: Sequence[Source] = ()


def fill(
    kind: TaskKind, content: Argument, place: Place, given: Sequence[Source], tasks: TaskList
) -> Filled:
    """The arguments that the clause tells of; `given` is what already fills the content."""
    filled = Filled({}, [], {})
    for argument in kind.arguments:
        if argument.name == content.name:
            continue
        if argument.setting:
            told = _setting(kind, argument, place, given, tasks)
        elif argument.modality in _MEDIA:
            told = _medium(argument, place, given)
        else:
            told = _spoken(kind, argument, place, given, tasks)
        if told.value not in (None, "", []):
            filled.arguments[argument.name] = told.value
            filled.origins[argument.name] = Origin(told.why)
            filled.used.extend(told.used)
    return filled


def _setting(
    kind: TaskKind, argument: Argument, place: Place, given: Sequence[Source], tasks: TaskList
) -> _Told:
    if argument.name == "target":
        column = settings.column(place.words) if kind.group == "tabular" else None
        return _Told(column, "read from the clause")
    if kind.name == "text-to-speech" and argument.name == "language":
        maker = tasks.maker(given[0])
        language = maker["args"].get("target_language") if maker else None
        return _Told(language, "as the text that is read has it")
    if kind.name == "zero-shot-object-detection":
        return _or_usual(targets.targets(place.words), ["object"])
    if argument.name == "labels":
        return _or_usual(settings.labels(place.words), ["yes", "no"])
    read = settings.SETTINGS.get(argument.name)
    return _Told(read(place.words) if read else None, "read from the clause")


def _or_usual(told: list[str], usual: list[str]) -> _Told:
    return _Told(told, "read from the clause") if told else _Told(usual, "usual")


def _medium(argument: Argument, place: Place, given: Sequence[Source]) -> _Told:
    """Another file of the clause, else one that the user brought."""
    files = [s for s in place.files if s.fits(argument.modality) and s not in given]
    if files:
        return _Told(files[0].value, "a file of the clause", files[:1])
    brought = place.memory.brought(argument.modality) if argument.modality != "data" else None
    sources = brought.sources[:1] if brought else ()
    return _Told(sources[0].value if sources else None, "brought by the user", sources)


def _spoken(
    kind: TaskKind, argument: Argument, place: Place, given: Sequence[Source], tasks: TaskList
) -> _Told:
    """A question, instruction or prompt: the clause's words, else an earlier text.

    What it says to go by stands after its words.
    """
    told = _SPOKEN[argument.name](place.words)
    earlier = place.memory.nearest("text")
    if argument.name == "question" and not wording.asks(place.words):
        if earlier is None and not any(a.modality == "audio" for a in kind.arguments):
            spoken = place.memory.nearest("audio")
            heard = bridged(spoken.sources[-1:], kind, "text", tasks) if spoken else []
            if heard:
                return _Told(heard[0].value, "made on the way", heard)
        if earlier is not None and earlier.made_by in _WORDS_OF_OTHERS:
            told = ""  # "transcribe the question and have it answered from the bill"
    contents = [source.value for source in given]
    if argument.name == "question" and told in contents:  # a quoted text that ends with a question
        told = next((q for q in wording.questions(place.words) if q not in contents), told)
    guides = [source for source in find_guide(place).sources if source not in given]
    guides = bridged(guides, kind, "text", tasks)
    if guides:
        said = f"{told}:" if told and not told.endswith("?") else told
        values = [said, *(str(source.value) for source in guides)]
        return _Told(PARAGRAPH.join(filter(None, values)), "called by its name", guides)
    if wording.own_words(told):
        return _Told(told, "words of the clause")
    others = [s for s in earlier.sources if s not in given] if earlier else []
    if others and argument.required:
        return _Told(others[-1].value, "the nearest that fits", others[-1:])
    if not argument.required:
        return _Told(None, "usual")
    whole = told or place.words.masked.restore(place.words.text).strip()
    return _Told(whole, "words of the clause") if whole else _Told(kind.description, "usual")
