"""The chat model as a place where tasks run: when it is on offer, and what comes of its answers."""

import json
from itertools import count

import pytest
from chat_server import ChatServer, Reply, by_stage, stage_of
from langchain_core.language_models import GenericFakeChatModel
from parts import ScriptedEndpoint, echo, obey
from PIL import Image

from hugginggpt.graph.brain import open_brain
from hugginggpt.graph.brain.llm.chat import Chat, Patience
from hugginggpt.graph.brain.llm.endpoint import BrainEndpoint
from hugginggpt.graph.budget import Budget
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.offers import Offers

BRAIN = "openai:test"
LABELS = json.dumps({"labels": [{"label": "b", "score": 0.2}, {"label": "a", "score": 0.7}]})


class Summarizer(ScriptedEndpoint):
    """Can do nothing but summarization."""

    def candidates(self, kind):
        return super().candidates(kind) if kind.name == "summarization" else []


# --- on offer -------------------------------------------------------------------------------


def offers_of(monkeypatch, **settings):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    context = Context(brain=BRAIN, **settings)
    own = open_brain(BRAIN).endpoint(context)
    return Offers(context, [Summarizer(echo)], own)


def models(offers, kind):
    return [f"{c.model} @ {c.endpoint}" for c in offers.of(kind).candidates]


@pytest.mark.parametrize(
    ("setting", "summarization", "translation"),
    [
        ("never", ["model-a @ scripted"], []),
        ("fallback", ["model-a @ scripted"], [f"{BRAIN} @ brain"]),
        ("always", ["model-a @ scripted", f"{BRAIN} @ brain"], [f"{BRAIN} @ brain"]),
    ],
)
def test_setting_decides_when_the_brain_is_a_candidate(
    setting, summarization, translation, monkeypatch
):
    offers = offers_of(monkeypatch, brain_as_endpoint=setting)
    assert models(offers, "summarization") == summarization
    assert models(offers, "translation") == translation


def test_the_chat_model_may_have_to_be_paid(monkeypatch):
    offers = offers_of(monkeypatch)
    [own], [other] = offers.of("translation").candidates, offers.of("summarization").candidates
    assert (offers.is_costly(own), offers.is_costly(other)) == (True, False)


@pytest.mark.parametrize("name", ["huggingface-local:some/model", "ollama:some-model"])
def test_one_of_this_machine_has_not(name):
    chat = Chat(lambda: GenericFakeChatModel(messages=iter([])), name)
    endpoint = BrainEndpoint(chat, Patience(1, 1), Budget(), room=4000, sees=False)
    assert not endpoint.is_paid


def test_fallback_is_the_default():
    assert Context().brain_as_endpoint == "fallback"


@pytest.mark.parametrize(("sees", "offered"), [(True, [f"{BRAIN} @ brain"]), (None, [])])
def test_picture_tasks_are_for_a_brain_that_sees(sees, offered, monkeypatch):
    assert models(offers_of(monkeypatch, brain_sees=sees), "image-to-text") == offered


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("image-to-text", "brain: openai:test is not known to take pictures; see HUGGINGGPT_BRAIN"),
        ("text-to-speech", "brain: a chat model does no text-to-speech"),
    ],
)
def test_why_it_is_not_on_offer(kind, why, monkeypatch):
    assert why in "; ".join(offers_of(monkeypatch).of(kind).refusals)


def test_kinds_that_only_the_brain_can_do_may_be_planned(monkeypatch):
    kinds = {kind.name for kind in offers_of(monkeypatch).kinds()}
    assert {"summarization", "translation", "text-generation"} <= kinds
    assert "image-to-text" not in kinds


def test_the_embedded_brain_is_no_endpoint():
    assert open_brain("embedded").endpoint(Context(brain="embedded")) is None


# --- in a run -------------------------------------------------------------------------------


class Outcome:
    def __init__(self, state, calls):
        self.result = state["results"]["0"]
        self.results = state["results"]
        self.answer = state["messages"][-1].text
        self.asked = [call for call in calls if stage_of(call) == "other"]

    @property
    def artifact(self):
        return self.result["artifacts"][0]


