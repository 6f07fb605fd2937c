"""A growing plan: its tasks in the wire form, and what each of them makes as a value."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hugginggpt.graph.brain.embedded.memory import Source
from hugginggpt.tools.files import PARAGRAPH, modality_by_name
from hugginggpt.tools.kinds import KINDS

WireTask = dict[str, Any]
"""`{"task": kind, "id": number, "dep": [numbers] or [-1], "args": {...}}`"""

_REFERENCE = re.compile(r"<GENERATED>-(\d+)")


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


def references(value: Any) -> list[int]:
    """Ids of the tasks whose results stand in the value, in order."""
    return [int(key) for key in _REFERENCE.findall(json.dumps(value))]


def content_of(value: Any) -> Any:
    """The content of an argument: of words and a file or a result, the latter."""
    last = value.rpartition(PARAGRAPH)[2] if isinstance(value, str) else value
    return last if last != value and (references(last) or modality_by_name(last)) else value


def holds(task: WireTask, value: Any) -> bool:
    """Whether the task works on that value, alone or among others."""
    held = [each for v in task["args"].values() for each in (v if isinstance(v, list) else [v])]
    wanted = value if isinstance(value, list) else [value]
    return all(any(content_of(each) == one for each in held) for one in wanted)


def needed(arguments: Mapping[str, Any]) -> list[int]:
    """What a task with these arguments depends on, in the wire form."""
    return sorted(set(references(arguments))) or [-1]


def renumbered(task: WireTask, ids: Mapping[int, int]) -> WireTask:
    """The task with other ids for itself and those that it refers to."""

    def named(match: re.Match[str]) -> str:
        return f"<GENERATED>-{ids.get(int(match[1]), int(match[1]))}"

    arguments = json.loads(_REFERENCE.sub(named, json.dumps(task["args"])))
    return {**task, "id": ids[task["id"]], "dep": needed(arguments), "args": arguments}
