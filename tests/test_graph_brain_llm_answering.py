"""Files that an answer names although nobody made them: told, without false alarms, at once."""

import pytest

from hugginggpt.graph.brain.llm.answering import unsupported
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import TaskResult
from hugginggpt.tools.artifacts import Artifact

MADE = TaskResult(
    kind="text-to-speech",
    status="done",
    model="m",
    endpoint="e",
    artifacts=(Artifact(modality="audio", path="/tmp/out/speech-1.wav"),),
)
REQUEST = Request(text="Read notes.txt to me", resources={})


def named(answer):
    return [remark.split("`")[1] for remark in unsupported(answer, REQUEST, {"0": MADE})]


@pytest.mark.parametrize(
    "answer",
    [
        "Here is [it](/tmp/out/speech-1.wav), from notes.txt.",
        "Here is `speech-1.wav`.",
        "It was written in Node.js; see README.md, e.g. section 1.2.",
        "Version 2.0 of www.example.org is out ... wait.",
    ],
)
def test_nothing_is_made_up(answer):
    assert named(answer) == []


@pytest.mark.parametrize(
    ("answer", "files"),
    [
        ("See [it](made-up.png).", ["made-up.png"]),
        ("See /tmp/other.wav, and ./notes.md.", ["/tmp/other.wav", "./notes.md"]),
        ("![x](http://a.b/c.png) ![x](http://a.b/c.png)", ["http://a.b/c.png"]),
        ("**`chart.csv`** | clip.mp4!", ["chart.csv", "clip.mp4"]),
    ],
)
def test_what_is_made_up_is_told_once(answer, files):
    assert named(answer) == files


@pytest.mark.parametrize("unit", [".", "_", "a.", "](", "`a", "/a"])
def test_answer_that_repeats_itself_holds_nobody_up(unit):
    assert named(unit * 100_000) == []
