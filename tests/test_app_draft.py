"""A plan that is changed before it is approved."""

import io

import pytest
from rich.console import Console

from hugginggpt.app.draft import Draft, to_text
from hugginggpt.tools.errors import InputError

MODELS = [
    {"model": "small", "endpoint": "local", "size": 2_300_000},
    {"model": "large", "endpoint": "local", "size": 2_300_000_000},
    {"model": "large", "endpoint": "hosted", "size": None},
]


def task(key, *needs, **more):
    text = " ".join(["hello", *(f"<GENERATED>-{need}" for need in needs)])
    known = {"task": "translation", "id": key, "dep": list(needs) or [-1], "args": {"text": text}}
    return {**known, "model": "small", "endpoint": "local", **more}


PLAN = [task(0), task(1, 0), task(2, 1), task(3)]


def draft_of(plan=PLAN, **question):
    choices = {str(task["id"]): MODELS for task in plan}
    return Draft({"plan": plan, "choices": choices, "edited": None, **question})


def ids(draft):
    return [task["id"] for task in draft.tasks]


def shown(draft):
    console = Console(file=io.StringIO(), width=120)
    console.print(draft.table())
    return console.file.getvalue()


def test_a_task_goes_with_all_that_need_it():
    draft = draft_of()
    assert draft.delete("0") == ["0", "1", "2"]
    assert ids(draft) == [3]


def test_a_reference_alone_is_a_need():
    draft = draft_of([task(0), {**task(1, 0), "dep": [-1]}])
    assert draft.delete("0") == ["0", "1"]


def test_a_task_that_is_not_there():
    with pytest.raises(InputError, match="there is no task '7'; there are 0, 1, 2, 3"):
        draft_of().delete("7")


@pytest.mark.parametrize(
    ("name", "model", "endpoint"),
    [("large", "large", "local"), ("large @ hosted", "large", "hosted"), ("3", "large", "hosted")],
)
def test_another_model(name, model, endpoint):
    draft = draft_of()
    draft.set_model("1", name)
    changed = draft.tasks[1]
    assert (changed["model"], changed["endpoint"]) == (model, endpoint)
    assert draft.tasks[0]["model"] == "small"


@pytest.mark.parametrize("name", ["huge", "0", "4", "large @ moon"])
def test_a_model_that_is_none_of_the_task(name):
    with pytest.raises(InputError, match=r"is no model of task 1; `m 1` lists them"):
        draft_of().set_model("1", name)


def test_a_new_task_may_name_any_model():
    draft = draft_of(choices={})
    assert draft.set_model("1", "anything") == "anything"


def test_undo():
    draft = draft_of()
    draft.delete("0")
    assert draft.is_changed
    draft.undo()
    assert (ids(draft), draft.is_changed) == ([0, 1, 2, 3], False)


def test_what_the_editor_was_left_with_is_taken_over():
    draft = draft_of()
    assert draft.rewrite(to_text([task(3)])) == ""
    assert ids(draft) == [3]


@pytest.mark.parametrize("text", ["", "[", '"words"', "[1]", "[" * 100_000])
def test_what_is_no_plan_is_kept_as_text(text):
    draft = draft_of()
    assert draft.rewrite(text)
    assert (draft.text, ids(draft), draft.is_changed) == (text, [0, 1, 2, 3], True)


@pytest.mark.parametrize("edited", [[task(3)], to_text([task(3)])])
def test_a_faulty_edit_is_gone_on_with(edited):
    assert ids(draft_of(edited=edited)) == [3]


def test_the_table_names_models_sizes_and_needs():
    _, first, second, *_ = shown(draft_of([task(0), task(1, 0, model="large")])).splitlines()
    assert first.split() == ["0", "translation", "hello", "small", "local", "2.3MB"]
    assert " ".join(second.split()) == "1 translation hello result of 0 0 large local 2.3GB"


@pytest.mark.parametrize("broken", [{}, {"args": 5, "dep": "x"}, {"id": [1], "model": 3}])
def test_a_broken_task_can_be_shown(broken):
    assert shown(draft_of(edited=[broken]))


def test_no_sequence_of_a_task_steers_the_terminal():
    assert "\x1b" not in shown(draft_of([task(0, model="\x1b[2J")]))
