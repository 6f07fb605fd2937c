"""The page of a report."""

import re
from xml.etree import ElementTree

import pytest
from test_evals_record import SPAN, report, row

from hugginggpt.evals.page import render, write_report
from hugginggpt.evals.plots import busiest, kinds_plot, shapes_plot, waterfall_plot
from hugginggpt.evals.record import Report
from hugginggpt.tools.errors import WorkspaceError

TOLD = report(
    row("a", spans=(SPAN,), request="Sum up <b>this</b>", answer="<script>alert(1)</script>"),
    row("b", "chain", ("translation", "summarization"), passed=False),
    notes=["3 < 4"],
)


def test_page_and_json_are_written(tmp_path):
    page = write_report(TOLD, tmp_path / "out")
    assert page.read_text().startswith("<!doctype html>")
    assert Report.load(tmp_path / "out" / "report.json") == TOLD


def test_page_asks_nobody_for_anything():
    """Addresses stand in it only as names of XML."""
    page = render(TOLD)
    assert set(re.findall(r"https?://[^\s\"'<>)]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"<(script|link|img|iframe)|@import|url\((?!#)", page)


def test_words_of_others_are_escaped():
    page = render(TOLD)
    assert "&lt;script&gt;" in page
    assert "3 &lt; 4" in page
    assert "<b>this" not in page


def test_wrong_cases_come_first():
    page = render(TOLD)
    assert page.index(">b</span>") < page.index(">a</span>")
    assert "plan: wrong" in page


def test_same_report_gives_the_same_page():
    assert render(TOLD) == render(TOLD)


@pytest.mark.parametrize("plot", [kinds_plot, shapes_plot])
def test_plots_are_svg_with_words(plot):
    drawn = plot(TOLD)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert "passed" in drawn


def test_waterfall_names_tasks_and_seconds():
    drawn = waterfall_plot(busiest(TOLD.rows))
    assert "0 summarization" in drawn
    assert "0.40 s" in drawn


def test_no_waterfall_without_times():
    without = report(row("a"))
    assert busiest(without.rows) is None
    assert "Where the time went" not in render(without)


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot write the report to .*file"):
        write_report(TOLD, tmp_path / "file")
