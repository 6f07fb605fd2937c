"""The tasks of one clause: the kind fitted to what is at hand, content linked, arguments read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hugginggpt.graph.brain.embedded import settings, targets, wording
from hugginggpt.graph.brain.embedded.bridges import bridged
from hugginggpt.graph.brain.embedded.choice import Choice
from hugginggpt.graph.brain.embedded.cues import cue_table
from hugginggpt.graph.brain.embedded.filling import fill
from hugginggpt.graph.brain.embedded.links import (
    JOINING,
    Found,
    Link,
    Place,
    find_content,
    own_text,
)
from hugginggpt.graph.brain.embedded.memory import Memory, Source, Thing, output_labels
from hugginggpt.graph.brain.embedded.reasons import Asked, Note, Origin, Stretch
from hugginggpt.graph.brain.embedded.tasklist import TaskList, WireTask, output
from hugginggpt.graph.brain.embedded.vocabulary import pattern, vocabulary
from hugginggpt.graph.brain.embedded.wording import Words
from hugginggpt.tools.files import PARAGRAPH, is_url
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
    notes: dict[int, Note] = field(default_factory=dict)
    """Why each task is planned, by its id."""

    def add(self, choice: Choice, place: Place) -> Thing | None:
        """Plan what the clause asks for; what it makes, or None if that can't be planned."""
        made = self._made(choice, place)
        for source in made.sources if made else ():
            if source.task in self.notes:
                self.notes[source.task].asked.append(Asked(place.index, choice))
        return made

    def _made(self, choice: Choice, place: Place) -> Thing | None:
        kind = KINDS[self._fitting(choice, place)]
        argument = content_argument(kind)
        if kind.name == "multiple-choice":
            arguments = wording.multiple_choice(place.words.masked)
            said = dict.fromkeys(arguments, Origin("words of the clause"))
            return self._remember(kind, [self._task(kind, arguments, [], place, said)], place)
        if argument is None:
            return self._remember(kind, [self._task(kind, {}, [], place, {})], place)
        found = self._bridged(kind, argument, place)
        points = vocabulary().one.search(place.words.text) is not None
        if not found and choice.certain and argument.modality == "text" and not points:
            found = own_text(place.words.masked.restore(place.words.text).strip())
        if not found:
            called = _CALLED.get(argument.modality, "a text")
            self.missing.append(f"{kind.name} needs {called}: name or attach one.")
            found = _nameless(argument, place)
        if not found:
            return None
        merged = self._merged(kind, found.sources, place)
        return merged or self._linked(kind, argument, found, place)

    def _bridged(self, kind: TaskKind, argument: Argument, place: Place) -> Found:
        """The task's content, turned into what the kind takes."""
        found = find_content(kind, argument, place)
        planned = len(self.tasks.tasks)
        sources = bridged(found.sources, kind, argument.modality, self.tasks)
        self._note_helpers(planned, kind, found.origin, place)
        if sources and sources != found.sources:
            return Found(sources, Origin("made on the way", found.origin.words))
        return Found(sources, found.origin)

    def _note_helpers(self, planned: int, kind: TaskKind, origin: Origin, place: Place) -> None:
        """Note of the tasks beyond the first `planned` that they are there for `kind`."""
        for task in self.tasks.tasks[planned:]:
            origins = dict.fromkeys(task["args"], Origin("usual"))
            origins |= {KINDS[task["task"]].required[0].name: origin}
            self.notes[task["id"]] = Note(place.index, origins, helps=kind.name)

    def _linked(self, kind: TaskKind, argument: Argument, found: Found, place: Place) -> Thing:
        pronoun = not place.files and vocabulary().one.search(place.words.text) is not None
        self.links.append(Link(tuple(found.sources), place.index, pronoun, kind.name))
        if found.origin.why == "a quotation of the clause":  # later clauses may mean it too
            quoted = Thing(tuple(found.sources), frozenset({"text"}), "", place.index)
            self.memory.add(quoted)
        return self._remember(kind, self._tasks(kind, argument, found, place), place)

    def repeat(self, files: Sequence[Source], index: int, again: Stretch | None) -> bool:
        """Plan for `files` what was last done with such; whether there was something.

        `again` are the words that ask for it, if any do.
        """
        apart = (task for task in reversed(self.tasks.tasks) if task["dep"] == [-1])
        done: list[tuple[str, dict[str, Any]]] = [(task["task"], task["args"]) for task in apart]
        earlier = [thing.made_by for thing in reversed(self.memory.things) if thing.made_by]
        done += [(name, {}) for name in earlier if len(KINDS[name].required) == 1]
        for name, arguments in done:
            content = content_argument(KINDS[name])
            if content and not content.many and all(f.fits(content.modality) for f in files):
                origins = dict.fromkeys(arguments, Origin("as such a task had it before"))
                origins |= {content.name: Origin("a file of the clause")}
                told, gap, _ = str(arguments.get(content.name, "")).rpartition(f":{PARAGRAPH}")
                values = [
                    arguments | {content.name: f"{told}{gap}{file.value}" if gap else file.value}
                    for file in files
                ]
                tasks = [self.tasks.add(name, value, files) for value in values]
                for task in tasks:
                    self.notes.setdefault(task["id"], Note(index, origins, again=again))
                made = tuple(map(output, tasks))
                self.memory.add(Thing(made, output_labels(KINDS[name]), name, index))
                return True
        return False

    # --- kinds -----------------------------------------------------------------------------

    def _fitting(self, choice: Choice, place: Place) -> str:
        """The chosen kind, or its like for the files or things at hand."""
        name = choice.kind
        if choice.certain:
            return name
        modalities = {source.modalities[0] for source in place.files}
        if len(modalities) == 1 and not _takes_chained(KINDS[name], place):
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
        self, kind: TaskKind, argument: Argument, found: Found, place: Place
    ) -> list[WireTask]:
        """One task for all sources where the kind takes many, else one for each."""
        sources, origin = found
        if kind.name == "sentence-similarity":
            return [self._comparison(kind, found, place)]
        if argument.many:
            filled = fill(kind, argument, place, sources, self.tasks)
            values = {argument.name: _values(sources, argument), **filled.arguments}
            origins = {argument.name: origin, **filled.origins}
            return [self._task(kind, values, [*sources, *filled.used], place, origins)]
        tasks = []
        for variant in _variants(kind, place, sources):
            for group in _groups(kind, found, place):
                planned = len(self.tasks.tasks)
                filled = fill(kind, argument, place, group, self.tasks)
                self._note_helpers(planned, kind, Origin("brought by the user"), place)
                content = {argument.name: with_instruction(kind, group, place.words)}
                arguments = content | filled.arguments | variant
                origins = {argument.name: origin} | filled.origins
                origins |= dict.fromkeys(variant, Origin("read from the clause"))
                used = [*group, *filled.used]
                tasks.append(self._task(kind, arguments, used, place, origins))
        return tasks

    def _task(
        self,
        kind: TaskKind,
        arguments: Mapping[str, Any],
        used: Sequence[Source],
        place: Place,
        origins: dict[str, Origin],
    ) -> WireTask:
        """The task, and a note of where its arguments come from unless it was there before."""
        task = self.tasks.add(kind.name, arguments, used)
        self.notes.setdefault(task["id"], Note(place.index, origins))
        return task

    def _comparison(self, kind: TaskKind, found: Found, place: Place) -> WireTask:
        """A text and those to compare it with; one alone is compared with what came before."""
        sources, origins = found.sources, {"text": found.origin, "texts": found.origin}
        if len(sources) == 1:
            things = self.memory.things
            texts = [s for t in things for s in t.sources if s.fits("text") and s not in sources]
            sources = [*texts[-1:], *sources]
            if texts:
                origins["text"] = Origin("the nearest that fits")
        values = [source.value for source in sources]
        if len(values) == 1:
            values = wording.listed_items(str(values[0]))
        arguments = {"text": values[0], "texts": values[1:] or values}
        return self._task(kind, arguments, sources, place, origins)

    def _remember(self, kind: TaskKind, tasks: list[WireTask], place: Place) -> Thing:
        sources = tuple(output(task) for task in tasks)
        language = str(tasks[-1]["args"].get("target_language", ""))
        thing = Thing(sources, output_labels(kind), kind.name, place.index, language)
        self.memory.add(thing)
        return thing