async def outcome_of(monkeypatch, kind, said, *more, behave=echo, select="", settings=None, **args):
    """What came of one task, and of `more`, where the brain says `said` to each."""
    plan = [{"task": kind, "id": 0, "dep": [-1], "args": args}]
    plan += [{"id": number, **task} for number, task in zip(count(1), more, strict=False)]
    wire = json.dumps({"tasks": plan, "reply": ""})
    script = by_stage(plan=wire, select=select, other=said, respond="Done.")
    with ChatServer(script) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        graph = build_graph(endpoints=[Summarizer(behave)])
        context = Context(brain=BRAIN, **(settings or {}))
        state = await graph.ainvoke({"messages": [("user", "do it")]}, context=context)
    return Outcome(state, server.calls)


async def test_text(monkeypatch):
    outcome = await outcome_of(monkeypatch, "translation", " Bonjour! \n", text="Hello!")
    assert outcome.artifact["text"] == "Bonjour!"


async def test_who_did_it_is_told(monkeypatch):
    outcome = await outcome_of(monkeypatch, "translation", "Bonjour!", text="Hello!")
    assert (outcome.result["model"], outcome.result["endpoint"]) == (BRAIN, "brain")
    assert f"| {BRAIN} | brain |" in outcome.answer
    assert "a chat model's answer, not that of a model made for translation" in outcome.answer


async def test_what_it_is_asked(monkeypatch):
    outcome = await outcome_of(
        monkeypatch, "translation", "Bonjour!", text="Hello!", target_language="fr"
    )
    (call,) = outcome.asked
    assert call.system.startswith("You do one task")
    assert call.user.endswith('language fr.\n<material of="text">\nHello!\n</material>')


async def test_what_it_cost_is_kept_with_the_result(monkeypatch):
    outcome = await outcome_of(monkeypatch, "translation", "Bonjour!", text="Hello!")
    assert outcome.artifact["metadata"]["usage"]["calls"] == 1


async def test_file_is_read_for_it(monkeypatch, tmp_path):
    (tmp_path / "page.txt").write_text("Hello from a file.")
    outcome = await outcome_of(monkeypatch, "translation", "x", text="page.txt")
    assert "\nHello from a file.\n" in outcome.asked[0].user


async def test_picture_is_shown_to_it(monkeypatch):
    Image.new("RGB", (8, 8)).save("a.png")
    outcome = await outcome_of(
        monkeypatch,
        "image-to-text",
        "A black square.",
        image="a.png",
        settings={"brain_sees": True},
    )
    assert outcome.artifact["text"] == "A black square."
    assert [len(call.images) for call in outcome.asked] == [1]


async def test_it_is_not_asked_where_the_setting_says_never(monkeypatch):
    settings = {"brain_as_endpoint": "never"}
    outcome = await outcome_of(monkeypatch, "translation", "x", settings=settings, text="Hello!")
    assert outcome.asked == []
    assert "no endpoint can run translation here" in outcome.result["error"]


async def test_it_can_be_chosen(monkeypatch):
    choice = json.dumps({"selections": [{"task": 0, "id": f"{BRAIN} @ brain", "reason": "better"}]})
    settings = {"brain_as_endpoint": "always"}
    outcome = await outcome_of(
        monkeypatch, "summarization", "short", select=choice, settings=settings, text="long"
    )
    assert (outcome.result["endpoint"], outcome.artifact["text"]) == ("brain", "short")


async def test_it_does_what_the_first_candidate_failed_to_do(monkeypatch):
    settings = {"brain_as_endpoint": "always", "selection": "rank"}
    outcome = await outcome_of(
        monkeypatch, "summarization", "short", behave=obey, settings=settings, text="fail now"
    )
    assert outcome.result["endpoint"] == "brain"
    assert outcome.result["attempts"][0]["endpoint"] == "scripted"


# --- labels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [LABELS, f"```json\n{LABELS}\n```", f"Well: {LABELS}"])
async def test_labels_with_the_likeliest_first(said, monkeypatch):
    outcome = await outcome_of(monkeypatch, "text-classification", said, text="Hello!")
    assert outcome.asked[0].form_name == "labels"
    assert outcome.artifact["data"] == [{"label": "a", "score": 0.7}, {"label": "b", "score": 0.2}]


