"""Reading JSON from what chat models write: never an exception, never a hang, nothing invented."""

import json
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hugginggpt.graph.brain.llm.collected import Reply
from hugginggpt.graph.brain.llm.drafting import read_draft
from hugginggpt.graph.brain.llm.replies import EntryReader, are_objects, read_json
from hugginggpt.graph.draft import salvage_plan


def task(number, text, kind="translation"):
    return {"task": kind, "id": number, "dep": [-1], "args": {"text": text}}


TASKS = [task(0, "it's \u4f60\u597d"), task(1, "<GENERATED>-0, and more", "summarization")]
PLAN = {"tasks": TASKS, "reply": ""}
WIRE = json.dumps(PLAN, ensure_ascii=False)
PAIRS = WIRE.replace("it's", "its")
"""Without an apostrophe, which single quotes would make ambiguous."""


def is_plan(value):
    return isinstance(value, dict) and isinstance(value.get("tasks"), list)


def draft_of(text, **reply):
    reader = EntryReader()
    reader.feed(text)
    return read_draft(Reply(text, **reply), reader)


# --- the whole reply ------------------------------------------------------------------------

WRITTEN = {
    "as it is": WIRE,
    "escaped": json.dumps(PLAN),
    "over several lines": json.dumps(PLAN, indent=2),
    "byte order mark": f"\ufeff{WIRE}",
    "prose around": f"Sure, here it is:\n{WIRE}\nI hope it helps!",
    "fences": f"```json\n{WIRE}\n```",
    "fences without a language": f"Plan:\n```\n{WIRE}\n```\nDone.",
    "fences without an end": f"```json\n{WIRE}",
    "brackets in prose": f"I use [1], {{braces}} and [a list]: {WIRE} (see [2])",
    "other values first": f'{{"weather": "fine"}} [1, 2] [] {{}} {WIRE}',
    "other values behind": f'{WIRE} {{"weather": "fine"}} [1]',
    "second thoughts": f'{WIRE}\nOr rather:\n{{"tasks": [], "reply": "no"}}',
    "thoughts": f"<think>Maybe a list?</think>{WIRE}",
    "thoughts with a plan": f'<think>{{"tasks": [], "reply": "x"}}</think>\n{WIRE}',
    "thoughts in capitals": f'<THINKING>[{{"task": "z"}}]</THINKING>{WIRE}',
    "thoughts that began in the prompt": f'so {{"tasks": [], "reply": "x"}}?</think>\n{WIRE}',
    "single quotes": str(json.loads(PAIRS)),
    "trailing comma in the list": WIRE.replace("}]", "},]"),
    "trailing comma in the plan": WIRE.replace('""}', '"",}'),
    "trailing comma in an entry": WIRE.replace("}}", "},}"),
    "comma missing": WIRE.replace("}}, {", "}} {"),
    "unquoted names": WIRE.replace('"task":', "task:").replace('"id":', "id:"),
    "comment": WIRE.replace('"reply"', '// all there is\n"reply"'),
    "line break in a text": WIRE.replace(", and more", ",\nand more"),
    "no end": WIRE[:-1],
    "no end of the list": WIRE[: -len('], "reply": ""}')],
}
CHANGED = {
    "single quotes": json.loads(PAIRS),
    "line break in a text": json.loads(WIRE.replace(", and more", ",\\nand more")),
    "no end of the list": {"tasks": TASKS},
}


@pytest.mark.parametrize("name", WRITTEN)
def test_plan_is_found(name):
    assert read_json(WRITTEN[name], is_plan).values[0] == CHANGED.get(name, PLAN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Sorry, I can't.",
        "[1, 2]",
        '{"weather": "fine"}',
        "{}",
        "[",
        "null",
        "</think>",
        '{"```json0```',
    ],
)
def test_no_plan_is_found(text):
    assert read_json(text, is_plan).values == []


@pytest.mark.parametrize(
    ("value", "expected"), [([{}], True), ([], False), ([1], False), ({}, False), (None, False)]
)
def test_are_objects(value, expected):
    assert are_objects(value) is expected


# --- drafts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["if (x) {", "a [ b", "{{{", "}"])
def test_brackets_in_a_text_do_not_make_a_plan_cut_off(text):
    assert draft_of(json.dumps({"tasks": [task(0, text)], "reply": ""})).faults == ()


@pytest.mark.parametrize("tasks", ['"none"', "5", "null", "true", '{"0": {}}'])
def test_tasks_that_are_no_list(tasks):
    text = f'{{"tasks": {tasks}, "reply": "hi"}}'
    for is_cut_off in (False, True):
        assert not salvage_plan(draft_of(text, is_cut_off=is_cut_off).tasks).plan.tasks


def test_tasks_that_stand_line_by_line_are_all_read():
    assert draft_of("\n".join(map(json.dumps, TASKS))).tasks == TASKS


def test_entries_of_a_thought_are_not_those_of_a_plan_that_was_cut_off():
    text = f'<think>[{{"task": "z"}}]</think>{WIRE}'
    assert draft_of(text[:-30], is_cut_off=True).tasks == TASKS[:1]


# --- piece by piece -------------------------------------------------------------------------


def entries_of(*pieces):
    reader = EntryReader()
    return [entry for piece in pieces for entry in reader.feed(piece)]


