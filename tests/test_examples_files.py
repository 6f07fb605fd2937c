from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hugginggpt.examples import FOLDER, example
from hugginggpt.examples.make_receipt import HEAD, ROWS, draw_receipt, photograph
from hugginggpt.tools.media import read_image, read_table, read_text

NAMES = ("houses.csv", "page.txt", "portrait.jpg", "receipt.png", "review-1.txt", "review-2.txt")


def test_these_are_the_files():
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_credited_and_small(name: str):
    assert name in FOLDER.with_name("CREDITS.md").read_text()
    assert example(name).stat().st_size < 400_000


def test_an_unknown_example_is_named_with_those_that_there_are():
    with pytest.raises(FileNotFoundError, match=r"'cat.png'; there are houses.csv, page.txt"):
        example("cat.png")


def test_the_texts_are_of_the_size_of_a_page_and_of_reviews():
    assert 250 <= len(read_text(example("page.txt")).split()) <= 400
    assert all(40 <= len(read_text(example(f"review-{n}.txt")).split()) <= 120 for n in (1, 2))


def test_the_sums_on_the_receipt_are_right():
    printed = {left: float(right.split()[-1]) for left, right in ROWS if "." in right}
    items = list(printed)[: list(printed).index("SUBTOTAL")]

    assert sum(printed[item] for item in items) == pytest.approx(printed["SUBTOTAL"])
    assert round(0.05 * printed["SUBTOTAL"], 2) == printed["VAT 5 %"]
    assert printed["SUBTOTAL"] + printed["VAT 5 %"] == pytest.approx(printed["TOTAL"])
    assert HEAD[0] == "GREENLEAF MARKET"


def test_the_receipt_is_what_its_generator_makes(tmp_path: Path):
    with Image.open(example("receipt.png")) as kept:
        shipped = np.asarray(kept.convert("RGB"), dtype=int)

    made = np.asarray(photograph(draw_receipt()), dtype=int)

    assert made.shape == shipped.shape
    assert np.abs(made - shipped).mean() < 6  # the file keeps 64 colours


def test_the_portrait_is_a_picture_of_half_a_thousand_pixels():
    assert read_image(example("portrait.jpg")).size == (512, 512)


def test_some_prices_of_the_houses_are_missing():
    prices = read_table(example("houses.csv"))["price"]

    assert (len(prices), int(prices.isna().sum())) == (64, 6)
