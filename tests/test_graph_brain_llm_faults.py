"""One fault at a time, at each stage: right results are kept, the user is told, calls are few."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from chat_server import ChatServer, Reply, by_stage, stage_of
from parts import ScriptedEndpoint, obey

from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context

REQUEST = "an error: {braces}, back\\slash, \u4f60\u597d, <GENERATED>-7 and 'quotes'"
IMPATIENT = {"brain_timeout": 1.0, "brain_total_timeout": 6.0}
"""For answers that are slow by intent; on a busy machine, others may be by chance."""
BOUND = 40
"""Seconds after which a case counts as hanging."""


def task(number, text, *dep, kind="translation"):
    return {"task": kind, "id": number, "dep": list(dep) or [-1], "args": {"text": text}}


GOOD = [task(0, "one"), task(1, "<GENERATED>-0 more", 0), task(2, "two", kind="summarization")]
DONE = {"0": "one", "1": "one more", "2": "two"}


def wire(*tasks, reply=""):
    return json.dumps({"tasks": list(tasks) or GOOD, "reply": reply})


def with_third(third):
    """The good plan with another third task."""
    return wire(*GOOD[:2], third)


@dataclass(frozen=True)
class Case:
    id: str
    plan: object
    """What the server says to the call for a plan, or a list, call by call."""
    results: dict = field(default_factory=lambda: DONE)
    """Texts by task id of what was done."""
    calls: int = 1
    """Calls for a plan."""
    told: tuple = ()
    """What the answer says."""
    untold: tuple = ("Left out",)


class Outcome:
    def __init__(self, state, server):
        self.answer = state["messages"][-1].text
        self.selections = state.get("selections", {})
        self.usage = state["usage"]
        self.results = {
            key: r["artifacts"][0]["text"]
            for key, r in state.get("results", {}).items()
            if r["status"] == "done"
        }
        self.stages = [stage_of(call) for call in server.calls]


def is_slow(said):
    replies = said if isinstance(said, list) else [said]
    return any(isinstance(r, Reply) and (r.hang or r.per_token) for r in replies)


async def outcome_of(monkeypatch, *, models=("model-a",), behave=obey, request=REQUEST, **script):
    script = {"plan": wire(), "respond": "All done.", **script}
    patience = IMPATIENT if any(map(is_slow, script.values())) else {}
    settings = patience | script.pop("settings", {})
    with ChatServer(by_stage(**script)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        graph = build_graph(endpoints=[ScriptedEndpoint(behave, models)])
        context = Context(brain="openai:test", **settings)
        async with asyncio.timeout(BOUND):
            state = await graph.ainvoke({"messages": [("user", request)]}, context=context)
    return Outcome(state, server)


SLOW = ("it gave no answer within 6 seconds",)
PLANS = [
    Case("clean", wire()),
    Case("bare list", json.dumps(GOOD)),
    Case("prose around", f"Sure! Here is [the] plan:\n{wire()}\nHope that helps {{you}}."),
    Case("fences", f"```json\n{wire()}\n```"),
    Case("thoughts first", f"<think>maybe {{'tasks': []}} hm</think>{wire()}"),
    Case("single quotes", str({"tasks": GOOD, "reply": ""})),
    Case("trailing commas", wire().replace("}]", "},]").replace("]}", "],}")),
    Case("string ids", wire(*({**t, "id": str(t["id"])} for t in GOOD))),
    Case(
        "gaps in ids",
        wire(task(3, "one"), task(7, "<GENERATED>-3 more", 3), task(12, "two")),
        {"3": "one", "7": "one more", "12": "two"},
    ),
    Case("reference without dependency", wire(GOOD[0], task(1, "<GENERATED>-0 more"), GOOD[2])),
    Case(
        "dependency without reference",
        with_third(task(2, "two", 1, kind="summarization")),
    ),
    Case(
        "reference inside a sentence",
        with_third(task(2, "say <GENERATED>-0 and <GENERATED>-1", 0, 1)),
        {"0": "one", "1": "one more", "2": "say one and one more"},
    ),
    Case("forward reference", wire(GOOD[1], GOOD[2], GOOD[0])),
    Case(
        "list that unfolds",
        wire(task(0, ["a", "b", "c"])),
        {"0": "a", "1": "b", "2": "c"},
    ),
    Case(
        "argument that is no string",
        with_third(task(2, 42)),
        {"0": "one", "1": "one more", "2": "42"},
    ),
    Case(
        "200 tasks",
        wire(*(task(n, f"text {n}") for n in range(200))),
        {str(n): f"text {n}" for n in range(200)},
    ),
    # --- said back once, and mended -----------------------------------------------------------
    Case(
        "unknown kind, mended",
        [with_third(task(2, "two", kind="summarisation-x")), wire()],
        calls=2,
    ),
    Case("no JSON, mended", ["I shall translate it for you.", wire()], calls=2),
    Case("empty, mended", [Reply(""), wire()], calls=2),
    Case("cut off, mended", [Reply(wire()[:-60], finish="length"), wire()], calls=2),
    # --- said back once, in vain --------------------------------------------------------------
    Case(
        "unknown kind",
        with_third(task(2, "two", kind="image-captionings")),
        {"0": "one", "1": "one more"},
        2,
        ("Left out", "no task kind 'image-captionings'", "did you mean 'image-to-text'"),
        (),
    ),
    Case(
        "duplicate ids that nothing refers to",
        wire(task(0, "one"), task(0, "other"), task(2, "two")),
        {"0": "one", "2": "two", "3": "other"},
        2,
    ),
    Case(
        "duplicate ids",
        wire(task(0, "one"), task(0, "other"), task(1, "<GENERATED>-0 more", 0), task(2, "two")),
        {"0": "one", "2": "two"},
        2,
        ("Left out", "task 1 (translation)"),
        (),
    ),
    Case("self-dependency", with_third(task(2, "two", 2)), calls=2),
    Case(
        "cycle",
        wire(*GOOD, task(3, "<GENERATED>-4", 4), task(4, "<GENERATED>-3", 3)),
        calls=2,
        told=("Left out", "circle: 3 -> 4 -> 3"),
        untold=(),
    ),
    Case(
        "missing reference",
        wire(*GOOD, task(3, "<GENERATED>-9", 9)),
        calls=2,
        told=("Left out", "needs task 9, which does not exist"),
        untold=(),
    ),
    Case(
        "argument of the wrong modality",
        wire(
            *GOOD,
            {"task": "image-to-text", "id": 3, "dep": [0], "args": {"image": "<GENERATED>-0"}},
        ),
        calls=2,
        told=("Left out", "wants image as 'image'; task 0 (translation) gives text"),
        untold=(),
    ),
    Case(
        "cut off",
        Reply(wire()[:-60], finish="length"),
        {"0": "one", "1": "one more"},
        2,
        ("Left out", "was cut off: it went on after 2 whole tasks"),
        (),
    ),
    Case(
        "cut off in silence",
        Reply(wire()[:-60]),
        {"0": "one", "1": "one more"},
        2,
        ("Left out", "was cut off: it went on after 2 whole tasks"),
        (),
    ),
    Case(
        "cut off, and badly quoted",
        str({"tasks": GOOD})[:-20],
        {"0": "one", "1": "one more"},
        2,
        ("Left out", "was cut off: it went on after 2 whole tasks"),
        (),
    ),
    Case(
        "prose only",
        "I shall translate it for you.",
        {},
        2,
        ("could not be used", "wrote no plan, only this: I shall translate it for you."),
        (),
    ),
    Case("nothing at all", Reply(""), {}, 2, ("could not be used",), ()),
    Case("not what was asked for", '{"weather": "fine"}', {}, 2, ("could not be used",), ()),
    # --- failures of the server -----------------------------------------------------------------
    Case("429", [Reply("slow down", status=429, headers={"Retry-After": "0.1"}), wire()], calls=2),
    Case("500", [Reply("oops", status=500), wire()], calls=2),
    Case("reset", [Reply(wire(), reset_after=0), wire()], calls=2),
    Case("reset in the middle", [Reply(wire(), reset_after=20), wire()], calls=2),
    Case("hang", [Reply(hang=True), wire()], calls=2),
    Case("slow drip", Reply(wire(), per_token=0.01)),
    Case("slow drip for ever", Reply("slowly " * 99, per_token=0.5), {}, 1, SLOW, ()),
    Case("no stream", Reply(wire(), streams=False), calls=2),
    Case("rubbish", [Reply(raw=b"<html>gateway</html>"), wire()], calls=2),
    Case(
        "429 for ever",
        Reply("slow down", status=429, headers={"Retry-After": "0.1"}),
        {},
        3,
        ("could not be planned", "too many requests", "slow down"),
        (),
    ),
    Case(
        "429 longer than there is time",
        Reply("slow down", status=429, headers={"Retry-After": "3600"}),
        {},
        1,
        ("could not be planned", "too many requests"),
        (),
    ),
    Case(
        "key refused",
        Reply("bad key", status=401),
        {},
        1,
        ("could not be planned", "the key was refused", "OPENAI_API_KEY"),
        (),
    ),
    Case("no such model", Reply("no model", status=404), {}, 1, ("there is no such model",), ()),
    Case(
        "rubbish for ever",
        Reply(raw=b"<html>gateway</html>"),
        {},
        2,
        ("could not be planned", "its answer can't be read", "URL is that of a chat server"),
        (),
    ),
    Case("hang for ever", Reply(hang=True), {}, 3, ("no answer within 1 seconds",), ()),
]


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.id)
async def test_plan(case, monkeypatch):
    outcome = await outcome_of(monkeypatch, plan=case.plan)
    assert outcome.results == case.results
    assert outcome.stages.count("plan") == case.calls
    assert all(words in outcome.answer for words in case.told), outcome.answer
    assert not any(words in outcome.answer for words in case.untold), outcome.answer


@pytest.mark.parametrize("refused", [(), ("schema",), ("schema", "tool")])
async def test_plan_in_whatever_form_the_server_knows(refused, monkeypatch):
    def plan(call):
        if call.form in refused:
            return Reply(f"{call.form} is not supported", status=400)
        return Reply(wire(), tool="plan" if call.form == "tool" else None)

    outcome = await outcome_of(monkeypatch, plan=plan)
    assert outcome.results == DONE
    assert outcome.stages.count("plan") == len(refused) + 1


async def test_form_that_was_refused_is_not_tried_again(monkeypatch):
    def plan(call):
        return Reply("what schema?", status=400) if call.form == "schema" else wire()

    with ChatServer(by_stage(plan=plan, respond="Done.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        graph = build_graph(endpoints=[ScriptedEndpoint(obey)])
        for _ in range(2):
            await graph.ainvoke({"messages": [("user", "x")]}, context=Context(brain="openai:t"))
    assert [call.form for call in server.calls if stage_of(call) == "plan"] == [
        "schema",
        "tool",
        "tool",
    ]


# --- select -------------------------------------------------------------------------------------

TWO = ("model-a", "model-b")
CHOICE = [
    {"task": n, "id": f"model-{m} @ scripted", "reason": f"why {n}"} for n, m in enumerate("bab")
]


def choices(*rows):
    return json.dumps({"selections": list(rows) or CHOICE})


@dataclass(frozen=True)
class Pick:
    id: str
    select: object
    chosen: str = "bab"
    calls: int = 1
    reason: str = "why 0"
    """Part of the reason for the choice of task 0."""


NO_CHOICE = "the top candidate, since"
PICKS = [
    Pick("clean", choices()),
    Pick("bare list", json.dumps(CHOICE)),
    Pick("fences and prose", f"Well:\n```json\n{choices()}\n```"),
    Pick("single quotes", str({"selections": CHOICE})),
    Pick("without the endpoint", choices().replace(" @ scripted", "")),
    Pick("string ids of tasks", choices(*({**c, "task": str(c["task"])} for c in CHOICE))),
    Pick(
        "outside, mended", [choices({**CHOICE[0], "id": "gpt-9"}, *CHOICE[1:]), choices()], calls=2
    ),
    Pick("one missing, mended", [choices(*CHOICE[1:]), choices(CHOICE[0])], calls=2),
    Pick(
        "outside",
        choices({**CHOICE[0], "id": "gpt-9"}, *CHOICE[1:]),
        "aab",
        2,
        f"{NO_CHOICE} 'gpt-9' is no candidate for task 0",
    ),
    Pick("prose", "I like them all.", "aaa", 2, f"{NO_CHOICE} no model was chosen for task 0"),
    Pick("cut off", Reply(choices()[:60], finish="length"), "baa", 2, ""),
    Pick("429", [Reply("wait", status=429, headers={"Retry-After": "0.1"}), choices()], calls=2),
    Pick("500 for ever", Reply("oops", status=500), "aaa", 3, f"{NO_CHOICE} openai:test could not"),
    Pick("hang", [Reply(hang=True), choices()], calls=2),
    Pick("reset", [Reply(choices(), reset_after=3), choices()], calls=2),
    Pick("slow drip", Reply(choices(), per_token=0.01)),
    Pick("slow drip for ever", Reply("slowly " * 99, per_token=0.5), "aaa", 1, SLOW[0]),
]


@pytest.mark.parametrize("pick", PICKS, ids=lambda pick: pick.id)
async def test_select(pick, monkeypatch):
    outcome = await outcome_of(monkeypatch, models=TWO, select=pick.select)
    assert outcome.results == DONE
    models = [outcome.selections[key]["chosen"]["model"] for key in "012"]
    assert models == [f"model-{letter}" for letter in pick.chosen]
    assert pick.reason in outcome.selections["0"]["reason"]
    assert outcome.stages.count("select") == pick.calls


async def test_selection_by_rank_makes_no_call(monkeypatch):
    outcome = await outcome_of(monkeypatch, models=TWO, settings={"selection": "rank"})
    assert outcome.stages == ["plan", "respond"]
    assert outcome.selections["0"]["chosen"]["model"] == "model-a"


# --- respond --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Say:
    id: str
    respond: object
    calls: int = 1
    told: tuple = ("All done.",)


BY_COMPOSER = ("one more", "The answer is worded without the chat model: openai:test could not")
SAYS = [
    Say("clean", "All done."),
    Say("not streamed", Reply("All done.", streams=False), 2),
    Say("429", [Reply("wait", status=429, headers={"Retry-After": "0.1"}), "All done."], 2),
    Say("500", [Reply("oops", status=500), "All done."], 2),
    Say("reset in the middle", [Reply("All done.", reset_after=1), "All done."], 2),
    Say("hang", [Reply(hang=True), "All done."], 2),
    Say("500 for ever", Reply("oops", status=500), 3, BY_COMPOSER),
    Say("hang for ever", Reply(hang=True), 3, BY_COMPOSER),
    Say("reset for ever", Reply("All done.", reset_after=1), 3, BY_COMPOSER),
    Say("slow drip", Reply("All done.", per_token=0.8)),
    Say("slow drip for ever", Reply("slowly " * 99, per_token=0.5), 1, BY_COMPOSER),
    Say("key refused", Reply("bad key", status=401), 1, BY_COMPOSER),
    Say("thoughts first", "<think>I see a draft.png.</think>All done.", 1, ("All done.",)),
    Say("nothing but thoughts", "<think>Hm", 1, ("one more", "worded without the chat model")),
    Say("cut off", Reply("All do", finish="length"), 1, ("All do", "openai:test was cut off")),
    Say("nothing", Reply(""), 1, ("one more", "worded without the chat model")),
    Say(
        "file that nobody made",
        "See [it](made-up.png), and /tmp/other.wav.",
        1,
        ("names `made-up.png`, which no task has made", "names `/tmp/other.wav`"),
    ),
]


@pytest.mark.parametrize("say", SAYS, ids=lambda say: say.id)
async def test_respond(say, monkeypatch):
    outcome = await outcome_of(monkeypatch, respond=say.respond)
    assert outcome.results == DONE
    assert outcome.stages.count("respond") == say.calls
    assert all(words in outcome.answer for words in say.told), outcome.answer
    assert "| 2 | summarization | model-a | scripted |" in outcome.answer


# --- all together ---------------------------------------------------------------------------------


async def test_clean_run_takes_three_calls_whatever_the_number_of_tasks(monkeypatch):
    plan = wire(*(task(n, f"text {n}") for n in range(60)))
    rows = [{"task": n, "id": "model-b", "reason": ""} for n in range(60)]
    outcome = await outcome_of(monkeypatch, models=TWO, plan=plan, select=choices(*rows))
    assert outcome.stages == ["plan", "select", "respond"]
    assert len(outcome.results) == 60


async def test_conversation_takes_one_call(monkeypatch):
    outcome = await outcome_of(
        monkeypatch, plan='{"tasks": [], "reply": "Hello, what shall I do?"}', request="hi there"
    )
    assert outcome.stages == ["plan"]
    assert outcome.answer == "Hello, what shall I do?"


async def test_failed_task_is_told_even_if_the_model_keeps_silent(monkeypatch):
    outcome = await outcome_of(monkeypatch, plan=wire(*GOOD, task(3, "fail now")))
    assert outcome.results == DONE
    assert "Could not do translation" in outcome.answer
    assert "told to fail: now" in outcome.answer


async def test_results_reach_the_answer_typed_and_fenced(monkeypatch):
    seen = []

    def respond(call):
        seen.append(call.user)
        return "ok"

    await outcome_of(monkeypatch, respond=respond)
    assert '<result id="1" of="translation of' in seen[0]
    assert "one more\n</result>" in seen[0]


async def test_calls_and_tokens_are_counted(monkeypatch):
    outcome = await outcome_of(monkeypatch, plan=[Reply("oops", status=500), wire()])
    assert outcome.usage["plan"]["calls"] == 2
    assert outcome.usage["plan"]["input_tokens"] > 500
    assert outcome.usage["respond"]["output_tokens"] > 0
    assert outcome.usage["select"]["calls"] == 0


async def test_calls_that_came_to_nothing_are_counted(monkeypatch):
    outcome = await outcome_of(monkeypatch, plan=Reply("oops", status=500))
    assert outcome.usage["plan"]["calls"] == 3


async def test_calls_for_a_plan_that_could_not_be_mended_are_counted(monkeypatch):
    faulty = wire(task(0, "one", kind="nonsense"))
    outcome = await outcome_of(monkeypatch, plan=[faulty, Reply("bad key", status=401)])
    assert outcome.usage["plan"]["calls"] == 2


@pytest.mark.parametrize("key", ["sk-secretsecret123", "hf_secretsecret", "my-own-key"])
async def test_key_that_a_server_quotes_is_not_told(key, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "my-own-key")
    said = Reply(f"Incorrect API key provided: {key}.", status=401)
    outcome = await outcome_of(monkeypatch, plan=said)
    assert "the key was refused" in outcome.answer
    assert key not in outcome.answer
