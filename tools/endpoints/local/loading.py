"""Loading with transformers: the class that a kind of task needs, checked against the model's own.

Nothing but safetensors is read and no code of the model is run. A model that lacks the part that
the task needs would get a random one from transformers, and talk nonsense: it is refused.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from logging import ERROR
from typing import Any

from hugginggpt.tools.endpoints.local.families import Load, Loaded, Weights
from hugginggpt.tools.errors import TaskError

SAFE: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
"""Settings of every loading with transformers."""
UNLIMITED = 10**9
"""A tokenizer with a longer `model_max_length` says nothing about how much the model reads."""


def by_auto(auto: str, processor: str | None = "AutoTokenizer") -> Load:
    """A `Load` that takes the model's class from the mapping of the Auto class `auto`."""
    return partial(load_auto, auto=auto, processor=processor)


def by_pipeline(task: str, auto: str, *processors: str) -> Load:
    """A `Load` of a transformers pipeline, which does the whole task.

    The first of `processors` that the model has is its tokenizer, image processor or feature
    extractor.
    """
    return partial(_load_pipeline, task=task, auto=auto, processors=processors)


def load_auto(
    weights: Weights,
    *,
    auto: str,
    processor: str | None = "AutoTokenizer",
    spare: str | None = None,
) -> Loaded:
    """The model with its processor, ready to run; `spare` is a part that it may lack.

    Raises:
        TaskError: the model is of another kind, or lacks a part.

    """
    model = load_model(weights, auto_class(auto), spare)
    if processor is None:
        return Loaded(weights, model)
    return Loaded(weights, model, _fitted(load_processor(weights, processor), model))


def auto_class(name: str) -> Any:
    """The Auto class of that name; some are not exported by transformers itself."""
    import transformers
    from transformers.models.auto import modeling_auto

    return getattr(transformers, name, None) or getattr(modeling_auto, name)


def load_model(weights: Weights, kind: Any, spare: str | None = None) -> Any:
    """The network, of a class that `kind`, an Auto class or a class of its own, gives.

    `spare` is a part that the task does not need, such as `pooler`.

    Raises:
        TaskError: the model is of another kind, or lacks a part.

    """
    import torch

    try:
        with quietly():
            model, report = kind.from_pretrained(
                weights.folder,
                dtype=getattr(torch, weights.dtype),
                use_safetensors=True,
                output_loading_info=True,
                **SAFE,
            )
    except ValueError as error:
        if "Unrecognized" not in str(error):
            raise
        raise TaskError(
            f"{weights.model} is {_described(weights)}, which can't be loaded as {kind.__name__}"
        ) from error
    missing = sorted(k for k in report["missing_keys"] if not spare or spare not in k.split("."))
    if missing:
        raise TaskError(
            f"{weights.model} is {_described(weights)} and lacks weights that the task needs: "
            f"{', '.join(missing[:3])}; take a model that was trained for the task"
        )
    return model.to(weights.device).eval()


def _described(weights: Weights) -> str:
    names = weights.config.get("architectures") or [weights.config.get("model_type", "a model")]
    return f"a {names[0]}"


def load_processor(weights: Weights, *names: str) -> Any:
    """The first of these processors that the model has, such as `AutoTokenizer`.

    Raises:
        TaskError: it has none of them.

    """
    import transformers

    reasons = []
    for name in names:
        try:
            with quietly():
                found = getattr(transformers, name).from_pretrained(weights.folder, **SAFE)
        except (OSError, ValueError, KeyError, TypeError) as error:
            reasons.append(" ".join(str(error).split())[:120])
            continue
        if not _is_empty(found):
            return found
        reasons.append("its vocabulary is missing")
    raise TaskError(f"{weights.model} has no {' or '.join(names)}: {reasons[-1]}")


def _is_empty(processor: Any) -> bool:
    """Whether it is a tokenizer without words, which transformers makes where files are missing."""
    if not hasattr(processor, "get_vocab"):
        return False
    return len(processor.get_vocab()) <= len(processor.all_special_tokens)


def _fitted(processor: Any, model: Any) -> Any:
    """The processor; as a tokenizer, it cuts where the model ends, and can fill up batches."""
    if not hasattr(processor, "model_max_length"):
        return processor
    if positions := _positions(model):
        processor.model_max_length = min(processor.model_max_length, positions)
    if processor.pad_token is None and processor.eos_token is not None:
        processor.pad_token = processor.eos_token
    if getattr(model.config, "pad_token_id", None) is None:
        model.config.pad_token_id = processor.pad_token_id
    return processor


def _positions(model: Any) -> int | None:
    """Tokens that the model has places for; None where its config does not say."""
    config = model.config
    names = ("max_position_embeddings", "n_positions")
    known = next((int(n) for name in names if (n := getattr(config, name, None))), None)
    # Models like RoBERTa count places from behind the padding token: the first ones are not used.
    tables = (m for name, m in model.named_modules() if name.endswith(".position_embeddings"))
    unused = [m.padding_idx + 1 for m in tables if getattr(m, "padding_idx", None) is not None]
    return known - unused[0] if known and unused else known


def _load_pipeline(
    weights: Weights, *, task: str, auto: str, processors: tuple[str, ...]
) -> Loaded:
    import transformers

    model = load_model(weights, auto_class(auto))
    parts = {_PARTS[name]: _fitted(load_processor(weights, name), model) for name in processors}
    pipeline: Callable[..., Any] = transformers.pipeline
    made = pipeline(task, model=model, device=weights.device, **parts)
    return Loaded(weights, made, next(iter(parts.values()), None))


_PARTS = {
    "AutoTokenizer": "tokenizer",
    "AutoImageProcessor": "image_processor",
    "AutoFeatureExtractor": "feature_extractor",
    "AutoProcessor": "processor",
}


@contextmanager
def quietly() -> Iterator[None]:
    """No bars and no warnings of transformers on the terminal: the progress of a task is ours."""
    from transformers.utils import logging

    verbosity, shows = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(ERROR)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if shows:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
