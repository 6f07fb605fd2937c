"""Long texts under names: shown short, put back word for word, and short requests left alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hugginggpt.graph.brain.llm.passages import name_passages

LONG = "It was the best of times, it was the worst of times. " * 40
OTHER = "Call me Ishmael, some years ago, never mind how long. " * 40


def named(text, taken=()):
    return list(name_passages(text, taken).named.values())


# --- what gets a name -----------------------------------------------------------------------

QUOTES = ['""', "''", "\u201c\u201d", "\u2018\u2019", "\u00ab\u00bb"]


@pytest.mark.parametrize("quotes", QUOTES)
def test_long_quotation(quotes):
    opening, closing = quotes
    passages = name_passages(f"Translate {opening}{LONG}{closing} into French.", ())
    assert passages.text == f"Translate {opening}<passage-1>{closing} into French."
    assert passages.named == {"passage-1": LONG}


def test_paragraph_after_an_instruction():
    passages = name_passages(f"Sum this up:\n\n{LONG}", ())
    assert passages.text == "Sum this up:\n\n<passage-1>"
    assert passages.named == {"passage-1": LONG}


def test_paragraph_in_the_line_of_its_instruction():
    assert name_passages(f"Sum this up: {LONG}", ()).text == "Sum this up: <passage-1>"


def test_paragraph_before_an_instruction():
    passages = name_passages(f"{LONG}\n\nSum this up.", ())
    assert passages.text == "<passage-1>\n\nSum this up."


def test_paragraph_of_many_lines():
    assert named(f"Sum this up:\n\n{LONG}\n{OTHER}\n\nThanks!") == [f"{LONG}\n{OTHER}"]


def test_several_paragraphs():
    passages = name_passages(f"Which is happier?\n\n{LONG}\n\n{OTHER}", ())
    assert passages.text == "Which is happier?\n\n<passage-1>\n\n<passage-2>"
    assert list(passages.named.values()) == [LONG, OTHER]


def test_quotation_and_paragraph():
    assert named(f'Is "{LONG}" like this:\n\n{OTHER}') == [LONG, OTHER]


def test_short_paragraphs_stay():
    text = "Read aloud:\n\n" + "\n\n".join(f"{number}. a short one" for number in range(100))
    assert name_passages(text, ()).text == text


def test_name_that_a_file_has_is_not_taken():
    assert list(name_passages(f"Sum up: {LONG}", {"passage-1": None}).named) == ["passage-2"]


def test_name_that_the_request_holds_is_not_taken():
    passages = name_passages(f"What does <passage-1> mean in this: {LONG}", ())
    assert passages.restore("<passage-1>") == "<passage-1>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        'say "hi"',
        "Read page.txt",
        LONG[:1100],
        f'"{LONG[:1100]}"',
        "a\n\nb",
        "it's 'x",
    ],
)
def test_short_request_stays(text):
    passages = name_passages(text, ())
    assert passages.text == text
    assert passages.named == {}


INSTRUCTIONS = {
    "before": f"Translate the following text into French. {LONG}",
    "behind": f"{LONG} Translate that into French.",
}


@pytest.mark.parametrize("text", INSTRUCTIONS.values(), ids=INSTRUCTIONS)
def test_instruction_in_the_same_paragraph_stays_visible(text):
    assert "Translate" in name_passages(text, ()).text


POSSESSIVES = ["the dogs' bowls", "'twas said: ", "the \u2019phone"]


@pytest.mark.parametrize("words", POSSESSIVES)
def test_apostrophe_does_not_end_a_quotation(words):
    quoted = f"{LONG}{words} {LONG}"
    assert named(f'Translate "{quoted}" into French.') == [quoted]


# --- what the model is shown ----------------------------------------------------------------


def test_names_are_listed_with_how_they_begin_and_end():
    ((name, about),) = name_passages(f"Sum up:\n{LONG}", ()).files.items()
    assert name == "passage-1"
    assert (
        about
        == f"text, {len(LONG)} characters, begins: {LONG[:60].strip()} … ends: {LONG[-60:].strip()}"
    )


def test_beginning_is_shown_in_one_line():
    (about,) = name_passages(f"Sum up:\n\na\nb\n{LONG}", ()).files.values()
    assert "begins: a b It was" in about


# --- putting back ---------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["passage-1", "<passage-1>", " <passage-1> "])
def test_name_alone_becomes_the_text(written):
    assert name_passages(f"Sum up: {LONG}", ()).restore(written) == LONG


def test_name_inside_a_text():
    assert name_passages(f"Sum up: {LONG}", ()).restore("1. <passage-1>!") == f"1. {LONG}!"


def test_entry_of_a_plan():
    passages = name_passages(f"Compare:\n\n{LONG}\n\n{OTHER}", ())
    entry = {
        "id": 0,
        "dep": [-1],
        "args": {"a": "<passage-1>", "b": ["x", "passage-2", {"c": None}]},
    }
    assert passages.restore([entry]) == [
        {"id": 0, "dep": [-1], "args": {"a": LONG, "b": ["x", OTHER, {"c": None}]}}
    ]


@pytest.mark.parametrize("text", ["passage-2", "<passage-11>", "passage-10", "see passage-1"])
def test_what_is_no_name_stays(text):
    assert name_passages(f"Sum up: {LONG}", ()).restore(text) == text


def test_quotation_inside_a_long_paragraph_is_put_back():
    text = f'Sum up:\n\n{OTHER} "{LONG}" {OTHER}'
    passages = name_passages(text, ())
    assert passages.restore(passages.text) == text


pieces = st.sampled_from(
    [
        LONG,
        OTHER,
        LONG[:700],
        '"',
        "'",
        "\u201c",
        "\u201d",
        "\u00ab",
        "\u00bb",
        "\n",
        "\n\n",
        ": ",
        " ",
        "x",
    ]
)
requests = st.lists(pieces | st.text(max_size=5), max_size=12).map("".join)


@settings(max_examples=500, deadline=None)
@given(requests)
def test_round_trip(text):
    passages = name_passages(text, ())
    assert passages.restore(passages.text) == text


UNITS = [' "a', "'em ", "\u00aba ", "\u201ea!\u201c ", "a\n", " \n"]


@pytest.mark.parametrize("unit", UNITS)
def test_request_that_repeats_itself_holds_nobody_up(unit):
    text = unit * (30_000 // len(unit))
    passages = name_passages(text, ())
    assert passages.restore(passages.text) == text


@pytest.mark.parametrize("quote", ["'tis", "\u2018tis"])
@pytest.mark.parametrize("apostrophe", ["'", "\u2019"])
def test_many_apostrophes_behind_an_open_quotation(quote, apostrophe):
    text = f"Sum up: {quote} a story. {'x ' * 600}{f'don{apostrophe}t ' * 5000}"
    passages = name_passages(text, ())
    assert passages.restore(passages.text) == text
