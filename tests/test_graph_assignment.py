"""What a ready task needs."""

import pytest

from hugginggpt.graph.assignment import named_files

PATHS = {
    "mail.txt": "/elsewhere/mail.txt",
    "https://example.org/a.txt": "https://example.org/a.txt",
}


@pytest.mark.parametrize(
    "value", ["mail.txt", "Answer it:\n\nmail.txt", ["a", "mail.txt"], ["Answer it:\n\nmail.txt"]]
)
def test_files_that_arguments_name_are_handed_on(value: object) -> None:
    assert named_files([value], PATHS) == {"mail.txt": PATHS["mail.txt"]}


@pytest.mark.parametrize(
    "value", ["Answer mail.txt", "mail.txt\n\nAnswer it", "https://example.org/a.txt", 3, None]
)
def test_what_names_no_file_hands_none_on(value: object) -> None:
    assert named_files([value], PATHS) == {}
