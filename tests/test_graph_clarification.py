"""The user's word on which of two plans is meant, where the brain is not sure."""

import json

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command
from parts import REQUEST, DoubtfulBrain, ScriptedEndpoint, echo, tasks

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded import EmbeddedBrain
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context

CONFIG = {"configurable": {"thread_id": "t"}}
ONE, TWO = tasks("one"), tasks("two", ("three", 0))
DOUBT = "I am not sure of this plan; another would be: translation, translation."
NEITHER = "Neither of the two plans was meant"


class Talk:
    """A run that may stop to ask which plan is meant, and goes on with what the user says."""

    def __init__(self, brain=None, saver=None, **settings):
        self.brain = brain or DoubtfulBrain(ONE, TWO)
        self.saver = saver or InMemorySaver()
        self.context = Context(**{"clarify": True, **settings})
        self.endpoint = ScriptedEndpoint(echo)
        self.state = {}

    def go_on(self, given):
        graph = build_graph(self.saver, brain=self.brain, endpoints=[self.endpoint])
        self.state = graph.invoke(given, CONFIG, context=self.context)
        return self

    def ask(self):
        return self.go_on(REQUEST)

    def say(self, word):
        return self.go_on(Command(resume=word))

    @property
    def question(self):
        return self.state["__interrupt__"][0].value

    @property
    def is_asking(self):
        return "__interrupt__" in self.state

    @property
    def answer(self):
        return self.state["messages"][-1].text


# --- the question ---------------------------------------------------------------------------


def test_both_plans_are_shown():
    question = Talk().ask().question
    assert [[task["args"]["text"] for task in plan] for plan in question["plans"]] == [
        ["one"],
        ["two", "three"],
    ]
    assert (question["reason"], question["complaint"]) == ("doubt", "")


def test_the_question_is_json():
    question = Talk().ask().question
    assert json.loads(json.dumps(question)) == question


def test_for_readers_of_studio_both_are_tables():
    table = Talk(DoubtfulBrain(ONE, [])).ask().question["table"]
    assert "| id | task | works on | needs |\n" in table
    assert table.endswith("**2**\n\nNo task.")


def test_it_is_the_same_when_the_run_is_taken_up_again():
    talk = Talk().ask()
    question = talk.question
    assert talk.go_on(None).question == question


def test_nothing_runs_before_the_word():
    assert Talk().ask().endpoint.ran == []


# --- the word -------------------------------------------------------------------------------


@pytest.mark.parametrize("word", [1, "1", "first", " First. "])
def test_the_first(word):
    talk = Talk().ask().say(word)
    assert talk.endpoint.ran == ["one"]
    assert DOUBT not in talk.answer


@pytest.mark.parametrize("word", [2, "2", "second", "SECOND!"])
def test_the_second(word):
    assert Talk().ask().say(word).endpoint.ran == ["two", "three"]


@pytest.mark.parametrize("word", [False, 0, "", "no", "n", "neither"])
def test_neither(word):
    talk = Talk().ask().say(word)
    assert talk.endpoint.ran == []
    assert talk.answer.startswith(NEITHER)


@pytest.mark.parametrize("word", [True, "yes"])
def test_without_a_choice_the_likelier_runs_and_the_other_is_told_of(word):
    talk = Talk().ask().say(word)
    assert talk.endpoint.ran == ["one"]
    assert DOUBT in talk.answer


@pytest.mark.parametrize("word", [3, "the one with the text", {"plan": []}, [1], 1.5])
def test_another_word_is_asked_about_again(word):
    talk = Talk().ask().say(word)
    assert talk.question["complaint"] == f"{word!r} is no answer: say 1, 2 or no"
    assert talk.say("what?").is_asking
    assert talk.say(2).endpoint.ran == ["two", "three"]


