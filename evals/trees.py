"""Reads a run tree of LangSmith: the plan, tries and calls of one run of the graph, as it went.

A tree is a `RunTree` or `Run` with its `child_runs`, or the same as a dict of JSON.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from hugginggpt.tools.errors import InputError

_STAGES = frozenset(
    {"plan", "clarify", "select", "approve", "execute", "collect", "replan", "respond"}
)


class Node(NamedTuple):
    """One run of the tree. Times are in seconds since 1970."""

    name: str
    type: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    metadata: Mapping[str, Any]
    error: str
    start: float
    end: float | None
    """None while it has not ended."""
    children: tuple["Node", ...]
    """In the order of their start."""

    def walk(self) -> Iterator["Node"]:
        """The run and all below it, each before its children."""
        yield self
        for child in self.children:
            yield from child.walk()


class Attempt(NamedTuple):
    """One try of a task on one model. Times are in seconds since 1970."""

    model: str
    error: str
    """Empty where it succeeded."""
    start: float
    begin: float
    """When it had its place on the endpoint."""
    end: float


class ModelCall(NamedTuple):
    """One call of a chat model."""

    model: str
    tokens: tuple[int, int] | None
    """In and out; None where the model did not tell."""
    failed: bool


@dataclass(frozen=True)
class Trace:
    """One run of the graph."""

    plan: Mapping[str, Mapping[str, Any]]
    """Tasks by id, as the state holds them; with those that had ended when it was planned anew."""
    results: Mapping[str, Mapping[str, Any]]
    """How tasks of the plan ended, as the state holds it."""
    attempts: Mapping[str, Sequence[Attempt]]
    """Tries by task id, the first one first; those that were stopped are left out."""
    ranks: Mapping[str, int]
    """Where the chosen models stood among the candidates, the best of which is 1."""
    selected: Sequence[float]
    """When models were chosen, each time, in seconds since 1970."""
    answer: str
    told: Mapping[str, Any] = field(default_factory=dict)
    """What the answer was made from."""
    calls: Sequence[ModelCall] = ()

    def needed(self, key: str) -> list[str]:
        """Ids of the tasks of this plan that the task waited for."""
        return [each for each in self.plan[key]["dependencies"] if each in self.plan]


def read_trace(run: Any) -> Trace:
    """The first run of the graph that the tree holds; a `Trace` stays as it is.

    Raises:
        InputError: there is none, or it shows no plan, as where inputs and outputs are hidden.

    """
    if isinstance(run, Trace):
        return run
    graph = next(filter(_is_graph, read_node(run).walk()), None)
    if graph is None:
        raise InputError(
            "the trace holds no run of the graph with its inputs and outputs: hand over the run of "
            "`hugginggpt` or one above it, with its child runs"
        )
    answered = next((n for n in reversed(graph.children) if n.name == "respond"), None)
    selects = [node for node in graph.children if node.name == "select"]
    results = {k: r for n in graph.children for k, r in (n.outputs.get("results") or {}).items()}
    plan = _plan(graph, results)
    return Trace(
        plan,
        {key: result for key, result in results.items() if key in plan},
        _attempts(graph),
        {k: rank for n in selects for k, rank in (n.metadata.get("ranks") or {}).items()},
        [node.end for node in selects if node.end is not None],
        _answer(answered.outputs) if answered else "",
        answered.inputs if answered else {},
        tuple(_call(n) for n in graph.walk() if n.type == "llm"),
    )


def read_node(run: Any) -> Node:
    """The run as a `Node`, with all runs below it."""
    extra = _get(run, "extra") or {}
    children = [read_node(child) for child in _get(run, "child_runs") or ()]
    return Node(
        _get(run, "name") or "",
        _get(run, "run_type") or "",
        _get(run, "inputs") or {},
        _get(run, "outputs") or {},
        extra.get("metadata") or {},
        _get(run, "error") or "",
        _seconds(_get(run, "start_time")) or 0.0,
        _seconds(_get(run, "end_time")),
        tuple(sorted(children, key=lambda child: child.start)),
    )


def _get(run: Any, name: str) -> Any:
    return run.get(name) if isinstance(run, Mapping) else getattr(run, name, None)


def _seconds(time: datetime | str | None) -> float | None:
    """Seconds since 1970; LangSmith's times are UTC, whether they say so or not."""
    if time is None:
        return None
    moment = datetime.fromisoformat(time) if isinstance(time, str) else time
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _is_graph(node: Node) -> bool:
    """Whether its children are nodes of our graph, and show its state."""
    return any(
        child.name in _STAGES
        and child.metadata.get("langgraph_node") == child.name
        and {"plan", "remarks"} <= child.inputs.keys() | child.outputs.keys()
        for child in node.children
    )


def _plan(graph: Node, results: Container[str]) -> dict[str, Any]:
    """The last plan, with those tasks of earlier ones that have ended.

    A run that went on after a pause was given its plan, and wrote none.
    """
    written = [n.outputs["plan"] for n in graph.children if n.outputs.get("plan") is not None]
    given = [n.inputs["plan"] for n in graph.children if n.inputs.get("plan") is not None]
    *earlier, last = [*given[:1], *written] or [{}]
    return {k: task for plan in earlier for k, task in plan.items() if k in results} | dict(last)


def _attempts(graph: Node) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = {}
    for node in graph.children:
        task = node.metadata.get("task")
        if node.type != "tool" or task is None or node.end is None:
            continue
        if node.metadata.get("attempt") == 1:
            found.pop(str(task), None)  # of a draft of the plan, which was dropped
        if node.metadata.get("status") == "stopped":
            continue
        work = node.metadata.get("run_seconds")
        begin = node.start if work is None else max(node.start, node.end - float(work))
        model = str(node.metadata.get("model") or "")
        error = node.error.partition("Traceback (most recent")[0].strip()
        found.setdefault(str(task), []).append(Attempt(model, error, node.start, begin, node.end))
    return found


def _call(node: Node) -> ModelCall:
    usage = node.metadata.get("usage_metadata") or next(_usages(node), None)
    tokens = (usage["input_tokens"], usage["output_tokens"]) if usage else None
    return ModelCall(str(node.metadata.get("ls_model_name") or ""), tokens, bool(node.error))


def _usages(node: Node) -> Iterator[Mapping[str, Any]]:
    """What the messages of the call tell of its tokens; only LangSmith's tracer sums it up."""
    for generation in (each for batch in node.outputs.get("generations") or () for each in batch):
        usage = _fields(generation.get("message") or {}).get("usage_metadata")
        if usage:
            yield usage


def _answer(outputs: Mapping[str, Any]) -> str:
    """The text of the last message, an object or one of the forms that it has in JSON."""
    message = (outputs.get("messages") or [{}])[-1]
    content = _get(_fields(message) if isinstance(message, Mapping) else message, "content")
    if isinstance(content, list):
        return "".join(_get(block, "text") or "" for block in content)
    return content or ""


def _fields(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a message in JSON, as LangChain or as LangSmith writes it."""
    fields: Mapping[str, Any] = message.get("kwargs", message)
    return fields
