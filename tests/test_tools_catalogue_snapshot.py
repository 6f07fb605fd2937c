"""The facts that the package brings: every kind has models, or a reason why few."""

import json
import re
from importlib.resources import files

import pytest

from hugginggpt.tools.catalogue import snapshot
from hugginggpt.tools.kinds import KINDS

ROWS = [
    json.loads(line)
    for line in (files("hugginggpt.tools.catalogue") / "snapshot.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("kind", KINDS)
def test_five_models_or_a_reason(kind):
    found = snapshot.models(kind)
    assert (len(found) >= 5) != (kind in snapshot.FEW)
    assert all(candidate.kind == kind and candidate.source == "snapshot" for candidate in found)


def test_reasons_are_for_kinds_that_exist():
    assert snapshot.FEW.keys() <= KINDS.keys()


@pytest.mark.parametrize("row", ROWS, ids=[row["model"] for row in ROWS])
def test_a_row_holds_facts_alone(row):
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", row["model"])
    assert set(row["kinds"]) <= KINDS.keys()
    assert 10 < len(row["description"]) <= 130
    assert row["description"].isprintable()
    assert not {"downloads", "likes", "size", "providers"} & row.keys()
    assert all(re.fullmatch("[a-z]{2}", language) for language in row.get("languages", []))
    assert row["library"]


def test_a_model_stands_once():
    models = [row["model"] for row in ROWS]
    assert len(set(models)) == len(models)


@pytest.mark.parametrize(
    "kind", ["text-classification", "translation", "automatic-speech-recognition", "fill-mask"]
)
def test_small_models_are_among_them(kind):
    assert any((c.parameters or 10**9) < 100 * 10**6 for c in snapshot.models(kind))


def test_a_kind_that_nobody_knows():
    assert snapshot.models("nonsense") == ()
