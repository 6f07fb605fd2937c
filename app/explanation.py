"""Shows how a plan was come by: the request with its telling words marked, a few lines a task."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.text import Text

from hugginggpt.app.plan import argument_text
from hugginggpt.app.terminal import one_line, plain

if TYPE_CHECKING:
    from hugginggpt.graph.brain.embedded.explanation import (
        Chances,
        Explanation,
        Passage,
        Support,
        TaskExplanation,
        ValueExplanation,
    )

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST = 120
"""So many characters of a stretch without marks are shown, or of a quoted passage."""

_UNLIKELY = 0.01
"""Another plan of less chance is not worth a word."""

GROUNDS = {
    "small talk": "There is nothing to plan in small talk.",
    "nothing learned": "The rules planned this alone: extra `embedded` is not installed.",
    "no words": "The rules planned this alone: there are hardly any words.",
    "both agree": "The rules planned this, and what was learned agrees",
    "long": "The rules planned this: what was learned is mostly from shorter requests",
    "again": "The rules planned this: the same is to be done again",
    "there": "The rules planned this: what an earlier turn has made is not made anew",
    "near": "The rules planned this: another plan is likelier by too little",
    "likelier": "What was learned planned this, against the rules",
    "taught": "You have taught this plan for the same request: `hugginggpt teach --list` shows it.",
    "unfit": "The rules planned this: a likelier plan lacks what it needs",
}
"""What is said of each `Ground`."""
NOTHING = {
    "small talk": "small talk:",
    "beyond": "no kind can do what is asked for:",
    "lacking": "what is asked for lacks a file or text:",
    "not understood": "nothing in it asks for one.",
    "chat": "it is like talk, by what was learned.",
    "taught": "as you have taught it.",
    "unsupported": "it is like what no kind can do, by what was learned.",
}
"""Why there is no task; passages follow a colon."""


class _Mark(NamedTuple):
    """A passage of the request that led to a task or to one of its values."""

    start: int
    end: int
    task: int
    """Its id; -1 where the passage is why there is no task."""


def show_explanation(explanation: "Explanation", console: Console) -> None:
    """Print which words led to which task and link."""
    console.print(_marked(explanation))
    console.print(Text(_decided(explanation), "dim"))
    for task in explanation.tasks:
        for line in _task(task):
            console.print(line)
    if explanation.no_task is not None:
        no_task = explanation.no_task
        console.print(Text(f"No task: {NOTHING[no_task.why]}{_quoted(no_task.passages)}"))
        for line in _support(no_task.support):
            console.print(line)


# --- the request ----------------------------------------------------------------------------


def _marked(explanation: "Explanation") -> Text:
    """The request in one line, each telling passage with the number of its task behind it."""
    marks = list(_marks(explanation))
    cuts = sorted({0, len(explanation.request), *(c for m in marks for c in (m.start, m.end))})
    shown = Text()
    for start, end in pairwise(cuts):
        inside = [m for m in marks if m.start <= start and end <= m.end]
        narrowest = min(inside, key=lambda m: m.end - m.start, default=None)
        stretch = _shortened(explanation.request[start:end])
        shown.append(stretch, _style(narrowest.task) if narrowest else "")
        ending = sorted({m.task for m in marks if m.end == end and m.task >= 0})
        shown.append(Text(",").join(map(_number, ending)))
    return shown


def _number(task: int) -> Text:
    return Text(str(task).translate(_RAISED), _style(task))


def _marks(explanation: "Explanation") -> Iterator[_Mark]:
    for task in explanation.tasks:
        clues = task.support.clues if task.support else ()
        passages = [*task.cues, *(clue.passage for clue in clues)]
        passages += [value.passage for value in task.values if value.passage]
        yield from (_Mark(p.start, p.end, task.id) for p in passages)
    if explanation.no_task is not None:
        support = explanation.no_task.support
        clued = [clue.passage for clue in support.clues] if support else []
        for passage in (*explanation.no_task.passages, *clued):
            yield _Mark(passage.start, passage.end, -1)


def _style(task: int) -> str:
    return "bold" if task < 0 else f"bold {_COLOURS[task % len(_COLOURS)]}"


def _shortened(text: str) -> str:
    """The stretch with its middle left out where it is long; line breaks become spaces."""
    line = plain(text).translate({ord(c): " " for c in "\t\n\r\f"})
    half = _LONGEST // 2
    return line if len(line) <= _LONGEST else f"{line[:half]} … {line[-half:]}"


# --- the plan as a whole --------------------------------------------------------------------


def _decided(explanation: "Explanation") -> str:
    ground, chances = GROUNDS[explanation.ground], explanation.chances
    return ground if chances is None else f"{ground}: {_chances(chances, explanation)}."


def _chances(chances: "Chances", explanation: "Explanation") -> str:
    rules = f", theirs {chances.rules:.0%}" if explanation.decided_by == "learned" else ""
    other = ", ".join(chances.other) or "no task"
    likeliest = f"; the likeliest other: {other}, {chances.other_chance:.0%}"
    told = likeliest if chances.other_chance >= _UNLIKELY else ""
    return f"chance {chances.planned:.0%}{rules}{told}"


# --- a task ---------------------------------------------------------------------------------


def _task(task: "TaskExplanation") -> Iterator[Text]:
    yield Text.assemble((f"{task.id} {task.kind}", _style(task.id)), f"  {_because(task)}")
    yield from _support(task.support)
    for value in task.values:
        yield Text.assemble((f"  {one_line(value.argument)}  ", "cyan"), *_value(value))


def _because(task: "TaskExplanation") -> str:
    asked = f", a cue of {task.asked}: {task.kind} fits better here" if task.asked else ""
    cues = _quoted(task.cues)
    return {
        "cue": f"asked for by{cues}{asked}",
        "question": f"answers{cues}",
        "learned": f"learned from examples{'; a cue is' + cues if cues else ''}{asked}",
        "needed": f"makes what {task.helps} needs",
        "again": "the same as before",
        "taught": "as you have taught it",
    }[task.because]


def _support(support: "Support | None") -> Iterator[Text]:
    if support is None:
        return
    without = [f"{support.score - c.fall:.2f} without {_words(c.passage)}" for c in support.clues]
    yield Text("  score " + ", ".join([f"{support.score:.2f}", *without]))
    for example in support.alike:
        yield Text(f"  {example.likeness:.0%} like “{one_line(example.request, _LONGEST)}”")


def _value(value: "ValueExplanation") -> "Iterator[Text | str]":
    """The words that point to the value, if they are others, the value, and why it is that."""
    said = one_line(value.passage.text, _LONGEST) if value.passage else ""
    if said and said != value.value:
        yield f"“{said}” = "
    yield argument_text(value.value, _LONGEST)
    yield f" ({value.why})"


def _quoted(passages: "tuple[Passage, ...]") -> str:
    return "".join(f" {_words(passage)}" for passage in passages)


def _words(passage: "Passage") -> str:
    return f"“{one_line(passage.text, _LONGEST)}”"
