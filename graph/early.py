"""Tasks that start while the plan is still being written.

An entry of the plan is checked as soon as the brain has written it, together with the entries
that it builds on and nothing else: what comes later can't change whether it is valid. It starts
when what it needs is there, its model needs no choice, and nobody is to be asked about it: nothing
starts with `approve="plan"`, and only what costs nothing with `approve="cost"`. When the plan is
whole, a started task goes on only if the plan holds the very same task under the same id, and so
for all that it builds on; any other is stopped, and nothing of it is seen. So a plan that comes
out differently, because it had to be mended or written anew, costs time and never a wrong result.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hugginggpt.graph.assignment import Assignment, named_files
from hugginggpt.graph.draft import parse_plan, read_entry
from hugginggpt.graph.intake import surroundings
from hugginggpt.graph.plan import Plan, Task, references
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import Selection, TaskResult
from hugginggpt.graph.run import Run
from hugginggpt.graph.running import run_task
from hugginggpt.graph.unfolding import Row
from hugginggpt.tools.errors import PlanError

_MOST_ENTRIES = 100
"""Of a plan; checking each with all that it builds on takes longer and longer."""


class EarlyStart:
    """Starts tasks of one plan as it is written."""

    def __init__(self, run: Run, request: Request, earlier: Mapping[str, str]) -> None:
        """Plan for `request`; `earlier` has the kind of each task of earlier turns."""
        self._run = run
        self._request = request
        self._earlier = earlier
        self._entries: list[tuple[Row, Any]] = []
        self._written = 0
        self._tasks: dict[str, Task] = {}
        self._started: dict[str, Task] = {}
        self._jobs = run.jobs
        self._is_open = run.context.stream_plan and run.context.approve != "plan"

    def restart(self) -> None:
        """Forget the entries: the plan is written anew. What has started goes on for now."""
        self._entries.clear()
        self._written = 0
        self._tasks.clear()

    def offer(self, entry: Any) -> None:
        """Take an entry of the plan, in wire form, and start what is ready."""
        if not self._is_open or self._written >= _MOST_ENTRIES:
            return
        position, self._written = self._written, self._written + 1
        try:
            row = read_entry(entry, position)
            self._entries.append((row, entry))
            task = self._checked(row)
        except PlanError:
            return  # told when the plan is whole
        if task is None or not self._is_free(task):
            return
        self._tasks[task.id] = task
        self._run.emit(_planned(task))
        self._start_ready()

    def settle(self, plan: Plan) -> None:
        """Let go on what the finished plan holds; stop the rest."""
        self._is_open = False
        kept: set[str] = set()
        for key, task in self._started.items():
            needed = {d for d in task.dependencies if d not in self._earlier}
            if needed <= kept and _same(plan.tasks.get(key), task):
                kept.add(key)
            else:
                self._jobs.drop(key)
                self._run.emit({"event": "dropped", "task": key, "kind": task.kind})

    def _checked(self, row: Row) -> Task | None:
        """The task of `row`; None if it is more than one, or can't keep its id."""
        closure = dict(self._closure(row))
        if closure.keys() & self._earlier.keys() or not all(map(str.isdecimal, closure)):
            return None
        plan = parse_plan(
            [{"id": key, **entry} for key, entry in closure.items()],
            **surroundings(self._request, self._earlier),
        )
        return plan.tasks.get(row.key) if len(plan.tasks) == len(closure) else None

    def _closure(self, row: Row) -> Iterator[tuple[str, Any]]:
        """The entry of `row`, and all that it builds on, by id.

        Raises:
            PlanError: one of them is not written yet, or its id is used twice.

        """
        wanted, seen = [row.key], set[str]()
        while wanted:
            key = wanted.pop()
            if key in seen or key in self._earlier:
                continue
            seen.add(key)
            found = [(r, entry) for r, entry in self._entries if r.key == key]
            if len(found) != 1:
                raise PlanError([f"task {key} is written {len(found)} times"])
            ((inner, entry),) = found
            yield key, entry
            wanted += _needs(inner)

    def _is_free(self, task: Task) -> bool:
        """Whether no other task was started under the id."""
        started = self._started.get(task.id)
        return started is None or _same(started, task)

    def _start_ready(self) -> None:
        if not self._is_open:
            return
        ended = self._jobs.ended()
        for key, task in self._tasks.items():
            if key in self._started:
                continue
            inputs = self._inputs(task, ended)
            selection = self._selection(task)
            if inputs is not None and selection is not None:
                self._start(task, selection, inputs)

    def _inputs(self, task: Task, ended: Mapping[str, TaskResult]) -> dict[str, TaskResult] | None:
        """Results of what the task needs; None if one is not there."""
        done = {k: r for k, r in ended.items() if r.status == "done" and k in self._started}
        known = {**self._request.earlier, **done}
        if not all(key in known for key in task.dependencies):
            return None
        return {key: known[key] for key in task.dependencies}

    def _selection(self, task: Task) -> Selection | None:
        """The model, where it needs no choice and its candidates are known without waiting."""
        found = self._run.offers.known(task.kind)
        selection = self._run.offers.settled(task.kind, found) if found else None
        if selection is None or selection.chosen is None:
            return None
        return None if self._needs_approval(selection) else selection

    def _needs_approval(self, selection: Selection) -> bool:
        """Whether the user may have to be asked about the model, or about one of its stand-ins."""
        models = [c for c in (selection.chosen, *selection.others) if c is not None]
        costs = self._run.context.approve == "cost"
        return costs and any(map(self._run.offers.is_costly, models))

    def _start(self, task: Task, selection: Selection, inputs: Mapping[str, TaskResult]) -> None:
        paths = {name: str(file.path) for name, file in self._request.resources.items()}
        given = named_files(task.arguments.values(), paths)
        assignment = Assignment(task, selection, inputs, given)
        self._started[task.id] = task
        self._jobs.start(task.id, run_task(assignment, self._run), self._start_ready)


def _needs(row: Row) -> Iterable[str]:
    return [*row.dependencies, *(key for v in row.arguments.values() for key in references(v))]


def _same(one: Task | None, other: Task) -> bool:
    """Whether both do the same with the same; what was repaired on the way does not matter."""
    return one is not None and one.model_copy(update={"notes": other.notes}) == other


def _planned(task: Task) -> dict[str, Any]:
    """A custom stream event: the brain has written a task."""
    told = task.model_dump(mode="json", include={"kind", "dependencies", "arguments"})
    return {"event": "planned", "task": task.id, **told}
