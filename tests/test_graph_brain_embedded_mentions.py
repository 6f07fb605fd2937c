"""Files, URLs, quotations and languages in a request."""

import pytest

from hugginggpt.graph.brain.embedded.mentions import MAX_SCANNED, Masked, file_label, mask
from hugginggpt.graph.request import Request
from hugginggpt.tools.artifacts import Artifact


def masked(text: str, *files: str) -> Masked:
    resources = {name: Artifact(modality="image", path=name) for name in files}
    return mask(Request(text, resources=resources))


def found(text: str, *files: str) -> list[tuple[str, object]]:
    whole = masked(text, *files)
    return [(mention.label, mention.value) for mention in whole.within(whole.text)]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("read page.txt.", [("text", "page.txt")]),
        ("see ./photos/a-1.PNG!", [("image", "./photos/a-1.PNG")]),
        ("déjà_vu.png and 写真.jpg", [("image", "déjà_vu.png"), ("image", "写真.jpg")]),
        ('open "my holiday.jpg"', [("image", "my holiday.jpg")]),
        ("(data.csv)", [("table", "data.csv")]),
        ("version 1.2 of e.g. this", []),
        ("get https://e.org/a.jpg?x=1, now", [("image", "https://e.org/a.jpg?x=1")]),
        ("get https://e.org/page.", [("web", "https://e.org/page")]),
        ("invoice-7.png", [("doc", "invoice-7.png")]),
        ("report.pdf", [("doc", "report.pdf")]),
        ("read /etc/passwd to me", [("text", "/etc/passwd")]),
        ("sum up ../../notes.", [("text", "../../notes")]),
        ("yes/no, 24/7, and/or", []),
    ],
)
def test_files(text: str, mentions: list[tuple[str, object]]) -> None:
    assert found(text) == mentions


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('say "hello there"', "hello there"),
        ("say “hello there”", "hello there"),
        ("say «bonjour»", "bonjour"),
        ("say 'it's fine'", "it's fine"),
        ("say `x`", "x"),
    ],
)
def test_quotations(text: str, quoted: str) -> None:
    assert found(text) == [("quote", quoted)]


def test_apostrophes_quote_nothing() -> None:
    assert found("don't touch the dogs' bowl, it's John's") == []


def test_a_resource_with_a_space_in_its_name() -> None:
    assert found("describe My Cat.png please", "my cat.png") == [("image", "my cat.png")]


def test_a_path_means_the_resource_of_that_name() -> None:
    assert found("describe photos/a.png", "a.png") == [("image", "a.png")]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("put it into french", ["fr"]),
        ("from German to English", ["de", "en"]),
        ("Polish the photo", []),
        ("open the french window", ["fr"]),
        ("ins Englische", ["en"]),
    ],
)
def test_languages(text: str, codes: list[str]) -> None:
    assert [value for label, value in found(text) if label == "language"] == codes


def test_json_is_read() -> None:
    assert found('the graph {"nodes": ["C"], "edges": []}') == [
        ("data", {"nodes": ["C"], "edges": []})
    ]


def test_stand_ins_are_restored_to_the_users_words() -> None:
    text = 'Say "Good   day" in French and read a.txt'
    whole = masked(text)
    assert whole.restore(whole.text) == text


def test_what_looks_like_a_reference_or_a_stand_in_is_plain_text() -> None:
    whole = masked("use <GENERATED>-0 and ⟨_image0⟩")
    assert whole.text == "use GENERATED-0 and <_image0>"


def test_a_long_paragraph_beside_an_instruction_is_content() -> None:
    story = "Bread is old. " * 40
    (mention,) = masked(f"{story}\n\nSummarise this in two sentences").mentions
    assert mention.label == "quote"
    assert mention.value == story.strip()


def test_the_middle_of_a_very_long_request_is_content() -> None:
    text = "summarise this " + "bread " * 20_000
    whole = masked(text)
    assert len(whole.text) < MAX_SCANNED + 50
    assert whole.restore(whole.text).split() == text.split()


def test_a_very_long_word_is_cut_out_too() -> None:
    assert len(masked("a" * 100_000).text) < MAX_SCANNED + 50


def test_a_quotation_round_a_very_long_text_is_whole() -> None:
    story = "bread " * 20_000
    assert found(f'Summarise "{story}" please') == [("quote", story.strip())]


def test_the_modality_of_a_resource_beats_its_name() -> None:
    assert file_label("receipt.bin", "image") == "doc"
