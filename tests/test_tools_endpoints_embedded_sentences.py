from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hugginggpt.tools.endpoints.embedded.sentences import key_words, split_sentences, stem

CASES = {
    "abbreviations": (
        "Dr. J. R. Smith, e.g. in 1902, paid $3.50 a pound at No. 4. Was it so? Yes.",
        ["Dr. J. R. Smith, e.g. in 1902, paid $3.50 a pound at No. 4.", "Was it so?", "Yes."],
    ),
    "quotes": (
        '"Is it?" he asked. "Yes!" (It was.)',
        ['"Is it?" he asked.', '"Yes!"', "(It was.)"],
    ),
    "countries": (
        "The U.S. market was small. It grew.",
        ["The U.S. market was small.", "It grew."],
    ),
    "wrapped lines": (
        "The first sentence is long enough to be wrapped after this\nword. The second follows.",
        [
            "The first sentence is long enough to be wrapped after this word.",
            "The second follows.",
        ],
    ),
    "bullets": (
        "- Bring boots\n- Bring a map. Really.",
        ["Bring boots", "Bring a map.", "Really."],
    ),
    "numbered": ("1. Open it\n2. Close it", ["Open it", "Close it"]),
    "short lines": ("Milk 2.00\nBread 3.00\nTotal 5.00", ["Milk 2.00", "Bread 3.00", "Total 5.00"]),
    "ellipsis": ("She waited… Then she left.", ["She waited…", "Then she left."]),
    "Japanese": ("彼は行った。彼女は残った。", ["彼は行った。", "彼女は残った。"]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]):
    assert [sentence.text for sentence in split_sentences(text)] == expected


def test_a_line_that_stands_alone_without_a_stop_is_a_heading():
    text = "The history of tea\n\nTea came to Europe in 1606.\n\n# Later\nIt spread."

    headings = [sentence.text for sentence in split_sentences(text) if sentence.heading]

    assert headings == ["The history of tea", "Later"]


@given(st.text(alphabet="ab. \n!?-#1)A…\"'", max_size=80))
def test_no_word_is_lost_and_places_are_right(text: str):
    sentences = split_sentences(text)

    assert all(0 <= s.start < s.end <= len(text) for s in sentences)
    assert all(a.end <= b.start for a, b in pairwise(sentences))
    kept = "".join(text[s.start : s.end] for s in sentences)
    assert [c for c in kept if c.isalpha()] == [c for c in text if c.isalpha()]


@pytest.mark.parametrize(
    "words",
    ["opened opening opens", "library libraries", "price prices", "cities city", "stop stopped"],
)
def test_forms_of_one_word_have_one_stem(words: str):
    assert len({stem(word) for word in words.split()}) == 1


def test_key_words_leave_out_the_small_ones():
    assert key_words("When does the library close?") == ["librar", "clos"]
