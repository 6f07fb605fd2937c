"""Runs killed at random and at every boundary, and resumed: what is lost, what is done twice.

`python -m benchmarks.kills` takes some minutes; `--kills 10` is quicker. Postgres is included
where Debian's package is installed.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from signal import SIGKILL, Signals
from typing import Any, NamedTuple, get_args

from rich.console import Console
from rich.table import Table

from benchmarks.journal import Count, read_journal
from benchmarks.lives import Durability, Life, Point, live
from benchmarks.parts import Spec
from benchmarks.shapes import SHAPES
from tests.postgres_server import obstacle, postgres

PATIENCE = 60
"""Longest life, in seconds; a process that lives on is stuck."""


@dataclass(frozen=True)
class Course:
    """A run and what happens to it: when each of its lives but the last one ends."""

    life: Life
    deaths: Sequence[float | Point] = ()
    """Seconds after the start, or a point that the run gets to."""
    reorders: bool = False
    """Whether each life would make the plan with other ids in another order."""
    signal: Signals = SIGKILL
    """What lives that end at a time are ended with."""


class Outcome(NamedTuple):
    """How a run ended."""

    seconds: float
    """Of the last life, from when it began or went on with the run."""
    killed: int
    state: Mapping[str, Any] | None
    """None where no answer came."""
    reached: Mapping[str, int]
    """How often the last life got to each point."""
    why: str
    """What is known of a last life that brought no answer."""


@dataclass
class Tally:
    """What the runs of one table row came to."""

    runs: int = 0
    killed: int = 0
    lost: int = 0
    """Results that the undisturbed run has and these have not."""
    differ: int = 0
    """Answers that are not those of the undisturbed run."""
    stuck: int = 0
    """Runs that could not be brought to an answer."""
    reasons: list[str] = field(default_factory=list)
    """Why they could not."""
    count: Count = field(default_factory=Count)

    def add(self, course: Course, outcome: Outcome, normal: Outcome) -> None:
        """Count one run in, beside the undisturbed one."""
        self.runs += 1
        self.killed += outcome.killed
        self.count.add(read_journal(course.life.folder / "journal"))
        if outcome.state is None or normal.state is None:
            self.stuck += 1
            self.reasons.append(outcome.why)
            return
        wanted, got = (Counter(o.state["outputs"]) for o in (normal, outcome))  # type: ignore[index]
        self.lost += (wanted - got).total()
        self.differ += _normal(normal.state, course) != _normal(outcome.state, course)

    @property
    def faults(self) -> int:
        """What must not be, whatever was killed."""
        count = self.count
        wrong = (count.recorded_again, count.told_again, count.early)
        return sum(wrong) + self.lost + self.differ + self.stuck


def _normal(state: Mapping[str, Any], course: Course) -> list[str]:
    """The answer without times; where plans are made otherwise, the results that it tells."""
    if course.reorders:
        return sorted(re.findall(r"n\d+:\w{8}", state["answer"]))
    return re.sub(r"\d+\.\d+", "_", state["answer"]).splitlines()


UNTOLD = 255
"""What multiprocessing says of a process whose end two threads ask after at once."""
PRELOADED = [
    "benchmarks.lives",
    "tests.postgres_server",
    "rich.console",
    "rich.table",
    "anyio._backends._asyncio",
    "hugginggpt.graph.brain.composer",
    "langchain_core.language_models.chat_models",
]
"""What a life imports."""


class Processes:
    """Starts lives in processes forked from one that has imported everything already."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)

    def follow(self, course: Course) -> Outcome:
        """Run all lives of a course, one after the other."""
        course.life.folder.mkdir(parents=True)
        killed = 0
        for number, death in enumerate((*course.deaths, None)):
            life = _born(course, number, death)
            kill = (death, course.signal) if isinstance(death, float) else None
            code, seconds = self._live(life, kill)
            if code not in (-SIGKILL, -course.signal, UNTOLD) or death is None:
                break
            killed += 1
        told = life.folder / "result.json"
        result = json.loads(told.read_text()) if told.exists() else {}
        error = life.folder / "error"
        why = f"exit code {code}: {error.read_text() if error.exists() else 'no error'}"
        return Outcome(seconds, killed, result.get("state"), result.get("points", {}), why)

    def _live(self, life: Life, kill: tuple[float, Signals] | None) -> tuple[int | None, float]:
        """How the process ended, and after how long: by itself, by the signal, or by patience."""
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=live, args=(life, theirs), daemon=True)
        process.start()
        theirs.close()
        ours.poll(PATIENCE)  # for the word that the run begins, or the end of the process
        began = time.monotonic()
        if kill is not None:
            process.join(kill[0])
            if process.is_alive():
                os.kill(process.pid, kill[1])
        process.join(PATIENCE)
        stuck = process.is_alive()
        process.kill()
        process.join()
        return None if stuck else process.exitcode, time.monotonic() - began


def _born(course: Course, number: int, death: float | Point | None) -> Life:
    order = list(course.life.order)
    if course.reorders:
        random.Random(number).shuffle(order)
    return replace(course.life, order=order, dies_at=death if isinstance(death, Point) else None)


