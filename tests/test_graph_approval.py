"""The user's word on a plan: what they are shown, what they may say, and what comes of it."""

import asyncio
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command
from parts import REQUEST, PlannedBrain, ScriptedEndpoint, obey, tasks

from hugginggpt.graph.brain import Choices, Draft
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.offers import LARGE, ranked_first
from hugginggpt.tools.candidates import Candidate

NAMES = st.sampled_from(["task", "id", "dep", "args", "model", "endpoint", "plan", "tasks", "text"])
CONFIG = {"configurable": {"thread_id": "t"}}


class ChoosingBrain(PlannedBrain):
    """Chooses the first model, and remembers which tasks it was asked about."""

    def __init__(self, plan):
        super().__init__(plan)
        self.asked = []

    async def select(self, request, plan, candidates, brief):
        self.asked.append(sorted(candidates))
        return Choices({key: ranked_first(offered) for key, offered in candidates.items()})


class Endpoint(ScriptedEndpoint):
    """Has a name and a price; its models have a size, and may be loaded."""

    def __init__(self, name="scripted", models=("model-a",), *, only=None, **about):
        super().__init__(self._tell, models)
        self.name = name
        self.only = only
        self.is_paid = about.get("is_paid", False)
        self.size = about.get("size")
        self.loaded = False
        self.prepared = []

    async def _tell(self, text, candidate):
        return f"{await obey(text, candidate)} by {candidate.model}"

    def candidates(self, kind):
        if self.only not in (None, kind.name):
            return []
        return [
            Candidate(model=m, kind=kind.name, endpoint=self.name, size=self.size, licence="mit")
            for m in self.models
        ]

    def is_loaded(self, candidate):
        return self.loaded

    def prepare(self, candidate):
        self.prepared.append(candidate.model)


class Talk:
    """A run that stops to ask, and goes on with what the user says."""

    def __init__(self, plan, *endpoints, approve="plan", saver=None, brain=None, **settings):
        self.brain = brain or ChoosingBrain(plan)
        self.endpoints = endpoints or (Endpoint(models=("model-a", "model-b")),)
        self.saver = saver or InMemorySaver()
        self.context = Context(approve=approve, **settings)
        self.state = self._go_on(REQUEST)

    def _go_on(self, given):
        graph = build_graph(self.saver, brain=self.brain, endpoints=self.endpoints)
        return graph.invoke(given, CONFIG, context=self.context)

    def say(self, word):
        self.state = self._go_on(Command(resume=word))
        return self

    def ask(self):
        self.state = self._go_on(REQUEST)
        return self

    @property
    def question(self):
        return self.state["__interrupt__"][0].value

    @property
    def is_asking(self):
        return "__interrupt__" in self.state

    @property
    def texts(self):
        results = self.state["results"]
        return {key: results[key]["artifacts"][0]["text"] for key in self.state["plan"]}

    @property
    def answer(self):
        return self.state["messages"][-1].text


def entry(number, text, **more):
    return {"task": "translation", "id": number, "dep": [-1], "args": {"text": text}, **more}


# --- the question ---------------------------------------------------------------------------


def test_the_plan_is_shown_with_its_models():
    question = Talk(tasks("a")).question
    assert question["plan"] == [entry(0, "a", model="model-a", endpoint="scripted")]
    assert question["reason"] == "plan"
    assert question["table"].startswith("| id | task | works on | needs | model |\n| --- |")


def test_so_are_the_models_that_could_be_taken():
    choices = Talk(tasks("a")).question["choices"]
    assert [choice["model"] for choice in choices["0"]] == ["model-a", "model-b"]
    assert choices["0"][0].keys() == {
        "model",
        "endpoint",
        "size",
        "downloads",
        "licence",
        "caveat",
    }


def test_the_question_is_json():
    question = Talk(tasks("a", ("<GENERATED>-0", 0))).question
    assert json.loads(json.dumps(question)) == question


def test_a_task_that_nothing_can_run_has_no_model():
    question = Talk(tasks("a"), Endpoint(models=())).question
    assert (question["plan"][0]["model"], question["choices"]) == (None, {"0": []})


