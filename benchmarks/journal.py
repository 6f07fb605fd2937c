"""What happened in processes that were killed: a file of lines that outlives its writers."""

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    """One event of one task."""

    event: str
    """start, end, record (its result was written), told (the caller heard that it is done)."""
    task: str
    pid: int
    at: float
    """In seconds; the clock is the same in all processes."""


class Journal:
    """Appends lines; each is one write, so it is there whole or not at all."""

    def __init__(self, path: str | Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(self, event: str, task: str) -> None:
        """Append that `event` has happened to the task, now."""
        line = f"{event} {task} {os.getpid()} {time.monotonic():.6f}\n"
        os.write(self._handle, line.encode())


def read_journal(path: Path) -> list[Line]:
    """All lines, the oldest first; none where nothing was ever noted."""
    if not path.exists():
        return []
    rows = (line.split() for line in path.read_text().splitlines())
    return [Line(event, task, int(pid), float(at)) for event, task, pid, at in rows]


@dataclass
class Count:
    """What journals tell of tasks that were done twice, and of the moment in which they can be."""

    recorded_again: int = 0
    """Tasks that started again although their result had been written."""
    told_again: int = 0
    """Tasks that started again although the caller had heard that they were done."""
    ended_again: int = 0
    """Tasks that started again: they had ended, and their result had not been written."""
    broken_off: int = 0
    """Starts that were killed before their end."""
    unrecorded: int = 0
    """Tasks that ended and whose result was never written by that process."""
    early: int = 0
    """Tasks that the caller heard of before their result was written."""
    windows: list[float] = field(default_factory=list)
    """Seconds from each end to its record."""

    def add(self, lines: Iterable[Line]) -> None:
        """Count what one journal tells."""
        tasks: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            tasks[line.task].append(line)
        for events in tasks.values():
            self._add_task(events)

    def _add_task(self, lines: list[Line]) -> None:
        known: set[str] = set()
        ended: dict[int, float] = {}
        for line in lines:
            if line.event == "start":
                self.recorded_again += "record" in known
                self.told_again += "told" in known
                self.ended_again += "end" in known and "record" not in known
            elif line.event == "end":
                ended[line.pid] = line.at
            elif line.event == "record" and line.pid in ended:
                self.windows.append(line.at - ended.pop(line.pid))
            elif line.event == "told":
                self.early += line.pid in ended
            known.add(line.event)
        self.unrecorded += len(ended)
        events = [line.event for line in lines]
        self.broken_off += events.count("start") - events.count("end")

    def window(self, share: int) -> float:
        """Milliseconds from end to record below which `share` percent of all tasks stayed."""
        if len(self.windows) < 2:
            return float("nan")
        return 1000 * statistics.quantiles(self.windows, n=100)[share - 1]
