"""The tasks of one clause: the kind fitted to what is at hand, content linked, arguments read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hugginggpt.graph.brain.embedded import settings, targets, wording
from hugginggpt.graph.brain.embedded.bridges import bridged
from hugginggpt.graph.brain.embedded.choice import Choice
from hugginggpt.graph.brain.embedded.cues import cue_table
from hugginggpt.graph.brain.embedded.filling import fill
from hugginggpt.graph.brain.embedded.links import Link, Place, find_content
from hugginggpt.graph.brain.embedded.memory import Memory, Source, Thing, output_labels
from hugginggpt.graph.brain.embedded.tasklist import TaskList, WireTask, output
from hugginggpt.graph.brain.embedded.vocabulary import vocabulary
from hugginggpt.tools.kinds import KINDS, Argument, Modality, TaskKind

_BY_NAME = 3
"""From this weight on a cue is the kind's own name, which is not put right."""
_CONTENT_LAST = frozenset({"text-ranking", "text-retrieval", "visual-document-retrieval"})
"""Kinds whose content is their second argument; the first is what is looked for."""
_CALLED: Mapping[Modality, str] = {
    "image": "a picture",
    "audio": "a recording",
    "video": "a clip",
    "table": "a table (CSV)",
    "data": "data as JSON",
}


def content_argument(kind: TaskKind) -> Argument | None:
    """The argument that earlier tasks or files fill; None where a kind needs nothing."""
    required = [argument for argument in kind.required if not argument.setting]
    if not required:
        return None
    return required[-1] if kind.name in _CONTENT_LAST else required[0]


@dataclass(slots=True)
class Steps:
    """Plans one choice after the other."""

    memory: Memory
    tasks: TaskList
    missing: list[str] = field(default_factory=list)
    """What could not be planned for want of a file or text, one sentence each."""
    links: list[Link] = field(default_factory=list)

    def add(self, choice: Choice, place: Place) -> Thing | None:
        """Plan what the clause asks for; what it makes, or None if that can't be planned."""
        kind = KINDS[self._fitting(choice, place)]
        argument = content_argument(kind)
        if kind.name == "multiple-choice":
            arguments = wording.multiple_choice(place.words.masked)
            return self._remember(kind, [self.tasks.add(kind.name, arguments, [])], place)
        if argument is None:
            return self._remember(kind, [self.tasks.add(kind.name, {}, [])], place)
        found = find_content(kind, argument, place)
        sources = bridged(found, kind, argument.modality, self.tasks)
        if not sources and choice.certain and argument.modality == "text":
            own = place.words.masked.restore(place.words.text).strip()
            sources = [Source(own, ("text",))]
        if not sources:
            called = _CALLED.get(argument.modality, "a text")
            self.missing.append(f"{kind.name} needs {called}: name or attach one.")
            sources = _nameless(argument, place)
        if not sources:
            return None
        return self._merged(kind, sources, place) or self._linked(kind, argument, sources, place)

    def _linked(
        self, kind: TaskKind, argument: Argument, sources: list[Source], place: Place
    ) -> Thing:
        pronoun = not place.files and vocabulary().one.search(place.words.text) is not None
        self.links.append(Link(tuple(sources), place.index, pronoun, kind.name))
        return self._remember(kind, self._tasks(kind, argument, sources, place), place)

    def repeat(self, files: Sequence[Source], index: int) -> bool:
        """Plan for `files` what was last done with such; whether there was something."""
        apart = (task for task in reversed(self.tasks.tasks) if task["dep"] == [-1])
        done: list[tuple[str, dict[str, Any]]] = [(task["task"], task["args"]) for task in apart]
        earlier = [thing.made_by for thing in reversed(self.memory.things) if thing.made_by]
        done += [(name, {}) for name in earlier if len(KINDS[name].required) == 1]
        for name, arguments in done:
            content = content_argument(KINDS[name])
            if content and not content.many and all(f.fits(content.modality) for f in files):
                values = [arguments | {content.name: file.value} for file in files]
                made = [output(self.tasks.add(name, value, files)) for value in values]
                self.memory.add(Thing(tuple(made), output_labels(KINDS[name]), name, index))
                return True
        return False

    # --- kinds -----------------------------------------------------------------------------

    def _fitting(self, choice: Choice, place: Place) -> str:
        """The chosen kind, or its like for the files or things at hand."""
        name = choice.kind
        if choice.certain:
            return name
        modalities = {source.modalities[0] for source in place.files}
        if len(modalities) == 1:
            name = cue_table().instead.get(name, {}).get(modalities.pop(), name)
        if name == "text-to-image" and not place.files:
            makers = [t.made_by for t in self.memory.things if t.made_by.endswith("-control")]
            name = makers[-1].replace("-control", f"-{name}") if makers else name
        if name.endswith("object-detection") and choice.hit.weight < _BY_NAME:
            name = _detector(place)
        return name

    def _merged(self, kind: TaskKind, sources: list[Source], place: Place) -> Thing | None:
        """What the task just planned makes, where it may as well do this too.

        A kind that takes no words does the same again; an edit can hold several wishes.
        """
        last = self.memory.made_by(kind.name)
        if last is None or list(last.sources) != sources:
            return None
        if len(kind.arguments) == 1:
            return last
        maker = self.tasks.maker(sources[0])
        if kind.name != "image-text-to-image" or place.words.clause.joint != "and" or not maker:
            return None
        maker["args"]["prompt"] += f" and {wording.prompt(place.words)}"
        return last

    # --- tasks -----------------------------------------------------------------------------

    def _tasks(
        self, kind: TaskKind, argument: Argument, sources: list[Source], place: Place
    ) -> list[WireTask]:
        """One task for all sources where the kind takes many, else one for each."""
        if kind.name == "sentence-similarity":
            return [self._comparison(kind, sources)]
        if argument.many:
            filled = fill(kind, argument, place, sources, self.tasks)
            values = {argument.name: _values(sources, argument), **filled.arguments}
            return [self.tasks.add(kind.name, values, [*sources, *filled.used])]
        tasks = []
        for variant in _variants(kind, place):
            for source in sources:
                filled = fill(kind, argument, place, [source], self.tasks)
                content = {argument.name: _with_instruction(kind, source, place)}
                arguments = content | filled.arguments | variant
                tasks.append(self.tasks.add(kind.name, arguments, [source, *filled.used]))
        return tasks

    def _comparison(self, kind: TaskKind, sources: list[Source]) -> WireTask:
        """A text and those to compare it with; one alone is compared with what came before."""
        if len(sources) == 1:
            things = self.memory.things
            texts = [s for t in things for s in t.sources if s.fits("text") and s not in sources]
            sources = [*texts[-1:], *sources]
        values = [source.value for source in sources]
        if len(values) == 1:
            values = wording.listed_items(str(values[0]))
        arguments = {"text": values[0], "texts": values[1:] or values}
        return self.tasks.add(kind.name, arguments, sources)

    def _remember(self, kind: TaskKind, tasks: list[WireTask], place: Place) -> Thing:
        sources = tuple(output(task) for task in tasks)
        thing = Thing(sources, output_labels(kind), kind.name, place.index)
        self.memory.add(thing)
        return thing


