from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from hugginggpt.examples import example
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.ocr import read_text
from hugginggpt.tools.errors import FileInputError, TaskError


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


def print_rows(path: Path, rows: list[tuple[str, str]], *, turn: float = 0, size: int = 26) -> Path:
    """A picture of rows with a left and a right part, turned by so many degrees."""
    page = Image.new("RGB", (620, 60 + 2 * size * len(rows)), "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size)
    for number, (left, right) in enumerate(rows):
        y = 30 + 2 * size * number
        draw.text((40, y), left, fill="black", font=font)
        draw.text((580, y), right, fill="black", font=font, anchor="ra")
    page.rotate(turn, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC).save(path)
    return path


def test_the_receipt_is_read_line_by_line(call: Call):
    text = read_text({"image": example("receipt.png")}, call)[0].text or ""

    lines = text.splitlines()
    assert lines[0] == "GREENLEAF MARKET"
    assert {"Sourdough bread 3.20", "SUBTOTAL 22.29", "TOTAL EUR 23.40"} <= set(lines)
    assert len(lines) == 16


@pytest.mark.parametrize("turn", [-4, 0, 3])
def test_words_of_one_row_end_up_on_one_line(turn: float, tmp_path: Path, call: Call):
    rows = [("Apples", "1.20"), ("Brown sugar", "2.35"), ("Coffee", "6.80"), ("TOTAL", "10.35")]
    path = print_rows(tmp_path / "list.png", rows, turn=turn)

    text = read_text({"image": path}, call)[0].text

    assert text == "Apples 1.20\nBrown sugar 2.35\nCoffee 6.80\nTOTAL 10.35"


def test_pieces_lie_where_they_are_printed(tmp_path: Path, call: Call):
    path = print_rows(tmp_path / "list.png", [("Apples", "Pears")])

    left, right = read_text({"image": path}, call)[1].data

    assert (left["text"], right["text"]) == ("Apples", "Pears")
    assert left["score"] > 0.9
    assert abs(left["box"]["xmin"] - 40) < 10
    assert abs(right["box"]["xmax"] - 580) < 10
    assert 20 < left["box"]["ymin"] < left["box"]["ymax"] < 80


def test_a_photograph_that_lies_on_its_side_by_its_exif_is_read(tmp_path: Path, call: Call):
    upright = print_rows(tmp_path / "list.png", [("Open", "daily"), ("Closed", "never")])
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(upright).rotate(90, expand=True).save(path, exif=exif, quality=95)

    assert read_text({"image": path}, call)[0].text == "Open daily\nClosed never"


def test_a_long_receipt_is_read_to_its_end(tmp_path: Path, call: Call):
    rows = [(f"Article {number}", f"{number}.00") for number in range(10, 70)]
    path = print_rows(tmp_path / "long.png", rows, size=24)

    text = read_text({"image": path}, call)[0].text or ""

    assert text.splitlines() == [f"{left} {right}" for left, right in rows]


def test_a_large_photograph_is_read_and_measured_in_its_own_pixels(tmp_path: Path, call: Call):
    small = print_rows(tmp_path / "small.png", [("Apples", "1.20"), ("TOTAL", "1.20")])
    path = tmp_path / "large.png"
    Image.open(small).resize((6200, 1640)).save(path)

    text, data = read_text({"image": path}, call)

    assert text.text == "Apples 1.20\nTOTAL 1.20"
    assert abs(data.data[0]["box"]["xmin"] - 400) < 100


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (5000, 20), (640, 480)])
def test_a_picture_without_text_says_so(size: tuple[int, int], tmp_path: Path, call: Call):
    path = tmp_path / "blank.png"
    Image.new("RGB", size, "white").save(path)

    with pytest.raises(TaskError, match=r"no printed text found in 'blank.png'"):
        read_text({"image": path}, call)


def test_what_is_no_picture_is_named(tmp_path: Path, call: Call):
    path = tmp_path / "fake.png"
    path.write_text("words")

    with pytest.raises(FileInputError, match=r"'fake.png'"):
        read_text({"image": path}, call)


def test_pictures_read_at_once_are_not_mixed_up(tmp_path: Path, call: Call):
    paths = [
        print_rows(tmp_path / f"{word}.png", [(word, "1.00")] * rows, size=20 + 4 * rows)
        for rows, word in enumerate(["Apple", "Banana", "Cherry", "Damson"], start=1)
    ]

    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda path: read_text({"image": path}, call)[0].text, paths))

    expected = ["Apple 1.00"], ["Banana 1.00"] * 2, ["Cherry 1.00"] * 3, ["Damson 1.00"] * 4
    assert texts == ["\n".join(rows) for rows in expected]


def test_reading_prints_nothing(tmp_path: Path, call: Call, capfd: pytest.CaptureFixture[str]):
    read_text({"image": print_rows(tmp_path / "a.png", [("Hello", "there")])}, call)

    assert capfd.readouterr() == ("", "")
