"""A ready task with all that it needs; what it works on is resolved here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hugginggpt.graph.plan import Reference, Task, Template, Value, references
from hugginggpt.graph.results import Selection, TaskResult
from hugginggpt.prompts.wording import in_words
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.files import PARAGRAPH, is_url
from hugginggpt.tools.kinds import Modality, fits


class Assignment(NamedTuple):
    """A ready task with all that it needs; travels to `execute` as JSON."""

    task: Task
    selection: Selection
    inputs: Mapping[str, TaskResult]
    """Results of its dependencies."""
    given: Mapping[str, str]
    """Paths of the user's files that it names."""

    @classmethod
    def from_json(cls, payload: Mapping[str, Any]) -> "Assignment":
        """The assignment that `routing` sent."""
        return cls(
            Task.model_validate(payload["task"]),
            Selection.model_validate(payload["selection"]),
            {key: TaskResult.model_validate(r) for key, r in payload["inputs"].items()},
            payload["given"],
        )

    @property
    def arguments(self) -> dict[str, Any]:
        """The task's arguments with every reference replaced by what it refers to.

        Raises:
            TaskError: a dependency left nothing of the form that is needed.

        """
        return {
            argument.name: self._resolved(self.task.arguments[argument.name], argument.modality)
            for argument in self.task.task_kind.arguments
            if argument.name in self.task.arguments
        }

    @property
    def verbatim(self) -> frozenset[str]:
        """Arguments that hold outputs of other tasks."""
        values = self.task.arguments.items()
        return frozenset(name for name, value in values if any(references(value)))

    def _resolved(self, value: Value, wanted: Modality) -> Any:
        if isinstance(value, Reference):
            return self._output(value.reference, wanted)
        if isinstance(value, Template):
            return "".join(str(self._resolved(part, "text")) for part in value.parts)
        if isinstance(value, list):
            return [self._resolved(item, wanted) for item in value]
        return value

    def _output(self, key: str, wanted: Modality) -> Any:
        """The output of task `key` in the form that an argument of modality `wanted` takes."""
        result = self.inputs.get(key)
        artifacts = result.artifacts if result else ()
        same = next((a for a in artifacts if a.modality == wanted), None)
        if same is not None:
            return next(v for v in (same.path, same.text, same.data) if v is not None)
        if any(fits(a.modality, wanted) for a in artifacts):
            return in_words(artifacts)
        raise TaskError(f"task {key} left no {wanted} to work on")


def named_files(arguments: Iterable[Any], paths: Mapping[str, str]) -> dict[str, str]:
    """Paths of the user's own files that the arguments name; `paths` has them all by name."""
    return {
        name: paths[name]
        for name in _strings(arguments)
        if name in paths and not is_url(paths[name])
    }


def _strings(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
            yield value.rpartition(PARAGRAPH)[2].strip()
        elif isinstance(value, list):
            yield from _strings(value)
