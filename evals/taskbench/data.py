"""TaskBench's files: the tools of a domain, and requests with their right plans.

A folder holds `tool_desc.json` and one of
- `data.json`: what TaskBench publishes (https://github.com/microsoft/JARVIS, `taskbench`), one JSON
  object a line, with `user_request`, `type`, `task_nodes`, `task_links`, `task_steps`; the copy on
  the Hub (`microsoft/Taskbench`) calls them `instruction`, `tool_nodes`, `tool_links` and
  `tool_steps`, and holds the last three as JSON in a string;
- `hand_labels.jsonl` beside `user_requests.json`: tools and links alone, labelled by hand.
"""

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hugginggpt.evals.taskbench.mapping import KINDS_BY_TOOL
from hugginggpt.tools.errors import FileInputError, InputError

Domain = Literal["huggingface", "multimedia", "dailylifeapis"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)

PlanType = Literal["single", "chain", "dag"]
Source = Literal["gold", "hand labels"]

_GOLD = ("data.json", "data_human_classified.json", "data_formulated.json")
"""Names under which the right plans are found: published, and what `evaluate.py` reads."""
_LABELS = "hand_labels.jsonl"


class Parameter(BaseModel):
    """One named argument of an API."""

    model_config = ConfigDict(frozen=True)

    name: str
    desc: str = ""


class Tool(BaseModel):
    """One tool of a domain, as its `tool_desc.json` tells of it."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    id: str
    desc: str = ""
    inputs: tuple[str, ...] = Field(default=(), alias="input-type")
    """Modalities that go in, in the domains of models and of media."""
    outputs: tuple[str, ...] = Field(default=(), alias="output-type")
    parameters: tuple[Parameter, ...] = ()
    """Named arguments, in the domain of daily life."""


class Node(NamedTuple):
    """One tool of a plan."""

    tool: str
    arguments: tuple[Any, ...] = ()
    """Values, of which `<node-0>` is the output of another node; or `{"name", "value"}` each."""


class ToolPlan(NamedTuple):
    """A plan in TaskBench's form."""

    nodes: tuple[Node, ...]
    links: tuple[tuple[str, str], ...] = ()
    """Names of tools: the second comes after the first."""
    steps: tuple[str, ...] = ()
    """What is done, in words."""


class Sample(NamedTuple):
    """One request and its right plan."""

    id: str
    request: str
    type: PlanType
    right: ToolPlan


class Bench(NamedTuple):
    """One domain."""

    domain: Domain
    tools: tuple[Tool, ...]
    samples: tuple[Sample, ...]
    source: Source

    @property
    def names(self) -> frozenset[str]:
        """Names of the tools."""
        return frozenset(tool.id for tool in self.tools)

    @property
    def is_typed(self) -> bool:
        """Whether arguments are told apart by modality, and links told by them; else by name."""
        return self.domain != "dailylifeapis"


def load_bench(folder: Path, domain: Domain | None = None, limit: int | None = None) -> Bench:
    """The first `limit` samples of a domain, from its folder or from the one that holds it.

    Raises:
        InputError: the folder is of another domain.
        FileInputError: files are missing, or hold something else.

    """
    inner = folder / f"data_{domain}"
    folder = inner if domain is not None and inner.is_dir() else folder
    try:
        tools = _tools(folder)
        found = _domain_of(tools)
        if domain not in (None, found):
            raise InputError(f"{str(folder)!r} holds the domain {found!r}, not {domain!r}")
        source, samples = _samples(folder)
        return Bench(found, tools, tuple(islice(samples, limit)), source)
    except OSError as error:
        raise FileInputError(f"{str(folder)!r} holds no TaskBench files: {error}") from error
    except (KeyError, IndexError, TypeError, ValueError, ValidationError) as error:
        raise FileInputError(f"{str(folder)!r} holds no TaskBench data: {error!r}") from error


def load_requests(folder: Path) -> list[str]:
    """The words of all requests of a folder.

    Raises:
        FileInputError: the folder lacks `user_requests.json`, or it holds something else.

    """
    try:
        return [row["user_request"] for row in _rows(folder / "user_requests.json")]
    except OSError as error:
        raise FileInputError(f"{str(folder)!r} holds no TaskBench files: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise FileInputError(f"{str(folder)!r} holds no TaskBench requests: {error!r}") from error


def type_of(tools: Sequence[Hashable], links: Sequence[tuple[Hashable, Hashable]]) -> PlanType:
    """The type of a plan: one tool, each after the one before, or anything else."""
    if len(tools) < 2:
        return "single"
    goes_out = Counter(source for source, _ in links)
    comes_in = Counter(target for _, target in links)
    is_line = len(links) == len(tools) - 1 and max(*goes_out.values(), *comes_in.values()) == 1
    return "chain" if is_line else "dag"


# --- files ---------------------------------------------------------------------------------------


def _tools(folder: Path) -> tuple[Tool, ...]:
    told = json.loads((folder / "tool_desc.json").read_text(encoding="utf-8"))
    return tuple(Tool.model_validate(tool) for tool in told["nodes"])


def _domain_of(tools: Sequence[Tool]) -> Domain:
    if any(tool.parameters for tool in tools):
        return "dailylifeapis"
    return "huggingface" if all(tool.id in KINDS_BY_TOOL for tool in tools) else "multimedia"


def _samples(folder: Path) -> tuple[Source, Iterator[Sample]]:
    gold = next((folder / name for name in _GOLD if (folder / name).is_file()), None)
    if gold is not None:
        return "gold", map(_gold, _rows(gold))
    requests = {row["id"]: row["user_request"] for row in _rows(folder / "user_requests.json")}
    return "hand labels", (_labelled(row, requests) for row in _rows(folder / _LABELS))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _gold(row: Mapping[str, Any]) -> Sample:
    nodes = tuple(
        Node(node["task"], tuple(node.get("arguments", ()))) for node in _field(row, "nodes")
    )
    links = tuple((link["source"], link["target"]) for link in _field(row, "links"))
    plan = ToolPlan(nodes, links, tuple(map(str, _field(row, "steps"))))
    request = row["user_request"] if "user_request" in row else row["instruction"]
    if row["type"] not in get_args(PlanType):
        raise ValueError(f"{row['type']!r} is no type of plan")
    return Sample(str(row["id"]), request, row["type"], plan)


def _field(row: Mapping[str, Any], name: str) -> Any:
    """The list of that name, in either of the published forms."""
    value = row[f"task_{name}"] if f"task_{name}" in row else row[f"tool_{name}"]
    return json.loads(value) if isinstance(value, str) else value


def _labelled(row: Mapping[str, Any], requests: Mapping[str, str]) -> Sample:
    links = tuple((source, target) for source, target in row["links"] if source != target)
    plan = ToolPlan(tuple(map(Node, row["tools"])), links)
    return Sample(row["id"], requests[row["id"]], type_of(row["tools"], links), plan)
