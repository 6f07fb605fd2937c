"""`hugginggpt eval planner`: how well the embedded planner reads what it was not fitted to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hugginggpt.app.eval_parts import AsJson, Folder, check_extra, show, some, stages, status
from hugginggpt.tools.errors import SettingError

if TYPE_CHECKING:
    from hugginggpt.evals.planner.run import Stage, Study
    from hugginggpt.evals.taskbench.data import Bench


def planner(
    labelled: Annotated[
        Path | None,
        typer.Option(
            "--labelled", metavar="FILE", help="More requests, in rows like the examples."
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="TaskBench's files, measured too.")
    ] = None,
    ablations: Annotated[
        bool, typer.Option("--ablations", help="Fit again without each part; takes minutes.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", metavar="N", min=1, help="Only N examples and cases, for a quick look."
        ),
    ] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> int:
    """Measure the embedded planner; its exit status says whether that came to its end."""
    check_extra()
    _check_learned()
    from hugginggpt.evals.planner.report import report_of
    from hugginggpt.evals.planner.run import open_study
    from hugginggpt.evals.planner.tables import calibration_table, mistakes_table, variants_table
    from hugginggpt.evals.tables import measures_table
    from hugginggpt.evals.taskbench.data import load_bench

    bench = load_bench(data, "huggingface") if data else None
    study = open_study(labelled, limit)
    whole = _measured(study, bench, ablations=ablations)
    some(study.rows)
    report = report_of(study, bench)
    tables = [measures_table(report), calibration_table(report)]
    tables += [variants_table(report)] if report.variants else []
    show(report, [*tables, mistakes_table(report)], folder, as_json=as_json)
    return status(whole=whole)


def _measured(study: "Study", bench: "Bench | None", *, ablations: bool) -> bool:
    """Whether all was measured; else Ctrl-C was pressed."""
    with stages() as stage:
        try:
            _measure(study, bench, stage, ablations=ablations)
        except KeyboardInterrupt:
            return False
    return True


def _measure(study: "Study", bench: "Bench | None", stage: "Stage", *, ablations: bool) -> None:
    from hugginggpt.evals.planner.run import ablate, measure, measure_bench

    lab = measure(study, stage)
    if bench is not None:
        measure_bench(study, bench, stage)
    if ablations:
        ablate(study, lab, stage)


def _check_learned() -> None:
    """See that the planner has its weights, and what reads them.

    Raises:
        SettingError: it has not.

    """
    from hugginggpt.graph.brain.embedded.learned.model import is_available

    if not is_available():
        raise SettingError(
            "this needs what the planner has learned: pip install 'hugginggpt[embedded]'"
        )
