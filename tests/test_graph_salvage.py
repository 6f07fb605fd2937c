"""A faulty plan still gives its good part, and says what it does not give."""

import json
import random
import time
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hugginggpt.graph.draft import Salvaged, parse_plan, read_entry, salvage_plan
from hugginggpt.graph.plan import Plan, references
from hugginggpt.graph.unfolding import MAX_TASKS
from hugginggpt.tools.errors import PlanError
from hugginggpt.tools.kinds import KINDS


def task(kind="translation", id=0, dep=(-1,), **args):  # noqa: A002
    return {"task": kind, "id": id, "dep": list(dep), "args": args or {"text": "hello"}}


GOOD = task("text-to-image", id=8, prompt="a cat")
"""The task that every fault stands beside."""
PICTURE = "<GENERATED>-8"


def complaint_of(draft):
    with pytest.raises(PlanError) as caught:
        parse_plan(draft)
    return caught.value


def kept(draft, **surroundings):
    return [row["id"] for row in salvage_plan(draft, **surroundings).plan.to_wire()]


# --- which entry is at fault ----------------------------------------------------------------

FAULTS = {
    "no object": ([7], "entry 0 is 7, not a task object"),
    "id": ([task(id=[1])], "entry 0 has the id [1]; use a whole number"),
    "kind": ([task("foo")], "task 0: there is no task kind 'foo'"),
    "args": ([{"task": "translation", "args": [1]}], "task 0: args is [1], not an object"),
    "dep": ([task(dep=["x", {}])], "task 0: dep is ['x', {}], not a list of task ids"),
    "reference": ([task(text="<GENERATED>-5")], "task 0 (translation) needs task 5, which "),
    "dependency": ([task(dep=[5])], "task 0 (translation) needs task 5, which does not exist"),
    "itself": ([task(text="<GENERATED>-0")], "task 0 (translation) depends on itself"),
    "modality": (
        [task("image-to-text", image="a.wav")],
        "task 0 (image-to-text) wants image as 'image'; 'a.wav' is audio",
    ),
    "modality of a task": (
        [task("automatic-speech-recognition", audio=PICTURE)],
        "task 0 (automatic-speech-recognition) wants audio as 'audio'; task 8 (text-to-image) ",
    ),
    "missing argument": (
        [task("question-answering", question="who?")],
        "task 0 (question-answering) needs the argument 'context'",
    ),
    "nothing": ([task(text=" ")], "task 0 (translation) has nothing in 'text'"),
    "empty list": ([task(text=[])], "task 0 (translation) has an empty list as 'text'"),
    "lengths": (
        [task("question-answering", context=["a", "b"], question=["x", "y", "z"])],
        "task 0 (question-answering): the lists 'context', 'question' differ in length",
    ),
    "circle": (
        [task(id=0, dep=[1]), task(id=1, dep=[0])],
        "tasks wait for each other in a circle: 0 -> 1 -> 0",
    ),
    "long number": ([task(text=10**5000)], "entry 0: a number has more than 1000 digits"),
    "too many": (
        [task("image-to-text", image=[f"{n}.png" for n in range(MAX_TASKS + 1)])],
        f"entry 0: unfolded, the plan holds more than {MAX_TASKS} tasks",
    ),
}
faulty = pytest.mark.parametrize(("bad", "says"), FAULTS.values(), ids=FAULTS)


@faulty
def test_complaint_names_the_entries(bad, says):
    assert complaint_of([*bad, GOOD]).entries == frozenset(range(len(bad)))


@faulty
def test_good_task_stays(bad, says):
    assert salvage_plan([*bad, GOOD]).plan.to_wire() == [GOOD]


@faulty
def test_what_was_dropped_is_told(bad, says):
    (said,) = salvage_plan([*bad, GOOD]).dropped
    assert said.startswith(says)


@faulty
def test_what_needs_a_dropped_task_goes_too(bad, says):
    needs = task(id=9, text="<GENERATED>-0")
    saved = salvage_plan([*bad, GOOD, needs])
    assert saved.plan.to_wire() == [GOOD]
    assert saved.dropped[-1] == "task 9 (translation) needs task 0, which was left out"


