"""The user's own list of models."""

import os

import pytest

from hugginggpt.tools.catalogue import own
from hugginggpt.tools.errors import SettingError

KIND = "text-classification"


@pytest.fixture
def read(tmp_path):
    """The models of a list with that text."""

    def read(text, kind=KIND):
        file = tmp_path / "own.toml"
        file.write_text(text)
        return own.models(str(file), kind)

    return read


def entry(place, kinds=f'["{KIND}"]', rest=""):
    return f"[[model]]\n{place}\nkinds = {kinds}\n{rest}\n"


def test_no_list():
    assert own.models(None, KIND) == ()


def test_a_model_of_the_hub(read):
    (found,) = read(entry('id = "me/ours"', rest='description = "Ours."\nlicence = "mit"'))
    assert (found.model, found.description, found.licence) == ("me/ours", "Ours.", "mit")
    assert (found.source, found.preferred, found.endpoint) == ("own", True, "")
    assert own.is_hub_id(found.model)


def test_a_folder_counts_from_the_list(read, tmp_path):
    (tmp_path / "models" / "tickets").mkdir(parents=True)
    (found,) = read(entry('path = "models/tickets"', rest='languages = ["en"]\nsize = 0.3'))
    assert found.model == str(tmp_path / "models" / "tickets")
    assert (found.languages, found.size) == (("en",), 300_000_000)
    assert not own.is_hub_id(found.model)


def test_a_url(read):
    (found,) = read(entry('url = "https://me.endpoints.example/x"'))
    assert found.model == "https://me.endpoints.example/x"
    assert not own.is_hub_id(found.model)


def test_kinds_by_any_of_their_names(read):
    text = entry('id = "me/ours"', '["ner", "Token Classification", "sentiment-analysis"]')
    assert [c.kind for c in read(text, "token-classification")] == ["token-classification"]
    assert [c.kind for c in read(text)] == [KIND]


def test_a_list_that_changes_is_read_again(read, tmp_path):
    assert len(read(entry('id = "me/a"'))) == 1
    assert len(read(entry('id = "me/a"') + entry('id = "me/b"'))) == 1 + 1
    os.utime(tmp_path / "own.toml", (1, 1))
    assert len(read("")) == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[model]", "is no TOML file"),
        ("modell = 3", "modell 3: Extra inputs"),
        ("model = 3", "model 3: Input should be a valid list"),
        (entry("id = 5"), "entry 1, id 5: Input should be a valid string"),
        (entry('id = "me ours"'), "entry 1, id 'me ours'"),
        (entry('url = "ftp://x"'), "entry 1, url 'ftp://x'"),
        (entry('id = "me/a"') + entry('path = "nowhere"'), "entry 2, path 'nowhere': no such"),
        (entry('id = "me/a"', "[]"), "entry 1, kinds []"),
        ('[[model]]\nid = "me/a"', "entry 1, kinds: Field required"),
        (entry('id = "me/a"', '["translate"]'), "did you mean 'translation'?"),
        (entry('id = "me/a"', '["qqq"]'), "`hugginggpt tasks` lists all"),
        (entry("", rest='description = "x"'), "entry 1: give one of id"),
        (entry('id = "me/a"\nurl = "https://x.y"'), "entry 1: give one of id"),
        (entry('id = "me/a"', rest="colour = 1"), "entry 1, colour 1: Extra inputs"),
        (entry('id = "me/a"', rest="size = -1"), "entry 1, size -1"),
        (entry('id = "me/a"', rest='languages = ["English"]'), "entry 1, languages 'English'"),
    ],
)
def test_what_is_wrong_is_told(read, text, told):
    with pytest.raises(SettingError) as caught:
        read(text)
    assert "own.toml" in str(caught.value)
    assert told in str(caught.value)


def test_a_list_that_is_not_there():
    with pytest.raises(SettingError, match="HUGGINGGPT_MODELS='no.toml' can't be read: No such"):
        own.models("no.toml", KIND)


def test_a_folder_as_list(tmp_path):
    with pytest.raises(SettingError, match="Is a directory"):
        own.models(str(tmp_path), KIND)


def test_a_list_that_is_no_text(tmp_path):
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingError, match="is no TOML file"):
        own.models(str(tmp_path / "own.toml"), KIND)
