"""What others have published, in percent, and what may be compared with it."""

from collections.abc import Mapping
from typing import NamedTuple

from hugginggpt.evals.taskbench.data import Bench, Domain


class Published(NamedTuple):
    """One row of TaskBench's table of a domain."""

    model: str
    rouge1: float
    rouge2: float
    node_f1: float
    edge_f1: float
    argument_f1: float
    value_f1: float


PUBLISHED: Mapping[Domain, tuple[Published, ...]] = {
    "huggingface": (
        Published("gpt-4", 52.42, 30.38, 81.54, 54.70, 77.31, 60.86),
        Published("claude-2", 44.21, 21.12, 79.00, 43.51, 63.00, 43.08),
        Published("text-davinci-003", 36.68, 17.61, 59.38, 29.37, 52.53, 36.04),
        Published("gpt-3.5-turbo", 42.99, 21.58, 69.49, 33.36, 55.88, 36.32),
        Published("codellama-13b", 38.75, 18.37, 53.16, 14.64, 32.06, 18.87),
    ),
    "multimedia": (
        Published("gpt-4", 60.84, 40.08, 90.90, 69.27, 87.06, 72.31),
        Published("claude-2", 48.85, 23.59, 80.94, 53.01, 71.63, 51.58),
        Published("text-davinci-003", 49.23, 27.97, 73.97, 45.81, 68.48, 40.70),
        Published("gpt-3.5-turbo", 49.66, 28.51, 72.83, 44.02, 65.91, 40.80),
        Published("codellama-13b", 44.46, 23.30, 62.78, 24.61, 48.19, 29.13),
    ),
    "dailylifeapis": (
        Published("gpt-4", 85.07, 72.36, 96.91, 80.53, 97.02, 71.14),
        Published("claude-2", 82.26, 69.88, 93.52, 75.31, 92.71, 64.72),
        Published("text-davinci-003", 68.27, 50.30, 80.42, 54.90, 78.37, 53.40),
        Published("gpt-3.5-turbo", 58.53, 39.90, 85.37, 60.67, 81.97, 55.66),
        Published("codellama-13b", 89.86, 83.27, 87.73, 63.16, 84.26, 62.38),
    ),
}
"""https://github.com/microsoft/JARVIS/blob/main/taskbench/README.md, "Leaderboard"."""


class PaperRow(NamedTuple):
    """One row of the tables 3 to 5 of the HuggingGPT paper (arXiv 2303.17580), in percent."""

    model: str
    accuracy: float | None
    edit_distance: float | None
    precision: float
    recall: float
    f1: float


PAPER: Mapping[str, tuple[PaperRow, ...]] = {
    "single": (
        PaperRow("GPT-3.5", 52.62, None, 62.12, 52.62, 54.45),
        PaperRow("Vicuna-7b", 23.86, None, 45.51, 26.51, 29.44),
        PaperRow("Alpaca-7b", 6.48, None, 35.60, 6.64, 4.88),
    ),
    "chain": (
        PaperRow("GPT-3.5", None, 54.0, 61.09, 45.15, 51.92),
        PaperRow("Vicuna-7b", None, 80.0, 19.15, 28.45, 22.89),
        PaperRow("Alpaca-7b", None, 83.0, 22.27, 23.35, 22.80),
    ),
    "dag": (
        PaperRow("GPT-3.5", None, None, 54.90, 49.23, 51.91),
        PaperRow("Vicuna-7b", None, None, 13.97, 28.08, 18.66),
        PaperRow("Alpaca-7b", None, None, 16.18, 28.33, 20.59),
    ),
}
"""Measured on requests and GPT-4's own plans that were never published."""


def comparability(bench: Bench) -> str:
    """What the published rows are beside ours, in two sentences."""
    count = len(bench.samples)
    if bench.source == "hand labels":
        first = (
            f"Ours are {count} requests labelled anew by hand, with tools and links alone; the "
            "published rows are the whole domain against TaskBench's own plans, which were there "
            "before their requests were written: near each other in kind, not the same test."
        )
    else:
        first = (
            f"Ours are the first {count} requests against TaskBench's own plans, by the measures "
            "of its evaluate.py; the published rows are the whole domain as it was in 2023."
        )
    return (
        f"{first} The rows of the HuggingGPT paper were measured on other requests, whose right "
        "plans GPT-4 wrote: of those, only the order of size can be compared."
    )
