"""The report on the planner as tables for a terminal: how sure it was, ablations, mistakes."""

from rich.table import Table

from hugginggpt.evals.planner.calibration import bins_of
from hugginggpt.evals.planner.mistakes import worst
from hugginggpt.evals.record import Figure, Report, Row


def calibration_table(report: Report) -> Table:
    """Chances told against shares right, in percent."""
    title = "how sure it was of its kinds, and how often they were right"
    table = Table("chance", "requests", "told", "right", title=title, title_justify="left")
    for each in bins_of(report.main):
        chance = f"{100 * each.low:.0f} to {100 * each.high:.0f} %"
        told, right = (f"{100 * share:.0f}" for share in (each.told, each.right))
        table.add_row(chance, str(each.requests), told, right)
    return table


def variants_table(report: Report) -> Table:
    """Every measure of each variant in percent, and what is lost, with 95 % intervals."""
    lost = f"{report.measures[0]}, change"
    columns = ("without", "on", lost, *report.measures)
    table = Table(*columns, title="with something left out", title_justify="left")
    for variant in report.variants:
        for part, figures in variant.figures.items():
            cells = [_share(figures.get(measure)) for measure in report.measures]
            table.add_row(variant.name, part, _change(variant.grown[part]), *cells)
    return table


def mistakes_table(report: Report) -> Table:
    """The mistakes made with the most confidence."""
    columns = ("chance", "request", "planned", "right")
    table = Table(*columns, title="surest mistakes", title_justify="left")
    for row in worst(report):
        chance = f"{100 * (row.chance or 0):.0f}"
        table.add_row(chance, row.request, _planned(row), _kinds(row.right))
    return table


def _share(figure: Figure | None) -> str:
    return "-" if figure is None else "{:.1f} [{:.0f}, {:.0f}]".format(*(100 * n for n in figure))


def _change(figure: Figure) -> str:
    return "{:+.1f} [{:+.1f}, {:+.1f}]".format(*(100 * number for number in figure))


def _planned(row: Row) -> str:
    """The kinds; where they are right, what else is wrong."""
    same = sorted(row.planned) == sorted(row.right)
    return "\n".join([_kinds(row.planned), *(row.complaints if same else ())])


def _kinds(kinds: tuple[str, ...]) -> str:
    return "\n".join(kinds) or "no task"