def test_nothing_is_loaded_before_the_word():
    endpoint = Endpoint()
    talk = Talk(tasks("a"), endpoint)
    assert endpoint.prepared == []
    talk.say(True)
    assert endpoint.prepared == ["model-a"]


# --- yes and no -----------------------------------------------------------------------------


@pytest.mark.parametrize("word", [True, "yes", "Y", " ok. "])
def test_yes(word):
    assert Talk(tasks("a")).say(word).texts == {"0": "a by model-a"}


@pytest.mark.parametrize("word", [False, "", "no", "N", []])
def test_no(word):
    talk = Talk(tasks("a")).say(word)
    assert talk.answer == "The plan was refused."
    assert talk.state.get("results", {}) == {}


def test_a_reason_ends_up_in_the_answer_where_the_brain_can_not_plan_anew():
    talk = Talk(tasks("a")).say("far too expensive")
    assert talk.answer == "The plan was refused: far too expensive."
    assert talk.endpoints[0].ran == []


def test_no_counts_although_the_run_goes_on_with_other_settings():
    talk = Talk(tasks("a"))
    talk.context = Context()
    assert talk.say(False).answer == "The plan was refused."


def test_the_models_of_a_refused_plan_are_not_those_of_the_next():
    brain = ChoosingBrain(tasks("a"))
    talk = Talk([], brain=brain).say(False)
    talk.ask().say(True)
    assert brain.asked == [["0"], ["0"]]


# --- edits ----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [list, json.dumps, lambda plan: {"plan": plan}])
def test_another_argument(form):
    talk = Talk(tasks("a", "b")).say(form([entry(0, "A"), entry(1, "b")]))
    assert talk.texts == {"0": "A by model-a", "1": "b by model-a"}


def test_a_task_is_deleted():
    assert Talk(tasks("a", "b")).say([entry(1, "b")]).texts == {"1": "b by model-a"}


def test_a_task_is_added_and_only_for_it_a_model_is_chosen():
    talk = Talk(tasks("a"))
    talk.say([entry(0, "a"), {**entry(1, "<GENERATED>-0 b"), "dep": [0]}])
    assert talk.texts == {"0": "a by model-a", "1": "a by model-a b by model-a"}
    assert talk.brain.asked == [["0"], ["1"]]


def test_another_kind_gets_another_model():
    talk = Talk(tasks("a")).say([{**entry(0, "a"), "task": "summarization"}])
    assert talk.brain.asked == [["0"], ["0"]]
    assert talk.state["selections"]["0"]["chosen"]["kind"] == "summarization"


def test_a_model_that_is_left_beside_another_kind_does_not_count():
    class Each(Endpoint):
        def candidates(self, kind):
            return [c.model_copy(update={"model": kind.name}) for c in super().candidates(kind)]

    talk = Talk(tasks("a"), Each())
    talk.say([{**talk.question["plan"][0], "task": "summarization"}])
    assert talk.texts == {"0": "a by summarization"}


@pytest.mark.parametrize("name", ["model-b", "model-b @ scripted"])
def test_another_model(name):
    talk = Talk(tasks("a"))
    talk.say([{**talk.question["plan"][0], "model": name}])
    assert talk.texts == {"0": "a by model-b"}
    assert talk.state["selections"]["0"]["reason"] == "chosen by the user"


def test_the_same_model_elsewhere():
    talk = Talk(tasks("a"), Endpoint("near"), Endpoint("far"))
    talk.say([{**talk.question["plan"][0], "endpoint": "far"}])
    assert talk.state["results"]["0"]["endpoint"] == "far"


def test_a_model_for_a_new_task():
    talk = Talk(tasks("a")).say([entry(0, "a"), entry(1, "b", model="model-b")])
    assert talk.texts["1"] == "b by model-b"
    assert talk.brain.asked == [["0"]]


def test_a_plan_with_a_task_that_nothing_can_run_may_be_given_back():
    talk = Talk(tasks("a"), Endpoint(models=()))
    talk.say(talk.question["plan"])
    assert talk.state["results"]["0"]["status"] == "failed"


