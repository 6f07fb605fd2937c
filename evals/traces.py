"""Evaluators that read a trace: how parallel a run was, what waited, failed, strayed and cost.

Each takes a run tree that holds a run of the graph, and returns what LangSmith takes as feedback:
`langsmith.evaluate(target, data=..., evaluators=[evaluate_trace])`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

from hugginggpt.evals.trees import Attempt, Trace, read_trace
from hugginggpt.tools.files import modality_by_name

_LONGEST = 160
"""Characters of an error in a comment."""


class Score(TypedDict):
    """Feedback of LangSmith."""

    key: str
    score: float | None
    """None where there was nothing to measure."""
    comment: str


class Price(NamedTuple):
    """What a chat model costs for a million tokens, in whatever currency."""

    input: float
    output: float


def evaluate_trace(run: Any, prices: Mapping[str, Price] | None = None) -> list[Score]:
    """All scores of the first run of the graph that the tree holds.

    `prices` are those of chat models, by the name under which traces have them.

    Raises:
        InputError: the tree holds no run of the graph.

    """
    trace = read_trace(run)
    evaluators = (parallelism, wasted_waiting, failures, fallbacks, outside_top, unsupported)
    return [*(evaluate(trace) for evaluate in evaluators), cost(trace, prices or {})]


# --- time ----------------------------------------------------------------------------------------


def parallelism(run: Any) -> Score:
    """The critical path over the wall time of the tasks: 1 where no task waited needlessly."""
    trace = read_trace(run)
    attempts = [attempt for tries in _ran(trace).values() for attempt in tries]
    if not attempts:
        return Score(key="parallelism", score=None, comment="no task ran")
    wall = max(a.end for a in attempts) - min(a.start for a in attempts)
    path = critical_path(trace)
    told = f"critical path {path:.3f} s, wall {wall:.3f} s"
    share = min(1.0, path / wall) if wall > 0 else 1.0
    return Score(key="parallelism", score=round(share, 4), comment=told)


def critical_path(trace: Trace) -> float:
    """Seconds of the longest chain of tasks that wait for each other, waits not counted."""
    length: dict[str, float] = {}
    ran = _ran(trace)
    for key in trace.plan:  # each after those it depends on
        own = sum(attempt.end - attempt.begin for attempt in ran.get(key, ()))
        length[key] = own + max((length.get(each, 0.0) for each in trace.needed(key)), default=0.0)
    return max(length.values(), default=0.0)


def wasted_waiting(run: Any) -> Score:
    """Seconds between the moment a task could have begun and the moment it did, all together."""
    trace = read_trace(run)
    waits = {key: _wait(trace, key, tries[0]) for key, tries in _ran(trace).items()}
    if not waits:
        return Score(key="wasted_waiting", score=None, comment="no task ran")
    worst = max(waits, key=waits.__getitem__)
    told = f"most before {_named(trace, worst)}: {waits[worst]:.3f} s"
    return Score(key="wasted_waiting", score=round(sum(waits.values()), 3), comment=told)


def _wait(trace: Trace, key: str, first: Attempt) -> float:
    """Seconds that the first try began after its inputs and its model were there.

    A task may start before models are chosen, while the plan is being written.
    """
    chosen = max((each for each in trace.selected if each <= first.start), default=first.start)
    ends = (trace.attempts[each][-1].end for each in trace.needed(key) if trace.attempts.get(each))
    return max(0.0, first.begin - max(chosen, *ends, chosen))


def _ran(trace: Trace) -> Mapping[str, Any]:
    """The tries of the tasks of the plan; those of tasks that were dropped are left out."""
    return {key: trace.attempts[key] for key in trace.plan if trace.attempts.get(key)}


# --- outcomes ------------------------------------------------------------------------------------


def failures(run: Any) -> Score:
    """The share of planned tasks that were not done."""
    trace = read_trace(run)
    undone = {
        key: trace.results.get(key, {"status": "not finished"})
        for key in trace.plan
        if trace.results.get(key, {}).get("status") != "done"
    }
    told = (
        f"{_named(trace, k)} {r['status']}: {_short(r.get('error') or '')}"
        for k, r in undone.items()
    )
    return _share("failures", len(undone), len(trace.plan), told, "no task was planned")


def fallbacks(run: Any) -> Score:
    """The share of tasks that ran on which the chosen model failed, so that another was tried."""
    trace = read_trace(run)
    ran = _ran(trace)
    fell = {key: tries for key, tries in ran.items() if len(tries) > 1}
    told = (
        f"{_named(trace, key)}: {attempt.model} failed: {_short(attempt.error)}"
        for key, tries in fell.items()
        for attempt in tries[:-1]
    )
    return _share("fallbacks", len(fell), len(ran), told, "no task ran")


def outside_top(run: Any, top: int = 1) -> Score:
    """The share of selections that were not among the best `top` candidates by rank."""
    trace = read_trace(run)
    ranks = {key: rank for key, rank in trace.ranks.items() if key in trace.plan}
    outside = {key: rank for key, rank in ranks.items() if rank > top}
    told = (f"{_named(trace, key)}: candidate {rank}" for key, rank in outside.items())
    return _share("outside_top", len(outside), len(ranks), told, "no model was chosen")


def _share(key: str, part: int, whole: int, told: Iterable[str], nothing: str) -> Score:
    comment = "; ".join([f"{part} of {whole}", *told]) if whole else nothing
    return Score(key=key, score=round(part / whole, 4) if whole else None, comment=comment)


def _named(trace: Trace, key: str) -> str:
    return f"task {key} ({trace.plan[key]['kind']})"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


# --- the answer ----------------------------------------------------------------------------------

_HEADING = re.compile(r"^#{2,3} (?:How|Good to know)\b", re.M)
"""Where our own account of the run begins."""
_LIST_MARKER = re.compile(r"^\s*\d+[.)]\s", re.M)
_WORD = re.compile(r"[^\s()\[\]<>`'\"“”*|]+")
_NUMBER = re.compile(r"(?<![\w.,:/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w/:-])")
_EVIDENCE = ("messages", "resources", "plan", "remarks", "results")


class _Evidence(NamedTuple):
    """What an answer may draw on."""

    text: str
    numbers: frozenset[float]


def unsupported(run: Any) -> Score:
    """The number of files and numbers in the answer that nothing it was made from holds.

    Words are not checked. A number may be rounded, be a percentage, or count what a list holds.
    """
    trace = read_trace(run)
    words = _LIST_MARKER.sub("", _HEADING.split(trace.answer)[0])
    if not words.strip() or not trace.told:
        return Score(key="unsupported", score=None, comment="there is no answer")
    evidence = _evidence(trace)
    claims = [*_files(words, evidence), *_numbers(words, evidence)]
    told = f"nothing supports {', '.join(claims)}" if claims else "all files and numbers found"
    return Score(key="unsupported", score=float(len(claims)), comment=told)


def _evidence(trace: Trace) -> _Evidence:
    known = {name: trace.told.get(name) for name in _EVIDENCE}
    text = json.dumps(known, ensure_ascii=False, default=_plain)
    numbers = [_value(each) for each in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)]
    counts = [float(count) for count in _counts(known)]
    return _Evidence(text, frozenset([*numbers, *counts]))


def _plain(value: Any) -> Any:
    """What a message says; else the value in words."""
    return getattr(value, "content", None) or str(value)


def _counts(value: Any) -> Iterator[int]:
    """How many items each list in the value holds."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _counts(item)
    elif isinstance(value, list | tuple):
        yield len(value)
        for item in value:
            yield from _counts(item)


