"""The tasks of a plan, made one by one: content linked, modalities bridged, arguments read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hugginggpt.graph.brain.embedded import arguments as read
from hugginggpt.graph.brain.embedded.choice import Choice
from hugginggpt.graph.brain.embedded.cues import cue_table
from hugginggpt.graph.brain.embedded.links import Link, Place, find_content
from hugginggpt.graph.brain.embedded.memory import Memory, Source, Thing
from hugginggpt.graph.brain.embedded.vocabulary import vocabulary
from hugginggpt.tools.kinds import KINDS, Argument, Modality, TaskKind

_LABELS: Mapping[str, str] = {"data": "text", "vector": "text"}
_CONTENT_LAST = frozenset({"text-ranking", "text-retrieval", "visual-document-retrieval"})
"""Kinds whose content is their second argument; the first is what is looked for."""
_CALLED: Mapping[Modality, str] = {
    "image": "a picture", "audio": "a recording", "video": "a clip", "text": "a text",
    "table": "a table", "data": "data as JSON", "mesh": "a 3D model", "vector": "a vector",
}  # fmt: skip


def content_argument(kind: TaskKind) -> Argument | None:
    """The argument that earlier tasks or files fill; None where a kind needs nothing."""
    required = [argument for argument in kind.required if not argument.setting]
    if not required:
        return None
    return required[-1] if kind.name in _CONTENT_LAST else required[0]


@dataclass(slots=True)
class Steps:
    """A growing plan."""

    memory: Memory
    tasks: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """What could not be planned for want of a file or text, one sentence each."""
    first_id: int = 0
    links: list[Link] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        """The kinds that the plan and earlier turns hold."""
        return {thing.made_by for thing in self.memory.things if thing.made_by}

    def add(self, choice: Choice, place: Place) -> Thing | None:
        """Plan what the clause asks for; what it makes, or None if that can't be planned."""
        kind = self._fitting_kind(choice, place)
        argument = content_argument(kind)
        if argument is None:
            return self._remember(kind, [self._task(kind, {}, [])], place)
        sources = self._bridged(find_content(kind, argument, place), kind, argument)
        if not sources:
            sources = _named_only(argument, place)
            self._complain(kind, argument)
        if not sources and kind.name not in ("multiple-choice", "text-ranking", "text-retrieval"):
            return None
        merged = self._merged(kind, sources, place)
        if merged is not None:
            return merged
        self.links.append(Link(tuple(sources), place.index, _by_pronoun(place), kind.name))
        return self._remember(kind, self._tasks(kind, argument, sources, place), place)

    # --- kinds -----------------------------------------------------------------------------

    def _fitting_kind(self, choice: Choice, place: Place) -> TaskKind:
        """The chosen kind, or its like for the files or things at hand."""
        name = choice.kind
        instead = cue_table().instead.get(name, {})
        labels = [m for source in place.files for m in source.modalities[:1]]
        if labels and len(set(labels)) == 1:
            name = instead.get(labels[0], name)
        if name == "text-to-image":
            name = self._controlled(name, place)
        if name in ("object-detection", "zero-shot-object-detection") and choice.hit.weight < 3:
            name = _detector(place)
        return KINDS[name]

    def _controlled(self, name: str, place: Place) -> str:
        """The control kind that draws under the control image just made, if there is one."""
        makers = [t.made_by for t in self.memory.things if t.made_by.endswith("-control")]
        if makers and not place.files:
            return makers[-1].replace("-control", "-text-to-image")
        return name

    # --- content ---------------------------------------------------------------------------

    def _bridged(
        self, sources: Sequence[Source], kind: TaskKind, argument: Argument
    ) -> list[Source]:
        """The sources, each turned into what the argument takes; others are left out."""
        guide = kind.name.replace("-text-to-image", "-control")
        if guide in KINDS and guide != kind.name:
            return [self._guide(source, guide) for source in sources if source.fits("image")]
        bridged = (self._bridge(source, argument.modality) for source in sources)
        return [source for source in bridged if source is not None]

    def _guide(self, source: Source, guide: str) -> Source:
        """The control image that `source` is, or becomes."""
        maker = self._maker(source)
        if maker is not None and maker["task"] == guide:
            return source
        same = {"depth-control": "depth-estimation", "seg-control": "image-segmentation"}
        if maker is not None and maker["task"] == same.get(guide):
            maker["task"] = guide
            return source
        return self._output(self._task(KINDS[guide], {"image": source.value}, [source]))

    def _maker(self, source: Source) -> dict[str, Any] | None:
        return next((task for task in self.tasks if task["id"] == source.task), None)

    def _bridge(self, source: Source, wanted: Modality) -> Source | None:
        if source.fits(wanted):
            return source
        bridges = (cue_table().bridges.get(modality, {}) for modality in source.modalities)
        name = next((b[wanted] for b in bridges if wanted in b), None)
        if name is None:
            return None
        made = self._same(name, source)
        if made is not None:
            return self._output(made)
        kind = KINDS[name]
        arguments = {kind.arguments[0].name: source.value}
        if name == "video-text-to-text":
            arguments["text"] = "Describe what happens and what is said."
        return self._output(self._task(kind, arguments, [source]))

    def _same(self, name: str, source: Source) -> dict[str, Any] | None:
        """A task of that kind that the plan already has for this source."""
        return next(
            (t for t in self.tasks if t["task"] == name and source.value in t["args"].values()),
            None,
        )

    def _complain(self, kind: TaskKind, argument: Argument) -> None:
        called = _CALLED[argument.modality]
        self.missing.append(f"{kind.name} needs {called}: name or attach one.")

    def _merged(self, kind: TaskKind, sources: Sequence[Source], place: Place) -> Thing | None:
        """What the task just planned makes, where it may as well do this too.

        A kind that takes no words does the same again; an edit can hold several wishes.
        """
        last = self.memory.made_by(kind.name)
        if last is None or list(last.sources) != list(sources):
            return None
        if len(kind.arguments) == 1:
            return last
        maker = self._maker(sources[0])
        said = read.prompt(place.words)
        if kind.name != "image-text-to-image" or place.words.clause.joint != "and" or not maker:
            return None
        maker["args"]["prompt"] += f" and {said}"
        return last

    # --- tasks -----------------------------------------------------------------------------

    def _tasks(
        self, kind: TaskKind, argument: Argument, sources: list[Source], place: Place
    ) -> list[dict[str, Any]]:
        """One task for all sources where the kind takes many, else one for each."""
        if kind.name == "sentence-similarity":
            return self._comparison(kind, sources)
        if kind.name == "multiple-choice":
            return [self._task(kind, read.multiple_choice(place.words.masked), [])]
        if argument.many:
            values = [s.value for s in sources]
            if len(sources) == 1 and sources[0].task is None and argument.modality == "text":
                values = read.listed_items(str(values[0])) if "." not in str(values[0]) else values
            extra, used = self._others(kind, argument, place, sources)
            return [self._task(kind, {**extra, argument.name: values}, [*sources, *used])]
        tasks = []
        for variant in _variants(kind, place):
            for source in sources:
                extra, used = self._others(kind, argument, place, [source])
                content = _with_instruction(kind, source, place)
                arguments = {argument.name: content, **extra, **variant}
                tasks.append(self._task(kind, arguments, [source, *used]))
        return tasks

    def _comparison(self, kind: TaskKind, sources: list[Source]) -> list[dict[str, Any]]:
        if len(sources) == 1:
            others = [s for t in self.memory.things for s in t.sources if s.fits("text")]
            sources = [*(s for s in others if s.value != sources[0].value), *sources][-2:]
        first, *rest = sources
        if not rest:
            items = read.listed_items(str(first.value))
            return [self._task(kind, {"text": items[0], "texts": items[1:] or items}, sources)]
        arguments = {"text": first.value, "texts": [source.value for source in rest]}
        return [self._task(kind, arguments, sources)]

    def _others(
        self, kind: TaskKind, content: Argument, place: Place, given: Sequence[Source]
    ) -> tuple[dict[str, Any], list[Source]]:
        """The arguments besides the content, and the earlier outputs that they use."""
        found: dict[str, Any] = {}
        used: list[Source] = []
        for argument in kind.arguments:
            if argument.name == content.name:
                continue
            if argument.modality in ("image", "audio", "video", "data"):
                values = [s for s in place.files if s.fits(argument.modality) and s not in given]
                brought = None if values else self.memory.brought(argument.modality)
                values += list(brought.sources) if brought and argument.modality != "data" else []
                if values:
                    found[argument.name] = values[0].value
                    used += values[:1]
            elif argument.setting:
                value = self._setting(kind, argument, place, given)
                if value not in (None, [], ""):
                    found[argument.name] = value
            else:
                found[argument.name], source = self._spoken(kind, argument, place, given)
                used += source
        return found, used

    def _setting(
        self, kind: TaskKind, argument: Argument, place: Place, given: Sequence[Source]
    ) -> Any:
        if argument.name == "target":
            return read.column(place.words) if kind.group == "tabular" else None
        if kind.name == "text-to-speech" and argument.name == "language":
            maker = self._maker(given[0]) if given else None
            return maker["args"].get("target_language") if maker else None
        if argument.name == "labels":
            if kind.name == "zero-shot-object-detection":
                return read.targets(place.words) or ["object"]
            return read.labels(place.words) or ["yes", "no"]
        return read.SETTINGS[argument.name](place.words)

    def _spoken(
        self, kind: TaskKind, argument: Argument, place: Place, given: Sequence[Source]
    ) -> tuple[Any, list[Source]]:
        """A question, instruction or prompt: the clause's words, else an earlier text."""
        readers = {"question": read.question, "prompt": read.prompt, "query": read.query}
        said = readers.get(argument.name, read.instruction)(place.words)
        if read.has_own_words(said):
            return said, []
        earlier = self.memory.nearest("text")
        sources = [s for s in earlier.sources if s not in given] if earlier else []
        if sources:
            return sources[-1].value, sources[-1:]
        whole = place.words.masked.restore(place.words.text).strip()
        return said or whole or kind.description, []

    def _task(
        self, kind: TaskKind, arguments: Mapping[str, Any], sources: Sequence[Source]
    ) -> dict[str, Any]:
        same = next(
            (t for t in self.tasks if t["task"] == kind.name and t["args"] == dict(arguments)), None
        )
        if same is not None:
            return same
        needed = sorted({s.task for s in sources if s.task is not None})
        task = {
            "task": kind.name,
            "id": self.first_id + len(self.tasks),
            "dep": needed or [-1],
            "args": dict(arguments),
        }
        self.tasks.append(task)
        return task

    def _output(self, task: Mapping[str, Any]) -> Source:
        kind = KINDS[task["task"]]
        return Source(f"<GENERATED>-{task['id']}", kind.outputs, task["id"])

    def _remember(self, kind: TaskKind, tasks: Sequence[Mapping[str, Any]], place: Place) -> Thing:
        main = kind.outputs[0]
        labels = frozenset(
            {_LABELS.get(main, main), *(("control",) if kind.group == "control" else ())}
        )
        thing = Thing(tuple(self._output(t) for t in tasks), labels, kind.name, place.index)
        self.memory.add(thing)
        return thing