def test_a_plan_may_be_edited_from_a_checkpoint(graph_of):
    graph = graph_of(tasks("a"), checkpointer=InMemorySaver())
    graph.invoke(REQUEST, CONFIG)
    before = next(s for s in graph.get_state_history(CONFIG) if s.next == ("select",))
    plan = before.values["plan"]
    plan["0"]["arguments"]["text"] = "edited"
    fork = graph.update_state(before.config, {"plan": plan}, as_node="plan")
    assert graph.invoke(None, fork)["results"]["0"]["artifacts"][0]["text"] == "edited"


# --- faulty edits ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edited", "complaint"),
    [
        ([{"task": "nonsense"}], "there is no task kind 'nonsense'"),
        ('[{"task": ', "the edited plan is not JSON"),
        ('[{"id": NaN}]', "NaN is no JSON value"),
        (42, "a plan is a list of tasks, not 42"),
        ([entry(0, "a", model="gpt-9")], "'gpt-9' is none of its models; use model-a @ scripted, "),
        ([entry(0, "a", model="model-a @ moon")], "'model-a @ moon' is none of its models"),
        ([entry(0, "a", model="model-a", endpoint="moon")], "'model-a @ moon' is none"),
        ([entry(0, "a", model=5)], "task 0: 5 on None is no model"),
        ([entry(0, "a"), entry(1, "b", model="gpt-9")], "task 1 (translation): 'gpt-9' is none"),
        ([entry("first", "a")], "task first: the id is taken or no number; use 0 or above"),
    ],
)
def test_a_faulty_edit_comes_back_with_complaints(edited, complaint):
    talk = Talk(tasks("a")).say(edited)
    [told] = talk.question["complaints"]
    assert complaint in told
    assert talk.question["edited"] == edited
    assert talk.question["plan"] == [entry(0, "a", model="model-a", endpoint="scripted")]


@pytest.mark.parametrize(
    ("word", "answer"), [([entry(0, "b")], "b by model-a"), (False, "The plan was refused.")]
)
def test_after_a_faulty_edit_any_word_counts(word, answer):
    assert answer in Talk(tasks("a")).say([{"task": "nonsense"}]).say(word).answer


def test_an_edit_keeps_to_the_tasks_that_one_request_may_take():
    talk = Talk(tasks("a"), max_tasks=1).say([entry(0, "a"), entry(1, "b")])
    assert "the plan holds 2 tasks; at most 1 may be done" in talk.question["complaints"][0]


def test_complaints_are_not_told_twice():
    talk = Talk(tasks("a"), Endpoint(size=LARGE)).say([{"task": "nonsense"}])
    talk.say([entry(5, "new")])
    assert (talk.question["complaints"], talk.question["edited"]) == ([], None)


LEAF = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "0", "a @ ", "é"])
JSON = st.deferred(
    lambda: LEAF | st.lists(JSON, max_size=3) | st.dictionaries(NAMES, JSON, max_size=5)
)
WORDS = st.lists(st.dictionaries(NAMES, JSON, max_size=6), min_size=1, max_size=3) | JSON


@settings(max_examples=60, deadline=None)
@given(WORDS.filter(lambda word: word is not None))  # None is no word at all to LangGraph
@example({})
def test_whatever_comes_back_is_a_word_or_asked_about_again(word):
    talk = Talk(tasks("a")).say(word)
    assert talk.is_asking or talk.answer
    json.dumps({key: value for key, value in talk.state.items() if key in ("plan", "results")})


def test_an_id_of_an_earlier_request_is_refused():
    brain = ChoosingBrain(tasks("a"))
    talk = Talk([], brain=brain).say(True)
    brain.tasks = [entry(1, "b")]
    talk.ask().say([entry(0, "c"), entry(1, "b")])
    assert "task 0: the id is taken" in talk.question["complaints"][0]


# --- what costs -----------------------------------------------------------------------------


def test_what_costs_nothing_is_not_asked_about():
    assert not Talk(tasks("a"), Endpoint(size=LARGE - 1), approve="cost").is_asking


