"""Plans: a DAG of tasks. What a plan is, what makes one valid, which tasks are ready.

Pure: no file, no network, no model. Whatever JSON a brain, a user or a file proposes goes
through `parse_plan` (`graph/draft.py`) before anything runs.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from typing_extensions import TypeAliasType

from hugginggpt.tools.kinds import KINDS, TaskKind


class Reference(BaseModel):
    """The output of an earlier task, given as an argument (`<GENERATED>-0` in the wire form)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: str
    """Id of the task."""


class Template(BaseModel):
    """A text with outputs of earlier tasks inside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parts: tuple[Reference | str, ...]


Value = TypeAliasType(
    "Value",
    "Reference | Template | list[Value] | dict[str, Any] | str | bool | int | float | None",
)
"""What an argument may hold."""


def references(value: Value) -> Iterator[str]:
    """Ids of the tasks that `value` refers to."""
    if isinstance(value, Reference):
        yield value.reference
    elif isinstance(value, Template):
        yield from (part.reference for part in value.parts if isinstance(part, Reference))
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def revive(value: Any) -> Any:
    """The value with `Reference` and `Template` in place of their JSON."""
    if isinstance(value, list):
        return [revive(item) for item in value]
    kind = _BY_FIELD.get(next(iter(value), "")) if isinstance(value, dict) else None
    if kind is None or len(value) != 1:
        return value
    try:
        return kind.model_validate(value)
    except ValidationError:
        return value  # data of the user's that only looks like one


def _revive_each(arguments: Any) -> Any:
    if not isinstance(arguments, dict):
        return arguments
    return {name: revive(value) for name, value in arguments.items()}


_BY_FIELD: dict[str, type[Reference | Template]] = {"reference": Reference, "parts": Template}


class Task(BaseModel):
    """One task of a plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    dependencies: tuple[str, ...] = ()
    """Ids of the tasks that must finish first; an id of an earlier turn is finished already."""
    arguments: Annotated[dict[str, Value], BeforeValidator(_revive_each)] = Field(
        default_factory=dict
    )
    notes: tuple[str, ...] = ()
    """What was repaired in this task when the plan was checked."""

    @property
    def task_kind(self) -> TaskKind:
        """The row of the task table."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Plan:
    """Tasks by id, each after those it depends on."""

    tasks: Mapping[str, Task]

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The plan that `to_state` turned into JSON."""
        return cls({key: Task.model_validate(task) for key, task in state.items()})

    def to_state(self) -> dict[str, Any]:
        """The plan as JSON, by task id."""
        return {key: task.model_dump(mode="json") for key, task in self.tasks.items()}

    def to_wire(self) -> list[dict[str, Any]]:
        """The plan in the wire form of the HuggingGPT paper (section 3.1, table 1)."""
        return [
            {
                "task": task.kind,
                "id": int(task.id),
                "dep": [int(key) for key in task.dependencies] or [-1],
                "args": {name: _wire(value) for name, value in task.arguments.items()},
            }
            for task in self.tasks.values()
        ]

    def ready(self, finished: Container[str]) -> list[str]:
        """Ids of the tasks that have no unmet dependency and have not finished themselves."""
        return ready({key: task.dependencies for key, task in self.tasks.items()}, finished)

    def blocked(self, unusable: Mapping[str, str]) -> dict[str, str]:
        """Tasks that can't run because of failed ones, with the reason; transitively.

        `unusable` says for each task that failed or was skipped what happened to it.
        """
        reasons: dict[str, str] = {}
        for key, task in self.tasks.items():
            causes = (d for d in task.dependencies if d in unusable or d in reasons)
            if key not in unusable and (cause := next(causes, None)) is not None:
                what = unusable.get(cause, "was skipped")
                reasons[key] = f"it needs task {cause} ({self.tasks[cause].kind}), which {what}"
        return reasons

    @property
    def notes(self) -> tuple[str, ...]:
        """What was repaired, all tasks together."""
        return tuple(note for task in self.tasks.values() for note in task.notes)


def ready(dependencies: Mapping[str, Sequence[str]], finished: Container[str]) -> list[str]:
    """Ids of unfinished tasks whose dependencies have finished or belong to an earlier turn."""
    return [
        key
        for key, needed in dependencies.items()
        if key not in finished and all(d in finished or d not in dependencies for d in needed)
    ]


def _wire(value: Value) -> Any:
    if isinstance(value, Reference):
        return f"<GENERATED>-{value.reference}"
    if isinstance(value, Template):
        return "".join(str(_wire(part)) for part in value.parts)
    if isinstance(value, list):
        return [_wire(item) for item in value]
    return value
