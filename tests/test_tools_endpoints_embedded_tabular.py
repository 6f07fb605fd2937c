import csv
import random
from pathlib import Path
from typing import Any

import pytest

from hugginggpt.examples import example
from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.tabular import predict_category, predict_number
from hugginggpt.tools.errors import TaskError


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


def read(artifact: Artifact) -> list[dict[str, str]]:
    with Path(str(artifact.path)).open(newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def pets(count: int = 60) -> list[dict[str, Any]]:
    """Cats are light and purr, dogs are heavy and bark; some cells are empty."""
    chance = random.Random(0)
    rows: list[dict[str, Any]] = []
    for number in range(count):
        cat = number % 2 == 0
        rows.append(
            {
                "name": f"pet {number}",
                "weight": round(chance.gauss(4 if cat else 20, 1.5), 1),
                "sound": chance.choice(["purr", "meow"] if cat else ["bark", "growl"]),
                "kind": "cat" if cat else "dog",
            }
        )
    for number in range(0, count, 9):
        rows[number]["weight"] = ""
    for number in range(4, count, 13):
        rows[number]["sound"] = ""
    return rows


def test_the_missing_prices_of_the_example_are_filled_in(call: Call):
    table, data = predict_number({"table": example("houses.csv"), "target": "price"}, call)

    rows = read(table)
    filled = [n for n, row in enumerate(rows, start=1) if row["price_predicted"]]
    assert filled == [n for n, row in enumerate(rows, start=1) if not row["price"]]
    assert filled == [each["row"] for each in data.data["predictions"]]
    assert all(80_000 < float(row["price_predicted"]) < 900_000 for row in rows if not row["price"])
    assert data.data["rows_predicted"] == 6
    assert data.data["metric"] == "r2"
    assert data.data["score"] > 0.8


def test_what_was_in_the_table_stays_as_it_was(call: Call):
    with example("houses.csv").open(newline="") as file:
        before = list(csv.DictReader(file))

    after = read(predict_number({"table": example("houses.csv"), "target": "price"}, call)[0])

    assert [{k: v for k, v in row.items() if k != "price_predicted"} for row in after] == before


def test_the_last_column_is_the_target_unless_one_is_named(call: Call):
    assert predict_number({"table": example("houses.csv")}, call)[1].data["target"] == "price"


def test_categories_are_learned_from_numbers_and_words_with_gaps(tmp_path: Path, call: Call):
    rows = pets()
    hidden = {3: rows[3]["kind"], 10: rows[10]["kind"], 21: rows[21]["kind"]}
    for number in hidden:
        rows[number]["kind"] = ""
    path = write(tmp_path / "pets.csv", rows)

    table, data = predict_category({"table": path, "target": "KIND"}, call)

    predicted = {n: row["kind_predicted"] for n, row in enumerate(read(table)) if n in hidden}
    assert predicted == hidden
    assert data.data["metric"] == "accuracy"
    assert data.data["score"] > 0.9


def test_without_gaps_every_row_is_predicted_unseen(tmp_path: Path, call: Call):
    chance = random.Random(1)
    rows = [
        {"a": chance.random(), "b": chance.random(), "coin": chance.choice("HT")} for _ in range(80)
    ]
    path = write(tmp_path / "coins.csv", rows)

    table, data = predict_category({"table": path}, call)

    right = sum(row["coin"] == row["coin_predicted"] for row in read(table))
    assert data.data["rows_predicted"] == 80
    assert data.data["score"] == pytest.approx(right / 80, abs=1e-3)
    assert right < 60  # a coin can't be learned; a model that had seen the rows would get all
    assert len(data.data["predictions"]) == 20


def test_numbers_may_be_written_as_money(tmp_path: Path, call: Call):
    rows = [{"size": n, "price": f"${n * 1000:,}"} for n in range(1, 31)]
    rows[4]["price"] = ""
    path = write(tmp_path / "prices.csv", rows)

    data = predict_number({"table": path, "target": "price"}, call)[1].data

    assert data["predictions"][0]["prediction"] == pytest.approx(5000, rel=0.1)


def test_categories_may_be_written_as_numbers(tmp_path: Path, call: Call):
    rows: list[dict[str, Any]] = [{"x": n, "passed": int(n > 15)} for n in range(30)]
    rows[2]["passed"] = ""
    path = write(tmp_path / "tests.csv", rows)

    data = predict_category({"table": path}, call)[1].data

    assert data["predictions"] == [{"row": 3, "prediction": "0"}]


def test_the_same_table_gives_the_same_result(call: Call):
    arguments = {"table": example("houses.csv"), "target": "energy_class"}

    assert predict_category(arguments, call) == predict_category(arguments, call)


def few(path: Path) -> Path:
    return write(path, pets(6))


def constant(path: Path) -> Path:
    return write(path, [{**row, "kind": "cat"} for row in pets()])


def lonely(path: Path) -> Path:
    return write(path, [{"kind": "cat" if n % 2 else "dog"} for n in range(30)])


REFUSALS = [
    (few, predict_category, "kind", r"has 6 rows with a known 'kind'; .* at least 10"),
    (constant, predict_category, "kind", r"every known 'kind' is 'cat'"),
    (lonely, predict_category, "kind", r"no column besides 'kind'"),
    (lambda p: write(p, pets()), predict_category, "age", r"no column 'age'; its columns are name"),
    (
        lambda p: write(p, pets()),
        predict_number,
        "kind",
        r"'kind' .* holds 'cat', which is no number",
    ),
    (lambda p: write(p, pets()), predict_category, "name", r"60 different values in 60 rows"),
]


@pytest.mark.parametrize(("make", "engine", "target", "complaint"), REFUSALS)
def test_what_cannot_be_learned_is_explained(
    make, engine, target: str, complaint: str, tmp_path: Path, call: Call
):
    with pytest.raises(TaskError, match=complaint):
        engine({"table": make(tmp_path / "pets.csv"), "target": target}, call)


def test_a_column_is_found_by_a_word_close_to_its_name(call: Call):
    arguments = {"table": example("houses.csv"), "target": "Prices"}

    assert predict_number(arguments, call)[1].data["target"] == "price"
