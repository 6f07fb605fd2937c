"""Plots of a report, as SVG that stands in a page by itself."""

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from hugginggpt.evals.intervals import Interval, interval_of, parts_in, parts_of
from hugginggpt.evals.planner.calibration import Bin
from hugginggpt.evals.record import Report, Row
from hugginggpt.evals.tables import weakest_first

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _GREY, _RED, _TEAL, _AMBER = "#3566a8", "#6b7280", "#b3423a", "#2f7f79", "#c58a1b"
_PALETTE = (_BLUE, _TEAL, _AMBER, _RED, _GREY, "#7a5aa6", "#4f8a3c")
_STATUS = {"done": _BLUE, "failed": _RED, "skipped": _GREY}
_WIDTH = 9.0
"""Inches, of 72 points."""


def kinds_plot(report: Report) -> str:
    """The first measure of each kind with its interval, the weakest on top."""
    groups = weakest_first(report)
    measure = report.measures[0]
    found = [(k, rows, interval_of(parts_of(rows, measure))) for k, rows in groups]
    shown = [(f"{kind} ({len(rows)})", each) for kind, rows, each in found if each is not None]

    def draw(axes: "Axes") -> None:
        for place, (_, each) in enumerate(shown):
            _bar(axes, place, each, _BLUE)
        axes.set_yticks(range(len(shown)), [label for label, _ in shown])
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xlabel(f"{measure}, % (cases behind the name; line: 95 % interval)")

    return _svg("kinds", draw, height=0.7 + 0.27 * len(shown))


def shapes_plot(report: Report) -> str:
    """Every measure of each shape of plan in the first part, with its interval."""
    groups = report.groups_of(report.parts[0])

    def draw(axes: "Axes") -> None:
        height = 0.8 / len(report.measures)
        for number, measure in enumerate(report.measures):
            color = _PALETTE[number % len(_PALETTE)]
            for place, group in enumerate(groups):
                found = interval_of(parts_in(report, group, measure))
                if found is not None:
                    _bar(axes, place - 0.4 + height * (number + 0.5), found, color, height * 0.9)
            axes.barh([0], [0], color=color, label=measure)
        labels = [f"{group} ({len(report.of(group))})" for group in groups]
        axes.set_yticks(range(len(groups)), labels)
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xlabel("%")
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)

    return _svg("shapes", draw, height=0.8 + 0.22 * len(groups) * len(report.measures))


def calibration_plot(bins: Sequence[Bin]) -> str:
    """Chances that were told against shares that were right, with the number of requests."""

    def draw(axes: "Axes") -> None:
        axes.plot([0, 100], [0, 100], color=_GREY, linewidth=0.8, linestyle=":")
        told = [100 * each.told for each in bins]
        right = [100 * each.right for each in bins]
        axes.plot(told, right, color=_BLUE, marker="o", markersize=4)
        for x, y, each in zip(told, right, bins, strict=True):
            axes.annotate(
                str(each.requests), (x, y), xytext=(6, -10), textcoords="offset points", fontsize=8
            )
        axes.set_xlim(0, 104)
        axes.set_ylim(0, 104)
        axes.set_xlabel("told, % (behind each point: requests; dotted: told is right)")
        axes.set_ylabel("right, %")

    return _svg("calibration", draw, height=4.5)


def waterfall_plot(row: Row) -> str:
    """When each task of one run ran."""
    spans = sorted(row.spans, key=lambda span: (span.began, span.ended))

    def draw(axes: "Axes") -> None:
        for place, span in enumerate(spans):
            length = max(span.ended - span.began, row.seconds / 200)
            axes.barh(place, length, left=span.began, height=0.6, color=_STATUS[span.status])
            label = f" {span.ended - span.began:.2f} s"
            axes.text(span.began + length, place, label, va="center", fontsize=8)
        axes.set_yticks(range(len(spans)), [f"{span.task} {span.kind}" for span in spans])
        axes.invert_yaxis()
        axes.set_xlim(0, row.seconds * 1.08)
        axes.axvline(row.seconds, color=_GREY, linewidth=0.8, linestyle=":")
        axes.set_xlabel("seconds since the request (dotted: the answer)")

    return _svg("waterfall", draw, height=0.8 + 0.32 * len(spans))


def busiest(rows: Sequence[Row]) -> Row | None:
    """The run with the most tasks; None where no times were kept."""
    timed = [row for row in rows if row.spans]
    return max(timed, key=lambda row: len(row.spans), default=None)


def _bar(axes: "Axes", place: float, found: Interval, color: str, height: float = 0.6) -> None:
    value, low, high = (100 * number for number in found)
    axes.barh(place, value, height=height, color=color, alpha=0.85)
    axes.plot([low, high], [place, place], color="#111827", linewidth=1.1)


def _svg(name: str, draw: Callable[["Axes"], None], *, height: float) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.fonttype": "none",  # words stay words: small, and to be searched
        "svg.hashsalt": name,  # the same report gives the same page
        "font.family": "sans-serif",
        "font.size": 9,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        axes = figure.subplots()
        draw(axes)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x", alpha=0.25)
        axes.set_axisbelow(True)
        written = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(written, format="svg", metadata=nothing)
    drawn = written.getvalue()
    return drawn[drawn.index("<svg") :]  # the page has a document type of its own
