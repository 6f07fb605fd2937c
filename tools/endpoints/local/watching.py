"""Clips and pages: what a clip shows, and which page answers a query."""

from collections.abc import Mapping
from typing import Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import SAFE, by_auto, load_model, load_processor
from hugginggpt.tools.endpoints.local.texts import rounded
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_image
from hugginggpt.tools.video import read_frames

_LABELS = 5
_FRAMES = 8
"""Pictures of a clip that are looked at, where the model does not say how many."""

load_watcher = by_auto("AutoModelForVideoClassification", "AutoImageProcessor")


def load_librarian(weights: Weights) -> Loaded:
    """A model that compares queries and pages, such as ColPali; it has no Auto class.

    Raises:
        TaskError: it does not.

    """
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_PRETRAINING_MAPPING

    config = transformers.AutoConfig.from_pretrained(weights.folder, **SAFE)
    # transformers' mapping for retrieval lacks some; this one has them among others.
    kind: Any = MODEL_FOR_PRETRAINING_MAPPING.get(type(config), None)
    if kind is None or not kind.__name__.endswith("ForRetrieval"):
        raise TaskError(
            f"{weights.model} is a {config.model_type}, which does not compare queries and pages; "
            "take one such as vidore/colpali-v1.3-hf"
        )
    model = load_model(weights, kind)
    return Loaded(weights, model, load_processor(weights, "AutoProcessor"))


def classify(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """Up to five labels of the clip, the likeliest first."""
    import torch

    count = int(getattr(loaded.model.config, "num_frames", None) or _FRAMES)
    call.progress("watching the clip", None)
    frames = read_frames(arguments["video"], count)
    frames += frames[-1:] * (count - len(frames))  # a clip that is shorter stands still at its end
    seen = loaded.processor(frames, return_tensors="pt")["pixel_values"]
    pixels = seen if seen.ndim == 5 else seen.unsqueeze(0)
    with torch.inference_mode():
        logits = loaded.model(
            pixel_values=pixels.to(loaded.weights.device, loaded.model.dtype)
        ).logits[0]
    best = logits.float().softmax(-1).topk(min(_LABELS, len(logits)))
    names = loaded.model.config.id2label
    found = zip(best.values.tolist(), best.indices.tolist(), strict=True)
    return [Artifact.of_data(rounded([{"label": names[i], "score": s} for s, i in found]))]


def retrieve(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The pages with their place in the list given, the one that answers the query best first."""
    import torch

    query, paths = given_text(arguments, "query"), arguments["images"]
    processor, device = loaded.processor, loaded.weights.device
    asked = processor.process_queries([query]).to(device)
    pages = []
    with torch.inference_mode():
        wanted = loaded.model(**asked).embeddings
        for number, path in enumerate(paths):
            call.progress(f"reading {path.name}", number / len(paths))
            seen = processor.process_images([read_image(path)]).to(device)
            pages.append(loaded.model(**seen).embeddings[0])
    scores = processor.score_retrieval(list(wanted), pages)[0].tolist()
    order = sorted(range(len(paths)), key=lambda index: -scores[index])
    rows = [{"image": paths[i].name, "score": round(scores[i], 4), "index": i} for i in order]
    return [Artifact.of_data(rows)]
