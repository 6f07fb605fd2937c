"""The report on a study of the planner, with what is to be known about its figures."""

from collections.abc import Iterator
from statistics import median, quantiles

from hugginggpt.evals.planner.calibration import bins_of, expected_error
from hugginggpt.evals.planner.measures import MEASURES
from hugginggpt.evals.planner.run import OWN, Study
from hugginggpt.evals.planner.split import HELD_STYLE, HELD_TOPICS
from hugginggpt.evals.record import Report, new_report
from hugginggpt.evals.taskbench.data import Bench
from hugginggpt.evals.taskbench.published import comparability
from hugginggpt.graph.brain.embedded.learned.model import WEIGHTS


def report_of(study: Study, bench: Bench | None = None) -> Report:
    """The report on what was measured; `bench` is that of TaskBench's requests, if any."""
    notes = [*_notes(study), *([comparability(bench)] if bench else [])]
    return new_report("planner", "embedded", MEASURES, study.rows, notes, study.variants)


def _notes(study: Study) -> Iterator[str]:
    topics = ", ".join(sorted(HELD_TOPICS))
    yield (
        f"Held out: planned after a fit to {len(study.seen)} examples that leaves out the topics "
        f"{topics} and the style {HELD_STYLE}. All else: planned with the weights shipped."
    )
    yield (
        f"{OWN}: these requests are among the examples of both fits, and the cues were written for "
        "them. They tell that nothing was lost, not how well other requests are read."
    )
    yield _cost(study)
    yield from _calibration(study)
    yield from _doubts(study)
    if study.variants:
        yield (
            "Whatever is left out of what was learned, the rules still say where in the request "
            "each kind belongs, and their plan mostly stands for requests of 25 words and more."
        )


def _calibration(study: Study) -> Iterator[str]:
    rows = study.rows_of(study.outcomes)
    for part in dict.fromkeys(study.parts):
        error = expected_error(bins_of(row for row in rows if row.part == part))
        if error is not None:
            yield f"Expected calibration error, {part}: {error:.3f}."


def _doubts(study: Study) -> Iterator[str]:
    for part in dict.fromkeys(study.parts):
        found = [o for o, own in zip(study.outcomes, study.parts, strict=True) if own == part]
        asked = [(o.subject.right, o.planned, o.other) for o in found if o.other is not None]
        if asked:
            first = sum(right.is_exactly(planned) for right, planned, _ in asked)
            either = first + sum(right.is_exactly(other) for right, _, other in asked)
            yield (
                f"In doubt, {part}: of {len(found)} requests it would ask about {len(asked)}; the "
                f"plan that it holds for likelier is right in {first}, one of the two in {either}."
            )


def _cost(study: Study) -> str:
    """Milliseconds and megabytes."""
    times = [1000 * outcome.seconds for outcome in study.outcomes]
    late = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    size = WEIGHTS.stat().st_size / 1e6
    return (
        f"A plan took {median(times):.1f} ms (median; 95 of 100 took less than {late:.1f} ms); "
        f"the weights shipped are {size:.1f} MB."
    )
