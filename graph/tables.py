"""Plans in Markdown, for those who are shown a question of the graph as it is, as in Studio."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

_WIDEST_CELL = 80


def plan_table(plan: Iterable[Mapping[str, Any]]) -> str:
    """The plan in wire form as a table; models have a column where the tasks name them."""
    plan = list(plan)
    heads = ["id", "task", "works on", "needs", *(["model"] if _has_models(plan) else [])]
    rows = [heads, ["---"] * len(heads), *(_row(entry)[: len(heads)] for entry in plan)]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)


def _has_models(plan: Iterable[Mapping[str, Any]]) -> bool:
    return any("model" in entry for entry in plan)


def _row(entry: Mapping[str, Any]) -> list[str]:
    works_on = json.dumps(entry["args"], ensure_ascii=False)
    needs = ", ".join(str(key) for key in entry["dep"] if key != -1)
    model = f"{entry['model']} @ {entry['endpoint']}" if entry.get("model") else "none"
    return [str(entry["id"]), entry["task"], works_on, needs, model]


def _cell(text: str) -> str:
    short = text if len(text) <= _WIDEST_CELL else f"{text[: _WIDEST_CELL - 1]}…"
    return " ".join(short.split()).replace("|", "\\|")
