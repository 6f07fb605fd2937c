"""Requests cut into clauses."""

import pytest

from hugginggpt.graph.brain.embedded.clauses import Clause, is_question, is_statement, split


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("cut out the dog and make it sharper", ["cut out the dog", "make it sharper"]),
        ("cats and dogs in the park", ["cats and dogs in the park"]),
        ("what is it, and who made it", ["what is it", "who made it"]),
        ("the car, which is red, is fast", ["the car, which is red, is fast"]),
        ("1. draw a cat 2. animate it", ["draw a cat", "animate it"]),
        ("Draw it! Then read it; translate it", ["Draw it", "read it", "translate it"]),
        ("read it so that I can hear it", ["read it", "hear it"]),
        ("draw a cat → animate it", ["draw a cat", "animate it"]),
        ("?! 12 , .", []),
    ],
)
def test_split(text: str, clauses: list[str]) -> None:
    assert [clause.text for clause in split(text)] == clauses


def test_after_swaps_two_clauses() -> None:
    assert [c.text for c in split("read it after translating it")] == ["translating it", "read it"]


@pytest.mark.parametrize(
    ("text", "joint"),
    [
        ("draw it and read it", "and"),
        ("draw it, then read it", "then"),
        ("draw it, also read it", "also"),
    ],
)
def test_joints(text: str, joint: str) -> None:
    assert split(text)[1].joint == joint


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("what is on it", True),
        ("please tell me who that is", True),
        ("can you draw a cat?", False),
        ("you like cats?", True),
        ("draw a cat", False),
    ],
)
def test_questions(text: str, asks: bool) -> None:
    assert is_question(Clause(text.rstrip("?"), "", text.endswith("?"))) is asks


@pytest.mark.parametrize(
    ("text", "states"), [("I have a photo", True), ("This is Anna", True), ("draw a photo", False)]
)
def test_statements(text: str, states: bool) -> None:
    assert is_statement(Clause(text, "", False)) is states