def _values(sources: list[Source], argument: Argument) -> list[Any]:
    """The values of an argument that takes many; one long text is taken as a list of texts."""
    values = [source.value for source in sources]
    if argument.modality == "text" and len(sources) == 1 and " " in str(values[0]):
        return wording.listed_items(str(values[0]))
    return values


def _with_instruction(kind: TaskKind, source: Source, place: Place) -> Any:
    """The content; for text that is to be rewritten, what to do with it stands before it."""
    if kind.name != "text-generation" or source.task is None:
        return source.value
    return f"{wording.instruction(place.words)}:\n\n{source.value}"


def _variants(kind: TaskKind, place: Place) -> list[dict[str, Any]]:
    """Settings that make several tasks of one: languages to translate into, things to count."""
    variants: list[dict[str, Any]] = []
    if kind.name == "translation":
        languages = settings.target_languages(place.words)
        variants = [{"target_language": language} for language in languages]
    if kind.name == "object-detection":
        variants = [{"target": target} for target in targets.targets(place.words)]
    return variants or [{}]


def _detector(place: Place) -> str:
    """The detector that knows what is looked for: counting needs no names."""
    names = targets.targets(place.words)
    if targets.counts(place.words) or not names or targets.are_common(names):
        return "object-detection"
    return "zero-shot-object-detection"


def _nameless(argument: Argument, place: Place) -> list[Source]:
    """What the clause calls by a noun without a file: it is planned for, and missed when run."""
    nouns = vocabulary().nouns.get(argument.modality)
    found = nouns.search(place.words.text) if nouns else None
    return [Source(found[0], (argument.modality,))] if found else []
