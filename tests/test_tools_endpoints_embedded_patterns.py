from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.patterns import find_entities, find_patterns

CASES = [
    ("Ann paid $40 on 3 May 2024.", [("MONEY", "$40"), ("DATE", "3 May 2024")]),
    ("Due 2024-05-03, not 03/05/2024.", [("DATE", "2024-05-03"), ("DATE", "03/05/2024")]),
    ("May 3rd, 2024 or Sept. 5", [("DATE", "May 3rd, 2024"), ("DATE", "Sept. 5")]),
    ("on Friday, 14 March at 5 p.m.", [("DATE", "Friday, 14 March"), ("TIME", "5 p.m.")]),
    ("from 9:30 to 17:45, lunch at noon", [("TIME", "9:30"), ("TIME", "17:45"), ("TIME", "noon")]),
    ("founded in 1984", [("DATE", "1984")]),
    (
        "€9, 9,99 €, 1,299.00 EUR, £5m, 20 euros",
        [("MONEY", m) for m in ("€9", "9,99 €", "1,299.00 EUR", "£5m", "20 euros")],
    ),
    ("12.5% or 3 per cent", [("PERCENT", "12.5%"), ("PERCENT", "3 per cent")]),
    (
        "+44 20 7946 0123, (030) 123-4567, 0307654321",
        [("PHONE", p) for p in ("+44 20 7946 0123", "(030) 123-4567", "0307654321")],
    ),
    (
        "Mail ann.lee@example.co.uk or see https://example.org/a?b=1.",
        [("EMAIL", "ann.lee@example.co.uk"), ("URL", "https://example.org/a?b=1")],
    ),
    (
        "www.example.com, docs.example.org/x",
        [("URL", "www.example.com"), ("URL", "docs.example.org/x")],
    ),
    ("May I march in with version 1.2.3?", []),
    ("99/99/2024, 25:99, 1999-2005, 4111 1111 1111 1111", []),
    ("A million people, 10.5 km, room 12", []),
    ("Ann met Bob in Paris.", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_what_has_a_fixed_form_is_found(text: str, expected: list[tuple[str, str]]):
    assert [(entity.group, entity.word) for entity in find_entities(text)] == expected


@given(st.text(alphabet="0123456789.,:/-+ $€%@ aApmMyhtw()", max_size=60))
def test_entities_stand_where_they_say_and_do_not_overlap(text: str):
    entities = find_entities(text)

    assert all(text[e.start : e.end] == e.word != "" for e in entities)
    assert all(a.end <= b.start for a, b in pairwise(entities))


@pytest.mark.parametrize("run", ["a", "1", "1 ", "a.", "12-", "+", "1,000 ", "@", "a@"])
def test_a_long_run_comes_to_an_end(run: str):
    # Backtracking that grows with the square of the length would take hours.
    assert all(e.word for e in find_entities(run * 100_000))


def test_the_result_has_the_shape_of_the_hub(tmp_path: Path):
    artifact = find_patterns({"text": "It costs $5."}, Call(Workspace(tmp_path)))[0]

    assert artifact.data == [
        {"entity_group": "MONEY", "word": "$5", "score": 1.0, "start": 9, "end": 11}
    ]


def test_finding_nothing_is_a_result(tmp_path: Path):
    artifact = find_patterns({"text": "Nothing here."}, Call(Workspace(tmp_path)))[0]

    assert (artifact.data, artifact.metadata["count"]) == ([], 0)
