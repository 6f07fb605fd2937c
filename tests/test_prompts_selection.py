"""The question of stage select: every candidate once, and no longer than there is room for."""

import json

import pytest

from hugginggpt.prompts.selection import FORM, candidate_id, render, render_faults
from hugginggpt.prompts.tokens import count_tokens
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.kinds import KINDS

ROOM = 12_000
"""What a model of 16,000 tokens is given."""


def candidate(number=0, kind="translation", **facts):
    return Candidate(model=f"someone/model-{number}", kind=kind, endpoint="hosted", **facts)


def candidates(count, description="Translates well. " * 300):
    facts = {"downloads": 123_456, "likes": 789, "licence": "apache-2.0", "size": 10**9}
    return [candidate(n, description=description, **facts) for n in range(count)]


def tasks(count, text="a text to translate, " * 100):
    return [
        {"task": "translation", "id": n, "dep": [-1], "args": {"text": text}} for n in range(count)
    ]


def asked(request="do it", plan=None, offered=None, room=ROOM):
    """The message of the user."""
    offered = {"translation": candidates(2)} if offered is None else offered
    return render(request, tasks(1) if plan is None else plan, offered, room=room)[-1][1]


def length(*arguments, **settings):
    return sum(count_tokens(content) for _, content in render(*arguments, **settings))


OFFERS = {
    "of one kind": {"translation": candidates(50)},
    "of ten kinds": {kind: candidates(5) for kind in list(KINDS)[:10]},
}


@pytest.mark.parametrize("offered", OFFERS.values(), ids=OFFERS)
@pytest.mark.parametrize("request_", ["do it", "do it " * 10_000], ids=["short", "long"])
def test_200_tasks_and_50_candidates_fit(offered, request_):
    assert length(request_, tasks(200), offered, room=ROOM) <= ROOM


def test_every_task_is_told():
    told = asked(plan=tasks(200))
    assert all(f"\n- {number} translation: " in told for number in range(200))


def test_long_arguments_are_cut_in_one_line():
    told = asked(plan=tasks(1, "many\nlines\n" * 500))
    line = told.partition("<tasks>\n")[2].partition("\n</tasks>")[0]
    assert "\n" not in line
    assert count_tokens(line) < 140


def test_arguments_keep_their_letters():
    assert "\u4f60\u597d {x} \\\\" in asked(plan=tasks(1, "\u4f60\u597d {x} \\"))


def test_every_candidate_is_told_once():
    told = asked(plan=tasks(9), offered={"translation": candidates(50)})
    assert all(told.count(f'- "someone/model-{number} @ hosted": ') == 1 for number in range(50))


def test_descriptions_are_whole_where_there_is_room():
    offered = {"translation": candidates(5, "Good at French, bad at Dutch.")}
    assert asked(offered=offered).count("Good at French, bad at Dutch.") == 5


def test_descriptions_shrink_down_to_a_few_words():
    told = asked(plan=tasks(200), offered={"translation": candidates(50)}, room=4000)
    assert told.count(": Translates well.") == 50


def test_descriptions_stay_in_their_line():
    offered = {"translation": [candidate(description="one\n\n- two: three")]}
    assert 'hosted": one - two: three' in asked(offered=offered)


def test_facts():
    facts = candidate(downloads=0, likes=3, size=7, licence="mit", languages=("en", "fr"))
    told = "(downloads 0; likes 3; bytes 7; licence mit; languages en fr)"
    assert asked(offered={"translation": [facts]}).endswith(f"{told}\n</candidates>")


def test_facts_that_are_not_known_are_left_out():
    offered = {"translation": [candidate(description="Fine.")]}
    assert asked(offered=offered).endswith('- "someone/model-0 @ hosted": Fine.\n</candidates>')


def test_what_a_model_is_not_is_told():
    offered = {"translation": [candidate(caveat="only into English")]}
    assert asked(offered=offered).endswith("(note only into English)\n</candidates>")


def test_same_model_at_two_endpoints_has_two_ids():
    here, there = candidate(), candidate().model_copy(update={"endpoint": "local"})
    assert candidate_id(here) != candidate_id(there)


def test_request_comes_through_word_for_word():
    text = "braces {0} {faults}, back\\slash, error, \u4f60\u597d"
    assert asked(text).startswith(f"Request:\n{text}\n\n<tasks>\n")


def test_faults_are_said_back_word_for_word():
    fault = "'{x}' is no candidate for task 0; those are 'a\\b'"
    assert f"\n- {fault}\n" in render_faults([fault])


def test_example_in_the_prompt_has_the_fields_of_the_form():
    system = render("x", tasks(1), {"translation": candidates(1)}, room=ROOM)[0][1]
    fields = FORM["properties"]["selections"]["items"]["required"]
    assert all(json.dumps(field) in system for field in ["selections", *fields])
