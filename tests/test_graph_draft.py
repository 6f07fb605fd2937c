"""Any JSON in, a valid plan or a precise complaint out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.plan import Reference, Template
from hugginggpt.graph.unfolding import MAX_TASKS
from hugginggpt.tools.errors import PlanError
from hugginggpt.tools.kinds import KINDS


def task(kind="translation", id=0, dep=(-1,), **args):  # noqa: A002
    return {"task": kind, "id": id, "dep": list(dep), "args": args or {"text": "hello"}}


def complaint(draft, **surroundings):
    with pytest.raises(PlanError) as caught:
        parse_plan(draft, **surroundings)
    return str(caught.value)


# --- complaints -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        ("hello", "a plan is a list of tasks, not 'hello'"),
        (None, "a plan is a list of tasks, not None"),
        ([7], "entry 0 is 7, not a task object"),
        ([task(id=[1])], "entry 0 has the id [1]; use a whole number"),
        ([task(id=True)], "entry 0 has the id True; use a whole number"),
        ([{"id": 0}], "task 0: there is no task kind None"),
        (
            [task("image-captionings")],
            "task 0: there is no task kind 'image-captionings'; did you mean 'image-to-text'?",
        ),
        ([task(id=1), task(id="1")], "two tasks have the id 1; ids must differ"),
        ([task(dep=["x", {}])], "task 0: dep is ['x', {}], not a list of task ids"),
        ([task(dep=[0])], "task 0 (translation) depends on itself"),
        ([task(dep=[5])], "task 0 (translation) needs task 5, which does not exist"),
        (
            [task(text="<GENERATED>-9")],
            "task 0 (translation) needs task 9, which does not exist",
        ),
        (
            [task(id=0, dep=[1]), task(id=1, dep=[0])],
            "tasks wait for each other in a circle: 0 -> 1 -> 0",
        ),
        ([{"task": "translation", "args": [1]}], "task 0: args is [1], not an object"),
        ([task(text={"a": 1})], "task 0 (translation) wants text as 'text', not {'a': 1}"),
        ([task(text="  ")], "task 0 (translation) has nothing in 'text'"),
        ([task(text=[])], "task 0 (translation) has an empty list as 'text'"),
        (
            [{"task": "sentence-similarity", "args": {"text": "a"}}],
            "task 0 (sentence-similarity) needs the argument 'texts'",
        ),
        (
            [task("image-to-text", image="a.wav")],
            "task 0 (image-to-text) wants image as 'image'; 'a.wav' is audio",
        ),
        (
            [task(), task("image-to-text", id=1, dep=[0], image="<GENERATED>-0")],
            "task 1 (image-to-text) wants image as 'image'; task 0 (translation) gives text",
        ),
    ],
)
def test_complaint_names_task_and_value(draft, says):
    assert complaint(draft) == says


def test_all_complaints_at_once():
    said = complaint([task("foo", id=0), task("bar-baz", id=1)])
    assert "'foo'" in said
    assert "'bar-baz'" in said


def test_modality_of_an_attached_file_counts_not_its_name():
    draft = [task("image-to-text", image="scan")]
    assert "'scan' is audio" in complaint(draft, resources={"scan": "audio"})


def test_too_many_tasks():
    assert f"at most {MAX_TASKS}" in complaint([task(id=n) for n in range(MAX_TASKS + 1)])


def test_unfolding_is_bounded():
    names = [f"{n}.png" for n in range(MAX_TASKS + 1)]
    assert "unfolded" in complaint([task("image-to-text", image=names)])


def test_lists_of_different_length():
    draft = [task("question-answering", context=["a", "b"], question=["x", "y", "z"])]
    assert "differ in length" in complaint(draft)


# --- repairs --------------------------------------------------------------------------------


def wire(draft, **surroundings):
    return parse_plan(draft, **surroundings).to_wire()


def test_forward_reference_is_reordered():
    plan = wire([task(id=0, dep=[1], text="<GENERATED>-1"), task(id=1)])
    assert [row["id"] for row in plan] == [1, 0]


def test_order_of_the_draft_is_kept_where_it_can_be():
    plan = wire([task(id=0), task(id=1, text="<GENERATED>-0"), task(id=2)])
    assert [row["id"] for row in plan] == [0, 1, 2]


def test_dependency_follows_from_reference():
    plan = parse_plan([task(), task(id=1, text="<GENERATED>-0")])
    assert plan.tasks["1"].dependencies == ("0",)
    assert plan.notes == ("task 1 (translation): added the dependency on 0",)


def test_missing_argument_comes_from_the_only_dependency_that_fits():
    draft = [task(), {"task": "summarization", "id": 1, "dep": [0], "args": {}}]
    assert wire(draft)[1]["args"] == {"text": "<GENERATED>-0"}


def test_argument_name_of_the_paper_is_understood():
    draft = [task("visual-question-answering", image="a.jpg", text="who is it?")]
    assert wire(draft)[0]["args"] == {"image": "a.jpg", "question": "who is it?"}


def test_a_knob_is_no_content():
    draft = [task(), task("summarization", id=1, dep=[0], max_length=50)]
    assert wire(draft)[1]["args"] == {"text": "<GENERATED>-0"}


def test_copies_do_not_take_ids_of_earlier_turns():
    plan = wire(
        [task("image-to-text", id=5, image=["a.png", "b.png"]), task(id=6, text="<GENERATED>-2")],
        earlier={"0": "translation", "1": "translation", "2": "translation"},
    )
    assert [(row["id"], row["dep"]) for row in plan] == [(5, [-1]), (7, [-1]), (6, [2])]


def test_id_of_a_reference_ends_where_other_scripts_begin():
    assert wire([task(), task(id=1, text="<GENERATED>-0です")])[1]["dep"] == [0]


@pytest.mark.parametrize("number", [10**5000, "9" * 5000], ids=["number", "text"])
def test_endless_id(number):
    assert "use a whole number" in complaint([task(id=number)])


def test_endless_number():
    assert complaint([task(text=10**5000)]) == "a number has more than 1000 digits"


def test_nested_without_end():
    value: list = []
    for _ in range(100_000):
        value = [value]
    assert complaint([task(text=value)]) == "the plan is nested more than 30 deep"


def test_data_that_looks_like_a_reference_is_checked_like_one():
    draft = [{"task": "graph-ml", "id": 0, "args": {"graph": {"reference": "9"}}}]
    assert complaint(draft) == "task 0 (graph-ml) needs task 9, which does not exist"


def test_data_that_is_no_reference_stays():
    draft = [{"task": "graph-ml", "id": 0, "args": {"graph": {"reference": 5}}}]
    assert wire(draft)[0]["args"] == {"graph": {"reference": 5}}


@pytest.mark.parametrize("graph", [[[1, 2], [3]], {"edges": [[0, 1]]}, [[]], {"a": {"b": None}}])
def test_data_keeps_its_shape(graph):
    draft = [{"task": "graph-ml", "id": 0, "args": {"graph": graph}}]
    assert wire(draft)[0]["args"] == {"graph": graph}


def test_names_in_data_become_text():
    draft = [{"task": "graph-ml", "id": 0, "args": {"graph": {1: {None: 2}}}}]
    assert wire(draft)[0]["args"] == {"graph": {"1": {"None": 2}}}


def test_endless_number_inside_data():
    draft = [{"task": "graph-ml", "id": 0, "args": {"graph": {"a": [10**5000]}}}]
    assert complaint(draft) == "a number has more than 1000 digits"


def test_a_template_without_reference_is_a_text():
    assert wire([task(text={"parts": ["a", "b"]})])[0]["args"] == {"text": "ab"}


def test_a_template_without_anything_is_nothing():
    assert complaint([task(text={"parts": []})]) == "task 0 (translation) has nothing in 'text'"


def test_a_reference_hidden_in_a_template_is_checked():
    draft = [task(text={"parts": ["see <GENERATED>-9"]})]
    assert complaint(draft) == "task 0 (translation) needs task 9, which does not exist"


def test_earlier_task_of_no_known_kind_can_not_be_referred_to():
    said = complaint([task(id=5, text="<GENERATED>-2")], earlier={"2": "gone-kind"})
    assert said == "task 5 (translation) needs task 2, which does not exist"


def test_unknown_argument_is_dropped_and_noted():
    plan = parse_plan([task(text="a", mood="happy")])
    assert plan.tasks["0"].arguments == {"text": "a"}
    assert "dropped the unknown argument 'mood'" in plan.notes[0]


def test_list_unfolds_and_so_does_what_follows():
    plan = wire(
        [
            task("image-to-text", image=["a.png", "b.png"]),
            task("summarization", id=1, dep=[0], text="<GENERATED>-0"),
        ]
    )
    assert [(row["task"], row["id"], row["dep"]) for row in plan] == [
        ("image-to-text", 0, [-1]),
        ("image-to-text", 2, [-1]),
        ("summarization", 1, [0]),
        ("summarization", 3, [2]),
    ]


def test_copy_depends_on_all_that_it_refers_to():
    questions = ["<GENERATED>-0", "<GENERATED>-1"]
    plan = wire(
        [
            task(id=0),
            task(id=1),
            task("question-answering", id=2, context="<GENERATED>-0", question=questions),
        ]
    )
    assert [row["dep"] for row in plan[2:]] == [[0], [0, 1]]


def test_copies_of_the_highest_id_take_the_gaps():
    plan = wire([task(id=999_999_999, text=["a", "b", "c"]), task(id=1)])
    assert [row["id"] for row in plan] == [999_999_999, 0, 2, 1]


def test_unfolded_outputs_meet_again_in_a_list_argument():
    plan = wire(
        [
            task("image-to-text", image=["a.png", "b.png"]),
            task("text-ranking", id=1, dep=[0], query="soup", texts="<GENERATED>-0"),
        ]
    )
    assert plan[2]["args"]["texts"] == ["<GENERATED>-0", "<GENERATED>-2"]


def test_reference_inside_a_sentence_stays_in_it():
    plan = parse_plan([task(), task(id=1, text="Say: <GENERATED>-0!")])
    value = plan.tasks["1"].arguments["text"]
    assert value == Template(parts=("Say: ", Reference(reference="0"), "!"))


def test_words_around_a_reference_to_a_picture_go():
    plan = wire(
        [
            task("text-to-image", prompt="a cat"),
            task("image-to-text", id=1, image="the picture <GENERATED>-0"),
        ]
    )
    assert plan[1]["args"]["image"] == "<GENERATED>-0"


@pytest.mark.parametrize("number", [3, 3.0, "3", "03", " 3 "])
def test_ids_are_the_same_however_written(number):
    assert wire([task(id=number), task(id=4, text="<GENERATED>-3")])[1]["dep"] == [3]


def test_names_as_ids_become_numbers():
    plan = wire([task(id="ocr"), task(id="say", text="<GENERATED>-ocr")])
    assert [(row["id"], row["dep"]) for row in plan] == [(0, [-1]), (1, [0])]


def test_numbers_become_words():
    assert wire([task(text=42)])[0]["args"] == {"text": "42"}


def test_alias_of_a_kind():
    assert wire([task("conversational", text="hi")])[0]["task"] == "text-generation"


def test_ids_go_on_after_those_of_earlier_turns():
    plan = wire([task(id=0), task(id=1, text="<GENERATED>-0")], earlier={"0": "summarization"})
    assert [(row["id"], row["dep"]) for row in plan] == [(1, [-1]), (2, [1])]


def test_earlier_result_may_be_referred_to():
    plan = parse_plan([task(id=5, text="<GENERATED>-2")], earlier={"2": "image-to-text"})
    assert plan.tasks["5"].dependencies == ("2",)
    assert plan.ready(set()) == ["5"]


@pytest.mark.parametrize("text", ["error", "{a} {{b}}", "back\\slash", "字 żółw 🐢", "dep: -1"])
def test_odd_words_are_only_words(text):
    assert wire([task(text=text)])[0]["args"] == {"text": text}


# --- properties -----------------------------------------------------------------------------

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
any_json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
values = any_json | st.integers(-1, 5).map("<GENERATED>-{}".format) | st.just("see <GENERATED>-1")
argument_names = st.sampled_from(["text", "image", "question", "texts", "labels", "x"])
near_plans = st.lists(
    st.fixed_dictionaries(
        {"task": st.sampled_from([*KINDS, "nonsense"])},
        optional={
            "id": st.integers(-1, 5) | any_json,
            "dep": st.lists(st.integers(-1, 5), max_size=3) | any_json,
            "args": st.dictionaries(argument_names, values, max_size=4) | any_json,
        },
    ),
    max_size=6,
)


@given(any_json | near_plans | st.fixed_dictionaries({"tasks": near_plans}))
def test_a_plan_or_a_complaint(draft):
    try:
        plan = parse_plan(draft)
    except PlanError as error:
        assert error.complaints
    else:
        assert parse_plan(plan.to_wire()).to_wire() == plan.to_wire()


@given(near_plans)
def test_valid_plans_survive_the_state(draft):
    try:
        plan = parse_plan(draft)
    except PlanError:
        return
    state = plan.to_state()
    if "NaN" not in json.dumps(state):
        assert type(plan).from_state(json.loads(json.dumps(state))).to_wire() == plan.to_wire()