def test_it_goes_on_after_restarts(tmp_path):
    for step in (Talk.ask, lambda talk: talk.say("what?"), lambda talk: talk.say(2)):
        with SqliteSaver.from_conn_string(str(tmp_path / "runs.sqlite")) as saver:
            talk = step(Talk(saver=saver))
    assert talk.endpoint.ran == ["two", "three"]


# --- remarks, and plans without a task ------------------------------------------------------


def test_remarks_are_those_of_the_plan_that_is_meant():
    brain = DoubtfulBrain(ONE, TWO, "About one.", "About two.")
    answer = Talk(brain).ask().say(2).answer
    assert ("About two." in answer, "About one." in answer) == (True, False)


def test_no_task_may_be_what_is_meant():
    assert Talk(DoubtfulBrain(ONE, [], "", "Hello!")).ask().say(2).answer == "Hello!"


def test_a_task_may_be_what_is_meant_after_all():
    talk = Talk(DoubtfulBrain([], ONE, "Hello!")).ask()
    assert talk.question["plans"][0] == []
    assert talk.say(2).endpoint.ran == ["one"]


def test_what_is_wrong_with_the_request_is_told_in_any_case():
    given = {**REQUEST, "files": ["missing.txt"]}
    assert "missing.txt" in Talk().go_on(given).say("no").answer


# --- when nobody is asked -------------------------------------------------------------------


def test_as_a_rule_the_likelier_runs_and_the_other_is_told_of():
    talk = Talk(clarify=False).ask()
    assert talk.endpoint.ran == ["one"]
    assert DOUBT in talk.answer
    assert not Context().clarify


@pytest.mark.parametrize(
    ("plans", "told"),
    [(([], ONE), "a plan would be: translation."), ((ONE, []), "perhaps no task is meant.")],
)
def test_so_is_one_without_a_task(plans, told):
    assert f"{told}" in Talk(DoubtfulBrain(*plans, "Hello!"), clarify=False).ask().answer


@pytest.mark.parametrize("other", [ONE, [{"task": "make-coffee"}], "no plan"])
def test_what_is_no_other_plan_is_no_doubt(other):
    talk = Talk(DoubtfulBrain(ONE, other)).ask()
    assert not talk.is_asking
    assert "not sure" not in talk.answer


def test_plans_are_compared_as_far_as_they_may_run():
    both = DoubtfulBrain(tasks("one", "two"), tasks("one", "three"))
    assert not Talk(both, max_tasks=1).ask().is_asking
    assert len(Talk(DoubtfulBrain(ONE, TWO), max_tasks=1).ask().question["plans"][1]) == 1


def test_the_doubt_ends_with_the_request():
    talk = Talk().ask().say(2)
    talk.brain = DoubtfulBrain(ONE, ONE)
    assert not talk.ask().is_asking


# --- with the rest of the graph -------------------------------------------------------------


def test_the_plan_that_is_meant_is_approved():
    talk = Talk(approve="plan").ask().say(2)
    assert [task["args"]["text"] for task in talk.question["plan"]] == ["two", "three"]
    assert talk.say("yes").endpoint.ran == ["two", "three"]


class _Writing(EmbeddedBrain):
    """Writes the likelier plan entry by entry, and then has its doubts."""

    async def plan(self, request, brief):
        brief.kinds()
        brief.restart()
        for entry in ONE:
            brief.on_entry(entry)
        return Draft(ONE, other=Draft(TWO))


def test_what_has_started_early_leaves_nothing_where_it_is_not_meant():
    talk = Talk(_Writing()).ask().say(2)
    texts = [result["artifacts"][0]["text"] for result in talk.state["results"].values()]
    assert texts == ["two", "three"]


async def test_only_a_doubt_leads_there():
    graph = build_graph(brain=DoubtfulBrain(ONE, TWO), endpoints=[ScriptedEndpoint(echo)])
    steps = [next(iter(step)) async for step in graph.astream(REQUEST)]
    assert steps == ["plan", "select", "approve", "execute", "collect", "respond"]
