"""Checks the examples: `python -m hugginggpt.graph.brain.embedded.examples`."""

import sys
from collections import Counter

from rich.console import Console
from rich.table import Table

from hugginggpt.graph.brain.embedded.examples import load_examples
from hugginggpt.graph.brain.embedded.examples.checks import coverage, duplicates, faults, scarce
from hugginggpt.tools.errors import HuggingGPTError

_QUOTED = 80


def main() -> int:
    """Print faults, near-duplicates and balance; 0 if there is nothing to mend."""
    console = Console()
    try:
        examples = load_examples()
    except HuggingGPTError as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        return 2
    found = [(example.request, fault) for example in examples for fault in faults(example)]
    found += [(b.request, f"near-duplicate of {a.request!r}") for a, b in duplicates(examples)]
    for request, fault in found:
        console.print(f"{request[:_QUOTED]!r}: {fault}", markup=False)
    for name in ("language", "style", "topic", "reason"):
        counts = Counter(str(getattr(example, name)) for example in examples)
        console.print(name, dict(counts.most_common()))
    console.print("tasks", dict(sorted(Counter(len(e.tasks) for e in examples).items())))
    console.print(_table(coverage(examples)))
    console.print(f"{len(examples)} examples, {len(found)} faults; scarce: {scarce(examples)}")
    return 1 if found else 0


def _table(counts: Counter[str]) -> Table:
    table = Table("kind", "examples")
    for kind, count in counts.most_common():
        table.add_row(kind, str(count))
    return table


if __name__ == "__main__":
    sys.exit(main())