def _files(words: str, evidence: _Evidence) -> list[str]:
    named = dict.fromkeys(word.strip(".,;:!?") for word in _WORD.findall(words))
    return [
        name
        for name in named
        if len(name) < 256 and modality_by_name(name) and Path(name).name not in evidence.text
    ]


def _numbers(words: str, evidence: _Evidence) -> list[str]:
    return [
        number
        for number in dict.fromkeys(_NUMBER.findall(words))
        if not _is_supported(number, evidence.numbers)
    ]


def _is_supported(number: str, known: Iterable[float]) -> bool:
    decimals = len(number.partition(".")[2])
    value, half = _value(number), 0.5 * 10**-decimals + 1e-9
    return any(abs(k - value) <= half or abs(100 * k - value) <= half for k in known)


def _value(number: str) -> float:
    return float(number.replace(",", ""))


# --- money ---------------------------------------------------------------------------------------


def cost(run: Any, prices: Mapping[str, Price]) -> Score:
    """What the calls of chat models cost, by the tokens that they told of and the given prices.

    There is no score where the price of a model, or the tokens of a call, are not known.
    """
    calls = read_trace(run).calls
    if not calls:
        return Score(key="cost", score=0.0, comment="no chat model was asked")
    told = [(call.model, call.tokens) for call in calls if call.tokens is not None]
    tokens_in, tokens_out = (sum(tokens[side] for _, tokens in told) for side in (0, 1))
    comment = f"{tokens_in:,} tokens in, {tokens_out:,} out, {len(calls)} calls"
    silent = sum(call.tokens is None and not call.failed for call in calls)
    unknown = sorted({model for model, _ in told if model not in prices})
    if silent:
        comment += f"; {silent} calls told no tokens"
    if unknown:
        comment += f"; no price for {', '.join(unknown)}"
    if silent or unknown:
        return Score(key="cost", score=None, comment=comment)
    total = sum(prices[m].input * t[0] + prices[m].output * t[1] for m, t in told)
    return Score(key="cost", score=total / 1e6, comment=comment)
