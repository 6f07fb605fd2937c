"""Reports as JSON."""

import pytest

from hugginggpt.evals.record import Report, Row, Span, new_report
from hugginggpt.tools.errors import FileInputError

SPAN = Span(task="0", kind="summarization", began=0.1, ended=0.5, status="done")


def row(name, shape="single", right=("summarization",), passed=True, **about):
    return Row(
        id=name,
        shape=shape,
        right=right,
        planned=right,
        parts={"passed": (float(passed), 1.0)},
        seconds=1.0,
        complaints=() if passed else ("plan: wrong",),
        **about,
    )


def report(*rows, **about):
    return new_report("suite", "embedded", ["passed"], rows, **about)


def test_it_is_read_as_it_was_written(tmp_path):
    told = report(row("a", spans=(SPAN,)), row("b", passed=False), notes=["mind"])
    told.save(tmp_path / "r.json")
    assert Report.load(tmp_path / "r.json") == told


def test_groups_are_all_and_the_shapes_that_there_are():
    told = report(row("a"), row("b", "dag", ("translation", "summarization")))
    assert told.groups == ["all", "single", "dag"]
    assert [each.id for each in told.of("dag")] == ["b"]
    assert told.kinds == ["summarization", "translation"]


def test_parts_have_groups_of_their_own():
    told = report(
        row("a", part="held out", language="en"),
        row("b", part="held out", language="de"),
        row("c", "dag", part="own", language="en"),
    )
    assert told.parts == ["held out", "own"]
    assert told.groups_of("held out") == [
        "held out",
        "held out: single",
        "held out: de",
        "held out: en",
    ]
    assert told.groups[-2:] == ["own", "own: dag"]
    assert [each.id for each in told.of("held out: de")] == ["b"]
    assert [each.id for each in told.main] == ["a", "b"]


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(FileInputError, match=r"gone.json' can't be read: No such file"):
        Report.load(tmp_path / "gone.json")


@pytest.mark.parametrize("content", ["{}", "words", "[]", '"\ud83d"'])
def test_file_that_is_no_report(tmp_path, content):
    path = tmp_path / "r.json"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(FileInputError, match=r"r.json' is no report"):
        Report.load(path)
