"""Models that write: one `generate` for all, that tells its progress and stops when told."""

from collections.abc import Callable, Sequence
from typing import Any

from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local.families import Loaded

MOST_TOKENS = 256
"""Longest text that is written, where neither the model nor the task says."""


def write(
    loaded: Loaded, inputs: Any, call: Call, *, tokenizer: Any = None, **settings: Any
) -> list[str]:
    """What the model writes for each row of `inputs`, special tokens left out."""
    import torch

    tokenizer = tokenizer or loaded.processor
    on_device = {name: each.to(loaded.weights.device) for name, each in inputs.items()}
    takes_prompt = not loaded.model.config.is_encoder_decoder
    asked = on_device["input_ids"].shape[1] if takes_prompt and "input_ids" in on_device else 0
    most = settings.setdefault("max_new_tokens", most_tokens(loaded))

    def tell(length: int) -> None:
        call.progress(f"writing, {length - asked} tokens", min(1.0, (length - asked) / most))

    # Set, not passed: some models (BLIP) pass a token of their own.
    loaded.model.generation_config.pad_token_id = _padding(loaded, tokenizer)
    with torch.inference_mode():
        written = loaded.model.generate(
            **on_device,
            stopping_criteria=[teller(tell)],
            **settings,
        )
    if asked and not torch.equal(written[:, :asked], on_device["input_ids"]):
        asked = 0  # some models (BLIP) read the prompt elsewhere, and do not repeat it
    # A language that was forced to stand first is no part of the text, special token or not.
    begin = 2 if settings.get("forced_bos_token_id") is not None else asked
    texts = tokenizer.batch_decode(written[:, begin:], skip_special_tokens=True)
    return [text.strip() for text in texts]


def most_tokens(loaded: Loaded, most: int = MOST_TOKENS) -> int:
    """Tokens that an answer may have: what the model was set up for, at most `most` else."""
    config = loaded.model.generation_config
    if config.max_new_tokens:
        return int(config.max_new_tokens)
    length = int(config.max_length or 0)
    return length if length > 20 and loaded.model.config.is_encoder_decoder else most


def _padding(loaded: Loaded, tokenizer: Any) -> int | None:
    candidates = (
        loaded.model.generation_config.pad_token_id,
        tokenizer.pad_token_id,
        tokenizer.eos_token_id,
    )
    return next((token for token in candidates if token is not None), None)


def teller(tell: Callable[[int], None]) -> Any:
    """A stopping criterion that never stops, but tells of the tokens that there are by now.

    Telling of progress raises where nobody waits any more, and that stops.
    """
    from transformers import StoppingCriteria

    class Teller(StoppingCriteria):
        def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:  # noqa: ARG002
            import torch

            tell(input_ids.shape[1])
            return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)

    return Teller()


def parts_of(
    text: str, sentences: Sequence[str], count: Callable[[str], int], most: int
) -> list[str]:
    """The text in as few parts of at most `most` tokens as its sentences allow.

    A sentence that is longer by itself is cut between words.
    """
    if count(text) <= most:
        return [text]
    parts: list[str] = []
    for sentence in (piece for each in sentences or [text] for piece in _halved(each, count, most)):
        longer = f"{parts[-1]} {sentence}" if parts else sentence
        if parts and count(longer) <= most:
            parts[-1] = longer
        else:
            parts.append(sentence)
    return parts


def _halved(text: str, count: Callable[[str], int], most: int) -> list[str]:
    """The text in pieces of at most `most` tokens; between letters only where there is no blank."""
    if count(text) <= most or len(text) < 2:
        return [text]
    blank = text.rfind(" ", 1, len(text) // 2 + 1)
    middle = blank if blank > 0 else len(text) // 2
    return [
        piece
        for half in (text[:middle], text[middle:].strip())
        for piece in _halved(half, count, most)
    ]