@pytest.mark.parametrize(
    ("score", "kept"), [("1.5", 1.0), ("-1", 0.0), ("1e999", 1.0), ("NaN", 0.0), ("9" * 400, 1.0)]
)
async def test_scores_lie_between_0_and_1(score, kept, monkeypatch):
    said = f'{{"labels": [{{"label": "a", "score": {score}}}]}}'
    outcome = await outcome_of(monkeypatch, "text-classification", said, text="Hello!")
    assert outcome.artifact["data"] == [{"label": "a", "score": kept}]


@pytest.mark.parametrize("score", ['"high"', "null", "true", "[1]"])
async def test_label_without_a_score_does_not_count(score, monkeypatch):
    said = f'{{"labels": [{{"label": "a", "score": {score}}}, {{"label": "b", "score": "0.5"}}]}}'
    outcome = await outcome_of(monkeypatch, "text-classification", said, text="Hello!")
    assert outcome.artifact["data"] == [{"label": "b", "score": 0.5}]


async def test_labels_that_were_not_offered_do_not_count(monkeypatch):
    said = json.dumps({"labels": [{"label": "c", "score": 1}, {"label": " hot  TEA", "score": 0}]})
    outcome = await outcome_of(
        monkeypatch, "zero-shot-classification", said, text="x", labels=["Hot tea", "b"]
    )
    assert outcome.artifact["data"] == [{"label": "Hot tea", "score": 0.0}]


async def test_none_of_the_choices(monkeypatch):
    outcome = await outcome_of(
        monkeypatch, "multiple-choice", LABELS, text="Ice is", choices=["hot", "cold"]
    )
    assert outcome.result["error"].endswith("to the multiple-choice holds none of the labels")


async def test_labels_to_choose_from_keep_their_letters(monkeypatch):
    outcome = await outcome_of(
        monkeypatch, "zero-shot-classification", LABELS, text="x", labels=["\u4f60\u597d", "b"]
    )
    assert '["\u4f60\u597d", "b"]' in outcome.asked[0].user


# --- what fails -----------------------------------------------------------------------------

NO_LABELS = "the chat model's answer to the text-classification holds no labels"


@pytest.mark.parametrize(
    "said", ["It is positive.", "", '{"labels": []}', '{"labels": ["a"]}', '{"labels": [{"a": 1}]}']
)
async def test_answer_without_labels(said, monkeypatch):
    outcome = await outcome_of(monkeypatch, "text-classification", said, text="Hello!")
    assert (outcome.result["status"], outcome.result["error"]) == ("failed", NO_LABELS)


async def test_empty_answer(monkeypatch):
    outcome = await outcome_of(monkeypatch, "translation", " \n", text="Hello!")
    assert outcome.result["error"] == "the chat model's answer to the translation is empty"


async def test_text_that_is_too_long(monkeypatch):
    outcome = await outcome_of(
        monkeypatch, "translation", "x", text="word " * 8000, settings={"brain_tokens": 4000}
    )
    assert outcome.asked == []
    assert "at most 3,000: shorten the text, or raise HUGGINGGPT_BRAIN" in outcome.result["error"]


async def test_answer_that_was_cut_off_is_told(monkeypatch):
    said = Reply("Bonj", finish="length")
    outcome = await outcome_of(monkeypatch, "translation", said, text="Hello!")
    assert "cut off" in str(outcome.result)


async def test_thoughts_are_no_part_of_the_answer(monkeypatch):
    said = "<think>French, I guess.</think>\nBonjour!"
    outcome = await outcome_of(monkeypatch, "translation", said, text="Hello!")
    assert outcome.artifact["text"] == "Bonjour!"


async def test_other_tasks_go_on_where_it_can_not_be_asked(monkeypatch):
    other = {"task": "summarization", "dep": [-1], "args": {"text": "long"}}
    said = Reply("bad key", status=401)
    outcome = await outcome_of(monkeypatch, "translation", said, other, text="Hello!")
    assert "the key was refused" in outcome.result["error"]
    assert outcome.results["1"]["status"] == "done"