def _values(sources: list[Source], argument: Argument) -> list[Any]:
    """The values of an argument that takes many; one long text is taken as a list of texts."""
    values = [source.value for source in sources]
    if argument.modality == "text" and len(sources) == 1 and " " in str(values[0]):
        return wording.listed_items(str(values[0]))
    return values


def _groups(kind: TaskKind, found: Found, place: Place) -> list[Sequence[Source]]:
    """The values that each task works on: one, unless one text is to be made of several results."""
    sources = found.sources
    made = len(sources) > 1 and all(source.task is not None for source in sources)
    together = found.origin.why == "all that are named"
    together |= pattern("links", "together").search(place.words.text) is not None
    if made and kind.name in JOINING and together:
        return [sources]
    return [[source] for source in sources]


def with_instruction(kind: TaskKind, sources: Sequence[Source], words: Words) -> Any:
    """The content; for text that is to be rewritten, what to do with it stands before it."""
    values = [source.value for source in sources]
    value = values[0] if len(values) == 1 else PARAGRAPH.join(map(str, values))
    source = sources[0]
    names_file = source.is_file and len(sources) == 1 and not is_url(value)
    if kind.name != "text-generation" or not (names_file or source.task is not None):
        return value
    told = wording.instruction(words)
    return f"{told}:{PARAGRAPH}{value}" if source.task is not None or told else value


