"""The planner with something left out: what each part of it is worth."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hugginggpt.evals.intervals import Interval, difference, interval_of, parts_of
from hugginggpt.evals.metrics import Outline
from hugginggpt.evals.planner.measures import MEASURES, PLANS
from hugginggpt.evals.planner.outcomes import Outcome
from hugginggpt.evals.record import Figure, Row, Variant
from hugginggpt.graph.brain.embedded.examples import Example
from hugginggpt.graph.brain.embedded.fit import (
    FOLDS,
    Words,
    fit_to,
    labels_of,
    read_words,
    references_of,
    tried_rows,
    view_of_example,
)
from hugginggpt.graph.brain.embedded.learned.flow import Flow
from hugginggpt.graph.brain.embedded.learned.model import Learned, Reader, Reading
from hugginggpt.graph.brain.embedded.learned.scores import PARTS, Likeness, Part, Traits, traits_of
from hugginggpt.graph.brain.embedded.learned.views import Rules, View
from hugginggpt.graph.brain.embedded.steps import content_argument
from hugginggpt.tools.kinds import KINDS, fits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]


class Ablation(NamedTuple):
    """What a fit does without."""

    name: str
    without: frozenset[Part] = frozenset()
    """Parts of the likeness."""
    cues: bool = True
    """Whether it is told which cues there are, and what the rules plan."""
    network: bool = True
    """Whether it reads word by word, too."""
    links: bool = True
    """Whether it has learned how tasks are linked."""
    linker: bool = True
    """Whether links are weighed again once the whole plan is known."""


NETWORKS = FOLDS + 1
"""Networks that are fitted: one to all examples, and one without each fold of them."""
NOTHING = Ablation("nothing")
ABLATIONS = (
    Ablation("words (TF-IDF)", frozenset({"words"})),
    Ablation("letters (TF-IDF)", frozenset({"letters"})),
    Ablation("embeddings", frozenset({"meaning"})),
    Ablation("cues and the rules' plan", frozenset({"plan"}), cues=False),
    Ablation("likeness to examples", frozenset(PARTS)),
    Ablation("the network", network=False),
    Ablation("learned links", links=False),
    Ablation("links weighed again", linker=False),
)
LEARNED, LINKS = "what was learned: rules alone", "typed links: nearest fitting task"


class Lab(NamedTuple):
    """Examples that are fitted to in several ways: what is the same for all is worked out once."""

    views: list[View]
    labels: "Numbers"
    topics: Sequence[str]
    references: "NDArray[np.intp]"
    traits: Traits
    alike: Likeness
    words: Words
    flow: Flow

    @property
    def tried(self) -> int:
        """How many of the examples a fit tries, and tells of."""
        return len(tried_rows(self.topics))

    def fit(self, ablation: Ablation, tell: Callable[[], None]) -> Reader:
        """What the examples teach without that; `tell` hears of each example that is tried."""
        traits = self.traits._replace(used=frozenset(PARTS) - ablation.without)
        kernel = self.alike.kernel(traits.used)
        views, words = self.views, self.words if ablation.network else None
        if not ablation.cues:
            views = [_without_cues(view) for view in views]
            words = read_words(views, self.labels, self.topics)
        learned = fit_to(
            kernel, self.references, traits, words, views, self.labels, self.topics, tell
        )
        if ablation.links:
            flow = self.flow if ablation.linker else Flow(self.flow.shares)
            learned = learned._replace(flow=flow)
        return learned if ablation.cues else _Blind(learned)


def views_of(examples: Sequence[Example], tell: Callable[[], None]) -> list[View]:
    """The examples as the learned part sees them; `tell` hears of each."""
    views = []
    for example in examples:
        views.append(view_of_example(example))
        tell()
    return views


def lab_of(
    examples: Sequence[Example], views: list[View], flow: Flow, tell: Callable[[], None]
) -> Lab:
    """The examples, seen and linked so, to be fitted to; `tell` hears of each of `NETWORKS`."""
    labels, topics = labels_of(examples), [example.topic for example in examples]
    references = references_of(labels)
    traits = traits_of([views[place] for place in references])
    words = read_words(views, labels, topics, tell)
    return Lab(views, labels, topics, references, traits, traits.compare(views), words, flow)


class _Blind(NamedTuple):
    """Reads requests without a look at their cues and at what the rules plan."""

    learned: Learned

    def read(self, view: View) -> Reading:
        return self.learned.read(_without_cues(view))._replace(rules=0.0)


def _without_cues(view: View) -> View:
    return view._replace(rules=Rules((), (), 0, 0, 0.0))


def linked_to_nearest(outcome: Outcome) -> Outcome:
    """The outcome, each task linked to the nearest before it whose output fits, and to no other."""
    tasks = outcome.planned.tasks
    links = ((_giver(tasks, place), place) for place in range(len(tasks)))
    found = tuple((giver, taker) for giver, taker in links if giver is not None)
    return outcome._replace(planned=Outline(tasks, found))


def _giver(tasks: Sequence[str], place: int) -> int | None:
    kind = KINDS.get(tasks[place])
    content = content_argument(kind) if kind else None
    if content is None:
        return None
    fitting = (
        number
        for number in reversed(range(place))
        if any(fits(made, content.modality) for made in KINDS[tasks[number]].outputs)
    )
    return next(fitting, None)


def variant_of(name: str, full: Sequence[Row], rows: Sequence[Row]) -> Variant:
    """The figures of rows that were planned without that, beside those planned with everything."""
    parts = list(dict.fromkeys(row.part for row in full))
    return Variant(
        name=name,
        figures={part: _figures(_of(rows, part)) for part in parts},
        grown={part: _grown(_of(full, part), _of(rows, part)) for part in parts},
    )


def _of(rows: Sequence[Row], part: str) -> list[Row]:
    return [row for row in rows if row.part == part]


def _figures(rows: Sequence[Row]) -> dict[str, Figure]:
    found = {measure: interval_of(parts_of(rows, measure)) for measure in MEASURES}
    return {measure: _figure(each) for measure, each in found.items() if each is not None}


def _grown(full: Sequence[Row], rows: Sequence[Row]) -> Figure:
    grown = difference(parts_of(full, PLANS), parts_of(rows, PLANS))
    return _figure(grown) if grown is not None else (0.0, 0.0, 0.0)


def _figure(found: Interval) -> Figure:
    return found.value, found.low, found.high
