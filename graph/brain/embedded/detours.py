"""Another way round a task that failed: a kind that does the same with the same arguments.

Few kinds have one. A picture that no question of a document could be answered from may answer it
as a photo; the other pairs are one kind of work under two names of the Hub.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hugginggpt.graph.plan import Plan, Task
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.kinds import TaskKind


class Detour(NamedTuple):
    """A kind that stands in for another one."""

    kind: str
    renamed: Mapping[str, str] = {}
    """Arguments that have another name there."""


_ASK = Detour("image-text-to-text", {"question": "text"})
_DETOURS: dict[str, tuple[Detour, ...]] = {
    "document-question-answering": (Detour("visual-question-answering"), _ASK),
    "visual-question-answering": (_ASK,),
    "text-ranking": (Detour("text-retrieval"),),
    "text-retrieval": (Detour("text-ranking"),),
    "table-to-text": (Detour("tabular-to-text"),),
    "tabular-to-text": (Detour("table-to-text"),),
    "depth-estimation": (Detour("depth-control"),),
    "depth-control": (Detour("depth-estimation"),),
}


def detour(
    plan: Plan, results: Mapping[str, TaskResult], kinds: Callable[[], Iterable[TaskKind]]
) -> list[dict[str, Any]]:
    """The tasks that were not done, in wire form, the failed ones as kinds that stand in for them.

    `kinds` finds those that can run here; it is asked only where that decides. Empty where no
    failed task has a stand-in among them. Ids stay; a plan that is made from it gets new ones.
    """
    failed = {key: plan.tasks[key] for key, r in results.items() if r.status == "failed"}
    if not any(task.kind in _DETOURS for task in failed.values()):
        return []
    here = {kind.name for kind in kinds()}
    ways = {key: way for key, task in failed.items() if (way := _way(task, here)) is not None}
    return list(_rewritten(plan, results, ways)) if ways else []


def _way(task: Task, kinds: Collection[str]) -> Detour | None:
    return next((way for way in _DETOURS.get(task.kind, ()) if way.kind in kinds), None)


def _rewritten(
    plan: Plan, results: Mapping[str, TaskResult], ways: Mapping[str, Detour]
) -> Iterator[dict[str, Any]]:
    """The failed tasks that have a way round, and the skipped ones that need no others."""
    there = {key for key, r in results.items() if r.status == "done"} | ways.keys()
    for entry, (key, task) in zip(plan.to_wire(), plan.tasks.items(), strict=True):
        if key in ways:
            way = ways[key]
            arguments = {way.renamed.get(name, name): v for name, v in entry["args"].items()}
            yield {**entry, "task": way.kind, "args": arguments}
        elif results[key].status == "skipped":
            own = [d for d in task.dependencies if d in plan.tasks]
            if all(d in there for d in own):
                there.add(key)
                yield entry