def _variants(kind: TaskKind, place: Place, sources: Sequence[Source]) -> list[dict[str, Any]]:
    """What makes several tasks of one: languages to translate into, things to count, questions."""
    variants: list[dict[str, Any]] = []
    if any(argument.name == "question" for argument in kind.arguments):
        given = [source.value for source in sources]
        asked = [q for q in wording.questions(place.words) if q not in given]
        variants = [{"question": question} for question in asked] if len(asked) > 1 else []
    if kind.name == "translation":
        languages = settings.target_languages(place.words)
        variants = [{"target_language": language} for language in languages]
    if kind.name == "object-detection":
        variants = [{"target": target} for target in targets.targets(place.words)]
    return variants or [{}]


def _takes_chained(kind: TaskKind, place: Place) -> bool:
    """Whether it works on the text made just before, not on the clause's files.

    "Transcribe call.wav and write a reply to the transcript" - the file stands before both.
    """
    words, content = place.words, content_argument(kind)
    if content is None or place.chained is None or place.chained.main != content.modality:
        return False
    after = words.masked.within(words.text[words.hit.start :])
    return content.modality == "text" and not any(mention.is_file for mention in after)


def _detector(place: Place) -> str:
    """The detector that knows what is looked for: counting needs no names.

    "Detect the fruits" names what the picture is of; "find the keys" looks for something.
    """
    names = targets.targets(place.words)
    hit = place.words.hit
    detects = place.words.text[hit.start : hit.end].lower().startswith("detect")
    whatever = not names or targets.are_common(names) or (detects and len(names) == 1)
    if targets.counts(place.words) or whatever:
        return "object-detection"
    return "zero-shot-object-detection"


def _nameless(argument: Argument, place: Place) -> Found:
    """What the clause calls by a noun without a file: it is planned for, and missed when run."""
    nouns = vocabulary().nouns.get(argument.modality)
    noun = nouns.search(place.words.text) if nouns else None
    sources = [Source(noun[0], (argument.modality,))] if noun else []
    words = noun.span() if noun else None
    return Found(sources, Origin("not named: only called by a noun", words))