@pytest.mark.parametrize("draft", ["hello", None, 7, [GOOD] * (MAX_TASKS + 1), {"tasks": "x"}])
def test_a_plan_that_is_none_names_no_entry(draft):
    assert complaint_of(draft).entries == frozenset()


def test_plan_nested_too_deep_names_no_entry():
    value: list = []
    for _ in range(100_000):
        value = [value]
    assert complaint_of([GOOD, task(text=value)]).entries == frozenset()


def test_copies_of_an_unfolded_task_keep_its_entry():
    draft = [GOOD, task("image-to-text", image=["a.png", "b.wav", "c.wav"])]
    assert complaint_of(draft).entries == {1}


def test_an_entry_read_alone_is_named():
    with pytest.raises(PlanError) as caught:
        read_entry({"task": "foo"}, 5)
    assert caught.value.entries == {5}


def test_an_entry_knows_its_position():
    assert read_entry(GOOD, 5).position == 5


def test_all_circles_are_told_at_once():
    pairs = [task(id=n, dep=[n ^ 1]) for n in range(4)]
    assert complaint_of(pairs).complaints == (
        "tasks wait for each other in a circle: 0 -> 1 -> 0",
        "tasks wait for each other in a circle: 2 -> 3 -> 2",
    )


def test_who_only_waits_for_a_circle_is_not_at_fault():
    draft = [task(id=0, dep=[1]), task(id=1, dep=[2]), task(id=2, dep=[1])]
    assert complaint_of(draft).entries == {1, 2}


# --- what is kept ---------------------------------------------------------------------------


def test_a_valid_plan_stays_whole():
    draft = [GOOD, task("image-to-text", id=9, dep=[8], image=PICTURE)]
    assert salvage_plan(draft) == Salvaged(parse_plan(draft), ())


def test_nothing_good():
    assert salvage_plan([task("foo")]) == Salvaged(
        Plan({}), ("task 0: there is no task kind 'foo'",)
    )


def test_no_plan_at_all():
    assert salvage_plan("hello") == Salvaged(Plan({}), ("a plan is a list of tasks, not 'hello'",))


def test_dependents_go_at_any_distance():
    chain = [task("foo"), task(id=1, dep=[0]), task(id=2, text="<GENERATED>-1"), GOOD]
    assert salvage_plan(chain).dropped == (
        "task 0: there is no task kind 'foo'",
        "task 1 (translation) needs task 0, which was left out",
        "task 2 (translation) needs task 1, which was left out",
    )


def test_what_a_faulty_task_needs_stays():
    assert kept([task(), task("foo", id=1, dep=[0])]) == [0]


def test_faults_of_different_stages_are_told_together():
    draft = [task("foo"), task(id=1, dep=[7]), task("image-to-text", id=2, image="a.wav"), GOOD]
    assert len(salvage_plan(draft).dropped) == 3


def test_a_task_without_id_keeps_that_of_its_place():
    assert kept([task("foo"), {"task": "translation", "args": {"text": "hi"}}]) == [1]


def test_an_entry_that_is_no_task_is_meant_by_its_place():
    assert salvage_plan([7, task(id=1, dep=[0]), GOOD]).dropped[-1] == (
        "task 1 (translation) needs task 0, which was left out"
    )


def test_the_place_of_an_unreadable_entry_is_no_id_where_another_task_has_it():
    assert kept([7, task(id=0), task(id=1, text="<GENERATED>-0")]) == [0, 1]


def test_a_dropped_task_hides_an_earlier_one():
    draft = [task("foo", id=0), task(id=1, text="<GENERATED>-0")]
    assert kept(draft, earlier={"0": "translation"}) == []


def test_copies_take_no_id_of_a_dropped_task():
    assert kept([task("image-to-text", image=["a.png", "b.png"]), task("foo", id=1)]) == [0, 2]


def test_good_copies_stay():
    draft = [task("image-to-text", image=["a.png", "b.wav", "c.png"]), GOOD]
    assert [row["args"] for row in salvage_plan(draft).plan.to_wire()] == [
        {"image": "a.png"},
        {"image": "c.png"},
        {"prompt": "a cat"},
    ]


