"""What is kept on disk: whole files, read once, and never a reason to fail."""

import json
import subprocess
import sys

import pytest

from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.catalogue import store

MODELS = (Candidate(model="me/a", kind="translation", endpoint="", source="hub", downloads=5),)


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HUGGINGGPT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "candidates"


def test_what_was_written_is_read():
    assert store.read("translation") is None
    store.write("translation", MODELS)
    assert store.read("translation").models == MODELS


def test_a_newer_file_is_read():
    store.write("translation", MODELS)
    store.read("translation")
    store.write("translation", ())
    assert store.read("translation").models == ()


def test_a_file_is_parsed_once():
    store.write("translation", MODELS)
    assert store.read("translation") is store.read("translation")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "\x00\xff",
        '{"version": 1, "models": []}',
        '{"version": 1, "asked_at": "2025-01-01T00:00:00", "models": []}',
        '{"version": 2, "asked_at": "2025-01-01T00:00:00Z", "models": []}',
        '{"version": 1, "asked_at": "2025-01-01T00:00:00Z", "models": [{"id": 5}]}',
    ],
)
def test_a_file_that_can_not_be_read_counts_as_none(folder, content):
    folder.mkdir(parents=True)
    (folder / "translation.json").write_text(content)
    assert store.read("translation") is None
    store.write("translation", MODELS)
    assert store.read("translation").models == MODELS


def test_a_folder_in_place_of_the_file(folder):
    (folder / "translation.json").mkdir(parents=True)
    assert store.read("translation") is None
    store.write("translation", MODELS)
    assert [path.name for path in folder.iterdir()] == ["translation.json"]


def test_a_file_in_place_of_the_folder(folder):
    folder.parent.mkdir()
    folder.write_text("taken")
    store.write("translation", MODELS)
    assert store.read("translation") is None


def test_processes_that_write_at_once_leave_a_whole_file(folder):
    script = (
        "from hugginggpt.tools.candidates import Candidate\n"
        "from hugginggpt.tools.catalogue import store\n"
        "import sys\n"
        "for n in range(50):\n"
        "    many = [Candidate(model=f'{sys.argv[1]}/{i}', kind='translation', endpoint='')"
        " for i in range(40)]\n"
        "    store.write('translation', many)\n"
        "    assert len(store.read('translation').models) == 40\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, name]) for name in ("a", "b")]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert len(store.read("translation").models) == 40
    assert [path.name for path in folder.iterdir()] == ["translation.json"]


def test_only_what_is_known_is_written(folder):
    store.write("translation", MODELS)
    (model,) = json.loads((folder / "translation.json").read_text())["models"]
    assert "licence" not in model


def test_the_folder_of_the_user(monkeypatch, tmp_path):
    monkeypatch.delenv("HUGGINGGPT_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.folder().parts[-2:] == ("hugginggpt", "candidates")
