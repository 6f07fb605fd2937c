from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from hugginggpt.examples import example
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.documents import answer_document, find_answer
from hugginggpt.tools.endpoints.embedded.ocr import read_lines
from hugginggpt.tools.errors import TaskError

INVOICE = [
    "Nordlicht Design Studio",
    "Invoice No. 2024-0137",
    "Invoice date: 3 April 2024",
    "Due date: 17 April 2024",
    "Bill to: Harbour Books Ltd",
    "Description|Qty  Price  Total",
    "Logo design|450.00",
    "Business cards|70.00",
    "Net amount|520.00",
    "VAT 19 %|98.80",
    "Amount due|EUR 618.80",
    "Questions? billing@nordlicht.example.com",
]
DINER = [
    "BLUE DOOR DINER",
    "Server: Maya",
    "05/11/2023|8:15 PM",
    "Burger|$24.00",
    "Caesar salad|$9.50",
    "Subtotal|$33.50",
    "Tax|$2.90",
    "Tip|$6.00",
    "Grand Total|$42.40",
    "Cash|$50.00",
    "Change|$7.60",
]
HOTEL = [
    "HOTEL AURORA",
    "Guest: Daniel Moreau",
    "Arrival: 12.06.2024",
    "Departure: 15.06.2024",
    "Room, 3 nights|420,00",
    "Breakfast|45,00",
    "Total excl. VAT|443,00",
    "Balance|465,00",
]
LETTER = [
    "Lumen & Co.",
    "Leeds, 2 April 2024",
    "Dear Ms Okafor,",
    "Thank you for your order of 14 March. The blue lamp",
    "is sold out. We can refund the price of 49.90 euros",
    "to your card. Please call 020 7946 0123 before Friday.",
    "With kind regards,",
    "Tom Berger",
]
CASES = [
    (INVOICE, "What is the total?", "EUR 618.80"),
    (INVOICE, "How much do we have to pay?", "EUR 618.80"),
    (INVOICE, "What is the invoice number?", "2024-0137"),
    (INVOICE, "When is it due?", "17 April 2024"),
    (INVOICE, "How much is the tax?", "98.80"),
    (INVOICE, "What is the email address?", "billing@nordlicht.example.com"),
    (INVOICE, "How much did the logo design cost?", "450.00"),
    (DINER, "what is the total", "$42.40"),
    (DINER, "What is the subtotal?", "$33.50"),
    (DINER, "How much was the tip?", "$6.00"),
    (DINER, "how much change did I get", "$7.60"),
    (DINER, "What restaurant is this from?", "BLUE DOOR DINER"),
    (DINER, "Who was the server?", "Maya"),
    (DINER, "What time was it?", "8:15 PM"),
    (HOTEL, "what is the total", "465,00"),
    (HOTEL, "When is the departure?", "15.06.2024"),
    (HOTEL, "Who is the guest?", "Daniel Moreau"),
    (HOTEL, "How much was breakfast?", "45,00"),
    (LETTER, "Who wrote the letter?", "Tom Berger"),
    (LETTER, "Who is the letter for?", "Ms Okafor"),
    (LETTER, "What is the phone number?", "020 7946 0123"),
    (LETTER, "When was the letter written?", "2 April 2024"),
]
RECEIPT = [
    ("What is the total?", "EUR 23.40"),
    ("how much did I pay", "EUR 23.40"),
    ("What is the subtotal?", "22.29"),
    ("How much VAT is in it?", "1.11"),
    ("What did the olive oil cost?", "7.90"),
    ("When was it bought?", "2024-05-18"),
    ("Which shop is it from?", "GREENLEAF MARKET"),
    ("What is the phone number?", "020 7946 0188"),
    ("What is the address?", "14 Station Road, Elmsford"),
]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


