"""Links weighed again: which result each task works on, once the whole plan is known.

The rules link each task as they come to it (`links`). Here a task takes another result than they
gave it, or what the user brought, where that is clearly likelier by what was learned.
"""

from copy import deepcopy
from dataclasses import replace
from typing import NamedTuple

from hugginggpt.graph.brain.embedded.learned.flow import Flow
from hugginggpt.graph.brain.embedded.link_signs import (
    BROUGHT,
    Laid,
    LinkChoice,
    brought,
    is_lost,
    link_choices,
)
from hugginggpt.graph.brain.embedded.memory import Source
from hugginggpt.graph.brain.embedded.reasons import Note, Origin, Why
from hugginggpt.graph.brain.embedded.steps import with_instruction
from hugginggpt.graph.brain.embedded.tasklist import WireTask, needed, output, renumbered
from hugginggpt.tools.kinds import KINDS

_MARGIN = 0.6
"""So much likelier than the rules' link another has to be."""


class Relinked(NamedTuple):
    """A plan with other links, and why each of its tasks is there."""

    tasks: list[WireTask]
    notes: dict[int, Note]


def relinked(laid: Laid, flow: Flow) -> Relinked | None:
    """The plan with likelier links; None where those of the rules stand."""
    if flow.linker is None:
        return None
    plan = _Plan(laid)
    for choice in link_choices(laid, flow):
        chances = flow.linker.chances(choice.signs).tolist()
        least = chances[choice.now] + _MARGIN
        likeliest = max(range(len(chances)), key=chances.__getitem__)
        if likeliest != choice.now and chances[likeliest] >= least:
            plan.relink(choice, choice.givers[likeliest])
    return plan.finished() if plan.changed else None


class _Plan:
    """A plan whose links are changed one after the other."""

    def __init__(self, laid: Laid) -> None:
        self._laid = laid
        self._tasks = {task["id"]: deepcopy(task) for task in laid.tasks}
        self._notes = dict(laid.notes)
        self.changed = False

    def relink(self, choice: LinkChoice, giver: str) -> None:
        """Let the task work on that, unless it would wait for itself or something be left out."""
        task = self._tasks[choice.task["id"]]
        source = self._source(choice, giver)
        if source is None or (source.task is not None and self._waits(source.task, task["id"])):
            return
        if is_lost(self._laid, task, choice.argument, self._tasks.values()):
            return
        words = self._laid.words(task)
        kind = KINDS[task["task"]]
        value = with_instruction(kind, [source], words) if words else source.value
        arguments = task["args"] | {choice.argument.name: value}
        like = (other for other in self._tasks.values() if other["task"] == task["task"])
        if any(other["args"] == arguments for other in like):
            return  # one of the two would be there for nothing
        task["args"] = arguments
        task["dep"] = needed(arguments)
        why: Why = "brought by the user" if source.task is None else "as such tasks usually do"
        note = self._notes[task["id"]]
        origins = note.origins | {choice.argument.name: Origin(why)}
        if task["task"] == "text-to-speech":
            self._speak(task, source, origins)
        self._notes[task["id"]] = replace(note, origins=origins)
        self.changed = True

    def _source(self, choice: LinkChoice, giver: str) -> Source | None:
        if giver == BROUGHT:
            return brought(self._laid, choice.task, choice.argument)
        made = [task for task in self._laid.tasks if task["task"] == giver]
        like = [task["id"] for task in self._laid.tasks if task["task"] == choice.task["task"]]
        return output(made[like.index(choice.task["id"])] if len(made) > 1 else made[0])

    def _waits(self, key: int, other: int) -> bool:
        """Whether the task needs what the other makes, straight or not."""
        if key == other:
            return True
        return any(self._waits(d, other) for d in self._tasks[key]["dep"] if d in self._tasks)

    def _speak(self, task: WireTask, source: Source, origins: dict[str, Origin]) -> None:
        """Let speech be in the language of the text that it now reads, where it was of another."""
        as_text = Origin("as the text that is read has it")
        if origins.get("language", as_text) != as_text:
            return
        maker = self._tasks[source.task]["args"] if source.task in self._tasks else {}
        task["args"].pop("language", None)
        origins.pop("language", None)
        if language := maker.get("target_language"):
            task["args"]["language"] = language
            origins["language"] = as_text

    def finished(self) -> Relinked:
        """The plan with its tasks in an order in which they can run, and numbered so."""
        ordered: list[WireTask] = []
        left = list(self._tasks.values())
        while left:
            waiting = {task["id"] for task in left}
            ready = next(task for task in left if not waiting & set(task["dep"]))
            left.remove(ready)
            ordered.append(ready)
        ids = dict(zip((task["id"] for task in ordered), sorted(self._tasks), strict=True))
        tasks = [renumbered(task, ids) for task in ordered]
        return Relinked(tasks, {ids[key]: note for key, note in self._notes.items() if key in ids})
