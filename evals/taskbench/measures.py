"""TaskBench's measures, as its `evaluate.py` takes them. Pure.

https://github.com/microsoft/JARVIS/blob/main/taskbench/evaluate.py: names with "no matching" there.
Each measure of a corpus is a sum over another, so that a request gives two numbers to each
(`parts_of`): F1 = 2 · right / (planned + wanted) is the micro average over the corpus.

- n-F1: sets of tools. A planned tool that the domain lacks is no mistake, only no help.
- e-F1: sets of (from, to). Where arguments have modalities, links are read from the references in
  arguments, on both sides, and a node's reference to itself is none.
- t-F1, v-F1: sets of tool and modality (or name) of an argument, and of tool, modality and value.
- ED: 1 - similarity, by insertions and deletions over both lengths (`Levenshtein.ratio`).
- R1, R2: ROUGE F of the steps, joined by line breaks, not stemmed. Over a corpus it is the plain
  mean; `evaluate.py` gives the middle of resampled means, which differs in the fourth digit.

Two things differ on purpose. An argument that refers to a node which is not there is left out;
`evaluate.py` then counts the argument that it read before once more. A request without a plan
counts as an empty plan; there it is not counted at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from hugginggpt.evals.taskbench.data import Bench, Node, ToolPlan

Part = tuple[float, float]
"""What a request adds to the two sums of a measure."""

MEASURES = ("n-F1", "e-F1", "t-F1", "v-F1", "ED", "R1", "R2")

_MODALITIES = {
    "image": ("jpg", "png", "jpeg", "gif", "bmp", "tiff", "svg", "ico"),
    "audio": ("mp3", "wav", "wma", "ogg", "aac", "flac", "aiff", "au"),
    "video": ("mp4", "avi", "mov", "flv", "wmv", "mkv", "webm", "m4v", "mpg", "mpeg"),
}
"""Endings that tell what an argument is, looked for in this order and anywhere in it."""


class Resolved(NamedTuple):
    """What is compared of a plan."""

    tools: tuple[str, ...]
    links: frozenset[tuple[str, str]]
    arguments: frozenset[tuple[str, str]]
    """Tool and modality, or name."""
    values: frozenset[tuple[str, str, str]]
    """Tool, modality or name, and value."""


class _Told(NamedTuple):
    """One argument, and the tool that it refers to."""

    name: str
    value: str
    source: str = ""


def parts_of(right: ToolPlan, planned: ToolPlan, bench: Bench) -> dict[str, Part]:
    """What a request adds to each measure that its right plan allows."""
    wanted, given = resolve(right, bench), resolve(planned, bench)
    parts = {
        "n-F1": _f1(set(wanted.tools) & bench.names, set(given.tools) & bench.names),
        "e-F1": _f1(wanted.links, given.links),
        "ED": (edit_distance(wanted.tools, given.tools, bench), 1.0),
    }
    if bench.source == "gold":
        parts["t-F1"] = _f1(wanted.arguments, given.arguments)
        parts["v-F1"] = _f1(wanted.values, given.values)
    if right.steps and planned.steps:
        parts |= _rouge(right.steps, planned.steps)
    return parts


def resolve(plan: ToolPlan, bench: Bench) -> Resolved:
    """The plan with its references followed."""
    if not bench.is_typed:
        told = [(node.tool, argument) for node in plan.nodes for argument in _named(node)]
        tools = tuple(node.tool for node in plan.nodes)
        return _resolved(tools, frozenset(plan.links), told)
    tools = tuple(node.tool.replace("_", " ") for node in plan.nodes)
    outputs = {tool.id: next(iter(tool.outputs), "none") for tool in bench.tools}
    told = [
        (tools[position], argument)
        for position, node in enumerate(plan.nodes)
        for argument in _typed(position, node, tools, outputs)
    ]
    has_arguments = any(node.arguments for node in plan.nodes)
    found = frozenset((argument.source, tool) for tool, argument in told if argument.source)
    return _resolved(tools, found if has_arguments else frozenset(plan.links), told)


def edit_distance(wanted: Sequence[str], given: Sequence[str], bench: Bench) -> float:
    """How far the sequences of tools are apart, from 0 to 1; unknown tools are all the same."""
    from rapidfuzz.distance import Indel

    numbers = {tool.id: number for number, tool in enumerate(bench.tools, start=1)}
    return Indel.normalized_distance(
        [numbers.get(tool, 0) for tool in wanted], [numbers.get(tool, 0) for tool in given]
    )


def modality_of(value: str) -> str:
    """What an argument is, by the endings in it."""
    for modality, endings in _MODALITIES.items():
        if any(f".{ending}" in value for ending in endings):
            return modality
    return "text"


def _resolved(
    tools: tuple[str, ...],
    links: frozenset[tuple[str, str]],
    told: Sequence[tuple[str, _Told]],
) -> Resolved:
    names = frozenset((tool, argument.name) for tool, argument in told)
    values = frozenset((tool, argument.name, argument.value) for tool, argument in told)
    return Resolved(tools, links, names, values)


def _named(node: Node) -> Iterator[_Told]:
    """Arguments that have names."""
    for argument in node.arguments:
        if isinstance(argument, dict) and {"name", "value"} <= argument.keys():
            yield _Told(str(argument["name"]), str(argument["value"]))


def _typed(
    position: int, node: Node, tools: Sequence[str], outputs: Mapping[str, str]
) -> Iterator[_Told]:
    """Arguments that have a modality: that of their source, or else that of their ending."""
    for argument in node.arguments:
        value = _text(argument)
        if value is None:
            continue
        if "<node-" not in value:
            yield _Told(modality_of(value), value)
            continue
        number = value.partition("<node-")[2].partition(">")[0]
        if not number.isdecimal() or int(number) == position or int(number) >= len(tools):
            continue
        source = tools[int(number)]
        yield _Told(outputs.get(source, "other"), source, source)


def _text(argument: Any) -> str | None:
    """The argument as text, if it is one in any of the forms that models write."""
    if isinstance(argument, dict):
        argument = next(iter(argument.values()), None)
    if isinstance(argument, list):
        return " ".join(map(str, argument))
    return argument if isinstance(argument, str) else None


def _f1(wanted: AbstractSet[Any], given: AbstractSet[Any]) -> Part:
    return 2.0 * len(wanted & given), float(len(wanted) + len(given))


def _rouge(right: Sequence[str], planned: Sequence[str]) -> dict[str, Part]:
    from rouge_score.rouge_scorer import RougeScorer

    scores = RougeScorer(["rouge1", "rouge2"]).score("\n".join(right), "\n".join(planned))
    return {"R1": (scores["rouge1"].fmeasure, 1.0), "R2": (scores["rouge2"].fmeasure, 1.0)}