def test_entry_is_there_with_its_last_brace():
    reader = EntryReader()
    assert [bool(reader.feed(character)) for character in f"[{json.dumps({'a': {}})}"][-2:] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "closed"), [(WIRE, True), (WIRE[:-20], False), ("[{}", False), ("[{}, ]", True)]
)
def test_end_of_the_list_is_known(text, closed):
    reader = EntryReader()
    reader.feed(text)
    assert reader.is_closed is closed


NO_ENTRIES = ["", "prose", "[1, 2]", "[]", '{"tasks": []}', "[{'task': 'a'}]", '{"a": {}}', "{}]"]


@pytest.mark.parametrize("text", NO_ENTRIES)
def test_no_entries(text):
    assert entries_of(*text) == []


def test_entries_before_a_broken_one_are_read():
    assert entries_of(*WIRE.replace('"id": 1', "'id': 1")) == TASKS[:1]


def test_entries_of_a_thought_are_not_read():
    assert entries_of(*f'<think>[{{"task": "z"}}]</think>{WIRE}') == TASKS


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from('{}[]"\\,'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
entries = st.lists(st.dictionaries(st.text(max_size=4), values, max_size=3), min_size=1, max_size=4)


@settings(deadline=None)
@given(entries, st.booleans(), st.sampled_from([None, 1]), st.data())
def test_pieces_do_not_matter(tasks, ascii_only, indent, data):
    text = f"{json.dumps({'tasks': tasks, 'x': 1}, ensure_ascii=ascii_only, indent=indent)} [{{}}]"
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=9)) | {0, len(text)})
    pieces = [text[start:end] for start, end in pairwise(cuts)]
    assert entries_of(text) == entries_of(*pieces) == entries_of(*text) == tasks


# --- anything at all ------------------------------------------------------------------------


def check(text, *, is_cut_off=False):
    """Read a draft from any text: what comes of it can be checked as a plan."""
    salvage_plan(draft_of(text, is_cut_off=is_cut_off).tasks)


words = st.lists(st.sampled_from(WIRE.split())).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text("{}[]\"',:\\\n a\u00e91<>/`") | words, st.booleans())
def test_any_text(text, is_cut_off):
    assert all(map(is_plan, read_json(text, is_plan).values))
    check(text, is_cut_off=is_cut_off)


MUTANTS = 2500
"""For each seed."""


def mutant(rng):
    text = rng.choice([WIRE, json.dumps(TASKS), f"```json\n{WIRE}\n```", str(PLAN)])
    for _ in range(rng.randint(1, 6)):
        start = rng.randrange(len(text) + 1)
        piece = text[start : start + rng.randint(1, 12)]
        new = rng.choice(["", piece * 2, piece[::-1], rng.choice("{}[]\"',:\\\n0e<\ud83d\u4f60\0")])
        text = text[:start] + new + text[start + len(piece) * rng.randint(0, 1) :]
    return text


@pytest.mark.parametrize("seed", range(4))
def test_mutants(seed):
    rng = random.Random(seed)
    for _ in range(MUTANTS):
        check(mutant(rng), is_cut_off=rng.random() < 0.3)


DEEP = {
    "lists": "[",
    "objects": '{"a":',
    "strings": '{"',
    "entries": '[{"args": ',
    "thoughts": "<think>",
}


@pytest.mark.parametrize("unit", DEEP.values(), ids=DEEP)
def test_reply_that_repeats_itself_holds_nobody_up(unit):
    assert draft_of(f'{{"tasks": [{unit * (10_000 // len(unit))}').tasks == []


# --- what once took minutes -----------------------------------------------------------------


def test_entries_are_read_from_a_long_list_in_small_pieces():
    long = [task(0, ["{word}"] * 20_000)]
    text = json.dumps({"tasks": long})
    assert entries_of(*(text[start : start + 5] for start in range(0, len(text), 5))) == long


def test_thoughts_with_many_brackets_are_passed_over():
    text = f"<think>{'a > b ' * 50_000}</think>{WIRE}"
    assert entries_of(*(text[start : start + 6] for start in range(0, len(text), 6))) == TASKS


def test_a_long_list_that_is_no_json_is_not_mended():
    text = "{tasks: [" + "{task: x, args: {text: y}}, " * 3000
    assert draft_of(text).tasks == []


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00", "\ud83d"])
def test_half_a_character_is_replaced(half):
    text = f'{{"tasks": [{{"task": "t", "id": 0, "dep": [], "args": {{"text": "a {half}"}}}}]}}'
    draft = draft_of(text)
    assert draft.tasks[0]["args"]["text"] in ("a \ufffd", "a ?")
    assert entries_of(*text) == draft.tasks


def test_a_whole_character_in_two_halves_is_kept():
    assert entries_of('{"tasks": [{"text": "\\ud83d\\ude00"}]}') == [{"text": "\U0001f600"}]


@pytest.mark.parametrize("text", ['{"tasks": null, "reply": "hi"}', '{"tasks": [], "reply": "hi"}'])
def test_no_tasks_and_a_reply(text):
    draft = draft_of(text)
    assert (draft.tasks, draft.remark, draft.faults) == ([], "hi", ())
