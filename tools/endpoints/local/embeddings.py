"""Vectors of texts: sentence-transformers where a model is laid out for it, else mean pooling."""

import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text, given_texts
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import SAFE, load_auto
from hugginggpt.tools.endpoints.local.texts import AT_ONCE, Calls, Many, ranked, report
from hugginggpt.tools.errors import TaskError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

_OWN_MODULE = re.compile(r"sentence_transformers(?:\.[a-z_]+)*\.[A-Z]\w*")
"""A class of sentence-transformers itself, as `modules.json` names it."""

Role = Literal["query", "document"]


def load_embedder(weights: Weights) -> Loaded:
    """A model of sentence-transformers, or an encoder of transformers with its tokenizer.

    Raises:
        ImportError: sentence-transformers is not installed, and the model is laid out for it.
        TaskError: the model is no encoder, or a part of it is there as a pickle only.

    """
    if not (weights.folder / "modules.json").exists():
        return load_auto(weights, auto="AutoModel", spare="pooler")
    _refuse_code(weights)
    _refuse_pickles(weights)
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(weights.folder),
        device=weights.device,
        model_kwargs={"use_safetensors": True, "dtype": weights.dtype},
        **SAFE,
    )
    return Loaded(weights, model)


def _refuse_code(weights: Weights) -> None:
    """Check that the model is made of parts of sentence-transformers.

    Expected: `trust_remote_code=False` keeps others out. Before version 6 it did not for a folder:
    whatever class of whatever package `modules.json` names was imported and told to load.
    """
    try:
        listed = json.loads((weights.folder / "modules.json").read_text(encoding="utf-8"))
        kinds = [str(module["type"]) for module in listed]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise TaskError(f"the modules.json of {weights.model} can't be read: {error}") from error
    if odd := [kind for kind in kinds if not _OWN_MODULE.fullmatch(kind)]:
        raise TaskError(f"{weights.model} needs code of its own ({odd[0]!r}), which is never run")


def _refuse_pickles(weights: Weights) -> None:
    """Check the parts behind the encoder: sentence-transformers would read pickles of them."""
    for path in weights.folder.rglob("pytorch_model.bin"):
        if not path.with_name("model.safetensors").exists():
            raise TaskError(
                f"{weights.model} keeps {path.parent.name!r} without safetensors; other weights "
                "may run code and are not read"
            )


def extract_features(loaded: Loaded, many: Many, calls: Calls) -> list[list[Artifact]]:
    """The vector of each text as a NumPy file: float32, one dimension."""
    vectors = embed(loaded, [given_text(arguments, "text") for arguments in many], calls)
    return [[write_vector(v, call, "embedding")] for v, call in zip(vectors, calls, strict=True)]


def compare(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """How alike each of `texts` is to `text`, in the order given: cosine, -1 to 1."""
    text, texts = given_text(arguments, "text"), given_texts(arguments, "texts")
    first, *others = embed(loaded, [text, *texts], [call])
    scores = zip(texts, _likeness(first, others), strict=True)
    return [Artifact.of_data([{"text": t, "score": round(score, 4)} for t, score in scores])]


def retrieve(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The texts with their place in the list given, the nearest to `query` first."""
    query, texts = given_text(arguments, "query"), given_texts(arguments, "texts")
    (asked,) = embed(loaded, [query], [call], role="query")
    passages = embed(loaded, texts, [call], role="document")
    return [Artifact.of_data(ranked(texts, _likeness(asked, passages)))]


def _likeness(vector: "Vectors", others: "Sequence[Vectors] | Vectors") -> list[float]:
    """The cosine of each of the others with the vector."""
    import numpy as np

    vectors = np.stack([vector, *others])
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return [float(score) for score in vectors[1:] @ vectors[0]]


def embed(
    loaded: Loaded, texts: Sequence[str], calls: Calls, role: Role | None = None
) -> "Vectors":
    """One vector a text, shape (texts, dimensions).

    Models that were trained with other words before a query than before a document get them.
    """
    import numpy as np

    found = []
    for start in range(0, len(texts), AT_ONCE):
        report(calls, start / len(texts))
        some = list(texts[start : start + AT_ONCE])
        found.append(
            _encoded(loaded, some, role) if loaded.processor is None else _pooled(loaded, some)
        )
    return np.concatenate(found).astype(np.float32)


def _encoded(loaded: Loaded, texts: list[str], role: Role | None) -> "Vectors":
    """What sentence-transformers makes of the texts."""
    encode = getattr(loaded.model, f"encode_{role}" if role else "encode")
    found: Vectors = encode(texts, convert_to_numpy=True, show_progress_bar=False)
    return found


def _pooled(loaded: Loaded, texts: list[str]) -> "Vectors":
    """The mean over the tokens of each text, padding left out."""
    import torch

    inputs = loaded.processor(texts, padding=True, truncation=True, return_tensors="pt")
    inputs = inputs.to(loaded.weights.device)
    with torch.inference_mode():
        hidden = loaded.model(**inputs).last_hidden_state.float()
    mask = inputs["attention_mask"].unsqueeze(-1)
    pooled: Vectors = ((hidden * mask).sum(1) / mask.sum(1).clamp(min=1)).cpu().numpy()
    return pooled


def write_vector(vector: "Vectors", call: Call, stem: str) -> Artifact:
    """The vector as a NumPy file."""
    import numpy as np

    file = io.BytesIO()
    np.save(file, vector)
    about = {"dimensions": int(vector.shape[-1]), "dtype": str(vector.dtype)}
    return call.workspace.write(file.getvalue(), ".npy", "vector", stem, **about)