@pytest.mark.parametrize("endpoint", [Endpoint("hosted", is_paid=True), Endpoint(size=LARGE)])
def test_what_costs_is(endpoint):
    talk = Talk(tasks("a"), endpoint, approve="cost")
    assert talk.question["reason"] == "cost"
    assert talk.say(True).texts == {"0": "a by model-a"}


def test_a_large_model_that_is_loaded_is_not():
    endpoint = Endpoint(size=LARGE)
    endpoint.loaded = True
    assert not Talk(tasks("a"), endpoint, approve="cost").is_asking


def test_a_no_counts_although_the_model_was_loaded_since():
    endpoint = Endpoint(size=LARGE)
    talk = Talk(tasks("a"), endpoint, approve="cost")
    endpoint.loaded = True
    assert talk.say(False).answer == "The plan was refused."


def test_what_costs_does_not_stand_in_unasked_for_what_costs_nothing():
    paid = Endpoint("paid", ("dear",), is_paid=True)
    free = Endpoint("free", ("cheap", "cheaper"))
    talk = Talk(tasks("fail"), free, paid, approve="cost")
    assert not talk.is_asking
    assert [a["model"] for a in talk.state["results"]["0"]["attempts"]] == ["cheap", "cheaper"]


def test_nor_where_another_task_was_asked_about():
    paid = Endpoint("paid", ("dear",), is_paid=True)
    free = Endpoint("free", ("cheap",), only="translation")
    plan = [entry(0, "fail"), {**entry(1, "fail"), "task": "summarization"}]
    talk = Talk(plan, free, paid, approve="cost").say(True)
    attempts = {key: r["attempts"] for key, r in talk.state["results"].items()}
    assert {key: [a["model"] for a in tried] for key, tried in attempts.items()} == {
        "0": ["cheap"],
        "1": ["dear"],
    }


@pytest.mark.parametrize("approve", ["plan", "cost"])
def test_a_new_task_that_costs_is_asked_about_once_more(approve):
    talk = Talk(tasks("a"), Endpoint(is_paid=True), approve=approve)
    talk.say([entry(0, "a"), entry(1, "b")])
    assert talk.question["reason"] == "cost"
    assert [task["id"] for task in talk.question["plan"]] == [0, 1]
    assert talk.say(True).texts["1"] == "b by model-a"


def test_one_whose_model_the_user_has_named_is_not():
    talk = Talk(tasks("a"), Endpoint(is_paid=True), approve="cost")
    talk.say([entry(0, "a"), entry(1, "b", model="model-a")])
    assert talk.texts["1"] == "b by model-a"


def test_what_started_early_is_there_after_the_pause():
    class Writing(ChoosingBrain):
        async def plan(self, request, brief):
            await asyncio.to_thread(brief.kinds)
            for written in self.tasks:
                brief.on_entry(written)
                await asyncio.sleep(0.02)
            return Draft(self.tasks)

    free = Endpoint("free", only="translation")
    paid = Endpoint("paid", only="summarization", is_paid=True)
    plan = [entry(0, "sleep 0.5"), {**entry(1, "b"), "task": "summarization"}]
    talk = Talk([], free, paid, approve="cost", brain=Writing(plan))
    assert (len(free.ran), len(paid.ran)) == (1, 0)
    assert talk.say(True).texts == {"0": "sleep 0.5 by model-a", "1": "b by model-a"}


# --- kept by a checkpointer -----------------------------------------------------------------


def test_a_talk_goes_on_after_restarts(tmp_path):
    path = str(tmp_path / "runs.sqlite")
    with SqliteSaver.from_conn_string(path) as saver:
        assert Talk(tasks("a"), saver=saver).is_asking
    said = [[entry(0, "a", model="gpt-9")], [entry(0, "b", model="model-b"), entry(1, "c")]]
    for word in said:
        with SqliteSaver.from_conn_string(path) as saver:
            talk = Talk.__new__(Talk)
            talk.brain, talk.saver = ChoosingBrain([]), saver
            talk.endpoints = (Endpoint(models=("model-a", "model-b")),)
            talk.context = Context(approve="plan")
            talk.say(word)
            if word is said[0]:
                assert talk.question["edited"] == word
    assert talk.texts == {"0": "b by model-b", "1": "c by model-a"}
