"""The embedded planner with a user's lessons: recalled where the request is the same, else learned.

The lessons are read when first needed, and again when their file has changed.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded.examples import Example, digest
from hugginggpt.graph.brain.embedded.learned.model import is_available, kinds_of, learned, version
from hugginggpt.graph.brain.embedded.learned.taught import Taught, reach, teach
from hugginggpt.graph.brain.embedded.lessons import Lesson, lessons_of, read
from hugginggpt.graph.brain.embedded.planner import draft, see
from hugginggpt.graph.brain.embedded.recall import Said, recalled, said_in
from hugginggpt.graph.brain.embedded.refusals import NOT_UNDERSTOOD, SMALL_TALK
from hugginggpt.graph.brain.embedded.tasklist import WireTask
from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.intake import surroundings
from hugginggpt.graph.request import Request
from hugginggpt.tools.errors import FileInputError, PlanError

if TYPE_CHECKING:
    from hugginggpt.graph.brain.embedded.explanation import Explanation

RECALLED = "Planned as you have taught it."
"""The remark on a plan that is a lesson's."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaughtPlanner:
    """Plans by the shipped weights and some lessons."""

    lessons: Sequence[tuple[Lesson, Said]]
    model: Taught | None
    """None: what was learned can't be used here, or there is no lesson."""

    def draft(self, request: Request) -> Draft:
        """The plan for the request, in the wire form, and what to tell the user about it."""
        return self._recalled(request) or draft(request, self.model)

    def explain(self, request: Request) -> "Explanation":
        """How `draft` comes to its plan."""
        from hugginggpt.graph.brain.embedded.explanation import as_taught, explain

        found = self._recalled(request)
        return explain(request, self.model) if found is None else as_taught(request, found.tasks)

    def _recalled(self, request: Request) -> Draft | None:
        """The plan of the last lesson that fits as it is."""
        said = said_in(request)
        for lesson, taught in reversed(self.lessons):
            if taught.wording != said.wording or lesson.earlier:
                continue
            tasks = recalled(lesson.tasks, taught, request, said)
            if tasks == []:
                return Draft([], SMALL_TALK if lesson.reason == "chat" else NOT_UNDERSTOOD)
            if tasks is not None and _is_valid(tasks, request):
                return Draft(tasks, RECALLED)
        return None

    def is_near(self, request: Request) -> bool:
        """Whether a lesson says anything about the request: others are planned as shipped."""
        if not self.lessons:
            return False
        said = said_in(request).wording
        same = any(taught.wording == said for _, taught in self.lessons)
        return same or (self.model is not None and self.model.is_near(see(request)))

    def near(self, examples: Sequence[Example]) -> list[Example]:
        """Those of the shipped examples that a lesson may say something about.

        Where the examples are those that it was fitted to, only its references are looked at.
        """
        if self.lessons and self.model is not None and version() == digest():
            views = [see(lesson.to_request()) for lesson, _ in self.lessons]
            shipped = self.model.learned
            examples = [examples[place] for place in shipped.references[reach(shipped, views)]]
        return [example for example in examples if self.is_near(example.to_request())]


def _is_valid(tasks: Sequence[WireTask], request: Request) -> bool:
    """Whether the tasks still fit: a file by the same kind of name may hold something else."""
    earlier = {key: result.kind for key, result in request.earlier.items()}
    try:
        parse_plan(tasks, **surroundings(request, earlier))
    except PlanError:
        return False
    return True


def taught_planner(lessons: Sequence[Lesson]) -> TaughtPlanner:
    """The planner that has had these lessons."""
    known = [(lesson, said_in(lesson.to_request())) for lesson in lessons]
    return TaughtPlanner(known, _model(lessons) if lessons and is_available() else None)


def _model(lessons: Sequence[Lesson]) -> Taught:
    labels = kinds_of([[*(task["task"] for task in e.tasks), e.reason or ""] for e in lessons])
    views = [see(lesson.to_request()) for lesson in lessons]
    return teach(learned(), [lesson.request for lesson in lessons], views, labels)


def planner_of(path: Path) -> TaughtPlanner:
    """The planner that has had the lessons in the file, if there is one."""
    try:
        found = path.stat()
    except OSError:
        return taught_planner([])
    return _read(path, found.st_mtime_ns, found.st_size, found.st_ino)


@lru_cache(maxsize=4)
def _read(path: Path, *_: int) -> TaughtPlanner:
    """The planner by the file as it was then. What is wrong with that is logged, once."""
    try:
        rows = read(path)
    except FileInputError as error:
        _log.warning("%s; planning goes on without them", error)
        rows = []
    for row in rows:
        if row.fault:
            _log.warning("%s; planning goes on without it: mend or delete the line", row.fault)
    return taught_planner(lessons_of(rows))
