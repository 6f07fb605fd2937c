"""Dependencies of drafted tasks: implied by references, checked, and brought into order.

Faults go to the rows. Pure.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush

from hugginggpt.graph.arguments import referred
from hugginggpt.graph.unfolding import Row

LEFT_OUT = "which was left out"
"""What became of a task that another one needs."""


def imply_dependencies(rows: Iterable[Row]) -> None:
    """Add the dependencies that references imply."""
    for row in rows:
        named = set(row.dependencies)
        implied = [key for key in referred(row) if key not in named]
        if implied:
            row.dependencies += implied
            row.notes.append(f"{row.label}: added the dependency on {', '.join(implied)}")


def check_references(rows: Iterable[Row], known: Container[str]) -> None:
    """Complain of dependencies on tasks that don't exist."""
    for row in rows:
        for key in row.dependencies:
            if key == row.key:
                row.faults.append(f"{row.label} depends on itself")
            elif key not in known:
                row.faults.append(f"{row.label} needs task {key}, which does not exist")


def in_order(rows: Mapping[str, Row]) -> dict[str, Row]:
    """The rows, each after those it depends on, otherwise in the order they came in.

    Last come those that wait for a circle, itself included; rows of circles get a fault.
    """
    sorter = TopologicalSorter(
        {key: [d for d in row.dependencies if d in rows] for key, row in rows.items()}
    )
    with suppress(CycleError):  # what does not wait for a circle is sorted all the same
        sorter.prepare()
    position = {key: index for index, key in enumerate(rows)}
    ready = [(position[key], key) for key in sorter.get_ready()]
    heapify(ready)
    ordered: dict[str, Row] = {}
    while ready:
        _, key = heappop(ready)
        ordered[key] = rows[key]
        sorter.done(key)
        for freed in sorter.get_ready():
            heappush(ready, (position[freed], freed))
    stuck = {key: row for key, row in rows.items() if key not in ordered}
    _blame_circles(stuck)
    return ordered | stuck


def _blame_circles(stuck: Mapping[str, Row]) -> None:
    for circle in _circles(stuck):
        complaint = f"tasks wait for each other in a circle: {' -> '.join([*circle, circle[0]])}"
        for key in circle:
            stuck[key].faults.append(complaint)


def _circles(stuck: Mapping[str, Row]) -> Iterator[list[str]]:
    """Circles of ids, each before one that depends on it, the first of the draft first.

    Each row of `stuck` waits for another one, so following those leads into a circle; each
    row is in one of these circles, or needs one.
    """
    seen: set[str] = set()
    for start in stuck:
        path: list[str] = []
        key = start
        while key not in seen:
            seen.add(key)
            path.append(key)
            key = next(d for d in stuck[key].dependencies if d in stuck)
        if key in path:
            circle = path[path.index(key) :][::-1]
            first = circle.index(min(circle, key=lambda k: stuck[k].position))
            yield circle[first:] + circle[:first]


def blame_dependents(rows: Collection[Row]) -> None:
    """Give a fault to every row that needs one with a fault, at whatever distance."""
    needed_by: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for key in row.dependencies:
            needed_by[key].append(row)
    queue = deque(row for row in rows if row.faults)
    while queue:
        gone = queue.popleft()
        for row in needed_by[gone.key]:
            if not row.faults:
                row.faults.append(f"{row.label} needs task {gone.key}, {LEFT_OUT}")
                queue.append(row)
