"""Whether every request fits its prompt: `python -m hugginggpt.evals.prompts [--taskbench DIR]`.

Renders the prompt of stage plan for each request, with all kinds of tasks, and counts.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from hugginggpt.evals.dataset import load_cases
from hugginggpt.evals.taskbench.data import load_requests
from hugginggpt.graph.brain.llm.drafting import ask_of
from hugginggpt.graph.brain.llm.passages import name_passages
from hugginggpt.graph.request import Request
from hugginggpt.prompts.planning import render
from hugginggpt.prompts.tokens import count_tokens
from hugginggpt.tools.errors import HuggingGPTError
from hugginggpt.tools.kinds import KINDS

ROOMS = (4_000, 6_000, 12_000)
"""Tokens that the prompt may have."""


class Rendered(NamedTuple):
    """What came of rendering many requests."""

    requests: int
    most_tokens: int
    over: int
    """Prompts with more tokens than there is room."""
    lost: int
    """Requests whose words do not all stand in the prompt, or under a name beside it."""
    milliseconds: float
    """A request."""


def render_all(requests: Sequence[Request], room: int) -> Rendered:
    """The prompts of all requests, counted."""
    kinds = list(KINDS.values())
    most = over = lost = 0
    began = time.perf_counter()
    for request in requests:
        passages = name_passages(request.text, request.resources)
        messages = render(kinds, ask_of(request, passages), room=room)
        tokens = sum(count_tokens(content) for _, content in messages)
        most, over = max(most, tokens), over + (tokens > room)
        is_whole = messages[-1][1].endswith(passages.text)
        lost += not is_whole or passages.restore(passages.text) != request.text
    seconds = time.perf_counter() - began
    return Rendered(len(requests), most, over, lost, 1000 * seconds / max(1, len(requests)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a prompt is too long or a word is lost, 2 if a folder can't be read."""
    parser = argparse.ArgumentParser(prog="hugginggpt.evals.prompts", description=__doc__)
    parser.add_argument("--taskbench", type=Path, metavar="DIR", help="render DIR's requests too")
    options = parser.parse_args(arguments)
    try:
        corpora = {"own": [case.to_request() for case in load_cases()]}
        if options.taskbench:
            corpora["TaskBench"] = [Request(text) for text in load_requests(options.taskbench)]
    except HuggingGPTError as error:
        Console(stderr=True).print(str(error), style="red")
        return 2
    table = Table("requests", "room", "most tokens", "over", "lost", "ms each", title="prompts")
    rendered = [
        (name, room, render_all(requests, room))
        for name, requests in corpora.items()
        for room in ROOMS
    ]
    for name, room, told in rendered:
        numbers = (room, told.most_tokens, told.over, told.lost)
        row = [f"{told.requests:,} {name}", *(f"{n:,}" for n in numbers)]
        table.add_row(*row, f"{told.milliseconds:.2f}")
    Console().print(table)
    return 1 if any(told.over or told.lost for _, _, told in rendered) else 0


if __name__ == "__main__":
    sys.exit(main())
