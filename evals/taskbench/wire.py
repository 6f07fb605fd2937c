"""From a plan in the paper's wire form to one in TaskBench's."""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from hugginggpt.evals.taskbench.data import Bench, Node, ToolPlan
from hugginggpt.tools.kinds import KINDS

_REFERENCE = re.compile(r"<GENERATED>-(\d+)")
_Positions = Mapping[int, int]


def plan_of(
    tasks: Sequence[Any],
    bench: Bench,
    *,
    tool_of: Callable[[Mapping[str, Any]], str] = itemgetter("task"),
    steps: Sequence[str] = (),
) -> ToolPlan:
    """The plan; entries that are no tasks are left out.

    `tool_of` gives the tool of a task. Links come from dependencies; where arguments have
    modalities, the measures read them from the references instead.
    """
    sound = [task for task in tasks if _is_task(task)]
    tools = [tool_of(task) for task in sound]
    positions = {task["id"]: position for position, task in enumerate(sound)}
    nodes = tuple(
        Node(tool, _typed(task, positions) if bench.is_typed else _named(task, positions, tools))
        for tool, task in zip(tools, sound, strict=True)
    )
    links = [
        (tools[positions[key]], tool)
        for tool, task in zip(tools, sound, strict=True)
        for key in _dependencies(task)
        if key in positions
    ]
    return ToolPlan(nodes, tuple(links), tuple(steps))


def _is_task(task: Any) -> bool:
    return isinstance(task, dict) and isinstance(task.get("task"), str) and _is_id(task.get("id"))


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _dependencies(task: Mapping[str, Any]) -> list[int]:
    told = task.get("dep")
    return [key for key in told if _is_id(key)] if isinstance(told, list) else []


def _arguments(task: Mapping[str, Any]) -> Mapping[str, Any]:
    told = task.get("args")
    return told if isinstance(told, dict) else {}


def _typed(task: Mapping[str, Any], positions: _Positions) -> tuple[Any, ...]:
    """Values without names; settings such as a language are none of TaskBench's arguments."""
    kind = KINDS.get(task["task"])
    settings = {argument.name for argument in kind.arguments if argument.setting} if kind else set()
    values: list[Any] = []
    for name, value in _arguments(task).items():
        if name not in settings:
            values += value if isinstance(value, list) else [value]
    return tuple(
        _REFERENCE.sub(lambda found: _node(found, positions), value)
        for value in values
        if isinstance(value, str)
    )


def _named(task: Mapping[str, Any], positions: _Positions, tools: Sequence[str]) -> tuple[Any, ...]:
    """Names and values; the value of a reference is the name of the tool."""

    def tool(found: re.Match[str]) -> str:
        position = positions.get(int(found[1]))
        return found[0] if position is None else tools[position]

    return tuple(
        {"name": name, "value": _REFERENCE.sub(tool, value) if isinstance(value, str) else value}
        for name, value in _arguments(task).items()
    )


def _node(found: re.Match[str], positions: _Positions) -> str:
    position = positions.get(int(found[1]))
    return found[0] if position is None else f"<node-{position}>"