def test_only_the_task_that_unfolds_too_far_goes():
    many = task("image-to-text", id=9, image=["a.png", "b.png"])
    good = [task(id=n + 10) for n in range(MAX_TASKS - 1)]
    assert kept([many, *good]) == [row["id"] for row in good]


# --- what is mended -------------------------------------------------------------------------


def test_twins_become_one():
    saved = salvage_plan([GOOD, GOOD])
    assert saved.dropped == ()
    assert saved.plan.to_wire() == [GOOD]
    assert saved.plan.notes == ("task 8 (text-to-image): left out entry 1, which says the same",)


def test_what_refers_to_twins_stays():
    assert kept([GOOD, GOOD, task("image-to-text", id=9, image=PICTURE)]) == [8, 9]


def test_an_id_used_twice_that_nothing_refers_to():
    saved = salvage_plan([GOOD, task(id=8)])
    assert saved.dropped == ()
    assert saved.plan.to_wire() == [GOOD, task(id=9)]
    assert saved.plan.notes == ("task 9 (translation): its id was 8, which an earlier entry has",)


def test_an_id_used_twice_that_something_refers_to():
    saved = salvage_plan([GOOD, task(id=8), task("image-to-text", id=9, image=PICTURE)])
    assert saved.plan.to_wire() == [GOOD]
    assert saved.dropped == (
        "two tasks have the id 8; ids must differ",
        "task 9 (image-to-text) needs task 8, and two tasks have that id",
    )


def test_second_of_an_id_may_mean_the_first():
    assert kept([GOOD, task("image-to-text", id=8, dep=[8], image="a.png")]) == [8]


def test_an_id_that_an_unreadable_task_has_too():
    saved = salvage_plan([task("foo", id=8), GOOD, task(id=9, dep=[8])])
    assert saved.plan.to_wire() == [GOOD]
    assert saved.dropped[-1] == "task 9 (translation) needs task 8, and two tasks have that id"


def test_a_new_id_is_none_that_is_referred_to():
    draft = [task(id=0), task(id=0, text="x"), task(id=1, text="<GENERATED>-2")]
    saved = salvage_plan(draft)
    assert [row["id"] for row in saved.plan.to_wire()] == [0, 3]
    assert saved.dropped == ("task 1 (translation) needs task 2, which does not exist",)


def test_a_dependency_on_itself_goes():
    saved = salvage_plan([task(dep=[0, 8]), GOOD])
    assert saved.dropped == ()
    assert saved.plan.tasks["0"].dependencies == ("8",)
    assert "task 0 (translation): removed the dependency on itself" in saved.plan.notes


# --- whatever is given ----------------------------------------------------------------------


def assert_valid(plan, earlier=()):
    """What a plan promises to those who run it."""
    for position, (key, one) in enumerate(plan.tasks.items()):
        before = {*list(plan.tasks)[:position], *earlier}
        known = {argument.name for argument in one.task_kind.arguments}
        required = {argument.name for argument in one.task_kind.required}
        referred = {r for value in one.arguments.values() for r in references(value)}
        assert key == one.id
        assert required <= one.arguments.keys() <= known
        assert referred <= set(one.dependencies) <= before
    assert parse_plan(plan.to_wire(), earlier=earlier or None).to_wire() == plan.to_wire()


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
any_json = st.recursive(
    scalars | st.just(10**1500) | st.integers(0, 4).map("<GENERATED>-{}".format),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(["reference", "parts"]), inner)
    ),
    max_leaves=12,
)
near_plans = st.lists(
    st.fixed_dictionaries(
        {"task": st.sampled_from([*KINDS, "nonsense"])},
        optional={
            "id": st.integers(-1, 5) | any_json,
            "dep": st.lists(st.integers(-1, 5), max_size=3) | any_json,
            "args": any_json
            | st.dictionaries(
                st.sampled_from(["text", "image", "question", "graph"]), any_json, max_size=4
            ),
        },
    )
    | any_json,
    max_size=6,
)


@given(any_json | near_plans | st.fixed_dictionaries({"tasks": near_plans}))
def test_anything_gives_a_valid_plan(draft):
    saved = salvage_plan(draft)
    assert_valid(saved.plan)
    json.dumps(saved.plan.to_state())
    assert saved.plan.tasks or saved.dropped or draft in ([], {"tasks": []})