def random_deaths(seconds: float, chance: random.Random) -> list[float]:
    """Moments of one run at which to kill it: mostly one, at times several in a row."""
    times = chance.choice([1, 1, 1, 2, 3])
    return [chance.uniform(0, 1.05 * seconds) for _ in range(times)]


def boundaries(reached: Mapping[str, int], most: int) -> Iterator[Point]:
    """Every point of a run, evenly thinned out to `most` of each name."""
    for name, times in sorted(reached.items()):
        step = max(1.0, times / most)
        counts = itertools.takewhile(lambda n: n < times, itertools.count(0, step))  # noqa: B023
        yield from dict.fromkeys(Point(name, int(count) + 1) for count in counts)


class Harness:
    """Courses of runs side by side, each beside the undisturbed run of its kind."""

    def __init__(self, folder: Path, together: int = 4) -> None:
        self._folder = folder
        self._names = itertools.count()
        self._processes = Processes()
        self._together = together

    def life(self, spec: Spec, durability: Durability, database: str | None = None) -> Life:
        """The first life of a new run."""
        name = self._folder / f"run-{next(self._names)}"
        return Life(name, spec, range(len(spec)), durability, database)

    def undisturbed(self, life: Life) -> Outcome:
        """The same run, killed by nobody."""
        return self._processes.follow(Course(self.life(life.spec, life.durability, life.database)))

    def tally(self, courses: Iterable[Course], normal: Outcome) -> Tally:
        """What these runs come to, beside the undisturbed one."""
        tally, courses = Tally(), list(courses)
        with ThreadPoolExecutor(self._together) as pool:
            outcomes = pool.map(self._processes.follow, courses)
            for course, outcome in zip(courses, outcomes, strict=True):
                tally.add(course, outcome, normal)
        return tally

    def at_random(
        self, new: partial[Life], kills: int, chance: random.Random, **more: Any
    ) -> Tally:
        """Runs of `new()`, each killed at one moment or several; `more` says how."""
        normal = self.undisturbed(new())
        deaths = (random_deaths(normal.seconds, chance) for _ in range(kills))
        return self.tally((Course(new(), d, **more) for d in deaths), normal)

    def at_boundaries(self, new: partial[Life], most: int) -> Tally:
        """Runs of `new()`, one for each of the points that it gets to."""
        normal = self.undisturbed(new())
        points = boundaries(normal.reached, most)
        return self.tally((Course(new(), [point]) for point in points), normal)


COLUMNS = (
    "runs", "kills", "stuck", "results lost", "answers differ", "recorded, ran again",
    "told, ran again", "told before record", "broken off", "ended, unrecorded",
    "of these ran again", "window ms p50", "p95",
)  # fmt: skip


def row_of(tally: Tally) -> list[str]:
    """The numbers of one row, as `COLUMNS` names them."""
    count = tally.count
    numbers = (
        tally.runs, tally.killed, tally.stuck, tally.lost, tally.differ, count.recorded_again,
        count.told_again, count.early, count.broken_off, count.unrecorded, count.ended_again,
    )  # fmt: skip
    return [*map(str, numbers), f"{count.window(50):.1f}", f"{count.window(95):.1f}"]


def measure(kills: int, most: int) -> int:
    """Print the table row by row; how many faults there were."""
    faults = 0
    with ExitStack() as stack:
        harness = Harness(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        savers: dict[str, str | None] = {"sqlite": None}
        if why := obstacle():
            print(f"without Postgres: {why}")
        else:
            savers["postgres"] = stack.enter_context(postgres())
        console, table = Console(width=180), Table("saver, shape, durability, killed", *COLUMNS)
        for name, tally in _rows(harness, savers, kills, most):
            table.add_row(name, *row_of(tally))
            console.print(f"{name}: {tally.runs} runs, {tally.faults} faults", *tally.reasons)
            faults += tally.faults
        console.print(table)
    return faults


def _rows(
    harness: Harness, savers: Mapping[str, str | None], kills: int, most: int
) -> Iterator[tuple[str, Tally]]:
    """Rows in full with a SQLite file; fewer runs with Postgres, and where only the end is kept."""
    modes = itertools.product(savers.items(), SHAPES.items(), get_args(Durability))
    for (saver, database), (shape, spec), durability in modes:
        new = partial(harness.life, spec, durability, database)
        is_main = saver == "sqlite" and durability != "exit"
        name, fewer = f"{saver}, {shape}, {durability}", kills // 10
        chance = random.Random(name)
        yield f"{name}, at random", harness.at_random(new, kills if is_main else fewer, chance)
        yield f"{name}, at boundaries", harness.at_boundaries(new, most if is_main else 1)
        yield f"{name}, other plan", harness.at_random(new, fewer, chance, reorders=True)


def main() -> None:
    """Print the table; fails where there was a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="runs of each shape and durability")
    parser.add_argument("--most", type=int, default=5, help="kills at boundaries of one name")
    given = parser.parse_args()
    faults = measure(given.kills, given.most)
    raise SystemExit(f"{faults} faults" if faults else 0)


if __name__ == "__main__":
    main()