def print_page(path: Path, lines: list[str], turn: float) -> Path:
    """The lines as a picture; what stands after `|` goes to the right edge."""
    page = Image.new("RGB", (760, 60 + 48 * len(lines)), (250, 248, 240))
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(26)
    for row, line in enumerate(lines):
        left, _, right = line.partition("|")
        draw.text((40, 30 + 48 * row), left, fill=(30, 30, 30), font=font)
        draw.text((720, 30 + 48 * row), right, fill=(30, 30, 30), font=font, anchor="ra")
    page.rotate(turn, fillcolor="white").save(path)
    return path


def read(path: Path) -> list[str]:
    call = Call(Workspace(path.parent))
    return [line.text for line in read_lines(path, call)]


@pytest.fixture(scope="module")
def receipt() -> list[str]:
    """The lines of the example receipt, as they are read."""
    return read(example("receipt.png"))


@pytest.mark.parametrize(("question", "expected"), RECEIPT, ids=[case[0] for case in RECEIPT])
def test_the_receipt_answers(question: str, expected: str, receipt: list[str]):
    found = find_answer(question, receipt)

    assert found is not None
    assert found.answer == expected
    assert expected in found.line


@pytest.mark.parametrize(
    ("lines", "turn"),
    [(INVOICE, -1.5), (DINER, -0.5), (HOTEL, 0.5), (LETTER, 1.5)],
    ids=["invoice", "diner", "hotel", "letter"],
)
def test_printed_documents_answer(lines: list[str], turn: float, tmp_path: Path):
    printed = read(print_page(tmp_path / "document.png", lines, turn))
    cases = {question: expected for each, question, expected in CASES if each is lines}

    answers = {question: find_answer(question, printed) for question in cases}

    assert {question: found and found.answer for question, found in answers.items()} == cases


def test_the_answer_comes_with_its_line(call: Call):
    arguments = {"image": example("receipt.png"), "question": "What is the total?"}

    text, data = answer_document(arguments, call)

    assert text.text == "EUR 23.40"
    assert data.data == [{"answer": "EUR 23.40", "line": "TOTAL EUR 23.40", "score": 0.85}]


@pytest.mark.parametrize(
    "question", ["What was the tip?", "How much was the champagne?", "Who won?"]
)
def test_what_the_document_does_not_say_is_not_answered(question: str, receipt: list[str]):
    assert find_answer(question, receipt) is None


def test_a_question_without_an_answer_is_named_with_the_picture(call: Call):
    arguments = {"image": example("receipt.png"), "question": "What was the tip?"}

    with pytest.raises(TaskError, match=r"no line of 'receipt.png' answers 'What was the tip\?'"):
        answer_document(arguments, call)


TOTALS = {
    "label above": (["Tea 2.00", "TOTAL", "5.50"], "5.50"),
    "misread O": (["SUBT0TAL 4.00", "T0TAL 5.00"], "5.00"),
    "run together": (["SUBTOTAL4.00", "TOTALEUR5.00"], "EUR5.00"),
    "total first": (["Total 5.00", "of which subtotal 4.00"], "5.00"),
    "savings below": (["Total 5.00", "Total savings 1.00", "Total items 3"], "5.00"),
    "due": (["Sub-Total 4.00", "Tax 1.00", "Amount due 5.00"], "5.00"),
    "balance": (["Net 4.00", "VAT 1.00", "Balance 5.00"], "5.00"),
    "grand": (["Total 4.00", "Service 1.00", "Grand total 5.00"], "5.00"),
    "paid in part": (["Total 5.00", "Paid 3.00", "Balance 2.00"], "5.00"),
    "thousands": (["Subtotal $1,000.00", "Total $1,234.56"], "$1,234.56"),
    "comma": (["Zwischensumme 4,00", "Summe EUR 5,00"], "EUR 5,00"),
    "sign after": (["Subtotal 4.00", "Total 5.00 €"], "5.00 €"),
}


@pytest.mark.parametrize(("lines", "expected"), TOTALS.values(), ids=TOTALS.keys())
def test_the_total_is_not_mistaken(lines: list[str], expected: str):
    found = find_answer("What is the total?", lines)

    assert found is not None
    assert found.answer == expected


def test_a_percentage_is_no_amount():
    assert find_answer("How much is the VAT?", ["VAT 19.00 %", "Total 5.00"]) is None