@given(near_plans)
def test_a_plan_without_complaint_loses_nothing(draft):
    try:
        plan = parse_plan(draft)
    except PlanError:
        return
    assert repr(salvage_plan(draft)) == repr(Salvaged(plan, ()))  # as text: NaN is not NaN


@pytest.mark.parametrize(
    "name", [None, 3, 2.5, True, 10**5000], ids=["none", "int", "float", "bool", "endless"]
)
def test_names_that_are_no_text(name):
    draft = [{"task": "graph-ml", "id": 0, "args": {"graph": {name: [name]}, name: 1}}, GOOD]
    saved = salvage_plan(draft)
    assert_valid(saved.plan)
    assert "8" in saved.plan.tasks


def test_a_list_that_holds_itself():
    endless: list = []
    endless += [endless, endless]
    assert salvage_plan(endless).dropped == ("the plan is nested more than 30 deep",)


# --- mutations ------------------------------------------------------------------------------

MUTANTS = 2_000
"""For each of five seeds."""
JUNK = [
    *(None, True, False, 0, -1, 3, 7.5, 2.0, float("nan"), float("inf"), 10**50, 10**5000),
    *("", " ", "0", "03", "x", "a.png", "b.wav", "9" * 5000, 999_999_999, "error", "\ud800"),
    *([], {}, [[]], [[1, 2], [3]], ["a", "b"], ["a", "b", "c"], {"text": "a"}, [None], {1: 2}),
    *({"reference": "0"}, {"parts": ["a", {"reference": "1"}]}, {"parts": []}),
    *("<GENERATED>-0", "see <GENERATED>-1!", "<GENERATED>-77", ["<GENERATED>-0", "<GENERATED>-2"]),
]


def random_plan(rng):
    """A valid plan in wire form: examples of kinds, wired up where modalities fit."""
    rows = []
    for number in range(rng.randint(1, 5)):
        kind = rng.choice(list(KINDS.values()))
        args = deepcopy(kind.example)
        for argument in kind.arguments:
            givers = [
                n for n, row in enumerate(rows) if KINDS[row["task"]].gives(argument.modality)
            ]
            if givers and not argument.setting and rng.random() < 0.6:
                giver = rows[rng.choice(givers)]["id"]
                args[argument.name] = f"<GENERATED>-{giver}"
        needs = [int(v[12:]) for v in args.values() if str(v).startswith("<GENERATED>-")]
        rows.append(task(kind.name, number, needs or [-1]) | {"args": args})
    return rows


def mutate_field(rng, rows):
    row = rng.choice(rows)
    if isinstance(row, dict):
        row[rng.choice(["id", "dep", "args", "task"])] = deepcopy(rng.choice(JUNK))


def mutate_argument(rng, rows):
    row = rng.choice(rows)
    if isinstance(row, dict) and isinstance(row.get("args"), dict):
        names = [*row["args"], "text", "image", "mood", 5]
        row["args"][rng.choice(names)] = deepcopy(rng.choice(JUNK))


def mutate_link(rng, rows):
    row = rng.choice(rows)
    if isinstance(row, dict) and isinstance(row.get("args"), dict):
        other = rng.randint(-1, len(rows))
        row["args"][rng.choice([*row["args"], "text"])] = f"<GENERATED>-{other}"


def mutate_to_list(rng, rows):
    row = rng.choice(rows)
    if isinstance(row, dict) and isinstance(row.get("args"), dict) and row["args"]:
        name = rng.choice(list(row["args"]))
        others = [row["args"][name], f"<GENERATED>-{rng.randrange(len(rows))}"]
        row["args"][name] = [row["args"][name], rng.choice(others)]


def mutate_dependencies(rng, rows):
    row = rng.choice(rows)
    if isinstance(row, dict):
        row["dep"] = [rng.randint(-1, len(rows)) for _ in range(rng.randint(0, 3))]


def mutate_id(rng, rows):
    row = rng.choice(rows)
    if isinstance(row, dict):
        row["id"] = rng.choice([rng.randint(-2, len(rows)), str(rng.randint(0, 9)), "ocr"])


