"""Import time, and the time from a cold start to a plan."""

import statistics
import subprocess
import sys
import time

from rich.console import Console
from rich.table import Table

IMPORTS = {
    "import langgraph.graph": "import langgraph.graph",
    "import hugginggpt": "import hugginggpt",
    "from hugginggpt import build_graph, hf_tools, Context": (
        "from hugginggpt import build_graph, hf_tools, Context"
    ),
}
PLAN = "Summarise page.txt and read the summary to me"
WARM = f"""
import time
from hugginggpt.graph.brain.embedded.planner import draft
from hugginggpt.graph.request import Request
request = Request({PLAN!r})
began = time.perf_counter(); draft(request); cold = time.perf_counter() - began
times = []
for _ in range(100):
    began = time.perf_counter(); draft(request); times.append(time.perf_counter() - began)
print(cold, sorted(times)[50])
"""


def seconds(*command: str) -> float:
    """Median wall time of five runs of `python` with these arguments."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    table = Table("what", "seconds")
    nothing = seconds("-c", "pass")
    for name, code in IMPORTS.items():
        table.add_row(name, f"{seconds('-c', code) - nothing:.2f}")
    table.add_row(
        f"hugginggpt plan {PLAN!r}, cold", f"{seconds('-m', 'hugginggpt', 'plan', PLAN):.2f}"
    )
    output = subprocess.run(
        [sys.executable, "-c", WARM], check=True, capture_output=True, text=True
    ).stdout
    first, warm = (float(number) for number in output.split())
    table.add_row("embedded plan, first in a process", f"{first:.4f}")
    table.add_row("embedded plan, warm", f"{warm:.4f}")
    Console().print(table)


if __name__ == "__main__":
    main()
