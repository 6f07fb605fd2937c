"""A growing plan: its tasks in the wire form, and what each of them makes as a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hugginggpt.graph.brain.embedded.memory import Source
from hugginggpt.tools.kinds import KINDS

WireTask = dict[str, Any]
"""`{"task": kind, "id": number, "dep": [numbers] or [-1], "args": {...}}`"""


@dataclass(slots=True)
class TaskList:
    """The tasks planned so far, in the order in which they can run."""

    first_id: int = 0
    """Ids count from here on: earlier turns have used those before."""
    tasks: list[WireTask] = field(default_factory=list)

    def add(self, kind: str, arguments: Mapping[str, Any], used: Sequence[Source]) -> WireTask:
        """A task of that kind; the one that is there already if it would be the same.

        `used` are the values that stand in the arguments: what they come from must run first.
        """
        same = (t for t in self.tasks if t["task"] == kind and t["args"] == arguments)
        if (found := next(same, None)) is not None:
            return found
        needed = sorted({source.task for source in used if source.task is not None})
        task = {
            "task": kind,
            "id": self.first_id + len(self.tasks),
            "dep": needed or [-1],
            "args": dict(arguments),
        }
        self.tasks.append(task)
        return task

    def maker(self, source: Source) -> WireTask | None:
        """The task of this plan that makes `source`."""
        return next((task for task in self.tasks if task["id"] == source.task), None)


def output(task: WireTask) -> Source:
    """What a task makes, as a value for another."""
    return Source(f"<GENERATED>-{task['id']}", KINDS[task["task"]].outputs, task["id"])