def mutate_kind(rng, rows):
    row = rng.choice(rows)
    if isinstance(row, dict):
        row["task"] = rng.choice([*KINDS, "image-captionings", "tts"])


def drop_something(rng, rows):
    row = rng.choice(rows)
    inner = row.get("args") if isinstance(row, dict) and rng.random() < 0.5 else row
    if isinstance(inner, dict) and inner:
        del inner[rng.choice(list(inner))]


def drop_entry(rng, rows):
    if len(rows) > 1:
        rows.pop(rng.randrange(len(rows)))


def double_entry(rng, rows):
    rows.insert(rng.randint(0, len(rows)), deepcopy(rng.choice(rows)))


def swap_entries(rng, rows):
    one, other = rng.randrange(len(rows)), rng.randrange(len(rows))
    rows[one], rows[other] = rows[other], rows[one]


def replace_entry(rng, rows):
    rows[rng.randrange(len(rows))] = deepcopy(rng.choice(JUNK))


MUTATIONS = [
    *(mutate_field, mutate_argument, mutate_link, mutate_dependencies, mutate_id, mutate_kind),
    *(mutate_to_list, drop_something, drop_entry, double_entry, swap_entries, replace_entry),
]


def mutants(count, seed):
    rng = random.Random(seed)
    for _ in range(count):
        rows = random_plan(rng)
        for _ in range(rng.randint(1, 4)):
            rng.choice(MUTATIONS)(rng, rows)
        yield rows


def test_plans_to_mutate_are_valid():
    rng = random.Random(1)
    for _ in range(300):
        parse_plan(random_plan(rng))


@pytest.mark.parametrize("seed", range(5))
def test_mutated_plans(seed):
    complained = 0
    for draft in mutants(MUTANTS, seed):
        saved = salvage_plan(draft)
        assert_valid(saved.plan)
        try:
            plan = parse_plan(draft)
        except PlanError as error:
            complained += 1
            assert error.complaints
            assert error.entries <= set(range(len(draft)))
        else:
            assert repr(saved) == repr(Salvaged(plan, ()))
    assert MUTANTS * 0.3 < complained < MUTANTS * 0.95


def needing(rows, bad):
    """Ids of the tasks that need task `bad`, itself among them."""
    gone = {bad}
    for row in rows:  # in order, as random plans are
        if gone & set(row["dep"]):
            gone.add(row["id"])
    return gone


def test_a_fault_in_one_entry_costs_only_what_needs_it():
    rng = random.Random(7)
    for _ in range(1000):
        rows = random_plan(rng)
        bad = rng.randrange(len(rows))
        spared = [row for row in rows if row["id"] not in needing(rows, bad)]
        broken = deepcopy(rows)
        broken[bad] |= {"task": "nonsense"} if rng.random() < 0.5 else {"dep": [77]}
        assert salvage_plan(broken).plan.to_wire() == parse_plan(spared).to_wire()


# --- time -----------------------------------------------------------------------------------

CROWDS = {
    "chain": [task("foo")] + [task(id=n, text=f"<GENERATED>-{n - 1}") for n in range(1, MAX_TASKS)],
    "backwards": [task(id=n, dep=[n + 1]) for n in range(MAX_TASKS)],
    "circles": [task(id=n, dep=[n ^ 1]) for n in range(MAX_TASKS)],
    "one circle": [task(id=n, dep=[(n + 1) % MAX_TASKS]) for n in range(MAX_TASKS)],
    "one id": [task(id=0, text=f"{n}") for n in range(MAX_TASKS)],
    "twins": [GOOD] * MAX_TASKS,
    "wrong modality": [task("image-to-text", id=n, image="a.wav") for n in range(MAX_TASKS)],
    "lists of one": [task(id=n, text=["a"]) for n in range(MAX_TASKS)],
}


@pytest.mark.parametrize("draft", CROWDS.values(), ids=CROWDS)
def test_a_full_plan_is_salvaged_at_once(draft):
    began = time.perf_counter()
    salvage_plan(draft)
    assert time.perf_counter() - began < 1
