"""Reports as tables for a terminal."""

from rich.table import Table

from hugginggpt.evals.intervals import Parts, interval_of, parts_in, parts_of, ratio
from hugginggpt.evals.record import Report, Row
from hugginggpt.evals.taskbench.data import Bench
from hugginggpt.evals.taskbench.published import PAPER, PUBLISHED
from hugginggpt.evals.taskbench.run import paper_figures


def measures_table(report: Report) -> Table:
    """Each measure of each shape of plan in percent, with 95 % intervals; and the time a case."""
    columns = ("plans", "cases", *report.measures, "s a case")
    table = Table(*columns, title=f"{report.name} · {report.brain}", title_justify="left")
    for group in report.groups:
        rows = report.of(group)
        seconds = sum(row.seconds for row in rows) / len(rows)
        cells = [_cell(parts_in(report, group, measure)) for measure in report.measures]
        table.add_row(group, str(len(rows)), *cells, f"{seconds:.3f}")
    return table


def kinds_table(report: Report) -> Table:
    """The first measure of each kind, the weakest first."""
    table = Table("kind", "cases", report.measures[0])
    for kind, rows in weakest_first(report):
        table.add_row(kind, str(len(rows)), _cell(parts_of(rows, report.measures[0])))
    return table


def weakest_first(report: Report) -> list[tuple[str, list[Row]]]:
    """Each kind with the rows whose right plans hold it, by their first measure."""
    groups = {kind: [row for row in report.main if kind in row.right] for kind in report.kinds}

    def measured(kind: str) -> float:
        return ratio(parts_of(groups[kind], report.measures[0])) or 0.0

    return [(kind, groups[kind]) for kind in sorted(groups, key=measured)]


def wrong_table(report: Report) -> Table:
    """The cases with something wrong, and what."""
    table = Table("case", "what was wrong", title="not right", title_justify="left")
    for row in report.rows:
        if not row.is_right:
            table.add_row(row.id, "\n".join(row.complaints))
    return table


def published_table(report: Report, bench: Bench) -> Table:
    """Our row above those of TaskBench's leaderboard, in percent."""
    names = ("n-F1", "e-F1", "t-F1", "v-F1", "R1", "R2")
    table = Table("model", *names, title="beside published rows", title_justify="left")
    ours = [_percent(ratio(parts_of(report.rows, name))) for name in names]
    table.add_row(f"{report.brain} (this run)", *ours, style="bold")
    for row in PUBLISHED[bench.domain]:
        figures = (row.node_f1, row.edge_f1, row.argument_f1, row.value_f1, row.rouge1, row.rouge2)
        table.add_row(row.model, *(f"{figure:.1f}" for figure in figures))
    return table


def paper_table(report: Report) -> Table:
    """The HuggingGPT paper's own measures, ours above its rows, in percent."""
    columns = ("plans", "model", "accuracy", "ED", "precision", "recall", "F1")
    table = Table(*columns, title="as in the HuggingGPT paper", title_justify="left")
    for shape, published in PAPER.items():
        ours = paper_figures(report, shape)
        if ours is None:
            continue
        shares = (ours.accuracy, ours.edit_distance, *ours.nodes, ours.f1)
        table.add_row(shape, f"{report.brain} (this run)", *map(_percent, shares), style="bold")
        for row in published:
            table.add_row("", row.model, *(_plain(figure) for figure in row[1:]))
    return table


def _cell(parts: Parts) -> str:
    found = interval_of(parts)
    if found is None:
        return "-"
    value, low, high = (100 * number for number in found)
    return f"{value:.1f} [{low:.0f}, {high:.0f}]"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _plain(figure: float | str | None) -> str:
    return "-" if figure is None else f"{figure:.1f}"
