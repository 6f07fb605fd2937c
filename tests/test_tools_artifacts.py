"""Artifacts hold one value; the workspace writes files whole and once."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError

from hugginggpt.tools.artifacts import Artifact, Workspace, remove_unfinished
from hugginggpt.tools.errors import WorkspaceError


@pytest.mark.parametrize("values", [{}, {"text": "a", "path": "b"}])
def test_exactly_one_value(values):
    with pytest.raises(ValidationError, match="holds one of path, text and data"):
        Artifact(modality="text", **values)


def test_data_reads_as_json():
    assert Artifact.of_data([{"label": "schön"}]).as_text() == '[{"label": "schön"}]'


def test_same_content_is_one_file(tmp_path):
    workspace = Workspace(tmp_path / "out")
    first = workspace.write(b"abc", ".png", "image", "edges")
    second = workspace.write(b"abc", ".png", "image", "edges")
    assert first.path == second.path
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_file_holds_the_content_and_knows_its_type(tmp_path):
    artifact = Workspace(tmp_path).write(b"RIFF", ".wav", "audio", "speech", seconds=1.5)
    with open(artifact.path, "rb") as file:
        assert file.read() == b"RIFF"
    assert artifact.mime in ("audio/x-wav", "audio/wav")
    assert artifact.metadata == {"seconds": 1.5}


def test_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WorkspaceError, match="cannot write to the output folder .*--out"):
        Workspace(tmp_path / "file").write(b"abc", ".png", "image", "edges")


def test_no_temporary_file_is_left(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        Workspace(tmp_path).write(b"abc", ".png", "image", "edges")
    assert list(tmp_path.iterdir()) == []


def test_what_another_thread_still_writes_can_be_removed(tmp_path, monkeypatch):
    written, go_on = threading.Event(), threading.Event()

    def wait(*_):
        written.set()
        go_on.wait(10)
        raise OSError("too late")

    monkeypatch.setattr(os, "replace", wait)
    job = (Workspace(tmp_path).write, b"abc", ".png", "image", "edges")
    with ThreadPoolExecutor() as pool:
        writing = pool.submit(*job)
        written.wait(10)
        assert len(list(tmp_path.iterdir())) == 1
        remove_unfinished()
        assert list(tmp_path.iterdir()) == []
        go_on.set()
    assert isinstance(writing.exception(), WorkspaceError)
