"""A plan in wire form that the user changes before they approve it, and its table."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from hugginggpt.app.plan import argument_text
from hugginggpt.app.terminal import one_line, short_number
from hugginggpt.tools.errors import InputError

_REFERENCE = re.compile(r"<GENERATED>-(\d+)")
_AT = " @ "


class Draft:
    """The tasks of a question of the graph, as they stand after the user's changes.

    What comes back as a faulty edit may hold anything, and is shown as far as it can be.
    """

    def __init__(self, question: Mapping[str, Any]) -> None:
        """Go on with the edit that the graph could not use, if there is one."""
        self._shown: list[Any] = list(question["plan"])
        self._choices: Mapping[str, list[dict[str, Any]]] = question["choices"]
        self.tasks: list[Any] = list(self._shown)
        self.text: str | None = None
        """What was typed that is no list of tasks, to be mended in the editor."""
        edited = question.get("edited")
        if edited is not None:
            self.rewrite(edited if isinstance(edited, str) else to_text(edited))

    @property
    def is_changed(self) -> bool:
        """Whether it is another plan than the one that the graph asked about."""
        return self.text is not None or self.tasks != self._shown

    def undo(self) -> None:
        """Take all changes back."""
        self.tasks, self.text = list(self._shown), None

    # --- changes ----------------------------------------------------------------------------

    def rewrite(self, text: str) -> str:
        """What is wrong with the JSON of a whole plan; it is taken over where nothing is."""
        self.text = text
        try:
            self.tasks = read_tasks(text)
        except InputError as error:
            return str(error)
        self.text = None
        return ""

    def delete(self, key: str) -> list[str]:
        """Ids of the tasks that are gone: the one of that id, and those that need it.

        Raises:
            InputError: there is no task of that id.

        """
        self._find(key)
        gone = [key]
        for name in gone:  # grows while it is gone through
            gone += [k for k in self._needing(name) if k not in gone]
        self.tasks = [task for task in self.tasks if _key(task) not in gone]
        return gone

    def _needing(self, key: str) -> Iterator[str]:
        return (_key(task) for task in self.tasks if key in _needs(task))

    def models(self, key: str) -> list[dict[str, Any]]:
        """The models that the task may have; none are known for a new one.

        Raises:
            InputError: there is no task of that id.

        """
        self._find(key)
        return self._choices.get(key, [])

    def set_model(self, key: str, name: str) -> str:
        """Give the task a model: its number in the list, `id` or `id @ endpoint`; which it is.

        Raises:
            InputError: there is no such task, or the model is none of its.

        """
        task, models = self._find(key), self.models(key)
        labels = [label(model) for model in models]
        named = [m for m in models if name in (m["model"], label(m))]
        if name.isdecimal() and 0 < int(name) <= len(models):
            named = [models[int(name) - 1]]
        if labels and not named:
            raise InputError(f"{name!r} is no model of task {key}; `m {key}` lists them")
        model = named[0] if named else {"model": name, "endpoint": None}
        self.tasks[self.tasks.index(task)] = {
            **task,
            **{n: model[n] for n in ("model", "endpoint")},
        }
        return label(model)

    def _find(self, key: str) -> dict[str, Any]:
        for task in self.tasks:
            if _key(task) == key:
                return dict(task)
        known = ", ".join(map(_key, self.tasks)) or "none"
        raise InputError(f"there is no task {key!r}; there are {known}")

    # --- the table --------------------------------------------------------------------------

    def table(self) -> Table:
        """A row a task."""
        names = ("id", "task", "works on", "needs", "model", "endpoint", "size")
        table = Table(*names, box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for task in self.tasks:
            table.add_row(*self._row(task))
        return table

    def _row(self, task: Mapping[str, Any]) -> list[Text]:
        needs = ", ".join(sorted(_needs(task), key=lambda key: (len(key), key)))
        model, endpoint = task.get("model"), task.get("endpoint")
        return [
            Text(one_line(_key(task)), "dim"),
            Text(one_line(str(task.get("task"))), "bold"),
            _subject(task),
            Text(one_line(needs), "dim"),
            Text(one_line(str(model or "?")), "cyan"),
            Text(one_line(str(endpoint or ""))),
            Text(self._size(task)),
        ]

    def _size(self, task: Mapping[str, Any]) -> str:
        models = self._choices.get(_key(task), ())
        same = (m for m in models if all(m[n] == task.get(n) for n in ("model", "endpoint")))
        return size_text(next(same, {}).get("size"))


def to_text(tasks: Any) -> str:
    """The plan as the editor shows it: a task a paragraph, its values in short lines."""
    return json.dumps(tasks, ensure_ascii=False, indent=1)


def read_tasks(text: str) -> list[dict[str, Any]]:
    """The tasks of a plan in JSON, which need not be a valid plan yet.

    Raises:
        InputError: it is no list of tasks.

    """
    try:
        tasks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"that is not JSON: {error}") from error
    if isinstance(tasks, dict):
        tasks = tasks.get("plan", tasks.get("tasks"))
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise InputError("a plan is a list of objects, one a task")
    return tasks


def edit(text: str) -> str:
    """The text as it is after the user's editor was closed; as before where nothing is saved.

    Raises:
        InputError: there is no such editor, or it fails.

    """
    import click

    try:
        return click.edit(text, extension=".json") or text
    except click.ClickException as error:
        raise InputError(
            f"the editor can't be used: {error.format_message()}; name another with EDITOR"
        ) from error


def label(model: Mapping[str, Any]) -> str:
    """What a model is called where it must be told from the same one elsewhere."""
    return f"{model['model']}{_AT}{model['endpoint']}" if model["endpoint"] else str(model["model"])


def size_text(size: int | None) -> str:
    """The size of a model; empty where it is not known."""
    return "" if size is None else f"{short_number(size)}B"


def _key(task: Mapping[str, Any]) -> str:
    return str(task.get("id"))


def _needs(task: Mapping[str, Any]) -> set[str]:
    """Ids of the tasks that must finish first, by `dep` or as arguments."""
    dep = task.get("dep")
    named = {str(key) for key in (dep if isinstance(dep, list) else [dep])} - {"-1", "None"}
    return named | set(_REFERENCE.findall(json.dumps(task.get("args"))))


def _subject(task: Mapping[str, Any]) -> Text:
    arguments = task.get("args")
    values = arguments.values() if isinstance(arguments, dict) else [arguments]
    text = Text(", ").join(argument_text(value, 40) for value in values)
    text.truncate(80, overflow="ellipsis")
    return text