def _with_instruction(kind: TaskKind, source: Source, place: Place) -> Any:
    """The content; for text that is to be rewritten, what to do with it stands before it."""
    if kind.name != "text-generation" or source.task is None:
        return source.value
    return f"{read.instruction(place.words)}:\n\n{source.value}"


def _variants(kind: TaskKind, place: Place) -> list[dict[str, Any]]:
    """Settings that make several tasks of one: languages to translate into, things to count."""
    if kind.name == "translation":
        targets = read.target_languages(place.words)
        return [{"target_language": target} for target in targets] or [{}]
    if kind.name == "object-detection":
        return [{"target": target} for target in read.targets(place.words)] or [{}]
    return [{}]


def _detector(place: Place) -> str:
    """The detector that knows what is looked for: counting needs no names."""
    names = read.targets(place.words)
    if read.counts(place.words) or not names or read.are_common(names):
        return "object-detection"
    return "zero-shot-object-detection"


def _by_pronoun(place: Place) -> bool:
    return not place.files and vocabulary().one.search(place.words.text) is not None


def _named_only(argument: Argument, place: Place) -> list[Source]:
    """What the clause calls by a noun without a file: it is planned for, and missed when run."""
    pattern = vocabulary().nouns.get(argument.modality)
    found = pattern.search(place.words.text) if pattern else None
    return [Source(found[0], (argument.modality,))] if found else []
