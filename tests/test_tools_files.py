"""Files are found inside the allowed folders and told by their content."""

import os

import pytest
from PIL import Image

from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.files import Files, check_url, has_password, inspect_file, modality_by_name


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


def test_what_is_said_of_a_file(files, tmp_path):
    path = make(tmp_path / "my notes.txt")
    assert files.told_of("Be brief.\n\nShorten:\n\nmy notes.txt") == ("Be brief.\n\nShorten:", path)


def test_what_is_said_of_a_file_that_was_handed_over(tmp_path):
    path = make(tmp_path / "elsewhere")
    assert Files([tmp_path / "empty"], {"mail": str(path)}).told_of("Answer:\n\nmail") == (
        "Answer:",
        path,
    )


@pytest.mark.parametrize(
    "text",
    ["page.txt", "\n\npage.txt", "Shorten:\npage.txt", "page.txt:\n\nA b.", "Yours\n\npage.txt"],
)
def test_what_is_said_of_no_file(files, tmp_path, text):
    make(tmp_path / "page.txt")
    assert files.told_of(text) is None


# --- hidden files, links, passwords -------------------------------------------------------------


@pytest.mark.parametrize("name", [".env", ".git/config", "notes/.secret.txt", "a/../.ssh/id_rsa"])
def test_hidden_files_are_not_read(files, tmp_path, name):
    (tmp_path / "a").mkdir()
    make(tmp_path / name)
    with pytest.raises(FileInputError, match="hidden file or lies in a hidden folder"):
        files.resolve(name, "text")


def test_a_hidden_file_that_a_text_names_is_not_read(files, tmp_path):
    make(tmp_path / ".notes" / "a.txt")
    with pytest.raises(FileInputError, match="hidden"):
        files.text_file("./.notes/a.txt")


def test_a_link_does_not_make_a_hidden_file_plain(files, tmp_path):
    (tmp_path / "plain.txt").symlink_to(make(tmp_path / ".env"))
    with pytest.raises(FileInputError, match="hidden"):
        files.resolve("plain.txt", "text")


def test_a_hidden_file_that_was_handed_over_is_read(files, tmp_path):
    path = make(tmp_path / ".env")
    assert files.find(".env", handed_over=True) == path
    assert Files([tmp_path], {".env": str(path)}).resolve(".env", "text") == path


def test_handing_over_does_not_lead_out_of_the_roots(files, tmp_path):
    with pytest.raises(FileInputError, match="outside"):
        files.find("../.env", handed_over=True)


@pytest.mark.parametrize("root", [".work", ".work/.env"], ids=["folder", "the file itself"])
def test_a_hidden_root_is_read(tmp_path, root):
    path = (
        make(tmp_path / ".work" / ".env") if root.endswith("v") else make(tmp_path / ".work" / "a")
    )
    assert Files([tmp_path, tmp_path / root]).find(str(path)) == path


def test_a_link_that_takes_the_place_of_a_file_that_was_handed_over(tmp_path):
    path = make(tmp_path / "in" / "a.txt")
    files = Files([tmp_path / "in"], {"a.txt": str(path)})
    path.unlink()
    path.symlink_to(make(tmp_path / "secret.txt"))
    with pytest.raises(FileInputError, match="'a.txt' has been replaced by a link"):
        files.resolve("a.txt", "text")


def test_a_folder_of_a_handed_over_file_that_becomes_a_link(tmp_path):
    path = make(tmp_path / "in" / "a.txt")
    make(tmp_path / "out" / "a.txt")
    (tmp_path / "in").rename(tmp_path / "gone")
    (tmp_path / "in").symlink_to(tmp_path / "out")
    with pytest.raises(FileInputError, match="replaced by a link"):
        Files([tmp_path], {"a.txt": str(path)}).find("a.txt")


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3 and more",
        b"PK\x03\x04" + bytes(26),
        b"MZ\x90\x00",
        b"\xc5\xd0\xd3\xc6" + bytes(9),
    ],
    ids=["pdf", "zip", "exe", "eps"],
)
@pytest.mark.parametrize("suffix", [".png", ".wav", ".mp4", ".csv"])
def test_a_name_does_not_make_it_so(tmp_path, content, suffix):
    path = make(tmp_path / f"a{suffix}", content)
    modality = {".png": "image", ".wav": "audio", ".mp4": "video", ".csv": "table"}[suffix]
    with pytest.raises(FileInputError, match="named like|binary data"):
        Files([tmp_path]).resolve(path.name, modality)


@pytest.mark.parametrize(
    "url",
    [
        "http://me:pw@host/a.png",
        "https://token@host/",
        "HTTP://example.org@127.0.0.1/a.png",
    ],
)
def test_an_address_with_a_password(url):
    assert has_password(url)
    with pytest.raises(FileInputError, match="user name or password") as caught:
        check_url(url)
    assert "pw" not in str(caught.value).partition("holds")[0]


@pytest.mark.parametrize(
    "url", ["http://host/@me", "http://host?a=b@c", "https://host/#@", "http://h"]
)
def test_an_address_without_a_password(url):
    assert not has_password(url)


def test_a_root_may_be_a_file(tmp_path):
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b.txt").write_text("two")
    files = Files([tmp_path / "a.txt"])
    assert files.find("a.txt") == tmp_path / "a.txt"
    with pytest.raises(FileInputError, match="outside the folders"):
        files.find("b.txt")
