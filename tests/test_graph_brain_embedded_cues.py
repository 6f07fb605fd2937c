"""The cues: complete, well-formed, and never hidden by the quick test before them."""

import re

import pytest

from hugginggpt.evals.dataset import load_cases
from hugginggpt.graph.brain.embedded.cues import (
    Cue,
    cue_table,
    find_hits,
    possible_cues,
    required_literals,
)
from hugginggpt.graph.brain.embedded.mentions import mask
from hugginggpt.graph.request import Request
from hugginggpt.tools.kinds import KINDS


def test_every_kind_has_a_cue() -> None:
    assert {cue.name for cue in cue_table().cues} >= KINDS.keys()


def test_every_cue_is_an_expression_of_a_kind_or_family() -> None:
    table = cue_table()
    for cue in table.cues:
        assert isinstance(cue.pattern, re.Pattern)
        assert cue.name in KINDS or cue.name in table.families


def test_every_name_in_the_table_is_a_kind() -> None:
    table = cue_table()
    named = {name for losers in table.beats.values() for name in losers}
    named |= {name for family in table.families.values() for name in family.values()}
    named |= {name for bridge in table.bridges.values() for name in bridge.values()}
    named |= set(table.instead) | {n for row in table.instead.values() for n in row.values()}
    assert named <= KINDS.keys()


def test_bridges_give_what_they_promise() -> None:
    for given, bridges in cue_table().bridges.items():
        for wanted, name in bridges.items():
            assert KINDS[name].arguments[0].modality == given
            assert KINDS[name].gives(wanted)


def test_the_quick_test_hides_no_cue() -> None:
    for case in load_cases():
        text = mask(case.to_request()).text
        assert find_hits(text, cue_table().cues) == find_hits(text, possible_cues(text))


@pytest.mark.parametrize(
    ("source", "literals"),
    [
        ("summari[sz]e", ("summari",)),
        ("cut ~ out", ("cut",)),
        ("(?:draw|sketch) it", ("draw", "sketch")),
        ("colou?r", ("colo",)),
        ("(?:read)? aloud", ("aloud",)),
        ("tl|recap", ()),
        ("_{2,}", ()),
        (r"\w+", ()),
    ],
)
def test_literals_that_a_match_must_hold(source: str, literals: tuple[str, ...]) -> None:
    assert required_literals(source) == literals


def test_a_gap_reaches_over_five_words_but_no_full_stop() -> None:
    (cue,) = [cue for cue in cue_table().cues if cue.source.startswith("boil")][:1]
    assert list(cue.hits("boil this very long story down"))
    assert not list(cue.hits("boil the eggs. Then sit down"))


def test_cues_match_whole_words() -> None:
    assert not list(Cue("image-to-text", "ocr").hits("socrates"))


def test_a_stand_in_is_no_word_to_the_cues() -> None:
    text = mask(Request("photo.png")).text
    assert find_hits(text, possible_cues(text)) == []
