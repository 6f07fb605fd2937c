"""Chances that were told against how often they held, and the surest mistakes."""

from xml.etree import ElementTree

import pytest
from rich.console import Console
from test_evals_record import report, row

from hugginggpt.evals.page import render
from hugginggpt.evals.planner.calibration import bins_of, expected_error
from hugginggpt.evals.planner.mistakes import worst
from hugginggpt.evals.planner.tables import calibration_table, mistakes_table, variants_table
from hugginggpt.evals.plots import calibration_plot
from hugginggpt.evals.record import Variant


def told(name, chance, right=True, **about):
    parts = {"passed": (float(right), 1.0), "exact sets": (float(right), 1.0)}
    return row(name, passed=right, chance=chance, **about).model_copy(update={"parts": parts})


ROWS = (
    told("a", 0.95),
    told("b", 0.91, right=False, request="Sum <b>up</b> [red]this[/red]"),
    told("c", 1.0),
    told("d", 0.32, right=False),
    told("e", None, right=False),
)
VARIANT = Variant(
    name="words",
    figures={"all": {"passed": (0.5, 0.4, 0.6)}},
    grown={"all": (-0.1, -0.2, 0.0)},
)


def printed(table):
    console = Console(width=200, markup=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_bins_hold_what_was_held_to_be_as_likely():
    low, high = bins_of(ROWS)
    assert (low.requests, low.told, low.right) == (1, 0.32, 0)
    assert (high.requests, high.right) == (3, pytest.approx(2 / 3))


def test_expected_error_weighs_bins_by_their_requests():
    high = abs((0.95 + 0.91 + 1.0) / 3 - 2 / 3)
    assert expected_error(bins_of(ROWS)) == pytest.approx((0.32 + 3 * high) / 4)
    assert expected_error([]) is None


def test_worst_are_the_wrong_ones_that_were_surest():
    assert [each.id for each in worst(report(*ROWS))] == ["b", "d"]
    assert [each.id for each in worst(report(*ROWS), 1)] == ["b"]


def test_worst_are_of_the_first_part():
    rows = (told("x", 0.5, part="held out"), told("y", 0.9, right=False, part="own"))
    assert worst(report(*rows)) == []


def test_tables_are_printed():
    whole = report(*ROWS, variants=[VARIANT])
    assert "90 to 100 %" in printed(calibration_table(whole))
    assert "-10.0 [-20.0, +0.0]" in printed(variants_table(whole))
    assert "[red]this[/red]" in printed(mistakes_table(whole))


def test_diagram_is_svg_with_counts():
    drawn = calibration_plot(bins_of(ROWS))
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert ">3<" in drawn


def test_page_shows_them_all():
    page = render(report(*ROWS, variants=[VARIANT]))
    assert "How sure it was of its kinds" in page
    assert "With something left out" in page
    assert "Sum &lt;b&gt;up" in page[page.index("Surest mistakes") :]


def test_page_without_chances_has_no_diagram():
    page = render(report(row("a")))
    assert "How sure" not in page
    assert "Surest mistakes" not in page
