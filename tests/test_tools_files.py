"""Files are found inside the allowed folders and told by their content."""

import os

import pytest
from PIL import Image

from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.files import Files, inspect_file, modality_by_name


@pytest.fixture
def files(tmp_path):
    """The files below a fresh folder."""
    return Files([tmp_path])


def make(path, content=b"hello"):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "modality"),
    [
        ("a.PNG", "image"),
        ("a.webp", "image"),
        ("a.mp3", "audio"),
        ("a.mkv", "video"),
        ("a.csv", "table"),
        ("a.txt", "text"),
        ("a.glb", "mesh"),
        ("https://x.org/a.jpg?size=2", "image"),
        ("a", None),
        ("hello world", None),
    ],
)
def test_modality_by_name(name, modality):
    assert modality_by_name(name) == modality


def test_content_tells_the_modality(tmp_path):
    path = tmp_path / "scan"
    Image.new("L", (4, 4)).save(path, "PNG")
    assert inspect_file(path).modality == "image"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", r"'a.png' is empty \(0 bytes\)"),
        (b"just words", "'a.png' is named like image, but it holds text"),
        (b"\x00\x01\x02", "'a.png' is named like image, but it holds something else"),
    ],
)
def test_unusable_content(tmp_path, content, complaint):
    with pytest.raises(FileInputError, match=complaint):
        inspect_file(make(tmp_path / "a.png", content))


def test_words_that_begin_like_a_bitmap_are_words(tmp_path):
    path = make(tmp_path / "cars.txt", b"BMW opened a plant.")
    assert inspect_file(path).modality == "text"


def test_missing(files):
    with pytest.raises(FileInputError, match="there is no file 'gone.png'"):
        files.resolve("gone.png", "image")


def test_folder(files, tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(FileInputError, match="'photos' is a folder"):
        files.resolve("photos", "image")


def test_pipe(files, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileInputError, match="'pipe' is not a plain file"):
        files.resolve("pipe", "text")


def test_nul_in_the_name(files):
    with pytest.raises(FileInputError, match="can't be read|not a usable file name"):
        files.resolve("a\0b.txt", "text")


def test_wrong_modality(files, tmp_path):
    make(tmp_path / "a.txt")
    with pytest.raises(FileInputError, match="'a.txt' holds text, where audio is needed"):
        files.resolve("a.txt", "audio")


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "~/secret.txt"])
def test_outside_the_roots(tmp_path, name):
    inside = tmp_path / "inside"
    make(tmp_path / "secret.txt")
    make(inside / "a.txt")
    with pytest.raises(FileInputError, match="outside the folders that may be read"):
        Files([inside]).find(name)


def test_link_out_of_the_roots(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.txt").symlink_to(make(tmp_path / "secret.txt"))
    with pytest.raises(FileInputError, match="outside the folders"):
        Files([inside]).find("link.txt")


def test_file_that_was_handed_over_may_lie_anywhere(tmp_path):
    path = make(tmp_path / "a.txt")
    files = Files([tmp_path / "empty"], {"a.txt": str(path)})
    assert files.resolve("a.txt", "text") == path


def test_text_argument_that_names_a_file(files, tmp_path):
    path = make(tmp_path / "my notes.txt")
    assert files.text_file("my notes.txt") == path


@pytest.mark.parametrize(
    "text", ["I like node.js", "The end.", "a.b", "and/or", "/ 2", "/a b", "line\npage.txt"]
)
def test_text_argument_that_is_only_text(files, text):
    assert files.text_file(text) is None


@pytest.mark.parametrize("text", ["/etc/passwd", "../../secret", "~/secret"])
def test_path_outside_the_roots_as_a_text(files, text):
    with pytest.raises(FileInputError, match="outside the folders"):
        files.text_file(text)


def test_text_argument_that_can_only_be_a_file(files):
    with pytest.raises(FileInputError, match="there is no file 'page.txt'"):
        files.text_file("page.txt")
