from pathlib import Path

import pytest

from hugginggpt.examples import example
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.sentences import split_sentences
from hugginggpt.tools.endpoints.embedded.summary import summarize
from hugginggpt.tools.errors import TaskError

PAGE = example("page.txt").read_text()


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


def test_the_summary_of_the_page_tells_the_story_from_leaving_to_choosing(call: Call):
    summary = summarize({"text": PAGE}, call)[0].text or ""

    assert "ten thousand bees leave" in summary
    assert "act as scouts" in summary
    assert "dances" in summary
    assert "chose the best home" in summary


def test_sentences_are_quoted_in_the_order_of_the_text(call: Call):
    text, data = summarize({"text": PAGE, "sentences": "3"}, call)

    sentences = split_sentences(PAGE)
    chosen = data.data["sentences"]
    assert chosen == sorted(chosen)
    assert text.text == " ".join(sentences[place].text for place in chosen)
    assert (len(chosen), data.data["of"]) == (3, len(sentences))


def test_sentences_about_something_else_are_left_out(call: Call):
    sentences = [each.text for each in split_sentences(PAGE) if not each.heading]
    strangers = ["My printer needs a new cartridge by Monday.", "Salt the pasta water well."]
    text = " ".join([*sentences[:9], strangers[0], *sentences[9:14], strangers[1], *sentences[14:]])

    summary = summarize({"text": text, "sentences": 5}, call)[0].text or ""

    assert not any(stranger in summary for stranger in strangers)


def test_what_is_said_twice_is_kept_once(call: Call):
    text = "The bridge is closed for repairs. " * 6 + "Buses go round by the mill."

    summary = summarize({"text": text, "sentences": 2}, call)[0].text or ""

    assert summary == "The bridge is closed for repairs. Buses go round by the mill."


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (4, 1), (12, 3), (80, 5)])
def test_a_quarter_is_kept_from_one_to_five(count: int, expected: int, call: Call):
    text = " ".join(f"The tram number {n} stops at the old mill every hour." for n in range(count))

    assert len(summarize({"text": text}, call)[1].data["sentences"]) == expected


def test_more_sentences_than_there_are_gives_all(call: Call):
    text = "One thing is here. Another thing is there."

    assert summarize({"text": text, "sentences": 9}, call)[0].text == text


def test_headings_are_not_summaries(call: Call):
    text = "All about trams\n\nThe tram stops at the mill every hour. It is red."

    assert "All about trams" not in (summarize({"text": text}, call)[0].text or "")


def test_a_count_of_none_is_refused(call: Call):
    with pytest.raises(TaskError, match="'sentences' must be a whole number"):
        summarize({"text": PAGE, "sentences": "0"}, call)
