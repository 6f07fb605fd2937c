"""A model's files: which are wanted, which are refused, and how they come from the Hub."""

import json
from pathlib import Path

import numpy as np
import pytest
from repository_server import COMMIT, RepositoryServer
from safetensors.numpy import save_file

from hugginggpt.tools.endpoints.local.repository import (
    download,
    files_here,
    is_hub_id,
    wanted_files,
)
from hugginggpt.tools.errors import TaskError

MODEL = "someone/tiny"
LARGEST = 1.0
"""In GB."""


def write_model(folder, *weights, **others):
    """A folder with a config, these files of weights, and others."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text('{"model_type": "bert"}')
    for name in weights:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        save_file({"x": np.zeros(1000, np.float32)}, folder / name)
    for name, text in others.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A Hub with one model, and an empty cache beside it."""
    folder = write_model(tmp_path / "repository", "model.safetensors", tokenizer__json="{}")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    (folder / "modeling_own.py").write_text("print('never run')")
    repositories = {MODEL: folder, "someone/pickled": write_model(tmp_path / "pickled")}
    with RepositoryServer(repositories | {"someone/gated": folder}, gated=("someone/gated",)) as s:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", s.url)
        monkeypatch.setattr(
            "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
            s.url + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
        yield s


def fetch(model=MODEL, largest=LARGEST, told=None):
    told = [] if told is None else told
    return download(model, largest, lambda doing, share: told.append((doing, share)))


# --- from the Hub ---------------------------------------------------------------------------


def test_model_is_fetched_with_its_commit(hub):
    files = fetch()
    assert files.revision == COMMIT
    assert files.config == {"model_type": "bert"}
    assert files.size > 4000


def test_no_code_and_no_pickle_is_fetched(hub):
    fetch()
    assert sorted(hub.fetched) == ["config.json", "model.safetensors", "tokenizer.json"]


def test_what_was_fetched_is_found_without_the_hub(hub):
    assert files_here(MODEL) is None
    files = fetch()
    assert files_here(MODEL) == files


def test_bytes_are_told_as_they_come(hub):
    told = []
    fetch(told=told)
    assert told[0] == ("looking someone/tiny up on the Hub", None)
    assert told[-1] == ("downloading someone/tiny", 1.0)


def test_weights_that_may_run_code_are_refused(hub):
    with pytest.raises(TaskError, match=r"someone/pickled has no safetensors; weights in another"):
        fetch("someone/pickled")
    assert hub.fetched == []


def test_a_model_that_is_too_large_is_refused_before_it_is_fetched(hub):
    with pytest.raises(TaskError, match=r"at most 1e-06 GB are loaded here; see HUGGINGGPT_LOCAL"):
        fetch(largest=1e-6)
    assert hub.fetched == []


def test_a_gated_model_is_told_with_what_to_do(hub):
    with pytest.raises(TaskError, match=r"someone/gated is gated: accept its terms .* HF_TOKEN"):
        fetch("someone/gated")


def test_a_model_that_does_not_exist_is_named(hub):
    with pytest.raises(TaskError, match=r"there is no model 'someone/else' on the Hub"):
        fetch("someone/else")


def test_a_hub_that_is_not_there_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(TaskError, match=r"someone/tiny could not be fetched from the Hub: "):
        fetch()


# --- on this machine ------------------------------------------------------------------------


def test_folder(tmp_path):
    folder = write_model(tmp_path / "mine", "model.safetensors")
    assert files_here(str(folder)).folder == folder


@pytest.mark.parametrize("weights", [(), ("model-00001-of-00002.safetensors",)])
def test_folder_that_lacks_weights_is_not_there(weights, tmp_path):
    shards = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    index = json.dumps({"weight_map": dict(zip("ab", shards, strict=True))})
    folder = write_model(tmp_path, *weights, model__safetensors__index__json=index)
    assert files_here(str(folder)) is None


def test_pipeline_that_lacks_a_part_is_not_there(tmp_path):
    write_model(tmp_path, "unet/model.safetensors")
    index = {"_class_name": "X", "unet": ["diffusers", "U"], "vae": ["diffusers", "V"]}
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    assert files_here(str(tmp_path)) is None
    write_model(tmp_path, "vae/model.safetensors")
    assert files_here(str(tmp_path)).config["_class_name"] == "X"


def test_config_that_is_broken_is_no_config(tmp_path):
    folder = write_model(tmp_path, "model.safetensors", config__json="{")
    assert files_here(str(folder)).config == {}


@pytest.mark.parametrize("name", ["https://host/x", "a/b/c", "../x", "", "no such/model"])
def test_what_is_no_hub_id(name):
    assert not is_hub_id(name)
    assert files_here(name) is None


# --- which files ----------------------------------------------------------------------------

PLAIN = {"config.json", "tokenizer.json", "model.safetensors"}
PIPELINE = {"model_index.json", "unet/config.json", "unet/model.safetensors"}


@pytest.mark.parametrize(
    ("wanted", "others"),
    [
        (PLAIN, {"pytorch_model.bin", "tf_model.h5", "model.onnx", "run.py", "LICENSE.md"}),
        (PLAIN, {"model.fp16.safetensors", "consolidated.safetensors"}),
        ({"config.json", "model.fp16.safetensors"}, {"flax_model.msgpack"}),
        (PLAIN, {"onnx/config.json", "original/model.safetensors"}),
        (PIPELINE, {"v1-5-pruned.safetensors", "unet/model.fp16.safetensors", "unet/model.bin"}),
        (PLAIN | {"modules.json", "1_Pooling/config.json"}, {"1_Pooling/code.py"}),
        ({"model-1-of-2.safetensors", "model-2-of-2.safetensors"}, {"model-1-of-2.bin"}),
    ],
)
def test_files_that_are_wanted(wanted, others):
    assert set(wanted_files(sorted(wanted | others))) == wanted


def test_cache_with_a_broken_reference_is_no_model(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    stored = tmp_path / "models--someone--tiny" / "refs"
    stored.mkdir(parents=True)
    Path(stored / "main").write_text("gone")
    assert files_here(MODEL) is None
