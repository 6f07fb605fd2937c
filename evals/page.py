"""A report as files: `report.json`, and `report.html`, one page that asks nobody for anything."""

from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from hugginggpt.evals.intervals import Interval, interval_of, parts_in
from hugginggpt.evals.planner.calibration import bins_of
from hugginggpt.evals.planner.mistakes import worst
from hugginggpt.evals.plots import (
    busiest,
    calibration_plot,
    kinds_plot,
    shapes_plot,
    waterfall_plot,
)
from hugginggpt.evals.record import Report
from hugginggpt.tools.errors import WorkspaceError


class _Tile(NamedTuple):
    """One measure of the whole report."""

    name: str
    found: Interval | None


def write_report(report: Report, folder: Path) -> Path:
    """The path of the page, written beside `report.json`.

    Raises:
        WorkspaceError: the folder can't be written to.

    """
    page = folder / "report.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        report.save(folder / "report.json")
        page.write_text(render(report), encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkspaceError(f"cannot write the report to {str(folder)!r}: {reason}") from error
    return page


def render(report: Report) -> str:
    """The page."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    template = (files(__package__) / "report.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["percent"] = _percent
    timed = busiest(report.rows)
    plots = {
        "Plans by shape": Markup(shapes_plot(report)),  # noqa: S704 - drawn by us, words escaped
        "By kind of task": Markup(kinds_plot(report)),  # noqa: S704
    }
    if bins := bins_of(report.main):
        title = "How sure it was of its kinds, and how often they were right"
        plots[title] = Markup(calibration_plot(bins))  # noqa: S704
    if timed is not None:
        title = f"Where the time went: {timed.id}"
        plots[title] = Markup(waterfall_plot(timed))  # noqa: S704
    facts: dict[str, Any] = {
        "report": report,
        "tiles": [_Tile(name, _of(report, report.groups[0], name)) for name in report.measures],
        "groups": {
            group: [_of(report, group, name) for name in report.measures] for group in report.groups
        },
        "plots": plots,
        "worst": worst(report),
        "rows": sorted(report.rows, key=lambda row: row.is_right),
        "wrong": sum(not row.is_right for row in report.rows),
    }
    return environment.from_string(template).render(facts)


def _of(report: Report, group: str, measure: str) -> Interval | None:
    return interval_of(parts_in(report, group, measure))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
